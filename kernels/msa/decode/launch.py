"""Launches of the decode kernels for arguments that `validate` has accepted."""

from typing import Final

import torch
from triton.tools.tensor_descriptor import TensorDescriptor

from kernels.msa.counters import zeroed_counters
from kernels.msa.decode import triton as kernel
from kernels.msa.device import Scratch, gpu_of, interpreted, narrow, page_rows, pairs_of
from kernels.msa.index.launch import WHOLE_ROW, select_scores, widens
from kernels.msa.layout import BLOCK, DIM, LOG2_E, TOPK, ceil_div, ceil_pow2
from kernels.msa.plans import RowsAttend, ScoredIndex, pow2_splits_for, splits_for
from kernels.msa.sharded.share import WHOLE, Share

SCALE_LOG2 = DIM**-0.5 * LOG2_E
PAGES_AT_ONCE: Final = 32
"""Pages of a scoring program that are read before its loop: more would not fit the lanes of a warp."""
NARROW: Final = 64
"""Block tables of at most this width are read whole, beside the ids, not after them; scores of as many are ranked."""
LEAST_WARP_KEYS: Final = 16
"""Fewest keys of a piece that a warp can multiply."""
JOINED_SPLITS: Final = 4
"""Splits of a row that the last of them to finish joins: more are left to a launch with a program a query head."""
WARP_SPLITS: Final = 32
"""Splits that one warp merges, without a barrier; twice as many do not fit its registers, and have two."""


def score_share(
    plan: ScoredIndex,
    idx_q: torch.Tensor,
    idx_k: torch.Tensor,
    block_table: torch.Tensor,
    seq_lens: torch.Tensor,
    score: torch.Tensor,
    share: Share = WHOLE,
) -> None:
    """Write the scores of a share, `[total_q * H, blocks of the share]`."""
    total_q, heads = idx_q.shape[:2]
    requests, max_blocks = block_table.shape
    q_len = total_q // requests
    splits = splits_for(plan.programs, requests, share.width(max_blocks))
    pages = ceil_pow2(ceil_div(share.width(max_blocks), splits))
    chained = gpu_of(idx_q.device).chained
    wide = widens(idx_q, idx_k) or (plan.exact > 0 and narrow(idx_k))
    lines, part = (pairs_of(idx_k), BLOCK // 2) if wide else (idx_k, BLOCK)
    kernel.score_kernel[(requests * splits,)](
        idx_q, page_rows(lines, part) if plan.tma else lines, block_table, seq_lens, score,
        block_table.stride(0), max_blocks, q_len, share.rank, share.ranks,
        H=heads, BR=max(16, ceil_pow2(q_len * heads)), SPLITS=splits,
        PAGES=pages if pages <= PAGES_AT_ONCE else 0, STAGES=plan.stages,
        BLOCK=BLOCK, DIM=DIM, PART=part, TOPK=TOPK, WIDE=wide, TMA=bool(plan.tma), PACKED=not interpreted(),
        PDL=chained, launch_pdl=chained, num_warps=plan.warps,
    )  # fmt: skip


def select(score: torch.Tensor, cu_q: torch.Tensor, seq_lens: torch.Tensor, out: torch.Tensor) -> None:
    """Select from `score` `[total_q * H, max_blocks]`."""
    heads, total_q = out.shape[:2]
    max_blocks, q_len = score.shape[1], total_q // seq_lens.shape[0]
    if max_blocks > WHOLE_ROW:
        select_scores(score, cu_q, seq_lens, out, decode_q_len=q_len)
        return
    chained, width = gpu_of(score.device).chained, max(TOPK, ceil_pow2(max_blocks))
    kernel.select_kernel[(heads * total_q,)](
        score, seq_lens, out, total_q, max_blocks, q_len, H=heads, WIDTH=width, RANKED=width <= NARROW,
        BLOCK=BLOCK, TOPK=TOPK, PDL=chained, launch_pdl=chained, num_warps=2 if width == NARROW else 1,
    )  # fmt: skip


def decode_index(
    plan: ScoredIndex,
    idx_q: torch.Tensor,
    idx_k: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    seq_lens: torch.Tensor,
    out: torch.Tensor,
    scratch: Scratch,
) -> None:
    """Write the scores, then select: two launches."""
    (score,) = scratch.take(((idx_q.shape[0] * idx_q.shape[1], block_table.shape[1]), torch.float32))
    score_share(plan, idx_q, idx_k, block_table, seq_lens, score)
    select(score, cu_q, seq_lens, out)


def paged_pieces(kv: torch.Tensor, keys: int) -> TensorDescriptor:
    """TMA descriptor over the lines of a cache that loads `keys` keys or values; of fp8, as pairs of channels."""
    lines = pairs_of(kv)
    width = lines.shape[-1]
    return TensorDescriptor(
        lines, shape=[lines.numel() // width, width], strides=[width, 1], block_shape=[keys, width // 2]
    )


def attend_rows(
    plan: RowsAttend,
    q: torch.Tensor,
    kv: torch.Tensor,
    topk: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    lens: torch.Tensor,
    out: torch.Tensor,
    scratch: Scratch,
    decode_q_len: int = 0,
) -> None:
    """Attend row by row and join the splits, many in a launch of their own.

    `lens` are seq_lens in decode (q_len > 0), else prefix_lens.
    """
    total_q, q_heads = q.shape[:2]
    heads = kv.shape[1]
    group = q_heads // heads
    requests, max_blocks = block_table.shape
    splits = pow2_splits_for(plan.programs, total_q * heads, TOPK * BLOCK // plan.keys)
    split, joined = splits > 1, 1 < splits <= JOINED_SPLITS
    rows = (total_q * heads, splits, group) if split else (0,)
    part, lse = scratch.take(((*rows, DIM), torch.float32), (rows, torch.float32))
    done = zeroed_counters(q.device, total_q * heads) if joined else None
    warps = min(plan.warps, plan.keys // LEAST_WARP_KEYS)
    chained = gpu_of(q.device).chained
    kernel.rows_kernel[(total_q * heads * splits,)](
        q, paged_pieces(kv, plan.keys) if plan.tma else kv, topk, block_table, cu_q, lens, out, part, lse, done,
        total_q, requests, block_table.stride(0), max_blocks, max(1, decode_q_len), SCALE_LOG2,
        H=heads, G=group, GP=16, W=warps, KW=plan.keys // warps, NB=ceil_pow2(requests + 1),
        SPLITS=splits, JOINED=joined, WIDTH=ceil_pow2(max_blocks) if max_blocks <= NARROW else 0, STAGES=plan.stages,
        BLOCK=BLOCK, DIM=DIM, TOPK=TOPK, WIDE=q.dtype != kv.dtype, DECODE=decode_q_len > 0,
        TMA=bool(plan.tma), PACKED=not interpreted(), PDL=chained, launch_pdl=chained, num_warps=warps,
    )  # fmt: skip
    if split and not joined:
        kernel.merge_kernel[(total_q * q_heads,)](
            part, lse, out, G=group, SPLITS=splits, DIM=DIM,
            PDL=chained, launch_pdl=chained, num_warps=1 if splits <= WARP_SPLITS else 2,
        )  # fmt: skip
