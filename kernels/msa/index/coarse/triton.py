# mypy: allow-untyped-defs, allow-incomplete-defs
# ruff: noqa: ERA001 - the shape above each tile is no code
"""Selection over coarse keys, exactly. `README.md` has the proof, `naive.py` the keys' definition.

`bound_kernel` reads every coarse key once and writes an upper bound for each group of 16 tokens. `threshold_kernel`
scores the most promising group of 15 promising blocks exactly: no block below the least of these can be selected.
`rescore_kernel` replaces the bounds that reach this threshold by exact scores; the last program of a row selects.

Numerics: products of codes and query digits are exact in int32. Exact scores are the bf16 kernel's own product of the
same keys and query, so they are its scores, bit for bit, and ties fall the same way.
"""

import triton
import triton.language as tl

from kernels.msa.index.triton import store_selection
from kernels.msa.tiles import chain, pack, unpack_id

LAST_CODES = tl.constexpr("""{ .reg .b32 a, b;
shr.u32 a, $1, 6; and.b32 a, a, 0x03030303;
shr.u32 b, $2, 4; and.b32 b, b, 0x0C0C0C0C; or.b32 a, a, b;
shr.u32 b, $3, 2; and.b32 b, b, 0x30303030; or.b32 $0, a, b; }""")
DIGITS = tl.constexpr(32000.0)
"""Queries are rounded to integers of at most this size, 256 * high digit + low digit."""


@triton.jit
def low_codes(b_plane, PACKED: tl.constexpr):
    """The six low bits of each byte. PACKED treats four at a time, which the interpreter cannot."""
    if PACKED:
        b_code = tl.inline_asm_elementwise(
            "and.b32 $0, $1, 0x3F3F3F3F;", "=r,r", [b_plane], dtype=tl.int8, is_pure=True, pack=4
        )
    else:
        b_code = b_plane & 63
    return b_code


@triton.jit
def last_codes(b_0, b_1, b_2, PACKED: tl.constexpr):
    """The codes of the last group of channels: two bits from the top of each plane's bytes."""
    if PACKED:
        b_code = tl.inline_asm_elementwise(LAST_CODES, "=r,r,r,r", [b_0, b_1, b_2], dtype=tl.int8, is_pure=True, pack=4)
    else:
        b_code = ((b_0 >> 6) & 3) | ((b_1 >> 4) & 12) | ((b_2 >> 2) & 48)
    return b_code


@triton.jit
def query_part(p_row, m_row, i_part, PLANE: tl.constexpr):
    """One group of channels of the rows at `p_row`, [N, PLANE] float32; zero where masked out."""
    p_part = p_row[:, None] + i_part * PLANE + tl.arange(0, PLANE)[None, :]
    return tl.load(p_part, mask=m_row[:, None], other=0.0).to(tl.float32)


@triton.jit
def digits(b_q, b_step, m_high):
    """A digit of the integers nearest to q / step, as int8 [N, PLANE], and their sums [N] of the whole integers."""
    b_int = tl.floor(b_q / b_step[:, None] + 0.5).to(tl.int32)
    b_high = (b_int + 128) >> 8
    return tl.where(m_high[:, None], b_high, b_int - 256 * b_high).to(tl.int8), tl.sum(b_int, 1)


@triton.jit
def blocks_of_split(i_split, n_splits, n_blocks, TOPK: tl.constexpr):
    """Blocks `[lo, hi)` of a split: none where every visible block is selected anyway."""
    n_blocks = tl.where(n_blocks < TOPK, 0, n_blocks)
    return i_split * n_blocks // n_splits, (i_split + 1) * n_blocks // n_splits


