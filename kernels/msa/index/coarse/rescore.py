# mypy: allow-untyped-defs, allow-incomplete-defs
# ruff: noqa: ERA001 - the shape above each tile is no code
"""The exact part of the coarse index. `README.md` has the proof.

`rescore_kernel` finds out of the exact scores of promising tokens a threshold that no block below it can be selected,
and scores every token whose bound reaches it; the last program of a row selects.

It serves one share of every request's blocks, each `n_ranks`-th from `i_rank` on; blocks of a share are numbered from 0
and become ids of the request only in keys. The whole is the share 0 of 1.

Numerics: exact scores come from the product of the kernel that reads all keys, of the same keys and query, so they are
its scores, bit for bit, and ties fall the same way.
"""

import triton
import triton.language as tl
from triton.language.extra.cuda import gdc_launch_dependents, gdc_wait

from kernels.msa.index.coarse.scores import load_rows, token_of, token_scores
from kernels.msa.index.triton import own_of_row, store_selection
from kernels.msa.sharded.triton import NONE, send_keys
from kernels.msa.tiles import chain, pack, unpack_id


@triton.jit
def threshold_of(p_exact, n_exact, LISTS: tl.constexpr, LENGTH: tl.constexpr, TOPK: tl.constexpr):
    """The 15th largest of a row's exact scores, each of another block: with the row's own, 16 score at least this.

    Of each of LISTS interleaved lists only the largest counts.
    """
    o_e = tl.arange(0, LENGTH)[:, None] * LISTS + tl.arange(0, LISTS)[None, :]
    b_list = tl.max(tl.load(p_exact + o_e, mask=o_e < n_exact, other=-float("inf")), 0)
    o_k = tl.arange(0, TOPK)
    return tl.max(tl.where(o_k == TOPK - 2, tl.topk(b_list, TOPK), -float("inf")), 0)


@triton.jit
def both(b_0, b_1, N: tl.constexpr):
    """[N] and [N], interleaved: [2 N]."""
    return tl.reshape(tl.join(b_0, b_1), [2 * N])


@triton.jit
def come_before(b_score, b_id):
    """[N, N]: whether place j of [N] comes before place i: a higher score, or as high and a lower block or place."""
    o_n = tl.arange(0, b_id.shape[0])
    m_equal = (b_id[None, :] < b_id[:, None]) | ((b_id[None, :] == b_id[:, None]) & (o_n[None, :] < o_n[:, None]))
    return (b_score[None, :] > b_score[:, None]) | ((b_score[None, :] == b_score[:, None]) & m_equal)


@triton.jit
def of_different_blocks(b_key):
    """The best key of each block among [N] made by `pack`; none in the place of the others."""
    b_id = unpack_id(b_key)
    m_other = come_before((b_key >> 32).to(tl.int32), b_id) & (b_id[None, :] == b_id[:, None])
    return tl.where(tl.max(m_other.to(tl.int32), 1) > 0, NONE, b_key)


@triton.jit
def some_keys(p_key, i_from, n_keys, b_more, CHUNK: tl.constexpr):
    """CHUNK of a row's keys from `i_from` on, each block's best; after the last comes one of `more`, then none."""
    o_key = i_from + tl.arange(0, CHUNK)
    b_key = tl.where(o_key == n_keys, b_more, tl.load(p_key + o_key, mask=o_key < n_keys, other=0))
    return of_different_blocks(tl.where(o_key <= n_keys, b_key, NONE))


@triton.jit
def best_of_keys(p_key, n_keys, b_more, CHUNK: tl.constexpr, TOPK: tl.constexpr):
    """The best keys of 16 blocks out of a row's, made by `pack`, and one more, which fills [CHUNK]; in falling order.

    CHUNK of them are looked at a time.
    """
    b_key = some_keys(p_key, 0, n_keys, b_more, CHUNK)
    if n_keys < CHUNK:
        # Each key counts those that beat it; those that are none all lie at the end.
        b_rank = tl.sum(come_before((b_key >> 32).to(tl.int32), unpack_id(b_key)).to(tl.int32), 1)
        b_best = tl.sum(tl.where(b_rank[:, None] == tl.arange(0, TOPK)[None, :], b_key[:, None], 0), 0)
    else:
        b_best = tl.topk(b_key, TOPK)
        for i_done in range(CHUNK, n_keys + 1, CHUNK):
            b_next = tl.topk(some_keys(p_key, i_done, n_keys, b_more, CHUNK), TOPK)
            b_best = tl.topk(of_different_blocks(both(b_best, b_next, TOPK)), TOPK)
    return b_best


