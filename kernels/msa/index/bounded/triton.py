# mypy: allow-untyped-defs, allow-incomplete-defs
# ruff: noqa: ERA001 - the shape above each tile is no code
"""Selection for long prompts out of int8 products, exactly. `README.md` has the plan and the proof.

Keys are rounded to int8 with one step a block, queries with one step a row, so a block's largest product is an int32
maximum, found at twice the rate of bf16. With s and h the steps, n and c the integers,

    |q . k - s h n . c|  <=  |q| |k - h c| + |q - s n| |h c|

bounds each block's score from both sides. A block is open if its upper bound reaches the 15th largest lower bound (the
row's own block is the 16th). Open pairs of row and block, some 50 a row, are sorted by block and scored in bf16 with
the very product of `kernels.msa.index.triton.fused_kernel`.
"""

import triton
import triton.language as tl

from kernels.msa.index.triton import load_queries, own_block, store_selection, tile_blocks
from kernels.msa.tiles import chain, pack, request_of_row, request_of_tile, unpack_id

UP = tl.constexpr(1.0001)
"""Covers the rounding of float32 norms."""
SLACK = tl.constexpr(4e-5)
"""What float32 sums may be off by, relative to |q| |k|: 3.1e-5 in the exact product, less than 1e-6 here."""


