"""Launches of the prefill attention kernels for arguments that `validate` has accepted."""

import functools
import math
from dataclasses import dataclass

import torch
from triton.experimental.gluon.language import NVMMASharedLayout
from triton.experimental.gluon.nvidia.hopper import TensorDescriptor as HopperDescriptor

from kernels.msa.attend import hopper, lists
from kernels.msa.attend import triton as kernel
from kernels.msa.decode.launch import SCALE_LOG2, attend_rows
from kernels.msa.device import Scratch, gpu_of, page_rows, wide_dtype
from kernels.msa.layout import BLOCK, DENSE_TOKENS, DIM, TOPK, ceil_div, ceil_pow2
from kernels.msa.plans import AttendPlan, BlocksAttend, RowsAttend
from kernels.msa.validate import require

LIST_TILE = 16
"""Queries whose selections a list-building program reads at once."""
SCAN_TILE = 4096
"""Buckets of one step of the running sums."""
MOST_DENSE_TOKENS = 32 * BLOCK
"""A row of the dense-style kernel knows which blocks it selects by the bits of an integer."""
COUNTER_LINE = 32
"""Counters of a 128-byte line of the L2."""
MOST_COUNTERS = 1 << 20
"""Counters, padding included, that are set to zero in each call."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Scratch for the (query, block) pairs of one run of rows: reverse lists as `lists.py` builds them, and partials.

    Attributes:
        count: `[H, chunks, 2, requests, max_blocks, pad]` int32, entries of each bucket; the rest is padding.
        slot_from: `[H, chunks, 2, requests, max_blocks]` int32, a bucket's first slot.
        item_from: like `slot_from`, a bucket's first work item.
        slot: `[H, total_q, 16]` int32, where the partial output of a (query, block) pair lies.
        entry: `[H, slots]` int32, `query * 128 + visible keys - 1`.
        items: `[H]` int32, work items of each head.
        item: `[H, most_items, 4]` int32, (page, first slot, entries, own block).
        part: `[H * slots, G, 128]`, partial outputs.
        stats: `[H * slots, G, 2]` float32, largest score and sum of weights.
    """

    count: torch.Tensor
    slot_from: torch.Tensor
    item_from: torch.Tensor
    slot: torch.Tensor
    entry: torch.Tensor
    items: torch.Tensor
    item: torch.Tensor
    part: torch.Tensor
    stats: torch.Tensor


def counter_pad(buckets: int) -> int:
    """Distance of two counters: up to a cache line of 32, while all of them fit 1 M integers."""
    pad = COUNTER_LINE
    while pad > 1 and buckets * pad > MOST_COUNTERS:
        pad //= 2
    return pad


