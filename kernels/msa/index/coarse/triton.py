# mypy: allow-untyped-defs, allow-incomplete-defs
# ruff: noqa: ERA001 - the shape above each tile is no code
"""Selection over coarse keys, exactly. `README.md` has the proof, `naive.py` the keys' definition.

`bound_kernel` reads every coarse key once, writes an upper bound for each group of tokens, and scores exactly the
most promising group of two blocks in each split. `rescore_kernel` finds out of these scores a threshold that no block
below it can be selected, and scores every group whose bound reaches it; the last program of a row selects.

Both serve one share of every request's blocks, each `n_ranks`-th from `i_rank` on; blocks of a share are numbered from
0 and become ids of the request only in keys. The whole is the share 0 of 1.

Numerics: products of codes and query digits are exact in int32. Exact scores are the bf16 kernel's own product of the
same keys and query, so they are its scores, bit for bit, and ties fall the same way.
"""

import triton
import triton.language as tl
from triton.language.extra.cuda import gdc_launch_dependents, gdc_wait

from kernels.msa.index.triton import own_of_row, store_selection
from kernels.msa.sharded.triton import NONE, send_keys
from kernels.msa.tiles import chain, pack, unpack_id

LAST_CODES = tl.constexpr("""{ .reg .b32 a, b;
shr.u32 a, $1, 6; and.b32 a, a, 0x03030303;
shr.u32 b, $2, 4; and.b32 b, b, 0x0C0C0C0C; or.b32 a, a, b;
shr.u32 b, $3, 2; and.b32 b, b, 0x30303030; or.b32 $0, a, b; }""")
PREFETCH = tl.constexpr("prefetch.global.L2 [$1]; mov.b32 $0, 0;")
LEAST = tl.constexpr(-(2**31))
"""Below every key of `narrow_key`."""
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
def ask_for_page(p_pages, i_page, m_page, BLOCK: tl.constexpr, PAGE_BYTES: tl.constexpr):
    """Have a page of coarse keys come to the L2, while there is other work; nothing where `m_page` is false."""
    o_line = tl.minimum(tl.arange(0, BLOCK) * 128, PAGE_BYTES - 128)
    if m_page:
        p_line = p_pages + i_page.to(tl.int64) * PAGE_BYTES + o_line
        tl.inline_asm_elementwise(PREFETCH, "=r,l", [p_line], dtype=tl.int32, is_pure=False, pack=1)


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
def narrow_key(b_up, b_id, SPAN: tl.constexpr):
    """int32 keys that order like bounds up to their low bits; ids, below SPAN (a power of two), lie there."""
    b_bits = b_up.to(tl.int32, bitcast=True)
    b_order = b_bits ^ ((b_bits >> 31) & 0x7FFFFFFF)
    return (b_order & -SPAN) | b_id


@triton.jit
def best_of_two_blocks(b_first, b_second, SPAN: tl.constexpr, GROUPS: tl.constexpr):
    """The best key [BR] and the best of another block [BR], out of the best two of each place [GROUPS, BR].

    Ids are turn * GROUPS + place, so the best two of a place are of two blocks: one of them is not the best key's.
    """
    b_best = tl.max(b_first, 0)
    m_same = (b_first & (SPAN - 1)) // GROUPS == (b_best & (SPAN - 1))[None, :] // GROUPS
    return b_best, tl.max(tl.where(m_same, b_second, b_first), 0)


@triton.jit
def half_up(b_up):
    """The least bf16 that is at least each bound, as int16."""
    b_bits = b_up.to(tl.int32, bitcast=True)
    return (tl.where(b_bits >= 0, b_bits + 0xFFFF, b_bits) >> 16).to(tl.int16)


