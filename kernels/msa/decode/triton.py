# mypy: allow-untyped-defs, allow-incomplete-defs
# ruff: noqa: ERA001 - the shape above each tile is no code
"""Decode on the GPU: a few new tokens a request, each with a selection of its own. The definition is `naive.py`.

Grids depend on the batch, the heads and the number of splits, never on a length, so a CUDA graph captured once replays
at any length. `score_kernel` reads every index key once, which at long contexts is all the time there is;
`kernels.msa.index.triton.select_kernel` picks the 16 best; `rows_kernel` attends, and `merge_kernel` joins its splits.
`rows_kernel` also serves prefill with few new tokens.
"""

import triton
import triton.language as tl

from kernels.msa.tiles import chain, request_of_row, widen


@triton.jit
def load_piece(x, i_line, i_from, ROWS: tl.constexpr, DIM: tl.constexpr, WIDTH: tl.constexpr, TMA: tl.constexpr):
    """Lines `i_line ..` of a cache `[lines, WIDTH]`, channels `i_from ..`: [ROWS, DIM].

    `x` is a TMA descriptor or, without TMA, a pointer: the copy engine is better for many pieces, plain loads start
    sooner.
    """
    if TMA:
        return x.load([i_line, i_from])
    else:  # noqa: RET505 - the compiler sees only the branch that is taken
        o_line = (i_line + tl.arange(0, ROWS)).to(tl.int64)
        return tl.load(x + o_line[:, None] * WIDTH + (i_from + tl.arange(0, DIM))[None, :])


@triton.jit
def score_kernel(
    p_q, d_k, p_table, p_seq_lens, p_score, table_stride, score_stride, q_len, i_rank, n_ranks,
    H: tl.constexpr, BR: tl.constexpr, SPLITS: tl.constexpr, STAGES: tl.constexpr,
    BLOCK: tl.constexpr, DIM: tl.constexpr, TOPK: tl.constexpr, WIDE: tl.constexpr, TMA: tl.constexpr,
    PDL: tl.constexpr,
):  # fmt: skip
    """Write `score` [total_q * H, max_blocks] for one split of rank `i_rank`'s share of one request's blocks.

    The product is transposed, keys x rows: the keys are its tall side, go from shared memory straight to the tensor
    cores, and only the few rows' queries are padded (to BR).
    """
    chain(PDL)
    i_b = tl.program_id(0) // SPLITS
    i_split = i_rank * SPLITS + tl.program_id(0) % SPLITS
    n_splits = n_ranks * SPLITS
    n_blocks = tl.maximum(tl.load(p_seq_lens + i_b) - 1, 0) // BLOCK
    n_blocks = tl.where(n_blocks < TOPK, 0, n_blocks)
    i_from = i_split * n_blocks // n_splits
    i_to = (i_split + 1) * n_blocks // n_splits
    if i_from >= i_to:
        return
    # [BR, DIM]
    o_r = tl.arange(0, BR)
    m_r = o_r < q_len * H
    o_row = (i_b * q_len * H + o_r).to(tl.int64)
    b_q = widen(tl.load(p_q + o_row[:, None] * DIM + tl.arange(0, DIM)[None, :], mask=m_r[:, None], other=0.0), WIDE)
    p_row = p_score + o_row * score_stride
    p_page = p_table + i_b.to(tl.int64) * table_stride
    i_page = tl.load(p_page + i_from)
    for i_block in tl.range(i_from, i_to, num_stages=STAGES):
        # [BLOCK, DIM]
        b_k = widen(load_piece(d_k, i_page * BLOCK, 0, BLOCK, DIM, DIM, TMA), WIDE)
        i_page = tl.load(p_page + tl.minimum(i_block + 1, i_to - 1))
        # [BLOCK, BR] -> [BR]
        tl.store(p_row + i_block, tl.max(tl.dot(b_k, tl.trans(b_q)), 0), mask=m_r)