@triton.jit
def append(p_key, p_done, b_score, b_block, m_n):
    """Add keys of blocks [N] with scores [N], where `m_n` holds, to a row's list; `done` counts them."""
    b_new = m_n.to(tl.int32)
    n_new = tl.sum(b_new, 0)
    if n_new > 0:
        i_first = (tl.atomic_add(p_done, n_new.to(tl.int64), sem="relaxed") & 0x7FFFFFFF).to(tl.int32)
        tl.store(p_key + i_first + tl.cumsum(b_new, 0) - b_new, pack(b_score, b_block), mask=m_n)


@triton.jit
def append_silent(
    p_key, p_done, p_k, p_page, b_q, b_q_odd, i_first, n_blocks, n_ranks, N: tl.constexpr, COLUMNS: tl.constexpr,
    BLOCK: tl.constexpr, DIM: tl.constexpr, WIDE: tl.constexpr, PACKED: tl.constexpr,
):  # fmt: skip
    """Add those of `n_blocks` blocks of a share, from id `i_first` on, whose tokens have no score that is a number."""
    o_n = tl.arange(0, N)
    b_row = tl.zeros([N], tl.int32)
    for i_block in tl.range(0, n_blocks, num_stages=1):
        i_line = tl.load(p_page + i_block * n_ranks).to(tl.int64) * BLOCK
        n_heard = 0
        for i_part in tl.range(0, BLOCK, N, num_stages=1):
            b_score = token_scores(b_q, b_q_odd, p_k, i_line + i_part + o_n, o_n < N, b_row, COLUMNS, DIM, WIDE, PACKED)
            n_heard += tl.sum((b_score == b_score).to(tl.int32), 0)
        b_score = tl.full([N], float("nan"), tl.float32)
        append(p_key, p_done, b_score, i_first + i_block * n_ranks + b_row, (o_n == 0) & (n_heard == 0))


@triton.jit
def list_open(p_list, b_rec, m_block, threshold, LIST: tl.constexpr):
    """List the groups of records [SPAN, GROUPS] whose bound reaches the threshold, and count them.

    Those with one such token lie in `list` [LIST] from its front on, as 16 * group + the token's place; the others,
    which are counted apart and scored whole, from its end on.
    """
    m_open = ((b_rec & -65536).to(tl.float32, bitcast=True) >= threshold) & m_block[:, None]
    m_wide = ((b_rec & 0xFFF0) << 16).to(tl.float32, bitcast=True) >= threshold
    # [LIST]
    b_one = tl.reshape(tl.where(m_open, tl.where(m_wide, 1 << 16, 1), 0), [LIST])
    b_id = tl.arange(0, LIST) * 16 + tl.reshape(b_rec & 15, [LIST])
    b_count = tl.cumsum(b_one, 0)
    o_slot = tl.where(b_one == 1, (b_count & 0xFFFF) - 1, LIST - (b_count >> 16))
    tl.store(p_list + o_slot, b_id.to(tl.int16), mask=b_one > 0)
    n_both = tl.sum(b_one, 0)
    return n_both & 0xFFFF, n_both >> 16


@triton.jit
def looked_up(p_x, o_x, m_x, N: tl.constexpr):
    """Loads [N], one a thread. They are made twice as many: a few would be loaded by each thread that needs them."""
    b_x = tl.load(p_x + tl.broadcast_to(o_x[:, None], [N, 2]), mask=tl.broadcast_to(m_x[:, None], [N, 2]), other=0)
    return tl.max(b_x, 1)