@triton.jit
def round_keys_kernel(
    p_k, p_table, p_seq_lens, p_code, p_step, p_error, p_norm, p_pairs, table_stride, max_blocks,
    BLOCK: tl.constexpr, DIM: tl.constexpr, PAD: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """Int8 copy `code` [requests * max_blocks, 128, 128] of one whole block, in the order of the block table.

    With it `step` h, `error` (the largest |k - h c|) and `norm` (the largest |h c|), and no pairs counted yet.
    """
    chain(PDL)
    i_out = tl.program_id(0).to(tl.int64)
    i_b = i_out // max_blocks
    i_block = i_out % max_blocks
    tl.store(p_pairs + i_out * PAD, 0)
    if i_block >= tl.load(p_seq_lens + i_b) // BLOCK:
        return
    # [BLOCK, DIM]
    o_k = tl.arange(0, BLOCK)[:, None] * DIM + tl.arange(0, DIM)[None, :]
    i_page = tl.load(p_table + i_b * table_stride + i_block).to(tl.int64)
    b_k = tl.load(p_k + i_page * BLOCK * DIM + o_k).to(tl.float32)
    step = tl.maximum(tl.max(tl.max(tl.abs(b_k), 1), 0) / 127, 1e-30)
    b_ratio = b_k / step
    b_int = tl.floor(b_ratio + 0.5)
    b_off = b_ratio - b_int
    # [BLOCK]
    b_off = tl.sqrt(tl.sum(b_off * b_off, 1))
    b_norm = tl.sqrt(tl.sum(b_int * b_int, 1))
    error = step * tl.max(b_off + SLACK * (b_norm + b_off), 0) * UP
    # False where a key is not finite: such a block is always open, and bounds nothing from below.
    fine = step * tl.sum(b_norm, 0) < 1e30
    tl.store(p_code + i_out * BLOCK * DIM + o_k, b_int.to(tl.int8))
    tl.store(p_step + i_out, tl.where(fine, step, 0.0))
    tl.store(p_error + i_out, tl.where(fine, error, float("inf")))
    tl.store(p_norm + i_out, tl.where(fine, step * tl.max(b_norm, 0) * UP, 0.0))


@triton.jit
def largest_kernel(
    p_q, d_code, p_cu_q, p_prefix, p_largest, p_row, total_q, n_requests, max_blocks, n_tiles,
    H: tl.constexpr, BQ: tl.constexpr, NB: tl.constexpr, SPLITS: tl.constexpr, STAGES: tl.constexpr,
    BLOCK: tl.constexpr, DIM: tl.constexpr, TOPK: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """Write `largest` [total_q * H, max_blocks] int32, each block's largest n . c, before the row's own block.

    And `row` [3, total_q * H]: the row's step s, |q| and |q - s n|.
    """
    chain(PDL)
    i_split = tl.program_id(0) % SPLITS
    # Later tiles of a causal request are longer: they start first.
    i_tile = n_tiles - 1 - tl.program_id(0) // SPLITS
    i_b, i_lo, i_hi = request_of_tile(p_cu_q, i_tile, n_requests, total_q, BQ, NB)
    if i_b >= n_requests:
        return
    BM: tl.constexpr = BQ * H
    i_from, i_to = tile_blocks(p_prefix, p_cu_q, i_b, i_hi, i_split, BLOCK, TOPK, SPLITS)
    if i_from >= i_to:
        return
    # [BM, DIM]
    b_q = load_queries(p_q, i_lo, i_hi, H, BM, DIM, False).to(tl.float32)
    b_step = tl.maximum(tl.max(tl.abs(b_q), 1) / 127, 1e-30)
    b_ratio = b_q / b_step[:, None]
    b_int = tl.floor(b_ratio + 0.5)
    b_off = b_ratio - b_int
    b_n = b_int.to(tl.int8)
    # [BM]
    o_m = tl.arange(0, BM)
    m_row = o_m < (i_hi - i_lo) * H
    # With fewer blocks than splits, the first splits have none.
    if i_from == 0:
        p_out = p_row + i_lo * H + o_m
        tl.store(p_out, b_step, mask=m_row)
        tl.store(p_out + total_q * H, b_step * tl.sqrt(tl.sum(b_ratio * b_ratio, 1)) * UP, mask=m_row)
        tl.store(p_out + 2 * total_q * H, b_step * tl.sqrt(tl.sum(b_off * b_off, 1)) * UP, mask=m_row)
    p_out = p_largest + (i_lo * H + o_m).to(tl.int64) * max_blocks
    i_line = i_b * max_blocks * BLOCK
    for i_block in tl.range(i_from, i_to, num_stages=STAGES):
        # [BLOCK, DIM]
        b_k = d_code.load([i_line + i_block * BLOCK, 0])
        b_largest = tl.max(tl.dot(b_n, tl.trans(b_k), out_dtype=tl.int32), 1)
        # Always true. The pipeliner puts branches last, so the next block's keys are asked for before this one's store.
        if i_block < i_to:
            tl.store(p_out + i_block, b_largest, mask=m_row)


@triton.jit
def bounds_of(p_largest, p_step, p_error, p_norm, o_row, o_block, i_local, max_blocks, q_step, q_size, q_off):
    """(middle, half width) [H, N] of the intervals that hold the scores of N blocks, for the rows of a query.

    Up to three blocks from `i_local` on are garbage: whole groups of four are loaded, 16 bytes at a time.
    """
    m_load = (o_block < (i_local + 3) // 4 * 4) & (o_block < max_blocks)
    b_mid = tl.load(p_largest + o_row + o_block, mask=m_load, other=0).to(tl.float32)
    b_mid = b_mid * tl.load(p_step + o_block, mask=m_load, other=0.0) * q_step
    b_off = tl.load(p_error + o_block, mask=m_load, other=0.0) * q_size
    return b_mid, b_off + tl.load(p_norm + o_block, mask=m_load, other=0.0) * q_off


@triton.jit
def open_kernel(
    p_largest, p_row, p_step, p_error, p_norm, p_cu_q, p_prefix, p_pairs, p_open, p_count,
    total_q, n_requests, max_blocks,
    H: tl.constexpr, NB: tl.constexpr, LISTS: tl.constexpr, LENGTH: tl.constexpr, MOST: tl.constexpr,
    BLOCK: tl.constexpr, TOPK: tl.constexpr, PAD: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """Find open blocks of a query's rows: `open` [total_q * H, MOST] ids in any order, and their number in `count`.

    Where `count` is above MOST, some are missing. The threshold is the 15th best of the best lower bounds of LISTS
    interleaved lists; LENGTH of each list's blocks are looked at a time, for all heads: they share steps and errors.
    Each block's rows are counted too, in `pairs`. Counters lie PAD apart: those that share a cache line queue up.
    """
    chain(PDL)
    i_query = tl.program_id(0)
    # [H]
    o_h = i_query * H + tl.arange(0, H)
    tl.store(p_count + o_h * PAD, tl.zeros([H], tl.int32))
    i_local = own_block(p_cu_q, p_prefix, i_query, n_requests, NB, BLOCK)
    if i_local < TOPK:
        return
    i_first = request_of_row(p_cu_q, i_query, n_requests, NB) * max_blocks
    p_step += i_first
    p_error += i_first
    p_norm += i_first
    # [H, 1]
    o_row = o_h.to(tl.int64)[:, None] * max_blocks
    q_step = tl.load(p_row + o_h)[:, None]
    q_size = tl.load(p_row + total_q * H + o_h)[:, None]
    q_off = tl.load(p_row + 2 * total_q * H + o_h)[:, None]
    # [1, LENGTH * LISTS], [H, LENGTH * LISTS]
    o_tile = tl.arange(0, LENGTH * LISTS)[None, :]
    b_best = tl.full([H, LENGTH * LISTS], -float("inf"), tl.float32)
    p_counts = p_count + tl.broadcast_to(o_h[:, None], [H, LENGTH * LISTS]) * PAD
    for i_tile in range(0, i_local, LENGTH * LISTS):
        o_block = i_tile + o_tile
        m_block = o_block < i_local
        b_mid, b_off = bounds_of(
            p_largest, p_step, p_error, p_norm, o_row, o_block, i_local, max_blocks, q_step, q_size, q_off
        )
        b_low = tl.where(m_block & (b_mid - b_off > -float("inf")), b_mid - b_off, -float("inf"))
        b_best = tl.maximum(b_best, b_low)
    # [H, LISTS]
    b_top = tl.topk(tl.max(tl.reshape(b_best, [H, LENGTH, LISTS]), 1), TOPK)
    threshold = tl.min(tl.where((tl.arange(0, TOPK) < TOPK - 1)[None, :], b_top, float("inf")), 1)[:, None]
    # All threads see the counts at zero.
    tl.debug_barrier()
    for i_tile in range(0, i_local, LENGTH * LISTS):
        o_block = i_tile + o_tile
        b_mid, b_off = bounds_of(
            p_largest, p_step, p_error, p_norm, o_row, o_block, i_local, max_blocks, q_step, q_size, q_off
        )
        # A bound that is no number leaves its block open.
        m_open = (o_block < i_local) & ((b_mid + b_off < threshold) == 0)
        # Few are open: an atomic addition each costs less than running sums over all.
        b_place = tl.atomic_add(p_counts, 1, mask=m_open, sem="relaxed")
        m_put = m_open & (b_place < MOST)
        b_block = tl.broadcast_to(o_block, m_open.shape)
        tl.store(p_open + o_h[:, None] * MOST + b_place, b_block, mask=m_put)
        tl.atomic_add(p_pairs + (i_first + b_block) * PAD, 1, mask=m_put, sem="relaxed")


@triton.jit
def starts_kernel(p_pairs, p_start, n_blocks, CHUNK: tl.constexpr, PAD: tl.constexpr, PDL: tl.constexpr):
    """Where each block's pairs start: `start` [n_blocks + 1], a running sum of `pairs`, which gets a copy. One program.

    From then on `pairs` says where a block's next pair goes.
    """
    chain(PDL)
    o_c = tl.arange(0, CHUNK)
    n_before = 0
    for i_first in range(0, n_blocks, CHUNK):
        m_c = i_first + o_c < n_blocks
        p_next = p_pairs + (i_first + o_c) * PAD
        b_pairs = tl.load(p_next, mask=m_c, other=0)
        b_start = n_before + tl.cumsum(b_pairs, 0) - b_pairs
        tl.store(p_start + i_first + o_c, b_start, mask=m_c)
        tl.store(p_next, b_start, mask=m_c)
        n_before += tl.sum(b_pairs, 0)
    tl.store(p_start + n_blocks, n_before)


@triton.jit
def sort_kernel(
    p_open, p_count, p_next, p_cu_q, p_prefix, p_pair, n_requests, max_blocks,
    H: tl.constexpr, NB: tl.constexpr, MOST: tl.constexpr, BLOCK: tl.constexpr, TOPK: tl.constexpr, PAD: tl.constexpr,
    PDL: tl.constexpr,
):  # fmt: skip
    """Put a row's open pairs, as row * MOST + place, among those of their block in `pair`, in any order."""
    chain(PDL)
    i_row = tl.program_id(0)
    if own_block(p_cu_q, p_prefix, i_row // H, n_requests, NB, BLOCK) < TOPK:
        return
    i_first = request_of_row(p_cu_q, i_row // H, n_requests, NB) * max_blocks
    o_n = tl.arange(0, MOST)
    m_n = o_n < tl.load(p_count + i_row * PAD)
    o_in = i_row * MOST + o_n
    b_block = i_first + tl.load(p_open + o_in, mask=m_n, other=0)
    b_at = tl.atomic_add(p_next + b_block * PAD, 1, mask=m_n, sem="relaxed")
    tl.store(p_pair + b_at, o_in, mask=m_n)


@triton.jit
def rescore_kernel(
    p_q, d_k, p_table, p_start, p_pair, p_exact, table_stride, max_blocks,
    SPLITS: tl.constexpr, BM: tl.constexpr, MOST: tl.constexpr, BLOCK: tl.constexpr, DIM: tl.constexpr,
    PDL: tl.constexpr,
):  # fmt: skip
    """Write `exact` [total_q * H, MOST] for the pairs of one block: one of SPLITS shares of its list, BM at a time."""
    chain(PDL)
    i_block = tl.program_id(0) // SPLITS
    i_start = tl.load(p_start + i_block)
    n_pairs = tl.load(p_start + i_block + 1) - i_start
    i_from = tl.program_id(0) % SPLITS * BM
    if i_from >= n_pairs:
        return
    i_page = tl.load(p_table + (i_block // max_blocks).to(tl.int64) * table_stride + i_block % max_blocks)
    p_list = p_pair + i_start
    # [BLOCK, DIM]
    b_k = d_k.load([i_page * BLOCK, 0])
    o_m = tl.arange(0, BM)
    for i_done in range(i_from, n_pairs, SPLITS * BM):
        m_m = i_done + o_m < n_pairs
        b_pair = tl.load(p_list + i_done + o_m, mask=m_m, other=0)
        # [BM, DIM]
        p_rows = p_q + (b_pair // MOST).to(tl.int64)[:, None] * DIM + tl.arange(0, DIM)[None, :]
        b_q = tl.load(p_rows, mask=m_m[:, None], other=0.0)
        tl.store(p_exact + b_pair, tl.max(tl.dot(b_q, tl.trans(b_k)), 1), mask=m_m)


@triton.jit
def best_open(p_open, p_exact, i_from, n_open, N: tl.constexpr, TOPK: tl.constexpr):
    """The TOPK best of at most N open blocks, best first."""
    o_n = tl.arange(0, N)
    b_open = tl.load(p_open + i_from + o_n, mask=o_n < n_open, other=-1)
    b_exact = tl.load(p_exact + i_from + o_n, mask=o_n < n_open, other=-float("inf"))
    return unpack_id(tl.topk(pack(b_exact, b_open), TOPK))


@triton.jit
def best_kernel(
    p_open, p_exact, p_count, p_cu_q, p_prefix, p_topk, total_q, n_requests,
    H: tl.constexpr, NB: tl.constexpr, FEW: tl.constexpr, MOST: tl.constexpr, BLOCK: tl.constexpr, TOPK: tl.constexpr,
    PAD: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """The 15 best open blocks of a row and its own; rows whose count is above MOST are left alone."""
    chain(PDL)
    i_row = tl.program_id(0)
    i_local = own_block(p_cu_q, p_prefix, i_row // H, n_requests, NB, BLOCK)
    n_open = 0
    b_id = tl.full([TOPK], -1, tl.int32)
    if i_local >= TOPK:
        n_open = tl.load(p_count + i_row * PAD)
        # Most rows have few, and sorting is what this kernel does.
        if n_open <= FEW:
            b_id = best_open(p_open, p_exact, i_row * MOST, n_open, FEW, TOPK)
        else:
            b_id = best_open(p_open, p_exact, i_row * MOST, n_open, MOST, TOPK)
        b_id = tl.where(tl.arange(0, TOPK) < TOPK - 1, b_id, i_local)
    if n_open <= MOST:
        store_selection(p_topk, b_id, i_row, i_local, total_q, H, TOPK)
