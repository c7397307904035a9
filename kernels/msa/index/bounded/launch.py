"""Launches of the bounded index for arguments that `validate` has accepted."""

from dataclasses import dataclass, replace
from typing import Final

import torch
from triton.experimental.gluon.language import NVMMASharedLayout
from triton.experimental.gluon.nvidia.hopper import TensorDescriptor as HopperDescriptor

from kernels.msa.device import Scratch, gpu_of, narrow, page_rows, wide_dtype
from kernels.msa.index import triton as plain
from kernels.msa.index.bounded import hopper
from kernels.msa.index.bounded import triton as kernel
from kernels.msa.index.launch import promising_lists
from kernels.msa.layout import BLOCK, DIM, TOPK, ceil_div, ceil_pow2
from kernels.msa.plans import BoundedIndex, splits_for
from kernels.msa.widen import WideCopy, copy_pieces, widen_pages

MOST_OPEN: Final = 256
"""Open blocks of a row that are scored by themselves; a tile with a row that has more is scored whole."""
OPEN_TILE: Final = 1024
"""Blocks, times heads, that are looked at a time for open ones."""
OPEN_WARPS: Final = 2
"""Warps of a program that looks for a query's open blocks."""
RESCORE_SPLITS: Final = 4
"""Programs that share the open pairs of a block: some blocks are open to most rows."""
FEW_OPEN: Final = 64
"""Open blocks of a row up to which a smaller sort is enough."""
COUNTER_PAD: Final = 32
"""Distance of two counters: a cache line each, since those that share one queue up."""
SHARED_ROWS: Final = 256
"""(query, head) rows of a program of `hopper.largest_kernel`, which share the keys that it brings."""
SHARED_STAGES: Final = 6
"""Blocks of keys in flight there."""


@dataclass(frozen=True, slots=True)
class Rounded:
    """Int8 keys in the order of the block table, and what bounds their products; `round_keys_kernel` has the shapes."""

    code: torch.Tensor
    step: torch.Tensor
    error: torch.Tensor
    norm: torch.Tensor


@dataclass(frozen=True, slots=True)
class Opened:
    """Open blocks of each row, and how often each block is open; `open_kernel` has the shapes."""

    block: torch.Tensor
    count: torch.Tensor
    pairs: torch.Tensor


@dataclass(frozen=True, slots=True)
class Room:
    """Scratch of a call.

    Attributes:
        rounded: the int8 keys.
        opened: the open blocks; `pairs` is `[requests * max_blocks, COUNTER_PAD]` int32.
        largest: `[rows, max_blocks]` int32, and
        row: `[3, rows]` float32: `largest_kernel` has the shapes.
        start: `[requests * max_blocks + 1]` int32, each block's first open pair.
        pair: `[rows * MOST_OPEN]` int32, open pairs, block by block.
        exact: `[rows, MOST_OPEN]` float32, their scores.
        wide: fp8 keys in 16 bits, and `[total_q, H, 128]` queries in the same dtype; None where keys have 16 bits.
    """

    rounded: Rounded
    opened: Opened
    largest: torch.Tensor
    row: torch.Tensor
    start: torch.Tensor
    pair: torch.Tensor
    exact: torch.Tensor
    wide: tuple[WideCopy, torch.Tensor] | None = None


def take_room(idx_q: torch.Tensor, idx_k: torch.Tensor, block_table: torch.Tensor, scratch: Scratch) -> Room:
    """Scratch for a batch; what it holds does not matter."""
    rows, blocks = idx_q.shape[0] * idx_q.shape[1], block_table.numel()
    dtype = wide_dtype(idx_q.dtype)
    copied = (*copy_pieces(idx_k, block_table, dtype), (tuple(idx_q.shape), dtype)) if narrow(idx_k) else ()
    pairs, step, error, norm, code, largest, row, block, count, start, pair, exact, *copy = scratch.take(
        ((blocks, COUNTER_PAD), torch.int32),
        *(((blocks,), torch.float32),) * 3,
        ((blocks, BLOCK, DIM), torch.int8),
        ((rows, block_table.shape[1]), torch.int32),
        ((3, rows), torch.float32),
        ((rows, MOST_OPEN), torch.int32),
        ((rows, COUNTER_PAD), torch.int32),
        ((blocks + 1,), torch.int32),
        ((rows * MOST_OPEN,), torch.int32),
        ((rows, MOST_OPEN), torch.float32),
        *copied,
    )
    room = Room(Rounded(code, step, error, norm), Opened(block, count, pairs), largest, row, start, pair, exact)
    return replace(room, wide=(WideCopy(*copy[:2]), copy[2])) if copy else room


