"""Launches of the coarse index for arguments that `validate` has accepted."""

from dataclasses import dataclass
from typing import Final

import torch

from kernels.msa.device import Scratch, gpu_of, interpreted, narrow, pairs_of
from kernels.msa.index.coarse import bound, encode, naive
from kernels.msa.index.coarse import rescore as exact
from kernels.msa.index.coarse.keys import LEVELS, PAGE_BYTES, PLANE_DIM, CoarseKeys
from kernels.msa.layout import BLOCK, DIM, TOPK, ceil_div, ceil_pow2
from kernels.msa.plans import CoarseIndex, splits_for
from kernels.msa.sharded.share import WHOLE, Outbox, Share

MOST_ROWS: Final = 32
"""Most (row, index head) pairs of a request: more would not fit the registers of a program."""
RANKED_AT_ONCE: Final = 32
"""Keys of a row that are ranked against each other to select from them; some 20 reach the threshold."""
MOST_LISTS: Final = 64
"""Exact scores of a row that its threshold is made of, at most: the largest of as many lists."""
SPAN: Final = (32, 256)
"""Fewest and most blocks of a row that a program looks at for open groups."""
LEAST_SPLITS: Final = TOPK // 2
"""Programs that share a request at least: each scores four promising tokens, and a threshold takes 15; without one, all
groups are open."""
AT_ONCE: Final = 64
"""Tokens that are scored exactly at once: with fewer, the tensor cores' instruction is not the one of the kernel that
reads all keys, and exact scores need not be its."""
CROWDED_REGISTERS: Final = 80
"""Of a thread, where exact scores take more programs than the plan wants: six share a multiprocessor, and fewer rounds
are worth more than what a program spills."""
GROUPS: Final = BLOCK // 16
"""Groups of a block; a group's 16 tokens share a record."""
LEAST_ROWS: Final = 4
"""Rows that a program's arithmetic has room for, at least."""
BUILD_TOKENS: Final = 16
"""Tokens that a program encodes when a cache's coarse copy is built."""


