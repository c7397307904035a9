# mypy: allow-untyped-defs, allow-incomplete-defs
# ruff: noqa: ERA001, RUF005 - the shape above each tile is no code; the compiler knows no starred tuples
"""Attention by key block, for prefill with many new tokens. The definition is `naive.py` beside this file.

A query-by-query loop reads 16 blocks of keys and values a query: at 8 k queries that is 34 GB through the L2. Here a
program owns a block instead: it loads the block's keys and values once and serves every query that selected it
(`lists.py` says which), QUERIES at a time, so that a tile has 64 rows and fills the tensor cores. Each (query, block)
pair leaves a partial output; `combine_kernel` adds a query's 16. Rows whose visible blocks all fit in the selection
(positions below 2048) go through `dense_kernel`, flash attention over a contiguous run of blocks.

Numerics: scores and sums in float32; probabilities and partial outputs in the storage dtype (float16 over fp8 caches,
where a partial output is at most 128 x 448, inside float16's range). Results do not depend on the order of the lists.
"""

import triton
import triton.language as tl

from kernels.msa.tiles import chain, request_of_tile, widen


@triton.jit
def load_entries(p_entry, i_from, n_entries, BM: tl.constexpr, G: tl.constexpr):
    """Entries `query * BLOCK + visible keys - 1` of a tile's rows, G rows an entry; 0 past the item's end."""
    o_e = i_from + tl.arange(0, BM) // G
    return tl.load(p_entry + o_e, mask=o_e < n_entries, other=0)