@triton.jit
def append_open(
    p_key, p_done, p_k, p_page, p_list, b_q, b_q_odd, i_first, n_ranks, n_open, n_wide, threshold, LIST: tl.constexpr,
    N: tl.constexpr, COLUMNS: tl.constexpr, BLOCK: tl.constexpr, DIM: tl.constexpr, WIDE: tl.constexpr,
    PACKED: tl.constexpr,
):  # fmt: skip
    """Add what of `list_open`'s lists scores at least the threshold; how many scored no number.

    The share's blocks from id `i_first` on are meant.
    """
    # [N]
    o_n = tl.arange(0, N)
    o_place = o_n % 16
    b_row = tl.zeros([N], tl.int32)
    n_silent = 0
    # Past the open tokens come wide groups, 16 places each; those of a group lie side by side.
    n_single = (n_open + 15) // 16 * 16
    for i_done in tl.range(0, n_single + n_wide * 16, N, num_stages=1):
        o_i = i_done + o_n
        m_wide = o_i >= n_single
        o_wide = (o_i - n_single) >> 4
        m_n = tl.where(m_wide, o_wide < n_wide, o_i < n_open)
        b_id = looked_up(p_list, tl.where(m_wide, LIST - 1 - o_wide, o_i), m_n, N).to(tl.int32)
        b_id = tl.where(m_wide, (b_id & -16) | o_place, b_id)
        b_line = looked_up(p_page, (b_id >> 7) * n_ranks, m_n, N).to(tl.int64) * BLOCK + token_of(b_id & 127)
        b_score = token_scores(b_q, b_q_odd, p_k, b_line, m_n, b_row, COLUMNS, DIM, WIDE, PACKED)
        # A wide group counts once, with its best token.
        b_most = tl.max(tl.reshape(b_score, [N // 16, 16]), 1)
        b_most = tl.reshape(tl.broadcast_to(b_most[:, None], [N // 16, 16]), [N])
        b_score = tl.where(m_wide, b_most, b_score)
        m_n = m_n & ((o_place == 0) | (o_i < n_single))
        append(p_key, p_done, b_score, i_first + (b_id >> 7) * n_ranks, m_n & (b_score >= threshold))
        n_silent += tl.sum((m_n & (b_score != b_score)).to(tl.int32), 0)
    return n_silent


@triton.jit
def finish_row(
    p_keys, n_keys, p_topk, p_send, p_turn, i_row, i_local, i_rank, n_ranks, n_boxes, total_q,
    H: tl.constexpr, CHUNK: tl.constexpr, TOPK: tl.constexpr, PEERS: tl.constexpr,
):  # fmt: skip
    """Select out of a row's keys and its own block; of a share, send the 16 best instead."""
    if p_send is None:
        b_own = pack(float("inf") + tl.zeros([CHUNK], tl.float32), i_local + tl.zeros([CHUNK], tl.int32))
        b_key = best_of_keys(p_keys, n_keys, b_own, CHUNK, TOPK)
        store_selection(p_topk, unpack_id(b_key), i_row, i_local, total_q, H, TOPK)
    else:
        b_key = best_of_keys(p_keys, n_keys, tl.full([CHUNK], NONE, tl.int64), CHUNK, TOPK)
        send_keys(p_send, p_turn, b_key, i_row, i_rank, n_ranks, n_boxes, PEERS, TOPK)


@triton.jit(do_not_specialize=["i_rank"])
def rescore_kernel(
    p_q, p_k, p_table, p_seq_lens, p_group, p_exact, p_open, p_key, p_done, p_topk, p_send, p_turn,
    total_q, table_stride, max_blocks, q_len, n_exact, i_rank, n_ranks, n_boxes,
    H: tl.constexpr, COLUMNS: tl.constexpr, SPLITS: tl.constexpr, SPAN: tl.constexpr, N: tl.constexpr,
    LISTS: tl.constexpr, LENGTH: tl.constexpr, CHUNK: tl.constexpr, BLOCK: tl.constexpr,
    DIM: tl.constexpr, TOPK: tl.constexpr, PEERS: tl.constexpr, WIDE: tl.constexpr, PACKED: tl.constexpr,
    PDL: tl.constexpr, LATE: tl.constexpr,
):  # fmt: skip
    """Score exactly every token of SPAN blocks of a row whose bound reaches the threshold, N at a time.

    Of a group whose second bound stays below the threshold that is one token, else all are scored. Those that reach it
    go into the row's list `key` [total_q * H, share * groups], a group's best; `done` [total_q * H] counts them and, in
    its high half, the programs that have finished. The one that finishes last writes `topk` or, of a share, sends its
    16 best as `send_keys` does.

    The kernel after this one starts its launch at once; with LATE 1, when open tokens are scored; with 2, at the end.
    """
    if PDL and LATE:
        gdc_wait()
    else:
        chain(PDL)
    i_row = tl.program_id(0) // SPLITS
    i_from = tl.program_id(0) % SPLITS * SPAN
    GROUPS: tl.constexpr = BLOCK // 16
    i_b, i_local = own_of_row(p_seq_lens, i_row, q_len, H, BLOCK)
    # [SPAN], [SPAN, GROUPS]: asked for before the threshold, which waits for loads of its own
    o_block = tl.arange(0, SPAN)
    o_g = tl.arange(0, GROUPS)
    n_share = tl.cdiv(max_blocks, n_ranks)
    m_block = i_from + o_block < n_share
    p_page = p_table + i_b.to(tl.int64) * table_stride + i_from * n_ranks + i_rank
    o_line = (i_b.to(tl.int64) * n_share + i_from + o_block) * (q_len * H) + i_row % (q_len * H)
    b_rec = tl.load(p_group + o_line[:, None] * GROUPS + o_g[None, :], mask=m_block[:, None], other=0)
    b_q, b_q_odd = load_rows(p_q, i_row, 1, COLUMNS, DIM, WIDE)
    threshold = threshold_of(p_exact + i_row.to(tl.int64) * n_exact, n_exact, LISTS, LENGTH, TOPK)
    if i_local < TOPK:
        if p_send is None:  # noqa: SIM102 - the compiler drops this branch, and takes no `and` of both
            if i_from == 0:
                store_selection(p_topk, tl.full([TOPK], -1, tl.int32), i_row, i_local, total_q, H, TOPK)
        return
    # Blocks before the row's own, of the share
    n_seen = tl.cdiv(i_local - i_rank, n_ranks)
    LIST: tl.constexpr = SPAN * GROUPS
    p_list = p_open + tl.program_id(0).to(tl.int64) * LIST
    n_open, n_wide = list_open(p_list, b_rec, i_from + o_block < n_seen, threshold, LIST)
    tl.debug_barrier()
    p_keys = p_key + i_row.to(tl.int64) * n_share * GROUPS
    i_first = i_from * n_ranks + i_rank
    n_silent = append_open(
        p_keys, p_done + i_row, p_k, p_page, p_list, b_q, b_q_odd, i_first, n_ranks, n_open, n_wide, threshold,
        LIST, N, COLUMNS, BLOCK, DIM, WIDE, PACKED,
    )  # fmt: skip
    if PDL and LATE == 1:
        gdc_launch_dependents()
    if n_silent > 0:
        append_silent(
            p_keys, p_done + i_row, p_k, p_page, b_q, b_q_odd, i_first, tl.minimum(n_seen - i_from, SPAN),
            n_ranks, N, COLUMNS, BLOCK, DIM, WIDE, PACKED,
        )  # fmt: skip
    # All keys of this program are written before it counts itself as done.
    tl.debug_barrier()
    done = tl.atomic_add(p_done + i_row, 1 << 32, sem="acq_rel")
    if (done >> 32) == SPLITS - 1:
        finish_row(
            p_keys, (done & 0x7FFFFFFF).to(tl.int32), p_topk, p_send, p_turn, i_row, i_local, i_rank, n_ranks, n_boxes,
            total_q, H, CHUNK, TOPK, PEERS,
        )  # fmt: skip
