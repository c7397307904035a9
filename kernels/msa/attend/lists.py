# mypy: allow-untyped-defs, allow-incomplete-defs
# ruff: noqa: ERA001 - the shape above each tile is no code
"""Reverse lists: for each KV head and block, the queries that selected it.

`topk` says which blocks a query wants; attention by key block wants the opposite. A counting sort turns one into the
other in three launches:

    rank_kernel      rank[h, q, k] = how many came before in its bucket; count[bucket]
    offset_kernel    slot_from[bucket], item_from[bucket] = running sums of the counts
    scatter_kernel   entry[slot_from + rank] = query;   every ITEM-th entry opens a work item

A bucket is a (head, chunk, local?, request, block). Chunks of `n_near` rows come one after the other, so that the
queries of all items under way stay in the L2. A query's own block goes into a bucket apart: only there does the future
have to be masked. A bucket's slots are padded to a multiple of QUERIES (the queries that share a tile), so that tiles
never straddle buckets. Which query gets which rank depends on timing; results do not, since each (query, block) pair is
computed alone and `combine_kernel` adds a query's blocks in the order of its `topk`.

Counters lie PAD apart: with few blocks, tens of thousands of atomic additions would queue up at each cache line.

Rows at positions below DENSE are left out: `dense_kernel` serves them.
"""

import triton
import triton.language as tl

from kernels.msa.tiles import chain, request_of_tile