def round_keys(idx_k: torch.Tensor, block_table: torch.Tensor, seq_lens: torch.Tensor, room: Room) -> None:
    """Round the whole blocks of all requests, and set the counters of pairs to zero."""
    rounded, chained = room.rounded, gpu_of(idx_k.device).chained
    kernel.round_keys_kernel[(block_table.numel(),)](
        idx_k, block_table, seq_lens, rounded.code, rounded.step, rounded.error, rounded.norm, room.opened.pairs,
        block_table.stride(0), block_table.shape[1],
        BLOCK=BLOCK, DIM=DIM, PAD=COUNTER_PAD, PDL=chained, launch_pdl=chained, num_warps=8,
    )  # fmt: skip


def write_largest(
    plan: BoundedIndex, idx_q: torch.Tensor, cu_q: torch.Tensor, prefix_lens: torch.Tensor, room: Room
) -> None:
    """Largest products of every row and block, and each row's step and norms."""
    code, largest, row = room.rounded.code, room.largest, room.row
    total_q, heads = idx_q.shape[:2]
    requests, max_blocks = prefix_lens.shape[0], largest.shape[1]
    gpu = gpu_of(idx_q.device)
    in_turns = plan.overlapped > 0 and gpu.hopper
    tile_q = (SHARED_ROWS if in_turns else plan.tile_rows) // heads
    programs = gpu.sms if in_turns else plan.programs
    splits = splits_for(programs, ceil_div(total_q, tile_q), ceil_div(max_blocks, TOPK))
    n_tiles = total_q // tile_q + requests
    shape = {"H": heads, "SPLITS": splits, "BLOCK": BLOCK, "DIM": DIM, "TOPK": TOPK}
    chain = {"PDL": gpu.chained, "launch_pdl": gpu.chained}
    if in_turns:
        layout = NVMMASharedLayout(swizzle_byte_width=128, element_bitwidth=8, rank=2)
        lines = HopperDescriptor(code, [code.shape[0] * BLOCK, DIM], [DIM, 1], [BLOCK, DIM], layout)
        hopper.largest_kernel[(n_tiles * splits,)](
            idx_q, lines, cu_q, prefix_lens, largest, row, total_q, requests, max_blocks,
            NB=max(32, ceil_pow2(requests)), STAGES=SHARED_STAGES, BM=SHARED_ROWS // 2, num_warps=4, **shape, **chain,
        )  # fmt: skip
        return
    kernel.largest_kernel[(n_tiles * splits,)](
        idx_q, page_rows(code, BLOCK), cu_q, prefix_lens, largest, row, total_q, requests, max_blocks, n_tiles,
        BQ=tile_q, NB=ceil_pow2(requests + 1), STAGES=plan.stages, num_warps=plan.warps, **shape, **chain,
    )  # fmt: skip