def build(idx_k: torch.Tensor, coarse: CoarseKeys) -> None:
    """Encode a whole cache."""
    chained = gpu_of(idx_k.device).chained
    encode.build_kernel[(idx_k.shape[0] * (BLOCK // BUILD_TOKENS),)](
        idx_k, coarse.pages, T=BUILD_TOKENS, PLANE=PLANE_DIM, PAGE_BYTES=PAGE_BYTES, BLOCK=BLOCK, DIM=DIM,
        LEVELS=LEVELS, SLACK=naive.SLACK, UP=naive.UP, WIDE=narrow(idx_k), PDL=chained, launch_pdl=chained, num_warps=4,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Room:
    """Scratch of a call: what the pass over coarse keys finds, and what the exact part lists and counts.

    Attributes:
        group: `[requests, blocks of the share, rows of a request, groups]` int32, of a block's groups of 16 tokens:
            `bound.record`.
        exact: `[rows, splits, 4]` float32, scores of promising tokens, of different blocks; -inf where there is none.
        done: `[rows]` int64, zero after the pass.
        opened: `[rows * programs of a row, groups they look at]` int16, open tokens and groups.
        key: `[rows, groups of the share]` int64, exact scores with their blocks.
    """

    group: torch.Tensor
    exact: torch.Tensor
    done: torch.Tensor
    opened: torch.Tensor
    key: torch.Tensor


def exact_span(plan: CoarseIndex, rows: int, width: int) -> int:
    """Blocks of a row that a program of the exact part looks at."""
    return min(SPAN[1], max(SPAN[0], ceil_pow2(ceil_div(rows * width, plan.rescore_programs))))


def take_room(
    plan: CoarseIndex, idx_q: torch.Tensor, block_table: torch.Tensor, scratch: Scratch, share: Share = WHOLE
) -> Room:
    """Scratch for a share."""
    rows, requests = idx_q.shape[0] * idx_q.shape[1], block_table.shape[0]
    width = share.width(block_table.shape[1])
    splits = max(splits_for(plan.programs, requests, width), min(width, LEAST_SPLITS))
    span = exact_span(plan, rows, width)
    group, exact_scores, done, opened, key = scratch.take(
        ((requests, width, rows // requests, GROUPS), torch.int32),
        ((rows, splits, 4), torch.float32),
        ((rows,), torch.int64),
        ((rows * ceil_div(width, span), span * GROUPS), torch.int16),
        ((rows, width * GROUPS), torch.int64),
    )
    return Room(group, exact_scores, done, opened, key)


def bound_scores(
    plan: CoarseIndex,
    idx_q: torch.Tensor,
    idx_k: torch.Tensor,
    coarse: CoarseKeys,
    block_table: torch.Tensor,
    seq_lens: torch.Tensor,
    room: Room,
    share: Share = WHOLE,
) -> None:
    """Bound every group of a share for every row, and score promising tokens."""
    total_q, heads = idx_q.shape[:2]
    requests, max_blocks = block_table.shape
    width, splits = share.width(max_blocks), room.exact.shape[1]
    q_len = total_q // requests
    rows_padded = max(LEAST_ROWS, ceil_pow2(q_len * heads))
    chained = gpu_of(idx_q.device).chained
    bound.bound_kernel[(requests * splits,)](
        idx_q, pairs_of(idx_k), coarse.pages, block_table, seq_lens, room.group, room.exact, room.done,
        block_table.stride(0), max_blocks, q_len, share.rank, share.ranks,
        H=heads, BR=rows_padded, COLUMNS=max(16, rows_padded), SPLITS=splits,
        SPAN=ceil_pow2(ceil_div(width, splits) * BLOCK), N=max(AT_ONCE, 4 * rows_padded), STAGES=plan.stages,
        BLOCK=BLOCK, DIM=DIM, PLANE=PLANE_DIM, PAGE_BYTES=PAGE_BYTES, LEVELS=LEVELS, TOPK=TOPK,
        WIDE=narrow(idx_k), PACKED=not interpreted(), PDL=chained, launch_pdl=chained,
        num_warps=plan.warps, maxnreg=plan.registers,
    )  # fmt: skip


def exact_registers(plan: CoarseIndex, programs: int) -> int:
    """Most registers of a thread of as many programs that score exactly."""
    crowded = programs > plan.rescore_programs
    return min(plan.rescore_registers, CROWDED_REGISTERS) if crowded else plan.rescore_registers


def rescore(
    plan: CoarseIndex,
    idx_q: torch.Tensor,
    idx_k: torch.Tensor,
    block_table: torch.Tensor,
    seq_lens: torch.Tensor,
    room: Room,
    out: torch.Tensor | Outbox,
    share: Share = WHOLE,
) -> None:
    """Find each row's threshold, score exactly what reaches it, and select; of a share, send the 16 best."""
    total_q, heads = idx_q.shape[:2]
    rows, max_blocks = total_q * heads, block_table.shape[1]
    width = share.width(max_blocks)
    span = exact_span(plan, rows, width)
    splits = ceil_div(width, span)
    n_exact = room.exact.shape[1] * 4
    lists = max(TOPK, min(MOST_LISTS, ceil_pow2(n_exact)))
    length = ceil_pow2(ceil_div(n_exact, lists))
    topk, sent = (None, out) if isinstance(out, Outbox) else (out, Outbox(None, None, rows))
    chained = gpu_of(idx_q.device).chained
    exact.rescore_kernel[(rows * splits,)](
        idx_q, pairs_of(idx_k), block_table, seq_lens, room.group, room.exact, room.opened, room.key, room.done, topk,
        sent.where, sent.turn, total_q, block_table.stride(0), max_blocks, total_q // block_table.shape[0], n_exact,
        share.rank, share.ranks, sent.rows, H=heads, COLUMNS=16, SPLITS=splits, SPAN=span,
        N=AT_ONCE, LISTS=lists, LENGTH=length, CHUNK=RANKED_AT_ONCE, BLOCK=BLOCK, DIM=DIM, TOPK=TOPK, PEERS=share.peers,
        WIDE=narrow(idx_k), PACKED=not interpreted(), PDL=chained, LATE=plan.late, launch_pdl=chained,
        num_warps=plan.rescore_warps,
        maxnreg=exact_registers(plan, rows * splits),
    )  # fmt: skip


def decode_index(
    plan: CoarseIndex,
    idx_q: torch.Tensor,
    idx_k: torch.Tensor,
    coarse: CoarseKeys,
    block_table: torch.Tensor,
    seq_lens: torch.Tensor,
    out: torch.Tensor,
    scratch: Scratch,
) -> None:
    """Bound, then score exactly and select: two launches, none of whose grids depends on a length."""
    room = take_room(plan, idx_q, block_table, scratch)
    bound_scores(plan, idx_q, idx_k, coarse, block_table, seq_lens, room)
    rescore(plan, idx_q, idx_k, block_table, seq_lens, room, out)
