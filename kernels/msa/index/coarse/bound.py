# mypy: allow-untyped-defs, allow-incomplete-defs
# ruff: noqa: ERA001 - the shape above each tile is no code
"""The pass over coarse keys. `README.md` has the proof, `naive.py` the keys' definition.

`bound_kernel` reads every coarse key once, writes for each group of tokens upper bounds of its best two, and scores
exactly the most promising tokens of four blocks in each split, out of which `rescore.py` makes a threshold.

Products of codes and query digits are exact in int32. It serves one share of every request's blocks, each `n_ranks`-th
from `i_rank` on; blocks of a share are numbered from 0. The whole is the share 0 of 1.
"""

import triton
import triton.language as tl

from kernels.msa.index.coarse.encode import mixed
from kernels.msa.index.coarse.scores import load_rows, token_of, token_scores
from kernels.msa.tiles import chain, widen

PREFETCH = tl.constexpr("prefetch.global.L2 [$1]; mov.b32 $0, 0;")
AHEAD = tl.constexpr(2)
"""Pages of a program that are asked for at its start: as many as come while the queries' digits are made."""
LEAST = tl.constexpr(-(2**31))
"""Below every key of `narrow_key`."""
LARGEST = tl.constexpr(3.0e38)
LARGE = tl.constexpr(2.9e38)
"""Bounds that are infinite, or no number, are this much until they are multiplied by their row's step."""
DIGITS = tl.constexpr(32000.0)
"""Queries are rounded to integers of at most this size, 256 * high digit + low digit."""


@triton.constexpr_function
def unpacking(part, half):
    """Instructions for four codes of group `part` of channels, for tokens of half `half` of a block.

    $1 has the low bits, two codes a byte, $2 the fifth bits of all groups and both halves.
    """
    up = 4 - 4 * half - part
    return f"""{{ .reg .b32 a, b; {"shl" if up >= 0 else "shr"}.b32 a, $2, {abs(up)}; and.b32 a, a, 0x10101010;
shr.b32 b, $1, {part % 2 * 4}; and.b32 b, b, 0x0F0F0F0F; or.b32 $0, a, b; }}"""


@triton.jit
def codes(b_low, b_fifth, PART: tl.constexpr, HALF: tl.constexpr, PACKED: tl.constexpr):
    """Codes [64, PLANE] int8 of a group of channels, for the tokens of a half of a block.

    PACKED treats four bytes at a time, which the interpreter cannot.
    """
    if PACKED:
        b_code = tl.inline_asm_elementwise(
            unpacking(PART, HALF), "=r,r,r", [b_low, b_fifth], dtype=tl.int8, is_pure=True, pack=4
        )
    else:
        b_code = ((b_low >> (PART % 2 * 4)) & 15) | (((b_fifth >> (4 * HALF + PART)) & 1) << 4)
    return b_code


@triton.jit
def products(b_low0, b_low1, b_fifth, b_0, b_1, b_2, b_3, HALF: tl.constexpr, PACKED: tl.constexpr):
    """Products [64, 2 * BR] int32 of the codes of a half of a block and the digits of four groups of channels."""
    b_dot = tl.dot(codes(b_low0, b_fifth, 0, HALF, PACKED), tl.trans(b_0), out_dtype=tl.int32)
    b_dot = tl.dot(codes(b_low0, b_fifth, 1, HALF, PACKED), tl.trans(b_1), b_dot, out_dtype=tl.int32)
    b_dot = tl.dot(codes(b_low1, b_fifth, 2, HALF, PACKED), tl.trans(b_2), b_dot, out_dtype=tl.int32)
    return tl.dot(codes(b_low1, b_fifth, 3, HALF, PACKED), tl.trans(b_3), b_dot, out_dtype=tl.int32)


@triton.jit
def upper_bounds(b_dot, b_meta, b_offset, b_reach, BR: tl.constexpr):
    """Bounds [64, BR], in units of steps, out of products [64, 2 * BR] and the tokens' words [64]."""
    b_place = tl.where(tl.arange(0, 2) == 0, 512, 2)
    b_int = tl.sum(tl.reshape(b_dot, [64, BR, 2]) * b_place[None, None, :], 2)
    b_half = (b_meta << 16).to(tl.float32, bitcast=True)
    b_error = (b_meta & -65536).to(tl.float32, bitcast=True)
    return (b_int - b_offset[None, :]).to(tl.float32) * b_half[:, None] + b_error[:, None] * b_reach[None, :]