@triton.jit
def exact_scores(b_q, p_k, b_page, b_group, m_slot, b_row, N: tl.constexpr, COLUMNS: tl.constexpr,
                 BLOCK: tl.constexpr, DIM: tl.constexpr, GROUP: tl.constexpr):  # fmt: skip
    """Exact scores [N] of N groups of tokens, each the maximum over its tokens, by rows `row` [N] of `q`.

    The bf16 kernel's product: keys are the tall side. A score is no number where none of a group's tokens has one.
    """
    o_d = tl.arange(0, DIM)
    # [N, GROUP] -> [N * GROUP]
    b_line = b_page.to(tl.int64)[:, None] * BLOCK + b_group[:, None] * GROUP + tl.arange(0, GROUP)[None, :]
    b_line = tl.reshape(b_line, [N * GROUP])
    m_line = tl.reshape(tl.broadcast_to(m_slot[:, None], [N, GROUP]), [N * GROUP])
    b_k = tl.load(p_k + b_line[:, None] * DIM + o_d[None, :], mask=m_line[:, None], other=0.0)
    # [N * GROUP, COLUMNS] -> [N, GROUP, COLUMNS] -> [N, COLUMNS] -> [N]
    b_s = tl.dot(b_k, tl.trans(b_q))
    b_s = tl.max(tl.reshape(b_s, [N, GROUP, COLUMNS]), 1)
    return tl.max(tl.where(b_row[:, None] == tl.arange(0, COLUMNS)[None, :], b_s, float("nan")), 1)


@triton.jit
def load_rows(p_q, i_first, n_rows, COLUMNS: tl.constexpr, DIM: tl.constexpr):
    """Index queries of up to COLUMNS rows from `i_first` on: [COLUMNS, DIM]; zero past the last."""
    o_r = tl.arange(0, COLUMNS)
    p_rows = p_q + (i_first.to(tl.int64) + o_r)[:, None] * DIM + tl.arange(0, DIM)[None, :]
    return tl.load(p_rows, mask=(o_r < n_rows)[:, None], other=0.0)


