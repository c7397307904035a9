"""Launches of the prefill attention kernels for arguments that `validate` has accepted."""

from dataclasses import dataclass

import torch

from kernels.msa.attend import lists
from kernels.msa.attend import triton as kernel
from kernels.msa.decode.launch import SCALE_LOG2, attend_rows
from kernels.msa.device import Scratch, gpu_of, page_rows, wide_dtype
from kernels.msa.layout import BLOCK, DENSE_TOKENS, DIM, TOPK, ceil_pow2
from kernels.msa.plans import AttendPlan, BlocksAttend, RowsAttend

LIST_TILE = 16
"""Queries whose selections a list-building program reads at once."""
SCAN_TILE = 4096
"""Buckets of one step of the running sums."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Scratch for the (query, block) pairs of one run of rows: reverse lists as `lists.py` builds them, and partials.

    Attributes:
        count: `[H, 2, requests, max_blocks]` int32, entries of each bucket.
        slot_from: like `count`, a bucket's first slot.
        item_from: like `count`, a bucket's first work item.
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


def take_pairs(
    plan: BlocksAttend, q: torch.Tensor, kv: torch.Tensor, block_table: torch.Tensor, scratch: Scratch
) -> Pairs:
    """Scratch for `plan.rows_at_once` rows at a time, sized by bounds that need no lengths."""
    total_q, heads = q.shape[0], kv.shape[1]
    group = q.shape[1] // heads
    requests, max_blocks = block_table.shape
    pairs = min(total_q, plan.rows_at_once) * TOPK
    local = min(requests * max_blocks, total_q // BLOCK + 2 * requests)
    used = min(requests * max_blocks, pairs) + local
    slots = pairs + (plan.tile_rows // group - 1) * used
    count, slot_from, item_from = (scratch.take((heads, 2, requests, max_blocks), torch.int32) for _ in range(3))
    return Pairs(
        count=count,
        slot_from=slot_from,
        item_from=item_from,
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
    buckets = 2 * requests * max_blocks
    pairs.count.zero_()
    chained = gpu_of(topk.device).chained
    tile = {"BQ": LIST_TILE, "BLOCK": BLOCK, "NB": ceil_pow2(requests + 1), "TOPK": TOPK, "DENSE": DENSE_TOKENS}
    chain = {"PDL": chained, "launch_pdl": chained}
    grid = (total_q // LIST_TILE + requests + 1, heads)
    lists.rank_kernel[grid](
        topk, cu_q, prefix_lens, pairs.count, pairs.slot,
        total_q, requests, max_blocks, rows.start, rows.stop, **tile, **chain,
    )  # fmt: skip
    lists.offset_kernel[(heads,)](
        pairs.count, pairs.slot_from, pairs.item_from, pairs.items, buckets, pairs.entry.shape[1],
        QUERIES=plan.tile_rows // pairs.part.shape[1], ITEM=plan.item,
        BN=min(SCAN_TILE, ceil_pow2(buckets)), num_warps=8, **chain,
    )  # fmt: skip
    lists.scatter_kernel[grid](
        topk, cu_q, prefix_lens, block_table, pairs.count, pairs.slot, pairs.slot_from, pairs.item_from, pairs.entry,
        pairs.item, total_q, requests, max_blocks, block_table.stride(0), pairs.item.shape[1], rows.start, rows.stop,
        ITEM=plan.item, **tile, **chain,
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
    """Attend by key block and combine, a run of rows at a time; serve early rows densely."""
    total_q, heads = q.shape[0], kv.shape[1]
    group = q.shape[1] // heads
    requests = block_table.shape[0]
    pairs = take_pairs(plan, q, kv, block_table, scratch)
    chained = gpu_of(q.device).chained
    n_pow2 = ceil_pow2(requests + 1)
    shape = {"H": heads, "G": group, "DIM": DIM, "PDL": chained, "launch_pdl": chained}
    wide = q.dtype != kv.dtype
    for start in range(0, total_q, plan.rows_at_once):
        rows = range(start, min(start + plan.rows_at_once, total_q))
        build_lists(plan, pairs, rows, topk, block_table, cu_q, prefix_lens)
        kernel.block_kernel[(heads * pairs.item.shape[1],)](
            q, page_rows(kv, BLOCK), pairs.items, pairs.item, pairs.entry, pairs.part, pairs.stats,
            pairs.item.shape[1], SCALE_LOG2,
            QUERIES=plan.tile_rows // group, BLOCK=BLOCK, WIDE=wide, num_warps=plan.warps, **shape,
        )  # fmt: skip
        kernel.combine_kernel[(len(rows) * heads,)](
            pairs.part, pairs.stats, pairs.slot, topk, cu_q, prefix_lens, out, total_q, requests, start,
            NB=n_pow2, TOPK=TOPK, DENSE=DENSE_TOKENS, num_warps=plan.combine_warps, **shape,
        )  # fmt: skip
    tile_q = plan.dense_rows // group
    n_tiles = min(total_q, requests * DENSE_TOKENS) // tile_q + requests + 1
    kernel.dense_kernel[(n_tiles * heads,)](
        q, page_rows(kv, plan.dense_keys), block_table, cu_q, prefix_lens, out,
        total_q, requests, block_table.stride(0), n_tiles, SCALE_LOG2,
        BQ=tile_q, BN=plan.dense_keys, NB=n_pow2, STAGES=plan.dense_stages, BLOCK=BLOCK, DENSE=DENSE_TOKENS, WIDE=wide,
        num_warps=plan.dense_warps, **shape,
    )  # fmt: skip


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