@triton.jit
def row_position(p_cu_q, p_lens, i_row, n_requests, q_len, NB: tl.constexpr, DECODE: tl.constexpr):
    """(request, position) of a row, negative for padding; `p_lens` is seq_lens in decode, else prefix_lens."""
    if DECODE:
        i_b = i_row // q_len
        i_position = tl.load(p_lens + i_b) - q_len + i_row % q_len
    else:
        i_b = request_of_row(p_cu_q, i_row, n_requests, NB)
        i_position = -1
        if i_b < n_requests:
            i_position = tl.load(p_lens + i_b) + i_row - tl.load(p_cu_q + i_b)
        i_b = tl.minimum(i_b, n_requests - 1)
    return i_b, i_position


@triton.jit
def rows_kernel(
    p_q, d_kv, p_topk, p_table, p_cu_q, p_lens, p_out, p_part, p_lse,
    total_q, n_requests, table_stride, q_len, scale_log2,
    H: tl.constexpr, G: tl.constexpr, GP: tl.constexpr, BN: tl.constexpr, NB: tl.constexpr, SPLITS: tl.constexpr,
    STAGES: tl.constexpr, BLOCK: tl.constexpr, DIM: tl.constexpr, TOPK: tl.constexpr, WIDE: tl.constexpr,
    DECODE: tl.constexpr, TMA: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """Attend one row's group of G query heads to its share of the selected blocks.

        o = sum_t exp2(s_t - m) v_t / l,   s_t = q . k_t * scale * log2(e),   m = max s,   l = sum exp2(s_t - m)

    Writes `out` [total_q, H * G, DIM] when SPLITS is 1, else `part` [total_q * H, SPLITS, G, DIM] and `lse`
    (m + log2 l) [total_q * H, SPLITS, G] in float32. A row that sees nothing gets zeros (lse -inf).
    """
    chain(PDL)
    i_row = tl.program_id(0) // (H * SPLITS)
    i_h = tl.program_id(0) // SPLITS % H
    i_split = tl.program_id(0) % SPLITS
    i_b, i_position = row_position(p_cu_q, p_lens, i_row, n_requests, q_len, NB, DECODE)
    # [TOPK] this row's blocks and their pages, fetched at once: no load inside the loop waits for another
    o_k = tl.arange(0, TOPK)
    b_id = tl.load(p_topk + (i_h.to(tl.int64) * total_q + i_row) * TOPK + o_k)
    b_id = tl.where(i_position < 0, -1, b_id)
    b_page = tl.load(p_table + i_b.to(tl.int64) * table_stride + b_id, mask=b_id >= 0, other=0)
    # [TOPK] keys visible in each block: 128 but for the row's own block, none for a missing one
    b_seen = tl.where(b_id >= 0, tl.minimum(i_position - b_id * BLOCK + 1, BLOCK), 0)
    n_blocks = tl.max(tl.where(b_id >= 0, o_k + 1, 0), 0)
    # [GP, DIM]
    o_g = tl.arange(0, GP)
    o_d = tl.arange(0, DIM)
    o_q = ((i_row * H + i_h) * G + o_g).to(tl.int64)[:, None] * DIM + o_d[None, :]
    b_q = widen(tl.load(p_q + o_q, mask=(o_g < G)[:, None], other=0.0), WIDE)
    b_m = tl.full([GP], -float("inf"), tl.float32)
    b_l = tl.zeros([GP], tl.float32)
    b_acc = tl.zeros([GP, DIM], tl.float32)
    o_n = tl.arange(0, BN)
    PIECES: tl.constexpr = BLOCK // BN
    i_from = i_split * (TOPK * PIECES) // SPLITS
    i_to = tl.minimum((i_split + 1) * (TOPK * PIECES) // SPLITS, n_blocks * PIECES)
    for i_piece in tl.range(i_from, i_to, num_stages=STAGES):
        m_k = o_k == i_piece // PIECES
        i_key = i_piece % PIECES * BN
        i_line = (tl.sum(tl.where(m_k, b_page, 0), 0) * H + i_h) * BLOCK + i_key
        n_seen = tl.sum(tl.where(m_k, b_seen, 0), 0) - i_key
        # [BN, DIM]
        b_k = widen(load_piece(d_kv, i_line, 0, BN, DIM, 2 * DIM, TMA), WIDE)
        b_v = widen(load_piece(d_kv, i_line, DIM, BN, DIM, 2 * DIM, TMA), WIDE)
        # [GP, BN]
        b_s = tl.dot(b_q, tl.trans(b_k)) * scale_log2
        b_s = tl.where((o_n < n_seen)[None, :], b_s, -float("inf"))
        b_top = tl.maximum(b_m, tl.max(b_s, 1))
        # A piece without a visible key leaves the maximum at -inf; 0 keeps exp2 away from inf - inf.
        b_ref = tl.where(b_top == -float("inf"), 0.0, b_top)
        b_p = tl.exp2(b_s - b_ref[:, None])
        b_decay = tl.exp2(b_m - b_ref)
        b_l = b_l * b_decay + tl.sum(b_p, 1)
        # [GP, DIM]
        b_acc = tl.dot(b_p.to(b_v.dtype), b_v, b_acc * b_decay[:, None])
        b_m = b_top
    b_l = tl.where(b_l > 0.0, b_l, 1.0)
    b_o = b_acc / b_l[:, None]
    if SPLITS == 1:
        tl.store(p_out + o_q, b_o.to(p_out.dtype.element_ty), mask=(o_g < G)[:, None])
    else:
        o_part = ((i_row * H + i_h).to(tl.int64) * SPLITS + i_split) * G + o_g
        tl.store(p_part + o_part[:, None] * DIM + o_d[None, :], b_o, mask=(o_g < G)[:, None])
        tl.store(p_lse + o_part, b_m + tl.log2(b_l), mask=o_g < G)


@triton.jit
def merge_kernel(
    p_part, p_lse, p_out,
    G: tl.constexpr, GB: tl.constexpr, SPLITS: tl.constexpr, MANY: tl.constexpr, DIM: tl.constexpr,
    PDL: tl.constexpr,
):  # fmt: skip
    """Join the splits of GB of the G heads of one (row, KV head): a mean of their outputs weighted by exp2(lse)."""
    chain(PDL)
    i_pair = tl.program_id(0) // (G // GB)
    o_g = tl.program_id(0) % (G // GB) * GB + tl.arange(0, GB)
    o_d = tl.arange(0, DIM)
    # [SPLITS, GB] -> [GB]
    o_part = (i_pair.to(tl.int64) * SPLITS + tl.arange(0, SPLITS))[:, None] * G + o_g[None, :]
    b_lse = tl.load(p_lse + o_part)
    b_top = tl.max(b_lse, 0)
    b_top = tl.where(b_top == -float("inf"), 0.0, b_top)
    if SPLITS >= MANY:
        # All splits in one tile: its threads share them out.
        b_w = tl.exp2(b_lse - b_top[None, :])
        b_sum = tl.sum(b_w, 0)
        # [SPLITS, GB, DIM] -> [GB, DIM]
        b_o = tl.sum(tl.load(p_part + o_part[:, :, None] * DIM + o_d[None, None, :]) * b_w[:, :, None], 0)
    else:
        b_sum = tl.zeros([GB], tl.float32)
        b_o = tl.zeros([GB, DIM], tl.float32)
        for i_split in tl.static_range(SPLITS):
            o_this = (i_pair.to(tl.int64) * SPLITS + i_split) * G + o_g
            b_w = tl.exp2(tl.load(p_lse + o_this) - b_top)
            b_sum += b_w
            b_o += tl.load(p_part + o_this[:, None] * DIM + o_d[None, :]) * b_w[:, None]
    b_o = b_o / tl.where(b_sum > 0.0, b_sum, 1.0)[:, None]
    o_out = (i_pair.to(tl.int64) * G + o_g)[:, None] * DIM + o_d[None, :]
    tl.store(p_out + o_out, b_o.to(p_out.dtype.element_ty))