@triton.jit
def load_wanted(
    p_topk, p_cu_q, p_prefix, total_q, n_requests, max_blocks, i_from, i_to, n_near, n_chunks,
    BQ: tl.constexpr, NB: tl.constexpr, BLOCK: tl.constexpr, TOPK: tl.constexpr, DENSE: tl.constexpr,
):  # fmt: skip
    """A tile of selections, by column the 16 of a query.

    Returns (request, offsets into `rank`, queries, positions, ids, which are local, buckets, which are real, which
    belong to rows that are served now).
    """
    i_h = tl.program_id(1)
    i_b, i_lo, i_hi = request_of_tile(p_cu_q, tl.program_id(0), n_requests, total_q, BQ, NB)
    # Padding rows and tiles past the end hold no selections, and rows before i_from or from i_to on are not wanted now.
    i_hi = tl.where(i_b < n_requests, tl.minimum(i_hi, i_to), i_lo)
    i_b = tl.minimum(i_b, n_requests - 1)
    # [BQ, TOPK]
    o_q = i_lo + tl.arange(0, BQ)
    o_in = (i_h.to(tl.int64) * total_q + o_q)[:, None] * TOPK + tl.arange(0, TOPK)[None, :]
    m_row = (o_q >= i_from) & (o_q < i_hi)
    b_id = tl.load(p_topk + o_in, mask=m_row[:, None], other=-1)
    # [BQ]
    b_position = tl.load(p_prefix + i_b) + o_q - tl.load(p_cu_q + i_b)
    # [BQ, TOPK]
    m_local = b_id == (b_position // BLOCK)[:, None]
    b_chunk = i_h * n_chunks + tl.maximum(o_q - i_from, 0)[:, None] // n_near
    b_bucket = ((b_chunk * 2 + m_local.to(tl.int32)) * n_requests + i_b) * max_blocks + b_id
    m_row = (m_row & (b_position >= DENSE))[:, None]
    return i_b, o_in, o_q, b_position, b_id, m_local, b_bucket, m_row & (b_id >= 0), m_row


@triton.jit
def rank_kernel(
    p_topk, p_cu_q, p_prefix, p_count, p_rank, total_q, n_requests, max_blocks, i_from, i_to, n_near, n_chunks,
    BQ: tl.constexpr, NB: tl.constexpr, BLOCK: tl.constexpr, TOPK: tl.constexpr, DENSE: tl.constexpr,
    PAD: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """Count each bucket's entries; an entry's rank is the count it found. `count` must be zero at the start."""
    chain(PDL)
    _, o_in, _, _, _, _, b_bucket, m_in, _ = load_wanted(
        p_topk,
        p_cu_q,
        p_prefix,
        total_q,
        n_requests,
        max_blocks,
        i_from,
        i_to,
        n_near,
        n_chunks,
        BQ,
        NB,
        BLOCK,
        TOPK,
        DENSE,
    )
    b_rank = tl.atomic_add(p_count + b_bucket * PAD, 1, mask=m_in, sem="relaxed")
    tl.store(p_rank + o_in, b_rank, mask=m_in)


@triton.jit
def offset_kernel(
    p_count, p_slot_from, p_item_from, p_items, n_buckets, slots,
    QUERIES: tl.constexpr, ITEM: tl.constexpr, BN: tl.constexpr, PAD: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """Running sums over one head's buckets: where its slots and its work items start; `items[h]` counts the items."""
    chain(PDL)
    i_h = tl.program_id(0)
    i_slot = i_h * slots
    i_item = i_h * 0
    for i_from in range(0, n_buckets, BN):
        # [BN]
        o_bucket = i_from + tl.arange(0, BN)
        m_bucket = o_bucket < n_buckets
        b_count = tl.load(p_count + (i_h * n_buckets + o_bucket) * PAD, mask=m_bucket, other=0)
        b_slots = (b_count + QUERIES - 1) // QUERIES * QUERIES
        b_items = (b_count + ITEM - 1) // ITEM
        tl.store(p_slot_from + i_h * n_buckets + o_bucket, i_slot + tl.cumsum(b_slots, 0) - b_slots, mask=m_bucket)
        tl.store(p_item_from + i_h * n_buckets + o_bucket, i_item + tl.cumsum(b_items, 0) - b_items, mask=m_bucket)
        i_slot += tl.sum(b_slots, 0)
        i_item += tl.sum(b_items, 0)
    tl.store(p_items + i_h, i_item)


@triton.jit
def scatter_kernel(
    p_topk, p_cu_q, p_prefix, p_table, p_count, p_rank, p_slot_from, p_item_from, p_entry, p_item,
    total_q, n_requests, max_blocks, table_stride, items, i_from, i_to, n_near, n_chunks,
    BQ: tl.constexpr, NB: tl.constexpr, BLOCK: tl.constexpr, TOPK: tl.constexpr,
    DENSE: tl.constexpr, ITEM: tl.constexpr, PAD: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """Fill `entry` [slots] and `item` [H, items, 4]; ranks become slots in place, -1 where there is no block.

    An entry is `query * 128 + (visible keys - 1)`, an item is (page, first slot, entries, whether
    the block is its queries' own).
    """
    chain(PDL)
    i_h = tl.program_id(1)
    i_b, o_in, o_q, b_position, b_id, m_local, b_bucket, m_in, m_row = load_wanted(
        p_topk,
        p_cu_q,
        p_prefix,
        total_q,
        n_requests,
        max_blocks,
        i_from,
        i_to,
        n_near,
        n_chunks,
        BQ,
        NB,
        BLOCK,
        TOPK,
        DENSE,
    )
    # [BQ, TOPK]
    b_rank = tl.load(p_rank + o_in, mask=m_in, other=1)
    b_slot = tl.load(p_slot_from + b_bucket, mask=m_in, other=0) + b_rank
    b_seen = tl.minimum(b_position[:, None] - b_id * BLOCK, BLOCK - 1)
    tl.store(p_entry + b_slot, o_q[:, None] * BLOCK + b_seen, mask=m_in)
    tl.store(p_rank + o_in, tl.where(m_in, b_slot, -1), mask=m_row)
    m_first = m_in & (b_rank % ITEM == 0)
    b_page = tl.load(p_table + i_b.to(tl.int64) * table_stride + b_id, mask=m_first, other=0)
    b_left = tl.load(p_count + b_bucket * PAD, mask=m_first, other=0) - b_rank
    b_item = tl.load(p_item_from + b_bucket, mask=m_first, other=0) + b_rank // ITEM
    p_out = p_item + (i_h * items + b_item) * 4
    tl.store(p_out, b_page, mask=m_first)
    tl.store(p_out + 1, b_slot, mask=m_first)
    tl.store(p_out + 2, tl.minimum(b_left, ITEM), mask=m_first)
    tl.store(p_out + 3, m_local.to(tl.int32), mask=m_first)