def take_pairs(
    plan: BlocksAttend, q: torch.Tensor, kv: torch.Tensor, block_table: torch.Tensor, scratch: Scratch
) -> Pairs:
    """Scratch for `plan.rows_at_once` rows at a time, sized by bounds that need no lengths."""
    total_q, heads = q.shape[0], kv.shape[1]
    group = q.shape[1] // heads
    requests, max_blocks = block_table.shape
    pairs = min(total_q, plan.rows_at_once) * TOPK
    chunks = ceil_div(min(total_q, plan.rows_at_once), plan.rows_near)
    local = min(requests * max_blocks, total_q // BLOCK + 2 * requests) + chunks
    used = min(chunks * requests * max_blocks, pairs) + local
    slots = pairs + (plan.tile_rows // group - 1) * used
    buckets = (heads, chunks, 2, requests, max_blocks)
    return Pairs(
        count=scratch.take((*buckets, counter_pad(math.prod(buckets))), torch.int32),
        slot_from=scratch.take(buckets, torch.int32),
        item_from=scratch.take(buckets, torch.int32),
        slot=scratch.take((heads, total_q, TOPK), torch.int32),
        entry=scratch.take((heads, slots), torch.int32),
        items=scratch.take((heads,), torch.int32),
        item=scratch.take((heads, used + pairs // plan.item, 4), torch.int32),
        part=scratch.take((heads * slots, group, DIM), wide_dtype(kv)),
        stats=scratch.take((heads * slots, group, 2), torch.float32),
    )


def build_lists(
    plan: BlocksAttend,
    pairs: Pairs,
    rows: range,
    topk: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    prefix_lens: torch.Tensor,
) -> None:
    """List the queries among `rows` by key block: one fill and three launches, no host knowledge of lengths."""
    heads, total_q = topk.shape[:2]
    requests, max_blocks = block_table.shape
    chunks = pairs.slot_from.shape[1]
    buckets = chunks * 2 * requests * max_blocks
    near = {"n_near": plan.rows_near, "n_chunks": chunks}
    pairs.count.zero_()
    chained = gpu_of(topk.device).chained
    tile = {"BQ": LIST_TILE, "BLOCK": BLOCK, "NB": ceil_pow2(requests + 1), "TOPK": TOPK}
    tile["DENSE"] = plan.dense_tokens
    pad = pairs.count.shape[-1]
    chain = {"PDL": chained, "launch_pdl": chained}
    grid = (total_q // LIST_TILE + requests + 1, heads)
    lists.rank_kernel[grid](
        topk, cu_q, prefix_lens, pairs.count, pairs.slot,
        total_q, requests, max_blocks, rows.start, rows.stop, PAD=pad, **near, **tile, **chain,
    )  # fmt: skip
    lists.offset_kernel[(heads,)](
        pairs.count, pairs.slot_from, pairs.item_from, pairs.items, buckets, pairs.entry.shape[1],
        QUERIES=plan.tile_rows // pairs.part.shape[1], ITEM=plan.item,
        BN=min(SCAN_TILE, ceil_pow2(buckets)), PAD=pad, num_warps=8, **chain,
    )  # fmt: skip
    lists.scatter_kernel[grid](
        topk, cu_q, prefix_lens, block_table, pairs.count, pairs.slot, pairs.slot_from, pairs.item_from, pairs.entry,
        pairs.item, total_q, requests, max_blocks, block_table.stride(0), pairs.item.shape[1], rows.start, rows.stop,
        ITEM=plan.item, PAD=pad, **near, **tile, **chain,
    )  # fmt: skip


def overlaps(plan: BlocksAttend, q: torch.Tensor, kv: torch.Tensor) -> bool:
    """Whether `hopper.py` serves a call: its tiles are 64 rows of a 16-bit cache, in copies of 8 rows."""
    group = q.shape[1] // kv.shape[1]
    fits = plan.tile_rows == 64 and group in (8, 16) and q.dtype == kv.dtype
    return bool(plan.overlapped) and fits and gpu_of(q.device).hopper


def tile_lines(lines: torch.Tensor, rows: int) -> HopperDescriptor:
    """TMA descriptor over `[..., channels]` seen as lines, moving `[rows, 128]` pieces."""
    width = lines.shape[-1]
    layout = NVMMASharedLayout(swizzle_byte_width=128, element_bitwidth=16, rank=2)
    return HopperDescriptor(lines, [lines.numel() // width, width], [width, 1], [rows, DIM], layout)


def serve_blocks(plan: BlocksAttend, q: torch.Tensor, kv: torch.Tensor, pairs: Pairs) -> None:
    """Partial outputs of every listed (query, block) pair, a work item a program."""
    heads = kv.shape[1]
    group = q.shape[1] // heads
    chained = gpu_of(q.device).chained
    items = pairs.item.shape[1]
    shape = {"H": heads, "G": group, "QUERIES": plan.tile_rows // group, "BLOCK": BLOCK, "DIM": DIM}
    chain = {"PDL": chained, "launch_pdl": chained}
    if overlaps(plan, q, kv):
        hopper.block_kernel[(heads * items,)](
            q, tile_lines(kv, BLOCK), tile_lines(pairs.part, plan.tile_rows), pairs.items, pairs.item, pairs.entry,
            pairs.stats, items, SCALE_LOG2, num_warps=4, **shape, **chain,
        )  # fmt: skip
        return
    kernel.block_kernel[(heads * items,)](
        q, page_rows(kv, BLOCK), pairs.items, pairs.item, pairs.entry, pairs.part, pairs.stats, items, SCALE_LOG2,
        WIDE=q.dtype != kv.dtype, num_warps=plan.warps, **shape, **chain,
    )  # fmt: skip


def attend_early(
    plan: BlocksAttend,
    q: torch.Tensor,
    kv: torch.Tensor,
    topk: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    prefix_lens: torch.Tensor,
    out: torch.Tensor,
) -> None:
    """Serve rows at positions below `plan.dense_tokens`, which select all or most of what they see, densely."""
    total_q, heads, requests = q.shape[0], kv.shape[1], block_table.shape[0]
    group = q.shape[1] // heads
    tile_q = plan.dense_rows // group
    n_tiles = min(total_q, requests * plan.dense_tokens) // tile_q + requests + 1
    chained = gpu_of(q.device).chained and not plan.aside
    kernel.dense_kernel[(n_tiles * heads,)](
        q, page_rows(kv, plan.dense_keys), topk, block_table, cu_q, prefix_lens, out,
        total_q, requests, block_table.stride(0), n_tiles, SCALE_LOG2,
        H=heads, G=group, BQ=tile_q, BN=plan.dense_keys, NB=ceil_pow2(requests + 1), STAGES=plan.dense_stages,
        BLOCK=BLOCK, DIM=DIM, TOPK=TOPK, DENSE=plan.dense_tokens, WIDE=q.dtype != kv.dtype,
        PDL=chained, launch_pdl=chained, num_warps=plan.dense_warps,
    )  # fmt: skip


@functools.cache
def stream_beside(device: torch.device, stream: int) -> torch.cuda.Stream:
    """A stream beside a given one (its handle), made once: the graphs of two callers never meet on it."""
    del stream
    return torch.cuda.Stream(device)


def start_beside(device: torch.device, ready: torch.cuda.Event) -> torch.cuda.Stream:
    """A stream beside the current one on which the work before an event is done."""
    side = stream_beside(device, torch.cuda.current_stream(device).cuda_stream)
    side.wait_event(ready)
    return side


def attend_late(
    plan: BlocksAttend,
    q: torch.Tensor,
    kv: torch.Tensor,
    topk: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    prefix_lens: torch.Tensor,
    out: torch.Tensor,
    scratch: Scratch,
    ready: torch.cuda.Event | None,
) -> None:
    """Attend by key block and add up, a run of rows at a time; `ready` is recorded once the first lists are built."""
    total_q, heads = q.shape[0], kv.shape[1]
    group, requests = q.shape[1] // heads, block_table.shape[0]
    pairs = take_pairs(plan, q, kv, block_table, scratch)
    chained = gpu_of(q.device).chained
    for start in range(0, total_q, plan.rows_at_once):
        rows = range(start, min(start + plan.rows_at_once, total_q))
        build_lists(plan, pairs, rows, topk, block_table, cu_q, prefix_lens)
        if ready is not None and start == 0:
            ready.record(torch.cuda.current_stream(q.device))
        serve_blocks(plan, q, kv, pairs)
        kernel.combine_kernel[(len(rows) * heads,)](
            pairs.part, pairs.stats, pairs.slot, topk, cu_q, prefix_lens, out, total_q, requests, start,
            H=heads, G=group, NB=ceil_pow2(requests + 1), TOPK=TOPK, DIM=DIM, DENSE=plan.dense_tokens,
            PDL=chained, launch_pdl=chained, num_warps=plan.combine_warps,
        )  # fmt: skip


def attend_blocks(
    plan: BlocksAttend,
    q: torch.Tensor,
    kv: torch.Tensor,
    topk: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    prefix_lens: torch.Tensor,
    out: torch.Tensor,
    scratch: Scratch,
) -> None:
    """Serve late rows by key block, early rows densely.

    The dense kernel computes, adding up waits for memory: they run side by side. The dense kernel is launched behind
    the block kernel, whose programs come first, on a stream that the current one waits for.
    """
    fits = DENSE_TOKENS <= plan.dense_tokens <= MOST_DENSE_TOKENS
    require(fits, f"dense_tokens must be {DENSE_TOKENS} to {MOST_DENSE_TOKENS}, got {plan.dense_tokens}")
    if not (plan.aside and q.is_cuda):
        attend_late(plan, q, kv, topk, block_table, cu_q, prefix_lens, out, scratch, None)
        attend_early(plan, q, kv, topk, block_table, cu_q, prefix_lens, out)
        return
    ready = torch.cuda.Event()
    attend_late(plan, q, kv, topk, block_table, cu_q, prefix_lens, out, scratch, ready)
    side = start_beside(q.device, ready)
    with torch.cuda.stream(side):
        attend_early(plan, q, kv, topk, block_table, cu_q, prefix_lens, out)
    torch.cuda.current_stream(q.device).wait_stream(side)


def prefill_attn(
    plan: AttendPlan,
    q: torch.Tensor,
    kv: torch.Tensor,
    topk: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    prefix_lens: torch.Tensor,
    out: torch.Tensor,
    scratch: Scratch,
) -> None:
    """Carry out a plan; `out` is `[total_q, Hq, 128]`."""
    if isinstance(plan, RowsAttend):
        attend_rows(plan, q, kv, topk, block_table, cu_q, prefix_lens, out, scratch)
    else:
        attend_blocks(plan, q, kv, topk, block_table, cu_q, prefix_lens, out, scratch)