@triton.jit
def bound_kernel(
    p_q, p_pages, p_table, p_seq_lens, p_group, p_block, table_stride, score_stride, q_len,
    H: tl.constexpr, BR: tl.constexpr, SPLITS: tl.constexpr, STAGES: tl.constexpr, BLOCK: tl.constexpr,
    DIM: tl.constexpr, PLANE: tl.constexpr, PAGE_BYTES: tl.constexpr, GROUP: tl.constexpr, TOPK: tl.constexpr,
    PACKED: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """Write upper bounds: `group` [total_q * H, max_blocks * 8] and their maxima `block` [total_q * H, max_blocks].

    For a token with codes c, half step h and error e, and a query of integers n and step s:

        q . k <= s (h (2 c . n - 63 sum n) + e |q| / s)

    The high and the low digits of n are columns of one product.
    """
    chain(PDL)
    i_b = tl.program_id(0) // SPLITS
    n_blocks = tl.maximum(tl.load(p_seq_lens + i_b) - 1, 0) // BLOCK
    i_from, i_to = blocks_of_split(tl.program_id(0) % SPLITS, SPLITS, n_blocks, TOPK)
    if i_from >= i_to:
        return
    # [2 * BR] columns: BR high digits, then BR low digits
    o_n = tl.arange(0, 2 * BR)
    m_n = o_n % BR < q_len * H
    p_row = p_q + (i_b * q_len * H + o_n % BR).to(tl.int64) * DIM
    b_0 = query_part(p_row, m_n, 0, PLANE)
    b_1 = query_part(p_row, m_n, 1, PLANE)
    b_2 = query_part(p_row, m_n, 2, PLANE)
    b_3 = query_part(p_row, m_n, 3, PLANE)
    b_top = tl.max(tl.maximum(tl.maximum(tl.abs(b_0), tl.abs(b_1)), tl.maximum(tl.abs(b_2), tl.abs(b_3))), 1)
    b_step = tl.maximum(b_top, 1e-30) / DIGITS
    # |q| / s, summed over scaled channels so that squares neither vanish nor overflow
    b_reach = tl.zeros([2 * BR], tl.float32)
    for i_part in tl.static_range(4):
        b_x = query_part(p_row, m_n, i_part, PLANE) / b_step[:, None]
        b_reach += tl.sum(b_x * b_x, 1)
    b_reach = tl.sqrt(b_reach) * 1.00001 + 1.0
    b_0, b_sum0 = digits(b_0, b_step, o_n < BR)
    b_1, b_sum1 = digits(b_1, b_step, o_n < BR)
    b_2, b_sum2 = digits(b_2, b_step, o_n < BR)
    b_3, b_sum3 = digits(b_3, b_step, o_n < BR)
    # [2, BR] -> [BR]; both halves hold the same values
    b_offset = tl.max(tl.reshape(63 * (b_sum0 + b_sum1 + b_sum2 + b_sum3), [2, BR]), 0)
    b_reach = tl.max(tl.reshape(b_reach, [2, BR]), 0)
    b_step = tl.max(tl.reshape(b_step, [2, BR]), 0)
    b_place = tl.where(tl.arange(0, 2) == 0, 256, 1)
    # [BR], [BLOCK]
    o_r = tl.arange(0, BR)
    o_t = tl.arange(0, BLOCK)
    o_g = tl.arange(0, BLOCK // GROUP)
    m_r = o_r < q_len * H
    o_row = (i_b * q_len * H + o_r).to(tl.int64) * score_stride
    o_code = o_t[:, None] * PLANE + tl.arange(0, PLANE)[None, :]
    p_meta = (p_pages + 3 * BLOCK * PLANE).to(tl.pointer_type(tl.int32))
    p_page = p_table + i_b.to(tl.int64) * table_stride
    i_page = tl.load(p_page + i_from)
    for i_block in tl.range(i_from, i_to, num_stages=STAGES):
        # [BLOCK, PLANE] codes, then [BLOCK] half steps and errors
        p_plane = p_pages + i_page.to(tl.int64) * PAGE_BYTES + o_code
        b_p0 = tl.load(p_plane)
        b_p1 = tl.load(p_plane + BLOCK * PLANE)
        b_p2 = tl.load(p_plane + 2 * BLOCK * PLANE)
        b_meta = tl.load(p_meta + i_page.to(tl.int64) * (PAGE_BYTES // 4) + o_t)
        i_page = tl.load(p_page + tl.minimum(i_block + 1, i_to - 1))
        # [BLOCK, 2 * BR]
        b_dot = tl.dot(low_codes(b_p0, PACKED), tl.trans(b_0), out_dtype=tl.int32)
        b_dot = tl.dot(low_codes(b_p1, PACKED), tl.trans(b_1), b_dot, out_dtype=tl.int32)
        b_dot = tl.dot(low_codes(b_p2, PACKED), tl.trans(b_2), b_dot, out_dtype=tl.int32)
        b_dot = tl.dot(last_codes(b_p0, b_p1, b_p2, PACKED), tl.trans(b_3), b_dot, out_dtype=tl.int32)
        # [BLOCK, BR]
        b_int = tl.sum(tl.reshape(b_dot, [BLOCK, 2, BR]) * b_place[None, :, None], 1)
        b_half = (b_meta << 16).to(tl.float32, bitcast=True)
        b_error = (b_meta & -65536).to(tl.float32, bitcast=True)
        b_up = (2 * b_int - b_offset[None, :]).to(tl.float32) * b_half[:, None] + b_error[:, None] * b_reach[None, :]
        # [BLOCK // GROUP, BR]
        b_up = tl.max(tl.reshape(b_up, [BLOCK // GROUP, GROUP, BR]), 1) * b_step[None, :]
        # A bound that is no number bounds nothing.
        b_up = tl.where(b_up == b_up, b_up, float("inf"))
        p_out = p_group + o_row[None, :] * (BLOCK // GROUP) + i_block * (BLOCK // GROUP) + o_g[:, None]
        tl.store(p_out, b_up, mask=m_r[None, :])
        tl.store(p_block + o_row + i_block, tl.max(b_up, 0), mask=m_r)


@triton.jit
def own_of_row(p_seq_lens, i_row, q_len, H: tl.constexpr, BLOCK: tl.constexpr):
    """(request, own block) of a decode row; the block of a padding row is -1."""
    i_b = i_row // H // q_len
    i_position = tl.load(p_seq_lens + i_b) - q_len + i_row // H % q_len
    return i_b, tl.where(i_position < 0, -1, i_position // BLOCK)


@triton.jit
def exact_scores(p_q, p_k, b_page, b_group, m_group, i_row, N: tl.constexpr, COLUMNS: tl.constexpr,
                 BLOCK: tl.constexpr, DIM: tl.constexpr, GROUP: tl.constexpr):  # fmt: skip
    """Exact scores [N] of N groups of tokens, each the maximum over its tokens; 0 where masked out.

    The bf16 kernel's product: keys are the tall side; the row's query fills all COLUMNS.
    """
    o_d = tl.arange(0, DIM)
    o_t = tl.arange(0, GROUP)
    # [N, GROUP] -> [N * GROUP]
    b_line = b_page.to(tl.int64)[:, None] * BLOCK + b_group[:, None] * GROUP + o_t[None, :]
    b_line = tl.reshape(b_line, [N * GROUP])
    m_line = tl.reshape(tl.broadcast_to(m_group[:, None], [N, GROUP]), [N * GROUP])
    # [COLUMNS, DIM], [N * GROUP, DIM]
    b_q = tl.load(p_q + i_row.to(tl.int64) * DIM + tl.zeros([COLUMNS, 1], tl.int32) + o_d[None, :])
    b_k = tl.load(p_k + b_line[:, None] * DIM + o_d[None, :], mask=m_line[:, None], other=0.0)
    b_s = tl.max(tl.dot(b_k, tl.trans(b_q)), 1)
    return tl.max(tl.reshape(b_s, [N, GROUP]), 1)


@triton.jit
def narrow_key(b_up, b_id, SPAN: tl.constexpr):
    """int32 keys that order like bounds up to their low bits, then by lower id; ids are below SPAN, a power of two."""
    b_bits = b_up.to(tl.int32, bitcast=True)
    b_order = b_bits ^ ((b_bits >> 31) & 0x7FFFFFFF)
    return (b_order & -SPAN) | (SPAN - 1 - b_id)


@triton.jit
def narrow_id(b_key, SPAN: tl.constexpr):
    """Block ids out of keys made by `narrow_key`."""
    return SPAN - 1 - (b_key & (SPAN - 1))


@triton.jit
def threshold_kernel(
    p_q, p_k, p_table, p_seq_lens, p_group, p_block, p_threshold, p_list, p_count, p_done, table_stride, score_stride,
    q_len, H: tl.constexpr, COLUMNS: tl.constexpr, LISTS: tl.constexpr, LENGTH: tl.constexpr, BLOCK: tl.constexpr,
    DIM: tl.constexpr, GROUP: tl.constexpr, TOPK: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """Write each row's `threshold` [total_q * H] and its open blocks, `list` [total_q * H, max_blocks], `count`.

    And `done`, 0: no program of `rescore_kernel` has finished.

    The threshold is the least exact score of one group in each of 15 promising blocks: with the row's own block, 16
    blocks score at least this. Open blocks are those whose bound reaches it. The promising ones are the best of LISTS
    interleaved lists; list i holds blocks i, i + LISTS and so on, so 16 are not empty once 16 blocks are visible.
    """
    chain(PDL)
    i_row = tl.program_id(0)
    i_b, i_local = own_of_row(p_seq_lens, i_row, q_len, H, BLOCK)
    if i_local < TOPK:
        return
    tl.store(p_done + i_row, 0)
    GROUPS: tl.constexpr = BLOCK // GROUP
    i_first = i_row.to(tl.int64) * score_stride
    # [LENGTH, LISTS] -> [LISTS] -> [TOPK]
    o_block = tl.arange(0, LENGTH)[:, None] * LISTS + tl.arange(0, LISTS)[None, :]
    b_up = tl.load(p_block + i_first + o_block, mask=o_block < i_local, other=-float("inf"))
    b_id = narrow_id(tl.topk(tl.max(narrow_key(b_up, o_block, LENGTH * LISTS), 0), TOPK), LENGTH * LISTS)
    m_id = (tl.arange(0, TOPK) < TOPK - 1) & (b_id < i_local)
    b_page = tl.load(p_table + i_b.to(tl.int64) * table_stride + b_id, mask=m_id, other=0)
    # [TOPK, GROUPS] -> [TOPK]
    p_up = p_group + (i_first + b_id)[:, None] * GROUPS + tl.arange(0, GROUPS)[None, :]
    b_group = tl.argmax(tl.load(p_up, mask=m_id[:, None], other=0.0), 1)
    b_score = exact_scores(p_q, p_k, b_page, b_group, m_id, i_row, TOPK, COLUMNS, BLOCK, DIM, GROUP)
    threshold = tl.min(tl.where(m_id, b_score, float("inf")), 0)
    # A score that is no number is no threshold.
    threshold = tl.where(threshold == threshold, threshold, -float("inf"))
    b_open = tl.reshape(((o_block < i_local) & (b_up >= threshold)).to(tl.int32), [LENGTH * LISTS])
    o_block = tl.reshape(o_block, [LENGTH * LISTS])
    tl.store(p_list + i_first + tl.cumsum(b_open, 0) - b_open, o_block, mask=b_open > 0)
    tl.store(p_threshold + i_row, threshold)
    tl.store(p_count + i_row, tl.sum(b_open, 0))


@triton.jit
def open_groups(b_up, b_best, threshold):
    """(best group [N] of each block, whether it may still decide the block's score [N])."""
    b_top = tl.max(b_up, 1)
    m_top = (b_top >= threshold) & (b_top > -float("inf")) & ((b_top <= b_best) == 0)
    return tl.argmax(b_up, 1), m_top


@triton.jit
def both(b_0, b_1, N: tl.constexpr):
    """[N] and [N], interleaved: [2 N]."""
    return tl.reshape(tl.join(b_0, b_1), [2 * N])


@triton.jit
def best_of_list(p_block, p_list, n_open, i_local, CHUNK: tl.constexpr, TOPK: tl.constexpr):
    """The 16 best of a row's open blocks and its own; CHUNK of them are sorted at a time."""
    o_n = tl.arange(0, CHUNK)
    b_key = pack(tl.full([TOPK], -float("inf"), tl.float32), tl.full([TOPK], -1, tl.int32))
    for i_done in range(0, n_open + 1, CHUNK):
        m_n = i_done + o_n < n_open
        b_id = tl.load(p_list + i_done + o_n, mask=m_n, other=-1)
        b_score = tl.load(p_block + b_id, mask=m_n, other=-float("inf"))
        m_own = i_done + o_n == n_open
        b_new = pack(tl.where(m_own, float("inf"), b_score), tl.where(m_own, i_local, b_id))
        b_key = tl.topk(both(b_key, tl.topk(b_new, TOPK), TOPK), TOPK)
    return unpack_id(b_key)


@triton.jit
def rescore_kernel(
    p_q, p_k, p_table, p_seq_lens, p_group, p_block, p_threshold, p_list, p_count, p_done, p_topk, total_q,
    table_stride, score_stride, q_len,
    H: tl.constexpr, COLUMNS: tl.constexpr, SPLITS: tl.constexpr, AT_ONCE: tl.constexpr, CHUNK: tl.constexpr,
    BLOCK: tl.constexpr, DIM: tl.constexpr, GROUP: tl.constexpr, TOPK: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """Replace the bounds of a row's open blocks, in `block`, by exact scores: one of SPLITS shares of its list.

    What is not open is not selected, exact or not. A block's groups are scored from the largest bound down, until none
    that is left reaches the threshold or beats what was found. The program of a row that finishes last writes `topk`.
    """
    chain(PDL)
    i_row = tl.program_id(0) // SPLITS
    i_b, i_local = own_of_row(p_seq_lens, i_row, q_len, H, BLOCK)
    if i_local < TOPK:
        if tl.program_id(0) % SPLITS == 0:
            store_selection(p_topk, tl.full([TOPK], -1, tl.int32), i_row, i_local, total_q, H, TOPK)
        return
    GROUPS: tl.constexpr = BLOCK // GROUP
    i_first = i_row.to(tl.int64) * score_stride
    threshold = tl.load(p_threshold + i_row)
    n_open = tl.load(p_count + i_row)
    o_n = tl.arange(0, AT_ONCE)
    o_g = tl.arange(0, GROUPS)[None, :]
    for i_done in range(tl.program_id(0) % SPLITS * AT_ONCE, n_open, SPLITS * AT_ONCE):
        # [AT_ONCE], [AT_ONCE, GROUPS]
        m_n = i_done + o_n < n_open
        b_id = tl.load(p_list + i_first + i_done + o_n, mask=m_n, other=0)
        b_page = tl.load(p_table + i_b.to(tl.int64) * table_stride + b_id, mask=m_n, other=0)
        p_up = p_group + (i_first + b_id)[:, None] * GROUPS + o_g
        b_up = tl.load(p_up, mask=m_n[:, None], other=-float("inf"))
        # Not a number until a group was scored, and where no token's score is one: as in the index over all keys.
        b_best = tl.full([AT_ONCE], float("nan"), tl.float32)
        b_group, m_top = open_groups(b_up, b_best, threshold)
        n_left = tl.max(m_top.to(tl.int32), 0)
        while n_left > 0:
            # Each round closes a group of every open block, so there are at most GROUPS.
            b_up = tl.where(o_g == b_group[:, None], -float("inf"), b_up)
            b_score = exact_scores(p_q, p_k, b_page, b_group, m_top, i_row, AT_ONCE, COLUMNS, BLOCK, DIM, GROUP)
            b_best = tl.where(m_top & ((b_best != b_best) | (b_score > b_best)), b_score, b_best)
            b_group, m_top = open_groups(b_up, b_best, threshold)
            n_left = tl.max(m_top.to(tl.int32), 0)
        tl.store(p_block + i_first + b_id, b_best, mask=m_n)
    # All of this program's scores are written before it counts itself as done.
    tl.debug_barrier()
    if tl.atomic_add(p_done + i_row, 1, sem="acq_rel") == SPLITS - 1:
        b_id = best_of_list(p_block + i_first, p_list + i_first, n_open, i_local, CHUNK, TOPK)
        store_selection(p_topk, b_id, i_row, i_local, total_q, H, TOPK)
