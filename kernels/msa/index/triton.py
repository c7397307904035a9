# mypy: allow-untyped-defs, allow-incomplete-defs
# ruff: noqa: ERA001 - the shape above each tile is no code
"""Block selection on the GPU. The definition is `naive.py` beside this file.

Rows are (query, index head) pairs, flattened as they lie in memory, so one tile of keys serves all heads at once. Two
facts keep the loops free of masks: a row scores only blocks before its own, which are wholly visible, and its own block
is selected whatever its score. A row at a position below 2048 selects every visible block and needs no score.

`fused_kernel` keeps each row's 16 best blocks in registers: scores are never written. `score_kernel` writes one float32
a row and block; it suits few rows, where a tile has too few blocks for a running selection to pay. `merge_kernel` and
`select_kernel` turn either's output into the selection.

Numerics: products of the storage dtype, float32 sums. The order of a sum may differ from the definition's, so two
blocks whose scores agree to rounding can swap; equal float32 scores select the lower block.
"""

import triton
import triton.language as tl

from kernels.msa.tiles import chain, pack, request_of_row, request_of_tile, unpack_id, widen


@triton.jit
def tile_blocks(p_prefix, p_cu_q, i_b, i_hi, i_split, BLOCK: tl.constexpr, TOPK: tl.constexpr, SPLITS: tl.constexpr):
    """Blocks `[lo, hi)` that split `i_split` of a tile scores: its share of those before the last row's own block."""
    i_last = tl.load(p_prefix + i_b) + i_hi - 1 - tl.load(p_cu_q + i_b)
    n_blocks = i_last // BLOCK
    n_blocks = tl.where(n_blocks < TOPK, 0, n_blocks)
    return i_split * n_blocks // SPLITS, (i_split + 1) * n_blocks // SPLITS


@triton.jit
def load_queries(p_q, i_lo, i_hi, H: tl.constexpr, BM: tl.constexpr, DIM: tl.constexpr, WIDE: tl.constexpr):
    """Rows of a tile, [BM, DIM]; zero past the tile's end."""
    o_m = tl.arange(0, BM)
    p_rows = p_q + (i_lo * H + o_m).to(tl.int64)[:, None] * DIM + tl.arange(0, DIM)[None, :]
    return widen(tl.load(p_rows, mask=(o_m < (i_hi - i_lo) * H)[:, None], other=0.0), WIDE)


@triton.jit
def put_best(b_score, b_id, b_new, i_new, o_k, TOPK: tl.constexpr):
    """Replace each row's least kept score by a new one that beats it. State is [TOPK, BM]: a thread owns whole rows.

    The first of equal least scores is replaced: replacing all of them would keep a block twice and lose another.
    """
    b_least = tl.min(b_score, 0)
    b_slot = tl.min(tl.where(b_score == b_least[None, :], o_k[:, None], TOPK), 0)
    m_put = (o_k[:, None] == b_slot[None, :]) & (b_new[None, :] > b_score)
    return tl.where(m_put, b_new[None, :], b_score), tl.where(m_put, i_new, b_id)


