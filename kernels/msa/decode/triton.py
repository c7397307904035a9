# mypy: allow-untyped-defs, allow-incomplete-defs
# ruff: noqa: ERA001 - the shape above each tile is no code
"""Decode on the GPU: a few new tokens a request, each with a selection of its own. The definition is `naive.py`.

Grids depend on the batch, the heads and the number of splits, never on a length, so a CUDA graph captured once replays
at any length. `score_kernel` reads every index key once, which at long contexts is all the time there is;
`select_kernel` picks the 16 best of short rows (`kernels.msa.index.triton.select_kernel` those of long ones);
`rows_kernel` attends, and joins few splits itself; `merge_kernel` joins many. `rows_kernel` also serves prefill with
few new tokens.

With few rows the time is a chain of loads that wait for each other. So every kernel asks first for all that it can
find without knowing a length, and only then looks at any of it.
"""

import triton
import triton.language as tl

from kernels.msa.index.triton import store_selection
from kernels.msa.tiles import best_in_turn, chain, halves, pack, product, request_of_row, row_queries


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


@triton.jit(do_not_specialize=["i_rank"])
def score_kernel(
    p_q, d_k, p_table, p_seq_lens, p_score, table_stride, max_blocks, q_len, i_rank, n_ranks,
    H: tl.constexpr, BR: tl.constexpr, SPLITS: tl.constexpr, PAGES: tl.constexpr, STAGES: tl.constexpr,
    BLOCK: tl.constexpr, DIM: tl.constexpr, PART: tl.constexpr, TOPK: tl.constexpr, WIDE: tl.constexpr,
    TMA: tl.constexpr, PACKED: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """Write `score` [total_q * H, share] for one split of a share of one request's blocks.

    A share is every `n_ranks`-th block from `i_rank` on, a split every SPLITS-th of those. Its pages are read at once
    if there are at most PAGES, else a block ahead.

    The product is transposed, keys x rows: the keys are its tall side, go from shared memory straight to the tensor
    cores, and only the few rows' queries are padded (to BR). WIDE keys, which registers hold once widened, come in two
    parts of PART tokens: with fewer registers a program leaves room for those of the next kernel beside it.
    """
    chain(PDL)
    i_b = tl.program_id(0) // SPLITS
    i_split = tl.program_id(0) % SPLITS
    p_page = p_table + i_b.to(tl.int64) * table_stride + i_rank
    seq_len = tl.load(p_seq_lens + i_b)
    if PAGES > 0:
        # [PAGES]
        o_page = tl.arange(0, PAGES)
        o_block = (i_split + o_page * SPLITS) * n_ranks
        b_page = tl.load(p_page + o_block, mask=o_block + i_rank < max_blocks, other=0)
    else:
        i_page = tl.load(p_page + i_split * n_ranks, mask=i_split * n_ranks + i_rank < max_blocks, other=0)
    # [BR, DIM]
    o_r = tl.arange(0, BR)
    m_r = o_r < q_len * H
    o_row = (i_b * q_len * H + o_r).to(tl.int64)
    b_q, b_q_odd = row_queries(p_q, o_row, m_r, DIM, WIDE)
    n_blocks = tl.maximum(seq_len - 1, 0) // BLOCK
    n_blocks = tl.where(n_blocks < TOPK, 0, tl.cdiv(n_blocks - i_rank, n_ranks))
    p_row = p_score + o_row * tl.cdiv(max_blocks, n_ranks)
    DK: tl.constexpr = DIM // 2 if WIDE else DIM
    for i_turn in tl.range(0, tl.cdiv(n_blocks - i_split, SPLITS), num_stages=STAGES):
        i_block = i_split + i_turn * SPLITS
        if PAGES > 0:
            i_page = tl.sum(tl.where(o_page == i_turn, b_page, 0), 0)
        # [PART, DK] -> [PART, BR]
        b_s = product(load_piece(d_k, i_page * BLOCK, 0, PART, DK, DK, TMA), b_q, b_q_odd, WIDE, PACKED)
        if PART < BLOCK:
            b_k = load_piece(d_k, i_page * BLOCK + PART, 0, PART, DK, DK, TMA)
            b_s = tl.maximum(b_s, product(b_k, b_q, b_q_odd, WIDE, PACKED))
        if PAGES == 0:
            i_page = tl.load(p_page + tl.minimum(i_block + SPLITS, n_blocks - 1) * n_ranks)
        # [BR]
        tl.store(p_row + i_block, tl.max(b_s, 0), mask=m_r)


@triton.jit
def select_kernel(
    p_score, p_seq_lens, p_topk, total_q, max_blocks, q_len,
    H: tl.constexpr, WIDTH: tl.constexpr, RANKED: tl.constexpr, BLOCK: tl.constexpr, TOPK: tl.constexpr,
    PDL: tl.constexpr,
):  # fmt: skip
    """The 16 best blocks of a row of at most WIDTH scores; one program a row."""
    chain(PDL)
    i_row = tl.program_id(0)
    # [WIDTH]: read before the length is known; what lies past it is thrown away
    o_block = tl.arange(0, WIDTH)
    b_score = tl.load(p_score + i_row.to(tl.int64) * max_blocks + o_block, mask=o_block < max_blocks, other=0.0)
    i_query = i_row // H
    i_position = tl.load(p_seq_lens + i_query // q_len) - q_len + i_query % q_len
    i_local = tl.where(i_position < 0, -1, i_position // BLOCK)
    b_score = tl.where(o_block < i_local, b_score, -float("inf"))
    b_score = tl.where(o_block == i_local, float("inf"), b_score)
    if RANKED:
        b_key = pack(b_score, o_block)
        # Each block counts those that beat it: [WIDTH, WIDTH] -> [WIDTH], then [WIDTH, TOPK] -> [TOPK].
        b_rank = tl.sum((b_key[None, :] > b_key[:, None]).to(tl.int32), 1)
        m_k = b_rank[:, None] == tl.arange(0, TOPK)[None, :]
        b_id = tl.sum(tl.where(m_k, o_block[:, None], 0), 0)
    else:
        b_id = best_in_turn(b_score, TOPK)
    store_selection(p_topk, b_id, i_row, i_local, total_q, H, TOPK)


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
def pages_of(p_row, b_id, max_blocks, WIDTH: tl.constexpr):
    """Pages [TOPK] of blocks [TOPK]; 0 for missing ones. Of a row of at most WIDTH all are read, without the ids."""
    if WIDTH > 0:
        # [WIDTH] -> [TOPK]
        o_t = tl.arange(0, WIDTH)
        b_row = tl.load(p_row + o_t, mask=o_t < max_blocks, other=0)
        b_page = tl.sum(tl.where(b_id[:, None] == o_t[None, :], b_row[None, :], 0), 1)
    else:
        b_page = tl.load(p_row + b_id, mask=b_id >= 0, other=0)
    return b_page


@triton.jit
def load_queries(
    p_q, i_pair, G: tl.constexpr, GP: tl.constexpr, W: tl.constexpr, DIM: tl.constexpr, WIDE: tl.constexpr
):
    """The queries of a (row, KV head), one copy a warp: [W, GP, DIM], and nothing; or, WIDE, even and odd channels."""
    o_g = tl.arange(0, GP)
    p_rows = p_q + (i_pair * G + o_g)[:, None] * DIM + tl.arange(0, DIM)[None, :]
    b_q = tl.load(p_rows, mask=(o_g < G)[:, None], other=0.0)
    if WIDE:
        b_even, b_odd = tl.split(tl.reshape(b_q.to(tl.float16), [GP, DIM // 2, 2]))
        return tl.broadcast_to(b_even[None], [W, GP, DIM // 2]), tl.broadcast_to(b_odd[None], [W, GP, DIM // 2])
    else:  # noqa: RET505 - the compiler sees only the branch that is taken
        return tl.broadcast_to(b_q[None], [W, GP, DIM]), 0


@triton.jit
def load_pairs(x, i_line, i_part, W: tl.constexpr, KW: tl.constexpr, DIM: tl.constexpr, TMA: tl.constexpr):
    """Keys (part 0) or values (part 1) of W * KW tokens, KW a warp: [W, KW, DIM] out of a cache `[lines, 2 * DIM]`."""
    if TMA:
        b_x = tl.reshape(x.load([i_line, i_part * DIM]), [W, KW, DIM])
    else:
        o_n = tl.arange(0, W)[:, None] * KW + tl.arange(0, KW)[None, :]
        o_line = (i_line + o_n).to(tl.int64)
        b_x = tl.load(x + o_line[:, :, None] * (2 * DIM) + (i_part * DIM + tl.arange(0, DIM))[None, None, :])
    return b_x


@triton.jit
def join_warps(b_acc, b_w, W: tl.constexpr, GP: tl.constexpr, DIM: tl.constexpr):
    """Sum over warps [GP, DIM] of outputs [W, GP, DIM] with weights [W, GP].

    By halves: a split brings what is added into one thread, where a reduction over warps would add in shared memory.
    """
    b_x = tl.permute(b_acc * b_w[:, :, None], 1, 2, 0)
    if W >= 8:
        b_0, b_1 = tl.split(tl.reshape(b_x, [GP, DIM, W // 2, 2]))
        b_x = b_0 + b_1
    if W >= 4:
        b_0, b_1 = tl.split(tl.reshape(b_x, [GP, DIM, 2, 2]))
        b_x = b_0 + b_1
    if W >= 2:
        b_0, b_1 = tl.split(b_x)
        b_x = b_0 + b_1
    return tl.reshape(b_x, [GP, DIM])


@triton.jit
def store_joined(
    p_part, p_lse, p_out, i_pair, G: tl.constexpr, GP: tl.constexpr, SPLITS: tl.constexpr, DIM: tl.constexpr
):
    """Join the few splits of a (row, KV head), one after the other, as `merge_kernel` joins many.

    Other multiprocessors wrote them just now: they are read past the L1, which does not see that.
    """
    o_g = tl.arange(0, GP)
    o_d = tl.arange(0, DIM)
    m_g = o_g < G
    b_top = tl.full([GP], -float("inf"), tl.float32)
    for i_split in tl.static_range(SPLITS):
        o_part = (i_pair * SPLITS + i_split) * G + o_g
        b_top = tl.maximum(b_top, tl.load(p_lse + o_part, mask=m_g, other=0.0, cache_modifier=".cg"))
    b_ref = tl.where(b_top == -float("inf"), 0.0, b_top)
    # [GP], [GP, DIM]
    b_sum = tl.zeros([GP], tl.float32)
    b_o = tl.zeros([GP, DIM], tl.float32)
    for i_split in tl.static_range(SPLITS):
        o_part = (i_pair * SPLITS + i_split) * G + o_g
        b_w = tl.exp2(tl.load(p_lse + o_part, mask=m_g, other=0.0, cache_modifier=".cg") - b_ref)
        p_rows = p_part + o_part[:, None] * DIM + o_d[None, :]
        b_o += b_w[:, None] * tl.load(p_rows, mask=m_g[:, None], other=0.0, cache_modifier=".cg")
        b_sum += b_w
    b_o = b_o / tl.where(b_sum > 0.0, b_sum, 1.0)[:, None]
    p_rows = p_out + (i_pair * G + o_g)[:, None] * DIM + o_d[None, :]
    tl.store(p_rows, b_o.to(p_out.dtype.element_ty), mask=m_g[:, None])


@triton.jit
def rows_kernel(
    p_q, d_kv, p_topk, p_table, p_cu_q, p_lens, p_out, p_part, p_lse, p_done,
    total_q, n_requests, table_stride, max_blocks, q_len, scale_log2,
    H: tl.constexpr, G: tl.constexpr, GP: tl.constexpr, W: tl.constexpr, KW: tl.constexpr, NB: tl.constexpr,
    SPLITS: tl.constexpr, JOINED: tl.constexpr, WIDTH: tl.constexpr, STAGES: tl.constexpr, BLOCK: tl.constexpr,
    DIM: tl.constexpr, TOPK: tl.constexpr, WIDE: tl.constexpr, DECODE: tl.constexpr, TMA: tl.constexpr,
    PACKED: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """Attend one row's group of G query heads to its share of the selected blocks.

        o = sum_t exp2(s_t - m) v_t / l,   s_t = q . k_t * scale * log2(e),   m = max s,   l = sum exp2(s_t - m)

    A piece is W * KW tokens. Each of the W warps keeps m, l and o of its own KW tokens of every piece, so that warps
    never wait for each other in the loop; they are joined once, after it. WIDE: the cache is fp8, seen as pairs of
    channels; even and odd channels are widened apart and make two products.

    Writes `out` [total_q, H * G, DIM] when SPLITS is 1, else `part` [total_q * H, SPLITS, G, DIM] and `lse`
    (m + log2 l) [total_q * H, SPLITS, G] in float32. With JOINED the split that finishes last writes `out` from these:
    `done` [total_q * H] counts them, zero before and after. A row that sees nothing gets zeros (lse -inf).
    """
    chain(PDL)
    i_row = tl.program_id(0) // (H * SPLITS)
    i_h = tl.program_id(0) // SPLITS % H
    i_split = tl.program_id(0) % SPLITS
    i_pair = i_row.to(tl.int64) * H + i_h
    b_q, b_q_odd = load_queries(p_q, i_pair, G, GP, W, DIM, WIDE)
    # [TOPK] this row's blocks and their pages, fetched at once: no load inside the loop waits for another
    o_k = tl.arange(0, TOPK)
    b_id = tl.load(p_topk + (i_h.to(tl.int64) * total_q + i_row) * TOPK + o_k)
    i_b, i_position = row_position(p_cu_q, p_lens, i_row, n_requests, q_len, NB, DECODE)
    b_id = tl.where(i_position < 0, -1, b_id)
    b_page = pages_of(p_table + i_b.to(tl.int64) * table_stride, b_id, max_blocks, WIDTH)
    # [TOPK] keys visible in each block: 128 but for the row's own block, none for a missing one
    b_seen = tl.where(b_id >= 0, tl.minimum(i_position - b_id * BLOCK + 1, BLOCK), 0)
    n_blocks = tl.max(tl.where(b_id >= 0, o_k + 1, 0), 0)
    PIECES: tl.constexpr = BLOCK // (W * KW)
    i_from = i_split * (TOPK * PIECES) // SPLITS
    i_to = tl.minimum((i_split + 1) * (TOPK * PIECES) // SPLITS, n_blocks * PIECES)
    DP: tl.constexpr = DIM // 2 if WIDE else DIM
    x = d_kv.to(tl.pointer_type(tl.int16)) if WIDE and not TMA else d_kv
    # [W, KW] place of a token in its piece
    o_n = tl.arange(0, W)[:, None] * KW + tl.arange(0, KW)[None, :]
    # [W, GP], [W, GP, DP]
    b_m = tl.full([W, GP], -float("inf"), tl.float32)
    b_l = tl.zeros([W, GP], tl.float32)
    b_acc = tl.zeros([W, GP, DP], tl.float32)
    b_acc_odd = tl.zeros([W, GP, DP], tl.float32)
    for i_piece in tl.range(i_from, i_to, num_stages=STAGES):
        m_k = o_k == i_piece // PIECES
        i_key = i_piece % PIECES * (W * KW)
        i_line = (tl.sum(tl.where(m_k, b_page, 0), 0) * H + i_h) * BLOCK + i_key
        n_seen = tl.sum(tl.where(m_k, b_seen, 0), 0) - i_key
        # [W, KW, DP]
        b_k = load_pairs(x, i_line, 0, W, KW, DP, TMA)
        b_v = load_pairs(x, i_line, 1, W, KW, DP, TMA)
        # [W, GP, KW]
        if WIDE:
            b_k, b_k_odd = halves(b_k, PACKED)
            b_v, b_v_odd = halves(b_v, PACKED)
            b_s = tl.dot(b_q_odd, tl.permute(b_k_odd, 0, 2, 1), tl.dot(b_q, tl.permute(b_k, 0, 2, 1)))
        else:
            b_s = tl.dot(b_q, tl.permute(b_k, 0, 2, 1))
        b_s = tl.where((o_n < n_seen)[:, None, :], b_s * scale_log2, -float("inf"))
        b_top = tl.maximum(b_m, tl.max(b_s, 2))
        # A warp without a visible key leaves the maximum at -inf; 0 keeps exp2 away from inf - inf.
        b_ref = tl.where(b_top == -float("inf"), 0.0, b_top)
        b_p = tl.exp2(b_s - b_ref[:, :, None])
        b_decay = tl.exp2(b_m - b_ref)
        b_l = b_l * b_decay + tl.sum(b_p, 2)
        # [W, GP, DP]
        b_p = b_p.to(b_v.dtype)
        b_acc = tl.dot(b_p, b_v, b_acc * b_decay[:, :, None])
        if WIDE:
            b_acc_odd = tl.dot(b_p, b_v_odd, b_acc_odd * b_decay[:, :, None])
        b_m = b_top
    # [GP]
    b_top = tl.max(b_m, 0)
    b_w = tl.exp2(b_m - tl.where(b_top == -float("inf"), 0.0, b_top)[None, :])
    b_l = tl.sum(b_l * b_w, 0)
    b_l = tl.where(b_l > 0.0, b_l, 1.0)
    # [GP, DIM]
    b_o = join_warps(b_acc, b_w, W, GP, DP)
    if WIDE:
        b_o = tl.reshape(tl.join(b_o, join_warps(b_acc_odd, b_w, W, GP, DP)), [GP, DIM])
    b_o = b_o / b_l[:, None]
    o_g = tl.arange(0, GP)
    o_d = tl.arange(0, DIM)
    m_g = o_g < G
    if SPLITS == 1:
        p_rows = p_out + (i_pair * G + o_g)[:, None] * DIM + o_d[None, :]
        tl.store(p_rows, b_o.to(p_out.dtype.element_ty), mask=m_g[:, None])
    else:
        o_part = (i_pair * SPLITS + i_split) * G + o_g
        tl.store(p_part + o_part[:, None] * DIM + o_d[None, :], b_o, mask=m_g[:, None])
        tl.store(p_lse + o_part, b_top + tl.log2(b_l), mask=m_g)
        if JOINED:
            # All that this split has to say is written before it counts itself as done.
            tl.debug_barrier()
            if tl.atomic_add(p_done + i_pair, 1, sem="acq_rel") == SPLITS - 1:
                tl.store(p_done + i_pair, 0)
                store_joined(p_part, p_lse, p_out, i_pair, G, GP, SPLITS, DIM)


@triton.jit
def merge_kernel(
    p_part, p_lse, p_out, G: tl.constexpr, SPLITS: tl.constexpr, DIM: tl.constexpr, PDL: tl.constexpr
):  # fmt: skip
    """Join the splits of one query head of a row: a mean of their outputs weighted by exp2(lse).

    All are asked for at once, and held in registers.
    """
    chain(PDL)
    i_head = tl.program_id(0).to(tl.int64)
    o_d = tl.arange(0, DIM)
    # [SPLITS, DIM], [SPLITS]
    o_part = (i_head // G * SPLITS + tl.arange(0, SPLITS)) * G + i_head % G
    b_part = tl.load(p_part + o_part[:, None] * DIM + o_d[None, :])
    b_lse = tl.load(p_lse + o_part)
    b_top = tl.max(b_lse, 0)
    b_w = tl.exp2(b_lse - tl.where(b_top == -float("inf"), 0.0, b_top))
    b_sum = tl.sum(b_w, 0)
    # [DIM]
    b_o = tl.sum(b_part * b_w[:, None], 0) / tl.where(b_sum > 0.0, b_sum, 1.0)
    tl.store(p_out + i_head * DIM + o_d, b_o.to(p_out.dtype.element_ty))