@triton.jit
def block_bounds(
    p_pages, i_page, o_t, b_0, b_1, b_2, b_3, b_offset, b_reach,
    BR: tl.constexpr, PLANE: tl.constexpr, BLOCK: tl.constexpr, PAGE_BYTES: tl.constexpr, PACKED: tl.constexpr,
):  # fmt: skip
    """Bounds, each [64, BR] in units of steps, of the tokens `t` [64] of both halves of a block.

    For a token with codes c, half step h and error e: h (2 c . n - 31 sum n) + e |q| / s.
    """
    HALF: tl.constexpr = BLOCK // 2 * PLANE
    # [64, PLANE]: low bits of both halves of the tokens, twice; fifth bits. [64]: their words
    p_code = p_pages + i_page.to(tl.int64) * PAGE_BYTES + o_t[:, None] * PLANE + tl.arange(0, PLANE)[None, :]
    b_low00 = tl.load(p_code)
    b_low10 = tl.load(p_code + HALF)
    b_low01 = tl.load(p_code + 2 * HALF)
    b_low11 = tl.load(p_code + 3 * HALF)
    b_fifth = tl.load(p_code + 4 * HALF)
    p_word = (p_pages + 5 * HALF).to(tl.pointer_type(tl.int32)) + i_page.to(tl.int64) * (PAGE_BYTES // 4) + o_t
    b_meta0 = tl.load(p_word)
    b_meta1 = tl.load(p_word + BLOCK // 2)
    # [64, 2 * BR] -> [64, BR]
    b_dot0 = products(b_low00, b_low01, b_fifth, b_0, b_1, b_2, b_3, 0, PACKED)
    b_up0 = upper_bounds(b_dot0, b_meta0, b_offset, b_reach, BR)
    b_dot1 = products(b_low10, b_low11, b_fifth, b_0, b_1, b_2, b_3, 1, PACKED)
    return b_up0, upper_bounds(b_dot1, b_meta1, b_offset, b_reach, BR)


@triton.jit
def ask_for_pages(p_pages, b_page, BLOCK: tl.constexpr, PAGE_BYTES: tl.constexpr):
    """Have pages [AHEAD] of coarse keys come to the L2, while there is other work."""
    o_line = tl.minimum(tl.arange(0, BLOCK) * 128, PAGE_BYTES - 128)
    p_line = p_pages + b_page.to(tl.int64)[:, None] * PAGE_BYTES + o_line[None, :]
    tl.inline_asm_elementwise(PREFETCH, "=r,l", [p_line], dtype=tl.int32, is_pure=False, pack=1)


@triton.jit
def load_query_parts(p_q, i_row, n_rows, BR: tl.constexpr, DIM: tl.constexpr, PLANE: tl.constexpr, WIDE: tl.constexpr):
    """Four groups of channels of queries, each [2 * BR, PLANE], every row twice; zero past the last."""
    o_n = tl.arange(0, 2 * BR)
    p_part = p_q + (i_row + o_n // 2).to(tl.int64)[:, None] * DIM + tl.arange(0, PLANE)[None, :]
    m_n = (o_n // 2 < n_rows)[:, None]
    return (
        widen(tl.load(p_part, mask=m_n, other=0.0), WIDE),
        widen(tl.load(p_part + PLANE, mask=m_n, other=0.0), WIDE),
        widen(tl.load(p_part + 2 * PLANE, mask=m_n, other=0.0), WIDE),
        widen(tl.load(p_part + 3 * PLANE, mask=m_n, other=0.0), WIDE),
    )


@triton.jit
def rotated_query(b_0, b_1, b_2, b_3, PLANE: tl.constexpr):
    """Queries rotated as keys are and divided by 128: four groups of channels, each [N, PLANE] float32."""
    b_0 = mixed(b_0, PLANE) * 0.0078125
    b_1 = mixed(b_1, PLANE) * 0.0078125
    b_2 = mixed(b_2, PLANE) * 0.0078125
    b_3 = mixed(b_3, PLANE) * 0.0078125
    return (b_0 + b_1) + (b_2 + b_3), (b_0 - b_1) + (b_2 - b_3), (b_0 + b_1) - (b_2 + b_3), (b_0 - b_1) - (b_2 - b_3)


@triton.jit
def squared(b_x, b_step):
    """Squares of rows [N, PLANE] in units of their steps [N]."""
    return (b_x / b_step[:, None]) * (b_x / b_step[:, None])


@triton.jit
def digits(b_q, b_step, m_high):
    """A digit of the integers nearest to q / step, as int8 [N, PLANE], and these integers."""
    b_int = tl.floor(b_q / b_step[:, None] + 0.5).to(tl.int32)
    b_high = (b_int + 128) >> 8
    return tl.where(m_high[:, None], b_high, b_int - 256 * b_high).to(tl.int8), b_int


@triton.jit
def query_digits(b_0, b_1, b_2, b_3, BR: tl.constexpr, PLANE: tl.constexpr, LEVELS: tl.constexpr):
    """Digits of the integers n of queries q once rotated, four groups of channels, each int8 [2 * BR, PLANE].

    A row's high digits and its low digits are side by side, so that a thread adds both products. And for each row [BR]:
    LEVELS * sum n, |q| / s a little enlarged, and the step s.
    """
    o_n = tl.arange(0, 2 * BR)
    b_0, b_1, b_2, b_3 = rotated_query(b_0, b_1, b_2, b_3, PLANE)
    b_top = tl.max(tl.maximum(tl.maximum(tl.abs(b_0), tl.abs(b_1)), tl.maximum(tl.abs(b_2), tl.abs(b_3))), 1)
    b_step = tl.maximum(b_top, 1e-30) / DIGITS
    # summed over scaled channels so that squares neither vanish nor overflow
    b_square = squared(b_0, b_step) + squared(b_1, b_step) + squared(b_2, b_step) + squared(b_3, b_step)
    b_reach = tl.sqrt(tl.sum(b_square, 1)) * 1.00001 + 1.0
    b_0, b_int0 = digits(b_0, b_step, o_n % 2 == 0)
    b_1, b_int1 = digits(b_1, b_step, o_n % 2 == 0)
    b_2, b_int2 = digits(b_2, b_step, o_n % 2 == 0)
    b_3, b_int3 = digits(b_3, b_step, o_n % 2 == 0)
    b_offset = LEVELS * tl.sum(b_int0 + b_int1 + b_int2 + b_int3, 1)
    # [BR, 2] -> [BR]; both hold the same value
    return (
        b_0, b_1, b_2, b_3, tl.max(tl.reshape(b_offset, [BR, 2]), 1),
        tl.max(tl.reshape(b_reach, [BR, 2]), 1), tl.max(tl.reshape(b_step, [BR, 2]), 1),
    )  # fmt: skip


@triton.jit
def narrow_key(b_up, b_id, SPAN: tl.constexpr):
    """int32 keys that order like bounds up to their low bits; ids, below SPAN (a power of two), lie there."""
    b_bits = b_up.to(tl.int32, bitcast=True)
    b_order = b_bits ^ ((b_bits >> 31) & 0x7FFFFFFF)
    return (b_order & -SPAN) | b_id


@triton.jit
def place_of(b_token):
    """Place of a token of a block's first half in its group of 16; that of token + 64 is 8 more."""
    return b_token // 8 % 2 * 4 + b_token % 4


@triton.jit
def named(b_up, b_place):
    """Bounds [64, BR] whose last bits are replaced by their tokens' places [64] in their groups: no two are equal.

    One that is no number, or infinite, becomes one that `in_units` makes infinite again.
    """
    b_bits = tl.minimum(b_up, LARGEST).to(tl.int32, bitcast=True)
    return ((b_bits & -16) | b_place[:, None]).to(tl.float32, bitcast=True)


@triton.jit
def best_of_groups(b_x):
    """Maxima [4, 2, BR] of the groups of [4, 2, 2, 4, BR], the tokens of a half of a block as `token_of` has them."""
    return tl.max(tl.max(b_x, 1), 2)


@triton.jit
def best_two(b_up0, b_up1, b_place, BR: tl.constexpr):
    """The best two of each group's bounds, each [8, BR] float32, out of the bounds [64, BR] of a block's halves."""
    b_up0 = named(b_up0, b_place)
    b_up1 = named(b_up1, b_place + 8)
    b_more = tl.reshape(tl.maximum(b_up0, b_up1), [4, 2, 2, 4, BR])
    b_less = tl.reshape(tl.minimum(b_up0, b_up1), [4, 2, 2, 4, BR])
    b_first = best_of_groups(b_more)
    b_other = tl.where(b_more == b_first[:, None, :, None, :], -float("inf"), b_more)
    b_second = best_of_groups(tl.maximum(b_other, b_less))
    return tl.reshape(b_first, [8, BR]), tl.reshape(b_second, [8, BR])


@triton.jit
def in_units(b_up, b_step):
    """Bounds [GROUPS, BR] times the rows' steps [BR]. One that is no number bounds nothing: it is infinite."""
    b_up = tl.where(b_up < LARGE, b_up, float("inf")) * b_step[None, :]
    return tl.where(b_up == b_up, b_up, float("inf"))


@triton.jit
def record(b_first, b_second, b_token):
    """int32: the first bound rounded up to bf16, the second to 12 bits of one, and the first's place in its group."""
    b_1 = b_first.to(tl.int32, bitcast=True)
    b_2 = b_second.to(tl.int32, bitcast=True)
    b_1 = tl.where(b_1 >= 0, b_1 + 0xFFFF, b_1)
    b_2 = tl.where(b_2 >= 0, b_2 + 0xFFFFF, b_2)
    return (b_1 & -65536) | ((b_2 >> 16) & 0xFFF0) | b_token


@triton.jit
def store_promising(
    p_q, p_k, p_page, p_exact, b_key, i_row, n_rows, i_split, n_splits, n_ranks,
    BR: tl.constexpr, N: tl.constexpr, COLUMNS: tl.constexpr, SPAN: tl.constexpr, BLOCK: tl.constexpr,
    DIM: tl.constexpr, WIDE: tl.constexpr, PACKED: tl.constexpr,
):  # fmt: skip
    """Write `exact` [total_q * H, n_splits, 4]: scores of each row's most promising tokens, of different blocks.

    `key` [BR * 4] are four of `narrow_key` for each row, whose ids are turn * BLOCK + token. -inf where there is none,
    or no number.
    """
    b_q, b_q_odd = load_rows(p_q, i_row, n_rows, COLUMNS, DIM, WIDE)
    # [N]
    o_n = tl.arange(0, N)
    b_slot = tl.max(tl.where(tl.arange(0, BR * 4)[None, :] == o_n[:, None], b_key[None, :], LEAST), 1)
    m_n = (b_slot > LEAST) & (o_n < n_rows * 4)
    b_id = b_slot & (SPAN - 1)
    b_page = tl.load(p_page + (i_split + b_id // BLOCK * n_splits) * n_ranks, mask=m_n, other=0)
    b_line = b_page.to(tl.int64) * BLOCK + b_id % BLOCK
    b_score = token_scores(b_q, b_q_odd, p_k, b_line, m_n, o_n // 4, COLUMNS, DIM, WIDE, PACKED)
    b_score = tl.where(m_n & (b_score == b_score), b_score, -float("inf"))
    p_out = p_exact + ((i_row + o_n // 4).to(tl.int64) * n_splits + i_split) * 4 + o_n % 4
    tl.store(p_out, b_score, mask=o_n < n_rows * 4)


@triton.jit(do_not_specialize=["i_rank"])
def bound_kernel(
    p_q, p_k, p_pages, p_table, p_seq_lens, p_group, p_exact, p_done, table_stride, max_blocks, q_len,
    i_rank, n_ranks, H: tl.constexpr, BR: tl.constexpr, COLUMNS: tl.constexpr, SPLITS: tl.constexpr, SPAN: tl.constexpr,
    N: tl.constexpr, STAGES: tl.constexpr, BLOCK: tl.constexpr, DIM: tl.constexpr, PLANE: tl.constexpr,
    PAGE_BYTES: tl.constexpr, LEVELS: tl.constexpr, TOPK: tl.constexpr, WIDE: tl.constexpr, PACKED: tl.constexpr,
    PDL: tl.constexpr,
):  # fmt: skip
    """Write the `record` of each group [requests, share, q_len * H, groups] and what `store_promising` does.

    And `done` [total_q * H], 0: no program of `rescore_kernel` has finished. A split has every SPLITS-th block of a
    share. The high and the low digits of a rotated query's integers are columns of one product.
    """
    chain(PDL)
    i_b = tl.program_id(0) // SPLITS
    i_split = tl.program_id(0) % SPLITS
    p_page = p_table + i_b.to(tl.int64) * table_stride + i_rank
    # [AHEAD] turns whose pages are asked for before the queries' digits are made, which takes as long as they take
    o_ahead = i_split + tl.arange(0, AHEAD) * SPLITS
    b_ahead = tl.load(p_page + tl.minimum(o_ahead * n_ranks, max_blocks - 1 - i_rank))
    i_page = tl.load(p_page + tl.minimum(i_split * n_ranks, max_blocks - 1 - i_rank))
    seq_len = tl.load(p_seq_lens + i_b)
    b_0, b_1, b_2, b_3 = load_query_parts(p_q, i_b * q_len * H, q_len * H, BR, DIM, PLANE, WIDE)
    n_all = tl.maximum(seq_len - 1, 0) // BLOCK
    n_blocks = tl.cdiv(n_all - i_rank, n_ranks)
    n_rows = q_len * H
    # [BR]
    o_r = tl.arange(0, BR)
    m_r = o_r < n_rows
    if i_split == 0:
        tl.store(p_done + i_b * n_rows + o_r, 0, mask=m_r)
    if n_all < TOPK:
        return
    if PACKED and i_split < n_blocks:
        ask_for_pages(p_pages, tl.where(o_ahead < n_blocks, b_ahead, i_page), BLOCK, PAGE_BYTES)
    b_0, b_1, b_2, b_3, b_offset, b_reach, b_step = query_digits(b_0, b_1, b_2, b_3, BR, PLANE, LEVELS)
    GROUPS: tl.constexpr = BLOCK // 16
    # [BLOCK // 2], [GROUPS]
    o_t = tl.arange(0, BLOCK // 2)
    o_g = tl.arange(0, GROUPS)
    # [BR] block of each row's own position, which is selected anyway
    b_local = (seq_len - q_len + o_r // H) // BLOCK
    # [GROUPS, BR] keys of the best token in each group of every fourth block: those of four are of different blocks
    b_best0 = tl.full([GROUPS, BR], LEAST, tl.int32)
    b_best1 = tl.full([GROUPS, BR], LEAST, tl.int32)
    b_best2 = tl.full([GROUPS, BR], LEAST, tl.int32)
    b_best3 = tl.full([GROUPS, BR], LEAST, tl.int32)
    n_share = tl.cdiv(max_blocks, n_ranks)
    for i_turn in tl.range(0, tl.cdiv(n_blocks - i_split, SPLITS), num_stages=STAGES):
        i_block = i_split + i_turn * SPLITS
        b_up0, b_up1 = block_bounds(
            p_pages, i_page, o_t, b_0, b_1, b_2, b_3, b_offset, b_reach, BR, PLANE, BLOCK, PAGE_BYTES, PACKED
        )
        i_page = tl.load(p_page + tl.minimum(i_block + SPLITS, n_blocks - 1) * n_ranks)
        # [GROUPS, BR]
        b_up, b_next = best_two(b_up0, b_up1, place_of(o_t), BR)
        b_id = b_up.to(tl.int32, bitcast=True) & 15
        b_up = in_units(b_up, b_step)
        p_out = p_group + ((i_b.to(tl.int64) * n_share + i_block) * n_rows + o_r[None, :]) * GROUPS
        tl.store(p_out + o_g[:, None], record(b_up, in_units(b_next, b_step), b_id), mask=m_r[None, :])
        b_key = narrow_key(b_up, i_turn * BLOCK + token_of(o_g[:, None] * 16 | b_id), SPAN)
        b_key = tl.where((m_r & (i_block * n_ranks + i_rank < b_local))[None, :], b_key, LEAST)
        b_best0 = tl.where(i_turn % 4 == 0, tl.maximum(b_best0, b_key), b_best0)
        b_best1 = tl.where(i_turn % 4 == 1, tl.maximum(b_best1, b_key), b_best1)
        b_best2 = tl.where(i_turn % 4 == 2, tl.maximum(b_best2, b_key), b_best2)
        b_best3 = tl.where(i_turn % 4 == 3, tl.maximum(b_best3, b_key), b_best3)
    # [BR, 2, 2] -> [BR * 4]
    b_best = tl.join(tl.join(tl.max(b_best0, 0), tl.max(b_best1, 0)), tl.join(tl.max(b_best2, 0), tl.max(b_best3, 0)))
    b_best = tl.reshape(b_best, [BR * 4])
    store_promising(
        p_q, p_k, p_page, p_exact, b_best, i_b * n_rows, n_rows, i_split, SPLITS, n_ranks,
        BR, N, COLUMNS, SPAN, BLOCK, DIM, WIDE, PACKED,
    )  # fmt: skip
