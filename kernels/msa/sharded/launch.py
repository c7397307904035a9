"""Launches of the shared-out selection for arguments that `validate` has accepted."""

from typing import Final

import torch
import torch.distributed

from kernels.msa.decode.launch import score_share
from kernels.msa.device import Scratch, gpu_of
from kernels.msa.index.coarse.keys import CoarseKeys
from kernels.msa.index.coarse.launch import bound_scores, rescore, take_room
from kernels.msa.layout import BLOCK, TOPK, ceil_pow2
from kernels.msa.plans import CoarseIndex, ScoredIndex
from kernels.msa.sharded import triton as kernel
from kernels.msa.sharded.mailboxes import Mailboxes
from kernels.msa.sharded.share import Outbox, Share

SORTED_AT_ONCE: Final = 512
"""Scores of a row that are sorted at a time, at most."""
ONE_WARP: Final = 256
"""Scores of a row, at most, that one warp sorts faster than four."""


def send_scores(
    score: torch.Tensor, block_table: torch.Tensor, seq_lens: torch.Tensor, heads: int, share: Share, outbox: Outbox
) -> None:
    """Send each row's 16 best of a share's scores `[total_q * H, blocks of the share]`."""
    rows, width = score.shape
    chunk = max(TOPK, min(SORTED_AT_ONCE, ceil_pow2(width)))
    chained = gpu_of(score.device).chained
    kernel.send_kernel[(rows,)](
        score, seq_lens, outbox.where, outbox.turn, block_table.shape[1], rows // heads // seq_lens.shape[0],
        share.rank, share.ranks, outbox.rows,
        H=heads, CHUNK=chunk, PEERS=share.peers, BLOCK=BLOCK, TOPK=TOPK, PDL=chained, launch_pdl=chained,
        num_warps=1 if chunk <= ONE_WARP else 4,
    )  # fmt: skip


def send_best(
    plan: ScoredIndex | CoarseIndex,
    idx_q: torch.Tensor,
    idx_k: torch.Tensor,
    coarse: CoarseKeys | None,
    block_table: torch.Tensor,
    seq_lens: torch.Tensor,
    share: Share,
    outbox: Outbox,
    scratch: Scratch,
) -> None:
    """Look at a share of the blocks, over coarse keys where the plan says so, and send each row's 16 best."""
    total_q, heads = idx_q.shape[:2]
    if isinstance(plan, CoarseIndex) and coarse is not None:
        room = take_room(plan, idx_q, block_table, scratch, share)
        bound_scores(plan, idx_q, idx_k, coarse, block_table, seq_lens, room, share)
        rescore(plan, idx_q, idx_k, block_table, seq_lens, room, outbox, share)
    elif isinstance(plan, ScoredIndex):
        (score,) = scratch.take(((total_q * heads, share.width(block_table.shape[1])), torch.float32))
        score_share(plan, idx_q, idx_k, block_table, seq_lens, score, share)
        send_scores(score, block_table, seq_lens, heads, share, outbox)
    else:
        raise AssertionError("a CoarseIndex plan comes with coarse keys")


def select_received(
    keys: torch.Tensor, turn: torch.Tensor | None, seq_lens: torch.Tensor, share: Share, out: torch.Tensor
) -> None:
    """Select from all ranks' keys: `[ranks, rows, 16]` or, with `turn`, mailboxes `[2, ranks, rows, 16]`."""
    heads, total_q = out.shape[:2]
    chained = gpu_of(out.device).chained
    kernel.receive_kernel[(total_q * heads,)](
        keys, turn, seq_lens, out, total_q, total_q // seq_lens.shape[0], share.ranks, keys.shape[-2],
        H=heads, PEERS=share.peers, BLOCK=BLOCK, TOPK=TOPK, PDL=chained, launch_pdl=chained, num_warps=4,
    )  # fmt: skip


def gather(received: torch.Tensor, sent: torch.Tensor, group: torch.distributed.ProcessGroup | None) -> None:
    """One all-gather, under the name that this torch has for it: 2.13 has a new one, and warns of the old."""
    if hasattr(torch.distributed, "all_gather_single"):
        torch.distributed.all_gather_single(received, sent, group)
    else:
        torch.distributed.all_gather_into_tensor(received, sent, group)


def decode_index(
    plan: ScoredIndex | CoarseIndex,
    idx_q: torch.Tensor,
    idx_k: torch.Tensor,
    coarse: CoarseKeys | None,
    block_table: torch.Tensor,
    seq_lens: torch.Tensor,
    out: torch.Tensor,
    scratch: Scratch,
    through: Mailboxes | torch.distributed.ProcessGroup | None,
) -> None:
    """Look at this rank's share, exchange each row's 16 best keys, select: through mailboxes, or one all-gather."""
    batch = idx_q, idx_k, coarse, block_table, seq_lens
    if isinstance(through, Mailboxes):
        send_best(plan, *batch, through.share, through.outbox, scratch)
        select_received(through.keys, through.turn, seq_lens, through.share, out)
        return
    share = Share(torch.distributed.get_rank(through), torch.distributed.get_world_size(through))
    rows = idx_q.shape[0] * idx_q.shape[1]
    sent, received = scratch.take(((rows, TOPK), torch.int64), ((share.ranks, rows, TOPK), torch.int64))
    send_best(plan, *batch, share, Outbox(sent, None, rows), scratch)
    gather(received.flatten(0, 1), sent, through)
    select_received(received, None, seq_lens, share, out)
