# mypy: allow-untyped-defs, allow-incomplete-defs
# ruff: noqa: ERA001 - the shape above each tile is no code
"""Selection over coarse keys, exactly. `README.md` has the proof, `naive.py` the keys' definition.

`bound_kernel` reads every coarse key once and writes an upper bound for each group of 16 tokens. `resolve_kernel`
scores the best group of 32 promising blocks exactly: no block below the 15th of these can be selected. It then scores
exactly what reaches this threshold, some 50 groups of a row, and picks the 16 best blocks.

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
    p_q, p_pages, p_table, p_seq_lens, p_group, p_block, table_stride, max_blocks, q_len,
    H: tl.constexpr, BR: tl.constexpr, SPLITS: tl.constexpr, STAGES: tl.constexpr, BLOCK: tl.constexpr,
    DIM: tl.constexpr, PLANE: tl.constexpr, PAGE_BYTES: tl.constexpr, GROUP: tl.constexpr, TOPK: tl.constexpr,
    PACKED: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """Write upper bounds, `group` [requests, max_blocks, 8, rows], and their maxima, `block` without the 8.

    The rows of a request, `q_len * H`, lie side by side, so a block's bounds are one piece of memory.

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
    n_rows = q_len * H
    m_r = o_r < n_rows
    p_group += i_b.to(tl.int64) * max_blocks * (BLOCK // GROUP) * n_rows
    p_block += i_b.to(tl.int64) * max_blocks * n_rows
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
        p_out = p_group + (i_block * (BLOCK // GROUP) + o_g[:, None]) * n_rows + o_r[None, :]
        tl.store(p_out, b_up, mask=m_r[None, :])
        tl.store(p_block + i_block * n_rows + o_r, tl.max(b_up, 0), mask=m_r)


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
def promising(b_up, o_block, FIRST: tl.constexpr):
    """The best FIRST of the lists' best blocks; list i holds blocks i, i + LISTS and so on. [LENGTH, LISTS] in."""
    return unpack_id(tl.topk(tl.max(pack(b_up, o_block), 0), FIRST))


@triton.jit
def open_groups(b_up, b_best, threshold):
    """(best group [N] of each block, whether it may still decide the block's score [N])."""
    b_top = tl.max(b_up, 1)
    m_top = (b_top >= threshold) & (b_top > -float("inf")) & ((b_top <= b_best) == 0)
    return tl.argmax(b_up, 1), m_top


@triton.jit
def fifteenth(b_score, TOPK: tl.constexpr):
    """The 15th largest of some scores: with its own block, 16 blocks of the row score at least this."""
    # A score that is no number is no threshold.
    b_top = tl.topk(tl.where(b_score == b_score, b_score, -float("inf")), TOPK)
    return tl.min(tl.where(tl.arange(0, TOPK) < TOPK - 1, b_top, float("inf")), 0)


@triton.jit
def best_listed(p_list, p_score, stride, n_listed, CHUNK: tl.constexpr, TOPK: tl.constexpr):
    """Ids [TOPK], best first, of the listed blocks of largest score; scores lie `stride` apart."""
    o_c = tl.arange(0, CHUNK)
    b_key = pack(tl.full([TOPK], -float("inf"), tl.float32), tl.full([TOPK], -1, tl.int32))
    for i_first in range(0, n_listed, CHUNK):
        m_c = i_first + o_c < n_listed
        b_id = tl.load(p_list + i_first + o_c, mask=m_c, other=-1)
        b_new = tl.topk(pack(tl.load(p_score + b_id * stride, mask=m_c, other=-float("inf")), b_id), TOPK)
        b_key = tl.topk(tl.reshape(tl.join(b_key, b_new), [2 * TOPK]), TOPK)
    return unpack_id(b_key)


@triton.jit
def resolve_kernel(
    p_q, p_k, p_table, p_seq_lens, p_group, p_block, p_list, p_topk, table_stride, max_blocks, total_q, q_len,
    H: tl.constexpr, COLUMNS: tl.constexpr, LISTS: tl.constexpr, LENGTH: tl.constexpr, AT_ONCE: tl.constexpr,
    CHUNK: tl.constexpr, BLOCK: tl.constexpr, DIM: tl.constexpr, GROUP: tl.constexpr, TOPK: tl.constexpr,
    PDL: tl.constexpr,
):  # fmt: skip
    """Select a row's 16 blocks from its bounds; one program a row.

    One group of each of AT_ONCE promising blocks is scored exactly: the 15th largest of these is a threshold that 15
    blocks and the own one reach. Blocks whose bound reaches it are open; `list` [total_q * H, max_blocks] int32 has
    room for all. An open block's groups are scored from the largest bound down, until none that is left reaches the
    threshold or beats what was found; its exact score replaces its bound in `block`.
    """
    chain(PDL)
    i_row = tl.program_id(0)
    i_b, i_local = own_of_row(p_seq_lens, i_row, q_len, H, BLOCK)
    b_id = tl.full([TOPK], -1, tl.int32)
    if i_local >= TOPK:
        GROUPS: tl.constexpr = BLOCK // GROUP
        n_rows = q_len * H
        p_group += i_b.to(tl.int64) * max_blocks * GROUPS * n_rows + i_row % n_rows
        p_block += i_b.to(tl.int64) * max_blocks * n_rows + i_row % n_rows
        p_page = p_table + i_b.to(tl.int64) * table_stride
        o_n = tl.arange(0, AT_ONCE)
        o_g = tl.arange(0, GROUPS)
        # [LENGTH, LISTS] -> [AT_ONCE]
        o_block = tl.arange(0, LENGTH)[:, None] * LISTS + tl.arange(0, LISTS)[None, :]
        b_up = tl.load(p_block + o_block * n_rows, mask=o_block < i_local, other=-float("inf"))
        b_first = promising(b_up, o_block, AT_ONCE)
        m_n = b_first < i_local
        b_page = tl.load(p_page + b_first, mask=m_n, other=0)
        p_up = p_group + (b_first[:, None] * GROUPS + o_g[None, :]) * n_rows
        b_group = tl.argmax(tl.load(p_up, mask=m_n[:, None], other=0.0), 1)
        b_exact = exact_scores(p_q, p_k, b_page, b_group, m_n, i_row, AT_ONCE, COLUMNS, BLOCK, DIM, GROUP)
        threshold = fifteenth(tl.where(m_n, b_exact, -float("inf")), TOPK)
        b_open = tl.reshape(((o_block < i_local) & (b_up >= threshold)).to(tl.int32), [LENGTH * LISTS])
        n_open = tl.sum(b_open, 0)
        p_open = p_list + i_row.to(tl.int64) * max_blocks
        tl.store(p_open + tl.cumsum(b_open, 0) - b_open, tl.reshape(o_block, [LENGTH * LISTS]), mask=b_open > 0)
        # The list, and the scores below, are written by other threads of this program than those that read them.
        tl.debug_barrier()
        for i_done in range(0, n_open, AT_ONCE):
            # [AT_ONCE], [AT_ONCE, GROUPS]
            m_n = i_done + o_n < n_open
            b_next = tl.load(p_open + i_done + o_n, mask=m_n, other=0)
            b_page = tl.load(p_page + b_next, mask=m_n, other=0)
            p_up = p_group + (b_next[:, None] * GROUPS + o_g[None, :]) * n_rows
            b_bound = tl.load(p_up, mask=m_n[:, None], other=-float("inf"))
            # Not a number until a group was scored, and where no token's score is one: as over all keys.
            b_best = tl.full([AT_ONCE], float("nan"), tl.float32)
            b_group, m_top = open_groups(b_bound, b_best, threshold)
            n_left = tl.max(m_top.to(tl.int32), 0)
            while n_left > 0:
                b_exact = exact_scores(p_q, p_k, b_page, b_group, m_top, i_row, AT_ONCE, COLUMNS, BLOCK, DIM, GROUP)
                b_best = tl.where(m_top & ((b_best != b_best) | (b_exact > b_best)), b_exact, b_best)
                # Each round closes a group of every open block, so there are at most GROUPS.
                b_bound = tl.where(o_g[None, :] == b_group[:, None], -float("inf"), b_bound)
                b_group, m_top = open_groups(b_bound, b_best, threshold)
                n_left = tl.max(m_top.to(tl.int32), 0)
            tl.store(p_block + b_next * n_rows, b_best, mask=m_n)
        tl.debug_barrier()
        b_id = best_listed(p_open, p_block, n_rows, n_open, CHUNK, TOPK)
        b_id = tl.where(tl.arange(0, TOPK) < TOPK - 1, b_id, i_local)
    store_selection(p_topk, b_id, i_row, i_local, total_q, H, TOPK)