def open_blocks(
    plan: BoundedIndex, idx_q: torch.Tensor, cu_q: torch.Tensor, prefix_lens: torch.Tensor, room: Room
) -> None:
    """Bound every score, then list what is open: two launches."""
    total_q, heads = idx_q.shape[:2]
    requests, max_blocks = prefix_lens.shape[0], room.largest.shape[1]
    chained, n_pow2 = gpu_of(idx_q.device).chained, ceil_pow2(requests + 1)
    write_largest(plan, idx_q, cu_q, prefix_lens, room)
    rounded, opened = room.rounded, room.opened
    lists, length = promising_lists(max_blocks, most=64)
    kernel.open_kernel[(total_q,)](
        room.largest, room.row, rounded.step, rounded.error, rounded.norm, cu_q, prefix_lens,
        opened.pairs, opened.block, opened.count, total_q, requests, max_blocks,
        H=heads, NB=n_pow2, LISTS=lists, LENGTH=min(length, max(1, OPEN_TILE // (lists * heads))), MOST=MOST_OPEN,
        BLOCK=BLOCK, TOPK=TOPK, PAD=COUNTER_PAD, PDL=chained, launch_pdl=chained, num_warps=OPEN_WARPS,
    )  # fmt: skip


def score_open(
    idx_q: torch.Tensor,
    idx_k: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    prefix_lens: torch.Tensor,
    room: Room,
) -> None:
    """Exact scores of the open blocks, block by block: three launches."""
    requests, max_blocks = block_table.shape
    opened, heads = room.opened, idx_q.shape[1]
    chained, n_pow2 = gpu_of(idx_q.device).chained, ceil_pow2(requests + 1)
    kernel.starts_kernel[(1,)](
        opened.pairs, room.start, requests * max_blocks,
        CHUNK=min(8192, ceil_pow2(requests * max_blocks)), PAD=COUNTER_PAD, PDL=chained, launch_pdl=chained,
        num_warps=8,
    )  # fmt: skip
    kernel.sort_kernel[(opened.block.shape[0],)](
        opened.block, opened.count, opened.pairs, cu_q, prefix_lens, room.pair, requests, max_blocks,
        H=heads, NB=n_pow2, MOST=MOST_OPEN, BLOCK=BLOCK, TOPK=TOPK, PAD=COUNTER_PAD, PDL=chained, launch_pdl=chained,
        num_warps=4,
    )  # fmt: skip
    kernel.rescore_kernel[(requests * max_blocks * RESCORE_SPLITS,)](
        idx_q, page_rows(idx_k, BLOCK), block_table, room.start, room.pair, room.exact,
        block_table.stride(0), max_blocks,
        SPLITS=RESCORE_SPLITS, BM=128, MOST=MOST_OPEN, BLOCK=BLOCK, DIM=DIM,
        PDL=chained, launch_pdl=chained, num_warps=4,
    )  # fmt: skip


def bounded(
    plan: BoundedIndex,
    idx_q: torch.Tensor,
    idx_k: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    seq_lens: torch.Tensor,
    prefix_lens: torch.Tensor,
    out: torch.Tensor,
    scratch: Scratch,
) -> None:
    """Round, bound, list, sort, score, select; then the plain kernel for tiles in which a row had too many open.

    Fp8 keys are copied in 16 bits first.
    """
    total_q, heads = idx_q.shape[:2]
    requests = block_table.shape[0]
    room = take_room(idx_q, idx_k, block_table, scratch)
    if room.wide is not None:
        copy, queries = room.wide
        idx_q = queries.copy_(idx_q)
        widen_pages(idx_k, block_table, seq_lens, copy)
        idx_k, block_table = copy.pages, copy.table
    round_keys(idx_k, block_table, seq_lens, room)
    open_blocks(plan, idx_q, cu_q, prefix_lens, room)
    score_open(idx_q, idx_k, block_table, cu_q, prefix_lens, room)
    opened = room.opened
    chained, n_pow2 = gpu_of(idx_q.device).chained, ceil_pow2(requests + 1)
    kernel.best_kernel[(total_q * heads,)](
        opened.block, room.exact, opened.count, cu_q, prefix_lens, out, total_q, requests,
        H=heads, NB=n_pow2, FEW=min(FEW_OPEN, MOST_OPEN), MOST=MOST_OPEN, BLOCK=BLOCK, TOPK=TOPK,
        PAD=COUNTER_PAD, PDL=chained, launch_pdl=chained, num_warps=1,
    )  # fmt: skip
    tile_q = 128 // heads
    n_tiles = total_q // tile_q + requests + 1
    plain.fused_kernel[(n_tiles,)](
        idx_q, page_rows(idx_k, BLOCK), block_table, cu_q, prefix_lens, out, None, None, opened.count,
        total_q, requests, block_table.stride(0), n_tiles,
        H=heads, BQ=tile_q, NB=n_pow2, SPLITS=1, STAGES=2, BLOCK=BLOCK, DIM=DIM, TOPK=TOPK, WIDE=False,
        MOST=MOST_OPEN, PAD=COUNTER_PAD, PDL=chained, launch_pdl=chained, num_warps=4,
    )  # fmt: skip