@triton.jit
def store_promising(
    p_q, p_k, p_page, p_exact, b_first, b_second, i_row, n_rows, i_split, n_splits, n_ranks,
    BR: tl.constexpr, N: tl.constexpr, COLUMNS: tl.constexpr, SPAN: tl.constexpr, BLOCK: tl.constexpr,
    DIM: tl.constexpr, GROUP: tl.constexpr,
):  # fmt: skip
    """Write `exact` [total_q * H, n_splits, 2]: the score of each row's most promising group in two of its blocks.

    `first`, `second` [BR] are keys of `narrow_key` whose ids are turn * groups + group. -inf where there is none, or no
    number.
    """
    GROUPS: tl.constexpr = BLOCK // GROUP
    b_q = load_rows(p_q, i_row, n_rows, COLUMNS, DIM)
    # [BR * 2]
    b_key = tl.reshape(tl.join(b_first, b_second), [BR * 2])
    o_s = tl.arange(0, BR * 2)
    o_n = tl.arange(0, N)
    for i_done in tl.range(0, n_rows * 2, N, num_stages=1):
        # [N]
        m_slot = o_s[None, :] == i_done + o_n[:, None]
        b_slot = tl.max(tl.where(m_slot, b_key[None, :], LEAST), 1)
        m_n = (b_slot > LEAST) & (i_done + o_n < n_rows * 2)
        b_id = b_slot & (SPAN - 1)
        b_page = tl.load(p_page + (i_split + b_id // GROUPS * n_splits) * n_ranks, mask=m_n, other=0)
        b_row = (i_done + o_n) // 2
        b_score = exact_scores(b_q, p_k, b_page, b_id % GROUPS, m_n, b_row, N, COLUMNS, BLOCK, DIM, GROUP)
        b_score = tl.where(m_n & (b_score == b_score), b_score, -float("inf"))
        p_out = p_exact + ((i_row + b_row).to(tl.int64) * n_splits + i_split) * 2 + o_n % 2
        tl.store(p_out, b_score, mask=i_done + o_n < n_rows * 2)


@triton.jit(do_not_specialize=["i_rank"])
def bound_kernel(
    p_q, p_k, p_pages, p_table, p_seq_lens, p_group, p_exact, p_done, table_stride, max_blocks, q_len,
    i_rank, n_ranks, H: tl.constexpr, BR: tl.constexpr, COLUMNS: tl.constexpr, SPLITS: tl.constexpr, SPAN: tl.constexpr,
    N: tl.constexpr, STAGES: tl.constexpr, BLOCK: tl.constexpr, DIM: tl.constexpr, PLANE: tl.constexpr,
    PAGE_BYTES: tl.constexpr, GROUP: tl.constexpr, TOPK: tl.constexpr, PACKED: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """Write upper bounds `group` [requests, share, q_len * H, groups] and what `store_promising` does.

    Bounds are bf16, as int16. And `done` [total_q * H], 0: no program of `rescore_kernel` has finished. For a token
    with codes c, half step h and error e, and a query of integers n and step s:

        q . k <= s (h (2 c . n - 63 sum n) + e |q| / s)

    The high and the low digits of n are columns of one product. A split has every SPLITS-th block of a share.
    """
    chain(PDL)
    i_b = tl.program_id(0) // SPLITS
    i_split = tl.program_id(0) % SPLITS
    # The first pages are asked for before the queries, whose digits take as long as a page takes to come.
    p_page = p_table + i_b.to(tl.int64) * table_stride
    i_page = tl.load(p_page + tl.minimum(i_split * n_ranks + i_rank, max_blocks - 1))
    i_second = tl.load(p_page + tl.minimum((i_split + SPLITS) * n_ranks + i_rank, max_blocks - 1))
    p_page += i_rank
    seq_len = tl.load(p_seq_lens + i_b)
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
    if PACKED:
        ask_for_page(p_pages, i_page, i_split < n_blocks, BLOCK, PAGE_BYTES)
        ask_for_page(p_pages, i_second, i_split + SPLITS < n_blocks, BLOCK, PAGE_BYTES)
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
    # [BLOCK], [BLOCK // GROUP]
    o_t = tl.arange(0, BLOCK)
    o_g = tl.arange(0, BLOCK // GROUP)
    # [BR] block of each row's own position, which is selected anyway
    b_local = (seq_len - q_len + o_r // H) // BLOCK
    # [BLOCK // GROUP, BR] keys of the best two groups in each place of a block, so that no turn compares places
    b_first = tl.full([BLOCK // GROUP, BR], LEAST, tl.int32)
    b_second = tl.full([BLOCK // GROUP, BR], LEAST, tl.int32)
    o_code = o_t[:, None] * PLANE + tl.arange(0, PLANE)[None, :]
    p_meta = (p_pages + 3 * BLOCK * PLANE).to(tl.pointer_type(tl.int32))
    n_share = tl.cdiv(max_blocks, n_ranks)
    for i_turn in tl.range(0, tl.cdiv(n_blocks - i_split, SPLITS), num_stages=STAGES):
        i_block = i_split + i_turn * SPLITS
        # [BLOCK, PLANE] codes, then [BLOCK] half steps and errors
        p_plane = p_pages + i_page.to(tl.int64) * PAGE_BYTES + o_code
        b_p0 = tl.load(p_plane)
        b_p1 = tl.load(p_plane + BLOCK * PLANE)
        b_p2 = tl.load(p_plane + 2 * BLOCK * PLANE)
        b_meta = tl.load(p_meta + i_page.to(tl.int64) * (PAGE_BYTES // 4) + o_t)
        i_page = tl.load(p_page + tl.minimum(i_block + SPLITS, n_blocks - 1) * n_ranks)
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
        p_out = p_group + ((i_b.to(tl.int64) * n_share + i_block) * n_rows + o_r[None, :]) * (BLOCK // GROUP)
        tl.store(p_out + o_g[:, None], half_up(b_up), mask=m_r[None, :])
        b_key = narrow_key(b_up, i_turn * (BLOCK // GROUP) + o_g[:, None], SPAN)
        b_key = tl.where((m_r & (i_block * n_ranks + i_rank < b_local))[None, :], b_key, LEAST)
        b_second = tl.maximum(b_second, tl.minimum(b_first, b_key))
        b_first = tl.maximum(b_first, b_key)
    b_first, b_second = best_of_two_blocks(b_first, b_second, SPAN, BLOCK // GROUP)
    store_promising(
        p_q, p_k, p_page, p_exact, b_first, b_second, i_b * n_rows, n_rows, i_split, SPLITS, n_ranks,
        BR, N, COLUMNS, SPAN, BLOCK, DIM, GROUP,
    )  # fmt: skip


@triton.jit
def largest_but(b_value, PLACE: tl.constexpr, N: tl.constexpr):
    """The value of [N] that PLACE others come before in falling order. None is no number."""
    o_n = tl.arange(0, N)
    m_before = (b_value[None, :] > b_value[:, None]) | (
        (b_value[None, :] == b_value[:, None]) & (o_n[None, :] < o_n[:, None])
    )
    return tl.max(tl.where(tl.sum(m_before.to(tl.int32), 1) == PLACE, b_value, -float("inf")), 0)


@triton.jit
def threshold_of(p_exact, n_exact, LISTS: tl.constexpr, LENGTH: tl.constexpr, TOPK: tl.constexpr):
    """The 15th largest of a row's exact scores, each of another block: with the row's own, 16 score at least this.

    Of each of LISTS interleaved lists only the largest counts.
    """
    o_e = tl.arange(0, LENGTH)[:, None] * LISTS + tl.arange(0, LISTS)[None, :]
    b_list = tl.max(tl.load(p_exact + o_e, mask=o_e < n_exact, other=-float("inf")), 0)
    return largest_but(b_list, TOPK - 2, LISTS)


@triton.jit
def both(b_0, b_1, N: tl.constexpr):
    """[N] and [N], interleaved: [2 N]."""
    return tl.reshape(tl.join(b_0, b_1), [2 * N])


@triton.jit
def best_of_keys(p_key, n_keys, b_more, CHUNK: tl.constexpr, TOPK: tl.constexpr):
    """The 16 best of a row's keys, made by `pack`, and of one more, which fills [CHUNK]; in falling order.

    CHUNK of them are looked at a time.
    """
    o_n = tl.arange(0, CHUNK)
    b_key = tl.where(o_n == n_keys, b_more, tl.load(p_key + o_n, mask=o_n < n_keys, other=0))
    b_key = tl.where(o_n <= n_keys, b_key, NONE)
    if n_keys < CHUNK:
        # Each key counts those that beat it; those that are none all lie at the end.
        m_before = (b_key[None, :] > b_key[:, None]) | (
            (b_key[None, :] == b_key[:, None]) & (o_n[None, :] < o_n[:, None])
        )
        b_rank = tl.sum(m_before.to(tl.int32), 1)
        m_k = b_rank[:, None] == tl.arange(0, TOPK)[None, :]
        b_best = tl.sum(tl.where(m_k, b_key[:, None], 0), 0)
    else:
        b_best = tl.topk(b_key, TOPK)
        for i_done in range(CHUNK, n_keys + 1, CHUNK):
            o_key = i_done + o_n
            b_key = tl.where(o_key == n_keys, b_more, tl.load(p_key + o_key, mask=o_key < n_keys, other=0))
            b_key = tl.where(o_key <= n_keys, b_key, NONE)
            b_best = tl.topk(both(b_best, tl.topk(b_key, TOPK), TOPK), TOPK)
    return b_best


@triton.jit(do_not_specialize=["i_rank"])
def rescore_kernel(
    p_q, p_k, p_table, p_seq_lens, p_group, p_exact, p_open, p_key, p_done, p_topk, p_send, p_turn,
    total_q, table_stride, max_blocks, q_len, n_exact, i_rank, n_ranks, n_boxes,
    H: tl.constexpr, COLUMNS: tl.constexpr, SPLITS: tl.constexpr, SPAN: tl.constexpr, N: tl.constexpr,
    STAGES: tl.constexpr, LISTS: tl.constexpr, LENGTH: tl.constexpr, CHUNK: tl.constexpr, BLOCK: tl.constexpr,
    DIM: tl.constexpr, GROUP: tl.constexpr, TOPK: tl.constexpr, PEERS: tl.constexpr,
    PDL: tl.constexpr, LATE: tl.constexpr,
):  # fmt: skip
    """Score exactly every group of SPAN blocks of a row whose bound reaches the threshold, N at a time.

    Blocks that reach it go into the row's list `key` [total_q * H, share]; `done` [total_q * H] counts them and, in its
    high half, the programs that have finished. The one that finishes last writes `topk` or, of a share, sends its 16
    best as `send_keys` does.

    With LATE the kernel after this one starts its launch when open groups are scored, and not at once.
    """
    if PDL and LATE:
        gdc_wait()
    else:
        chain(PDL)
    i_row = tl.program_id(0) // SPLITS
    i_from = tl.program_id(0) % SPLITS * SPAN
    GROUPS: tl.constexpr = BLOCK // GROUP
    i_b, i_local = own_of_row(p_seq_lens, i_row, q_len, H, BLOCK)
    # [SPAN], [SPAN, GROUPS]: asked for before the threshold, which waits for loads of its own
    o_block = tl.arange(0, SPAN)
    n_share = tl.cdiv(max_blocks, n_ranks)
    m_block = i_from + o_block < n_share
    p_page = p_table + i_b.to(tl.int64) * table_stride + i_from * n_ranks + i_rank
    o_line = (i_b.to(tl.int64) * n_share + i_from + o_block) * (q_len * H) + i_row % (q_len * H)
    p_up = p_group + o_line[:, None] * GROUPS + tl.arange(0, GROUPS)[None, :]
    b_up = tl.load(p_up, mask=m_block[:, None], other=0).to(tl.int32) << 16
    b_q = load_rows(p_q, i_row, 1, COLUMNS, DIM)
    threshold = threshold_of(p_exact + i_row.to(tl.int64) * n_exact, n_exact, LISTS, LENGTH, TOPK)
    if i_local < TOPK:
        if p_send is None:  # noqa: SIM102 - the compiler drops this branch, and takes no `and` of both
            if i_from == 0:
                store_selection(p_topk, tl.full([TOPK], -1, tl.int32), i_row, i_local, total_q, H, TOPK)
        return
    o_id = (i_from + o_block) * n_ranks + i_rank
    m_seen = o_id < i_local
    b_open = ((b_up.to(tl.float32, bitcast=True) >= threshold) & m_seen[:, None]).to(tl.int32)
    # A block no token of which has a score that is a number scores none; closed groups have one, below the threshold.
    b_best = tl.where(tl.sum(b_open, 1) == GROUPS, float("nan"), -float("inf"))
    # [SPAN * GROUPS] open groups, one after the other
    b_open = tl.reshape(b_open, [SPAN * GROUPS])
    p_list = p_open + tl.program_id(0).to(tl.int64) * (SPAN * GROUPS)
    o_group = tl.arange(0, SPAN * GROUPS)
    tl.store(p_list + tl.cumsum(b_open, 0) - b_open, o_group.to(tl.int16), mask=b_open > 0)
    n_open = tl.sum(b_open, 0)
    tl.debug_barrier()
    o_n = tl.arange(0, N)
    b_row = tl.zeros([N], tl.int32)
    for i_done in tl.range(0, n_open, N, num_stages=STAGES):
        # [N]
        m_n = i_done + o_n < n_open
        b_id = tl.load(p_list + i_done + o_n, mask=m_n, other=0).to(tl.int32)
        b_page = tl.load(p_page + b_id // GROUPS * n_ranks, mask=m_n, other=0)
        b_score = exact_scores(b_q, p_k, b_page, b_id % GROUPS, m_n, b_row, N, COLUMNS, BLOCK, DIM, GROUP)
        # [SPAN, N] -> [SPAN]
        m_of = (o_block[:, None] == b_id[None, :] // GROUPS) & m_n[None, :]
        b_new = tl.max(tl.where(m_of, b_score[None, :], float("nan")), 1)
        b_best = tl.where((b_best != b_best) | (b_new > b_best), b_new, b_best)
    if PDL and LATE:
        gdc_launch_dependents()
    b_found = (((b_best >= threshold) | (b_best != b_best)) & m_seen).to(tl.int32)
    n_found = tl.sum(b_found, 0)
    p_keys = p_key + i_row.to(tl.int64) * n_share
    if n_found > 0:
        i_first = (tl.atomic_add(p_done + i_row, n_found.to(tl.int64), sem="relaxed") & 0x7FFFFFFF).to(tl.int32)
        o_key = i_first + tl.cumsum(b_found, 0) - b_found
        tl.store(p_keys + o_key, pack(b_best, o_id), mask=b_found > 0)
    # All keys of this program are written before it counts itself as done.
    tl.debug_barrier()
    done = tl.atomic_add(p_done + i_row, 1 << 32, sem="acq_rel")
    if (done >> 32) == SPLITS - 1:
        n_keys = (done & 0x7FFFFFFF).to(tl.int32)
        if p_send is None:
            b_own = pack(float("inf") + tl.zeros([CHUNK], tl.float32), i_local + tl.zeros([CHUNK], tl.int32))
            b_key = best_of_keys(p_keys, n_keys, b_own, CHUNK, TOPK)
            store_selection(p_topk, unpack_id(b_key), i_row, i_local, total_q, H, TOPK)
        else:
            b_key = best_of_keys(p_keys, n_keys, tl.full([CHUNK], NONE, tl.int64), CHUNK, TOPK)
            send_keys(p_send, p_turn, b_key, i_row, i_rank, n_ranks, n_boxes, PEERS, TOPK)