@triton.jit
def gather_queries(
    p_q, b_entry, i_h, H: tl.constexpr, G: tl.constexpr, BM: tl.constexpr, BLOCK: tl.constexpr, DIM: tl.constexpr
):
    """Rows of the queries an entry names, [BM, DIM]: G heads of a query lie side by side in memory."""
    o_q = (b_entry // BLOCK * H + i_h) * G + tl.arange(0, BM) % G
    return tl.load(p_q + o_q.to(tl.int64)[:, None] * DIM + tl.arange(0, DIM)[None, :])


@triton.jit
def serve_queries(
    p_q, p_list, p_part, p_stats, b_k, b_v, i_h, i_slot, n_entries, scale_log2,
    H: tl.constexpr, G: tl.constexpr, QUERIES: tl.constexpr, BLOCK: tl.constexpr, DIM: tl.constexpr,
    WIDE: tl.constexpr, MASKED: tl.constexpr,
):  # fmt: skip
    """Run a block's keys and values past the queries of a list, QUERIES at a time.

    List entries are fetched two tiles ahead and queries one (three stages): keys, values and two query tiles are all
    the shared memory there is if two programs are to share a multiprocessor. Partial outputs are written with
    evict-first, so that they do not push the queries out of the L2.
    """
    BM: tl.constexpr = QUERIES * G
    o_m = tl.arange(0, BM)
    o_n = tl.arange(0, BLOCK)
    o_d = tl.arange(0, DIM)
    for i_from in tl.range(0, n_entries, QUERIES, num_stages=3):
        b_entry = load_entries(p_list, i_from, n_entries, BM, G)
        # [BM, DIM]
        b_q = gather_queries(p_q, b_entry, i_h, H, G, BM, BLOCK, DIM)
        # [BM, BLOCK]
        b_s = tl.dot(widen(b_q, WIDE), tl.trans(b_k))
        if MASKED:
            b_s = tl.where(o_n[None, :] <= (b_entry % BLOCK)[:, None], b_s, -float("inf"))
        b_top = tl.max(b_s, 1) * scale_log2
        # Always true. The compiler's pipeliner puts branches last, so the next queries are asked for before the rest of
        # this tile's work, not after.
        if i_from < n_entries:
            b_p = tl.exp2(b_s * scale_log2 - b_top[:, None])
            # [BM, DIM]
            b_o = tl.dot(b_p.to(b_v.dtype), b_v)
            o_out = (i_slot + i_from) * G + o_m
            p_out = p_part + o_out.to(tl.int64)[:, None] * DIM + o_d[None, :]
            tl.store(p_out, b_o.to(p_part.dtype.element_ty), eviction_policy="evict_first")
            # [BM, 2]
            tl.store(p_stats + o_out[:, None] * 2 + tl.arange(0, 2)[None, :], tl.join(b_top, tl.sum(b_p, 1)))


@triton.jit
def block_kernel(
    p_q, d_kv, p_items, p_item, p_entry, p_part, p_stats, items, scale_log2,
    H: tl.constexpr, G: tl.constexpr, QUERIES: tl.constexpr,
    BLOCK: tl.constexpr, DIM: tl.constexpr, WIDE: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """Serve one work item: a block's keys and values against the queries of its list.

    Writes `part` [slots, G, DIM] = sum_t exp2(s_t - top) v_t and `stats` [slots, G, 2] = (top, sum_t exp2(s_t - top)),
    where top = max s.
    """
    chain(PDL)
    i_h = tl.program_id(0) // items
    if tl.program_id(0) % items >= tl.load(p_items + i_h):
        return
    p_this = p_item + tl.program_id(0) * 4
    i_line = (tl.load(p_this) * H + i_h) * BLOCK
    i_slot = tl.load(p_this + 1)
    n_entries = tl.load(p_this + 2)
    p_list = p_entry + i_slot
    # [BLOCK, DIM] each
    b_k = widen(d_kv.load([i_line, 0]), WIDE)
    b_v = widen(d_kv.load([i_line, DIM]), WIDE)
    # Two loops, not one with a branch inside: a branch would wait for the loads that were just sent ahead.
    if tl.load(p_this + 3):
        serve_queries(
            p_q, p_list, p_part, p_stats, b_k, b_v, i_h, i_slot, n_entries, scale_log2,
            H, G, QUERIES, BLOCK, DIM, WIDE, MASKED=True,
        )  # fmt: skip
    else:
        serve_queries(
            p_q, p_list, p_part, p_stats, b_k, b_v, i_h, i_slot, n_entries, scale_log2,
            H, G, QUERIES, BLOCK, DIM, WIDE, MASKED=False,
        )  # fmt: skip


@triton.jit
def combine_kernel(
    p_part, p_stats, p_slot, p_cu_q, p_prefix, p_out, total_q, n_requests, i_from,
    H: tl.constexpr, G: tl.constexpr, NB: tl.constexpr, TOPK: tl.constexpr, DIM: tl.constexpr, DENSE: tl.constexpr,
    AHEAD: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """Add a (query, KV head)'s partial outputs, each scaled by exp2(top), for rows from `i_from` on; padding: zero.

    AHEAD partial outputs are asked for at a time.
    """
    chain(PDL)
    i_h = tl.program_id(0) % H
    i_q = i_from + tl.program_id(0) // H
    # [NB]
    o_b = tl.arange(0, NB)
    b_lo = tl.load(p_cu_q + o_b, mask=o_b < n_requests, other=2147483647)
    b_hi = tl.load(p_cu_q + 1 + o_b, mask=o_b < n_requests, other=0)
    b_prefix = tl.load(p_prefix + o_b, mask=o_b < n_requests, other=0)
    m_b = (b_lo <= i_q) & (i_q < b_hi)
    i_position = tl.max(tl.where(m_b, b_prefix + i_q - b_lo, -1), 0)
    if (i_position >= 0) & (i_position < DENSE):
        return
    # [G], [G, DIM]
    o_g = tl.arange(0, G)
    o_row = o_g[:, None] * DIM + tl.arange(0, DIM)[None, :]
    b_top = tl.full([G], -1e30, tl.float32)
    b_l = tl.zeros([G], tl.float32)
    b_o = tl.zeros([G, DIM], tl.float32)
    p_from = p_slot + (i_h.to(tl.int64) * total_q + i_q) * TOPK
    i_own = tl.max(tl.load(p_from + tl.arange(0, TOPK)), 0)
    # A padding row's slots are garbage.
    if (i_position >= 0) & (i_own >= 0):
        # Where there is no k-th block, a slot is -1. It reads an own partial output instead, with a weight of zero.
        for i_from_k in tl.static_range(0, TOPK, AHEAD):
            b_tops, b_sums, b_parts = tl.tuple([]), tl.tuple([]), tl.tuple([])
            for i_k in tl.static_range(i_from_k, i_from_k + AHEAD):
                i_slot = tl.load(p_from + i_k)
                i_line = tl.where(i_slot < 0, i_own, i_slot).to(tl.int64) * G
                b_t = tl.load(p_stats + i_line * 2 + o_g * 2)
                b_tops = b_tops + (tl.where(i_slot < 0, -float("inf"), b_t),)
                b_sums = b_sums + (tl.load(p_stats + i_line * 2 + o_g * 2 + 1),)
                b_parts = b_parts + (tl.load(p_part + i_line * DIM + o_row, eviction_policy="evict_first"),)
            b_ref = b_top
            for i_k in tl.static_range(AHEAD):
                b_ref = tl.maximum(b_ref, b_tops[i_k])
            b_decay = tl.exp2(b_top - b_ref)
            b_l *= b_decay
            b_o *= b_decay[:, None]
            for i_k in tl.static_range(AHEAD):
                b_w = tl.exp2(b_tops[i_k] - b_ref)
                b_l += b_sums[i_k] * b_w
                b_o += b_parts[i_k].to(tl.float32) * b_w[:, None]
            b_top = b_ref
    b_o = b_o * (1.0 / tl.where(b_l > 0.0, b_l, 1.0))[:, None]
    tl.store(p_out + (i_q * H + i_h).to(tl.int64) * (G * DIM) + o_row, b_o.to(p_out.dtype.element_ty))


@triton.jit
def clear_kernel(p_out, p_cu_q, total_q, n_requests, WIDTH: tl.constexpr, ROWS: tl.constexpr, DIM: tl.constexpr):
    """Set padding rows, those from `cu_q[n_requests]` on, to zero."""
    # [ROWS, DIM]
    o_r = tl.arange(0, ROWS)
    o_d = tl.arange(0, DIM)[None, :]
    zero = tl.zeros([ROWS, DIM], p_out.dtype.element_ty)
    i_from = tl.load(p_cu_q + n_requests) + tl.program_id(0) * ROWS
    for i_row in range(i_from, total_q, tl.num_programs(0) * ROWS):
        p_rows = p_out + (i_row + o_r).to(tl.int64)[:, None] * WIDTH
        for i_column in range(0, WIDTH, DIM):
            tl.store(p_rows + i_column + o_d, zero, mask=(i_row + o_r < total_q)[:, None])


@triton.jit
def dense_pieces(
    d_kv, p_page, b_q, b_position, b_chosen, b_m, b_l, b_acc, i_h, i_from, i_to, scale_log2,
    H: tl.constexpr, BN: tl.constexpr, STAGES: tl.constexpr, BLOCK: tl.constexpr, DIM: tl.constexpr,
    WIDE: tl.constexpr, MASKED: tl.constexpr, CHOOSY: tl.constexpr,
):  # fmt: skip
    """Flash attention over pieces `[i_from, i_to)` of BN keys each; with MASKED, keys after a row's own are hidden.

    With CHOOSY, bit j of `b_chosen` [BM] says whether a row selects block j. A row that does not gets weights of
    exp2(-inf): that costs a few operations a row, not a mask over the tile.
    """
    PIECES: tl.constexpr = BLOCK // BN
    for i_piece in tl.range(i_from, i_to, num_stages=STAGES):
        i_line = (tl.load(p_page + i_piece // PIECES) * H + i_h) * BLOCK + i_piece % PIECES * BN
        # [BN, DIM] each
        b_k = widen(d_kv.load([i_line, 0]), WIDE)
        b_v = widen(d_kv.load([i_line, DIM]), WIDE)
        # [BM, BN]
        b_s = tl.dot(b_q, tl.trans(b_k))
        if MASKED:
            b_s = tl.where((i_piece * BN + tl.arange(0, BN))[None, :] <= b_position[:, None], b_s, -float("inf"))
        # [BM]
        b_top = tl.max(b_s, 1) * scale_log2
        if CHOOSY:
            m_row = (b_chosen >> (i_piece // PIECES)) & 1 != 0
            b_top = tl.maximum(b_m, tl.where(m_row, b_top, -float("inf")))
            b_ref = tl.where(m_row, b_top, float("inf"))
        else:
            b_top = tl.maximum(b_m, b_top)
            b_ref = b_top
        b_p = tl.exp2(b_s * scale_log2 - b_ref[:, None])
        b_decay = tl.exp2(b_m - b_top)
        b_l = b_l * b_decay + tl.sum(b_p, 1)
        # [BM, DIM]
        b_acc = tl.dot(b_p.to(b_v.dtype), b_v, b_acc * b_decay[:, None])
        b_m = b_top
    return b_m, b_l, b_acc


@triton.jit
def dense_kernel(
    p_q, d_kv, p_topk, p_table, p_cu_q, p_prefix, p_out, total_q, n_requests, table_stride, n_tiles, scale_log2,
    H: tl.constexpr, G: tl.constexpr, BQ: tl.constexpr, BN: tl.constexpr, NB: tl.constexpr, STAGES: tl.constexpr,
    BLOCK: tl.constexpr, DIM: tl.constexpr, TOPK: tl.constexpr, DENSE: tl.constexpr, WIDE: tl.constexpr,
    PDL: tl.constexpr,
):  # fmt: skip
    """Flash attention for a tile of BQ queries x G heads whose positions are below DENSE; other rows are left alone.

    Rows from TOPK * BLOCK on, whose visible blocks are at most 32, weigh only the blocks they select.
    """
    chain(PDL)
    i_h = tl.program_id(0) % H
    # Later tiles of a request are longer: they start first.
    i_tile = n_tiles - 1 - tl.program_id(0) // H
    i_b, i_lo, i_hi = request_of_tile(p_cu_q, i_tile, n_requests, total_q, BQ, NB, DENSE)
    if i_b >= n_requests:
        return
    i_first = tl.load(p_prefix + i_b) + i_lo - tl.load(p_cu_q + i_b)
    if i_first >= DENSE:
        return
    BM: tl.constexpr = BQ * G
    o_m = tl.arange(0, BM)
    o_d = tl.arange(0, DIM)
    # [BM]
    b_position = i_first + o_m // G
    m_row = (i_lo + o_m // G < i_hi) & (b_position < DENSE)
    # [BM, DIM]
    o_q = (((i_lo + o_m // G) * H + i_h) * G + o_m % G).to(tl.int64)[:, None] * DIM + o_d[None, :]
    b_q = widen(tl.load(p_q + o_q, mask=m_row[:, None], other=0.0), WIDE)
    # [BM]
    CHOOSY: tl.constexpr = DENSE > TOPK * BLOCK
    b_chosen = tl.full([BM], -1, tl.int32)
    if CHOOSY:
        # [BM, TOPK] -> [BM]
        o_row = (i_h.to(tl.int64) * total_q + i_lo + o_m // G) * TOPK
        p_ids = p_topk + o_row[:, None] + tl.arange(0, TOPK)[None, :]
        m_late = m_row & (b_position >= TOPK * BLOCK)
        b_id = tl.load(p_ids, mask=m_late[:, None], other=-1)
        b_bit = tl.where(b_id >= 0, tl.full([BM, TOPK], 1, tl.int32) << tl.maximum(b_id, 0), 0)
        b_chosen = tl.where(m_late, tl.sum(b_bit, 1), b_chosen)
    # Finite, so that a row without a key yet does not subtract infinities.
    b_m = tl.full([BM], -1e30, tl.float32)
    b_l = tl.zeros([BM], tl.float32)
    b_acc = tl.zeros([BM, DIM], tl.float32)
    p_page = p_table + i_b.to(tl.int64) * table_stride
    n_keys = tl.minimum(i_first + i_hi - i_lo, DENSE)
    # The first row sees every key of these pieces, and so do all; only the last piece or two need a mask.
    n_free = (i_first + 1) // BN
    b_m, b_l, b_acc = dense_pieces(
        d_kv, p_page, b_q, b_position, b_chosen, b_m, b_l, b_acc, i_h, 0, n_free, scale_log2,
        H, BN, STAGES, BLOCK, DIM, WIDE, MASKED=False, CHOOSY=CHOOSY,
    )  # fmt: skip
    b_m, b_l, b_acc = dense_pieces(
        d_kv, p_page, b_q, b_position, b_chosen, b_m, b_l, b_acc, i_h, n_free, (n_keys + BN - 1) // BN, scale_log2,
        H, BN, STAGES, BLOCK, DIM, WIDE, MASKED=True, CHOOSY=CHOOSY,
    )  # fmt: skip
    b_o = b_acc / tl.where(b_l > 0.0, b_l, 1.0)[:, None]
    tl.store(p_out + o_q, b_o.to(p_out.dtype.element_ty), mask=m_row[:, None])
