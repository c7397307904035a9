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
class Lists:
    """Reverse lists as `lists.py` builds them.

    Attributes:
        slot: `[H, total_q, 16]` int32, where the partial output of a (query, block) pair lies.
        entry: `[H * slots]` int32, `query * 128 + visible keys - 1`.
        items: `[H]` int32, work items of each head.
        item: `[H, most_items, 4]` int32, (page, first slot, entries, own block).
    """

    slot: torch.Tensor
    entry: torch.Tensor
    items: torch.Tensor
    item: torch.Tensor


def build_lists(
    plan: BlocksAttend,
    queries: int,
    topk: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    prefix_lens: torch.Tensor,
    scratch: Scratch,
) -> Lists:
    """Turn a selection into lists by key block: one fill and three launches, no host knowledge of lengths."""
    heads, total_q = topk.shape[:2]
    requests, max_blocks = block_table.shape
    buckets = 2 * requests * max_blocks
    local = min(requests * max_blocks, total_q // BLOCK + 2 * requests)
    used = min(requests * max_blocks, total_q * TOPK) + local
    slots = total_q * TOPK + (queries - 1) * used
    most_items = used + total_q * TOPK // plan.item
    count = scratch.take((heads * buckets,), torch.int32)
    slot_from, item_from = (scratch.take((heads * buckets,), torch.int32) for _ in range(2))
    made = Lists(
        slot=scratch.take((heads, total_q, TOPK), torch.int32),
        entry=scratch.take((heads * slots,), torch.int32),
        items=scratch.take((heads,), torch.int32),
        item=scratch.take((heads, most_items, 4), torch.int32),
    )
    count.zero_()
    chained = gpu_of(topk.device).chained
    tile = {"BQ": LIST_TILE, "BLOCK": BLOCK, "NB": ceil_pow2(requests + 1), "TOPK": TOPK, "DENSE": DENSE_TOKENS}
    chain = {"PDL": chained, "launch_pdl": chained}
    grid = (total_q // LIST_TILE + requests + 1, heads)
    lists.rank_kernel[grid](topk, cu_q, prefix_lens, count, made.slot, total_q, requests, max_blocks, **tile, **chain)
    lists.offset_kernel[(heads,)](
        count, slot_from, item_from, made.items, buckets, slots,
        QUERIES=queries, ITEM=plan.item, BN=min(SCAN_TILE, ceil_pow2(buckets)), num_warps=8, **chain,
    )  # fmt: skip
    lists.scatter_kernel[grid](
        topk, cu_q, prefix_lens, block_table, count, made.slot, slot_from, item_from, made.entry, made.item,
        total_q, requests, max_blocks, block_table.stride(0), most_items,
        ITEM=plan.item, **tile, **chain,
    )  # fmt: skip
    return made


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
    """Attend by key block, combine, and serve early rows densely."""
    total_q, q_heads = q.shape[:2]
    heads = kv.shape[1]
    group = q_heads // heads
    requests = block_table.shape[0]
    queries = plan.tile_rows // group
    made = build_lists(plan, queries, topk, block_table, cu_q, prefix_lens, scratch)
    pairs = made.entry.shape[0]
    part = scratch.take((pairs, group, DIM), wide_dtype(kv))
    stats = scratch.take((pairs, group, 2), torch.float32)
    chained = gpu_of(q.device).chained
    n_pow2 = ceil_pow2(requests + 1)
    shape = {"H": heads, "G": group, "DIM": DIM}
    chain = {"PDL": chained, "launch_pdl": chained}
    wide = q.dtype != kv.dtype
    kernel.block_kernel[(heads * made.item.shape[1],)](
        q, page_rows(kv, BLOCK), made.items, made.item, made.entry, part, stats, made.item.shape[1], SCALE_LOG2,
        QUERIES=queries, BLOCK=BLOCK, WIDE=wide, num_warps=plan.warps, **shape, **chain,
    )  # fmt: skip
    kernel.combine_kernel[(total_q * heads,)](
        part, stats, made.slot, topk, cu_q, prefix_lens, out, total_q, requests,
        NB=n_pow2, TOPK=TOPK, DENSE=DENSE_TOKENS, num_warps=plan.combine_warps, **shape, **chain,
    )  # fmt: skip
    tile_q = plan.dense_rows // group
    n_tiles = min(total_q, requests * DENSE_TOKENS) // tile_q + requests + 1
    kernel.dense_kernel[(n_tiles * heads,)](
        q, page_rows(kv, plan.dense_keys), block_table, cu_q, prefix_lens, out,
        total_q, requests, block_table.stride(0), n_tiles, SCALE_LOG2,
        BQ=tile_q, BN=plan.dense_keys, NB=n_pow2, STAGES=plan.dense_stages, BLOCK=BLOCK, DENSE=DENSE_TOKENS, WIDE=wide,
        num_warps=plan.dense_warps, **shape, **chain,
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