@triton.jit
def fused_kernel(
    p_q, d_k, p_table, p_cu_q, p_prefix, p_topk, p_score, p_id, p_count, total_q, n_requests, table_stride, n_tiles,
    H: tl.constexpr, BQ: tl.constexpr, NB: tl.constexpr, SPLITS: tl.constexpr, STAGES: tl.constexpr,
    BLOCK: tl.constexpr, DIM: tl.constexpr, TOPK: tl.constexpr, WIDE: tl.constexpr, PDL: tl.constexpr,
    MOST: tl.constexpr = 0, PAD: tl.constexpr = 1,
):  # fmt: skip
    """Score a tile of BQ queries against one split of the blocks, keeping each row's best 16.

    Writes `topk` when SPLITS is 1, else candidates `score`, `id` [SPLITS, total_q * H, 16] for `merge_kernel`. With
    `count` [total_q * H, PAD], only tiles that hold one above MOST are served.
    """
    chain(PDL)
    i_split = tl.program_id(0) % SPLITS
    # Later tiles of a causal request are longer: they start first.
    i_tile = n_tiles - 1 - tl.program_id(0) // SPLITS
    i_b, i_lo, i_hi = request_of_tile(p_cu_q, i_tile, n_requests, total_q, BQ, NB)
    if i_b > n_requests:
        return
    BM: tl.constexpr = BQ * H
    if p_count is not None:
        p_rows = p_count + (i_lo * H + tl.arange(0, BM)) * PAD
        if tl.max(tl.load(p_rows, mask=tl.arange(0, BM) < (i_hi - i_lo) * H, other=0), 0) <= MOST:
            return
    # [TOPK], [BM]
    o_k = tl.arange(0, TOPK)
    o_m = tl.arange(0, BM)
    b_score = tl.full([TOPK, BM], -float("inf"), tl.float32)
    b_id = tl.full([TOPK, BM], -1, tl.int32)
    # [BM] own block of each row; -1 for padding
    b_local = tl.full([BM], -1, tl.int32)
    if i_b < n_requests:
        b_local = (tl.load(p_prefix + i_b) + i_lo + o_m // H - tl.load(p_cu_q + i_b)) // BLOCK
        i_from, i_to = tile_blocks(p_prefix, p_cu_q, i_b, i_hi, i_split, BLOCK, TOPK, SPLITS)
        if i_split == 0:
            b_score = tl.where(o_k[:, None] == 0, float("inf"), b_score)
            b_id = tl.where(o_k[:, None] == 0, b_local[None, :], b_id)
        # [BM, DIM]
        b_q = load_queries(p_q, i_lo, i_hi, H, BM, DIM, WIDE)
        p_page = p_table + i_b.to(tl.int64) * table_stride
        i_page = tl.load(p_page + i_from)
        i_stop = tl.max(b_local, 0)
        for i_block in tl.range(i_from, i_to, num_stages=STAGES):
            # [BLOCK, DIM]
            b_k = widen(d_k.load([i_page * BLOCK, 0]), WIDE)
            i_page = tl.load(p_page + tl.minimum(i_block + 1, i_to - 1))
            # [BM]
            b_best = tl.max(tl.dot(b_q, tl.trans(b_k)), 1)
            # Always true. The compiler's pipeliner puts branches last, so the next block's keys are asked for before
            # this block is kept, not after: without it more of their latency is exposed.
            if i_block < i_stop:
                b_best = tl.where(i_block < b_local, b_best, -float("inf"))
                b_score, b_id = put_best(b_score, b_id, b_best, i_block, o_k, TOPK)
    m_out = (o_m < (i_hi - i_lo) * H)[None, :] & (o_k >= 0)[:, None]
    if SPLITS == 1:
        b_id = tl.where((b_local < TOPK)[None, :], tl.where(o_k[:, None] <= b_local[None, :], o_k[:, None], -1), b_id)
        o_row = (o_m % H).to(tl.int64) * total_q + i_lo + o_m // H
        tl.store(p_topk + o_row[None, :] * TOPK + o_k[:, None], b_id, mask=m_out)
    else:
        o_row = i_split.to(tl.int64) * total_q * H + i_lo * H + o_m
        tl.store(p_score + o_row[None, :] * TOPK + o_k[:, None], b_score, mask=m_out)
        tl.store(p_id + o_row[None, :] * TOPK + o_k[:, None], b_id, mask=m_out)


@triton.jit
def score_kernel(
    p_q, d_k, p_table, p_cu_q, p_prefix, p_score, total_q, n_requests, table_stride, score_stride,
    H: tl.constexpr, BQ: tl.constexpr, BM: tl.constexpr, NB: tl.constexpr, SPLITS: tl.constexpr, STAGES: tl.constexpr,
    BLOCK: tl.constexpr, DIM: tl.constexpr, TOPK: tl.constexpr, WIDE: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """Write `score` [total_q * H, max_blocks]: one float32 a row and block, for the blocks before the row's own.

    Entries at and after a row's own block are left unwritten; `select_kernel` does not read them.
    """
    chain(PDL)
    i_split = tl.program_id(0) % SPLITS
    i_b, i_lo, i_hi = request_of_tile(p_cu_q, tl.program_id(0) // SPLITS, n_requests, total_q, BQ, NB)
    if i_b >= n_requests:
        return
    i_from, i_to = tile_blocks(p_prefix, p_cu_q, i_b, i_hi, i_split, BLOCK, TOPK, SPLITS)
    if i_from >= i_to:
        return
    # [BM, DIM]
    b_q = load_queries(p_q, i_lo, i_hi, H, BM, DIM, WIDE)
    o_m = tl.arange(0, BM)
    m_row = o_m < (i_hi - i_lo) * H
    # [BM]
    p_row = p_score + (i_lo * H + o_m).to(tl.int64) * score_stride
    p_page = p_table + i_b.to(tl.int64) * table_stride
    i_page = tl.load(p_page + i_from)
    for i_block in tl.range(i_from, i_to, num_stages=STAGES):
        # [BLOCK, DIM]
        b_k = widen(d_k.load([i_page * BLOCK, 0]), WIDE)
        i_page = tl.load(p_page + tl.minimum(i_block + 1, i_to - 1))
        # [BM]
        tl.store(p_row + i_block, tl.max(tl.dot(b_q, tl.trans(b_k)), 1), mask=m_row)


@triton.jit
def own_block(p_cu_q, p_prefix, i_query, n_requests, NB: tl.constexpr, BLOCK: tl.constexpr):
    """Block that holds a query's position; -1 for a padding row."""
    i_b = request_of_row(p_cu_q, i_query, n_requests, NB)
    if i_b < n_requests:
        i_position = tl.load(p_prefix + i_b) + i_query - tl.load(p_cu_q + i_b)
        i_local = tl.where(i_position < 0, -1, i_position // BLOCK)
    else:
        i_local = -1
    return i_local


@triton.jit
def own_of_row(p_seq_lens, i_row, q_len, H: tl.constexpr, BLOCK: tl.constexpr):
    """(request, own block) of a decode row; the block of a padding row is -1."""
    i_b = i_row // H // q_len
    i_position = tl.load(p_seq_lens + i_b) - q_len + i_row // H % q_len
    return i_b, tl.where(i_position < 0, -1, i_position // BLOCK)


@triton.jit
def store_selection(p_topk, b_id, i_row, i_local, total_q, H: tl.constexpr, TOPK: tl.constexpr):
    """Write a row's 16 ids, or all of its visible blocks where there are no more than 16."""
    o_k = tl.arange(0, TOPK)
    b_id = tl.where(i_local < TOPK, tl.where(o_k <= i_local, o_k, -1), b_id)
    tl.store(p_topk + ((i_row % H).to(tl.int64) * total_q + i_row // H) * TOPK + o_k, b_id)


@triton.jit
def merge_kernel(
    p_score, p_id, p_cu_q, p_prefix, p_topk, total_q, n_requests,
    H: tl.constexpr, NB: tl.constexpr, SPLITS: tl.constexpr, SPLITS_POW2: tl.constexpr, BLOCK: tl.constexpr,
    TOPK: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """The 16 best of SPLITS lists of 16 candidates; one program a row."""
    chain(PDL)
    i_row = tl.program_id(0)
    i_local = own_block(p_cu_q, p_prefix, i_row // H, n_requests, NB, BLOCK)
    # [SPLITS_POW2 * TOPK]
    o_c = tl.arange(0, SPLITS_POW2 * TOPK)
    o_in = ((o_c // TOPK).to(tl.int64) * total_q * H + i_row) * TOPK + o_c % TOPK
    m_in = o_c < tl.where(i_local >= TOPK, SPLITS * TOPK, 0)
    b_score = tl.load(p_score + o_in, mask=m_in, other=-float("inf"))
    b_id = tl.load(p_id + o_in, mask=m_in, other=-1)
    store_selection(p_topk, unpack_id(tl.topk(pack(b_score, b_id), TOPK)), i_row, i_local, total_q, H, TOPK)


@triton.jit
def load_scores(p_row, o_block, i_local):
    """A row's scores with its own block forced in and later ones out."""
    b_score = tl.load(p_row + o_block, mask=o_block < i_local, other=-float("inf"))
    return tl.where(o_block == i_local, float("inf"), b_score)


@triton.jit
def select_kernel(
    p_score, p_cu_q, p_prefix, p_topk, total_q, n_requests, score_stride, q_len,
    H: tl.constexpr, NB: tl.constexpr, GROUPS: tl.constexpr, WIDTH: tl.constexpr, BLOCK: tl.constexpr,
    TOPK: tl.constexpr, DECODE: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """The 16 best blocks of a row of scores, exactly; one program a row.

    With GROUPS of WIDTH blocks each, the 16 best blocks lie in the 16 groups of largest maximum: a block outside them
    is beaten by 16 others. So a sort of the group maxima and a sort of 16 groups replace a sort of the whole row.
    """
    chain(PDL)
    i_row = tl.program_id(0)
    if DECODE:
        # `p_prefix` holds seq_lens: the new tokens are the last q_len of each request.
        i_query = i_row // H
        i_position = tl.load(p_prefix + i_query // q_len) - q_len + i_query % q_len
        i_local = tl.where(i_position < 0, -1, i_position // BLOCK)
    else:
        i_local = own_block(p_cu_q, p_prefix, i_row // H, n_requests, NB, BLOCK)
    p_row = p_score + i_row.to(tl.int64) * score_stride
    b_id = tl.full([TOPK], -1, tl.int32)
    if i_local >= TOPK:
        if GROUPS <= TOPK:
            # [GROUPS * WIDTH]
            o_block = tl.arange(0, GROUPS * WIDTH)
            b_id = unpack_id(tl.topk(pack(load_scores(p_row, o_block, i_local), o_block), TOPK))
        else:
            # [GROUPS, WIDTH] -> [GROUPS]
            o_group = tl.arange(0, GROUPS)
            o_block = o_group[:, None] * WIDTH + tl.arange(0, WIDTH)[None, :]
            b_best = tl.max(load_scores(p_row, o_block, i_local), 1)
            b_group = unpack_id(tl.topk(pack(b_best, o_group), TOPK))
            # [TOPK, WIDTH] -> [TOPK * WIDTH]
            o_block = tl.reshape(b_group[:, None] * WIDTH + tl.arange(0, WIDTH)[None, :], [TOPK * WIDTH])
            b_id = unpack_id(tl.topk(pack(load_scores(p_row, o_block, i_local), o_block), TOPK))
    store_selection(p_topk, b_id, i_row, i_local, total_q, H, TOPK)
