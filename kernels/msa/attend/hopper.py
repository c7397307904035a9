# mypy: allow-untyped-defs, allow-incomplete-defs
"""`block_kernel` of `triton.py` again, for Hopper alone: five groups of warps, each with a part of its own.

One warp takes work items off a counter and has the copy engine bring their blocks' keys and values, an item ahead. Two
*consumers*, a warpgroup each, take every other tile of 64 rows: while one multiplies, the other turns scores into
probabilities. A consumer also overlaps the next tile's scores with this one's probabilities. Two warps feed a consumer
each with queries; one for both takes longer to ask for a tile than the consumers to serve it.
"""

from triton.experimental import gluon
from triton.experimental.gluon import language as gl
from triton.experimental.gluon.language.nvidia.hopper import (
    fence_async_shared,
    mbarrier,
    tma,
    warpgroup_mma,
    warpgroup_mma_wait,
)
from triton.language.extra.cuda import gdc_launch_dependents, gdc_wait

from kernels.msa.hopper_tiles import add, release


@gluon.jit
def pick(b_x, o_x, i_at):
    """A value out of a small vector."""
    return gl.sum(gl.where(o_x == i_at, b_x, 0), 0)


@gluon.jit
def take_items(
    d_k, d_v, p_items, p_item, p_ticket, items, k_tiles, v_tiles, jobs, bars,
    H: gl.constexpr, BLOCK: gl.constexpr, DIM: gl.constexpr,
):  # fmt: skip
    """Items into `jobs` (head, first slot, entries, own block; 0 entries at the end), their keys and their values."""
    job_full, kv_full, kv_empty = bars
    L: gl.constexpr = gl.BlockedLayout([1], [32], [1], [0])
    o_j = gl.arange(0, 4, L)
    o_h = gl.arange(0, 32, L)
    b_items = gl.load(p_items + o_h, mask=o_h < H, other=0)
    b_end = gl.associative_scan(b_items, 0, add)
    n_items = gl.sum(b_items, 0)
    is_work = n_items >= 0
    i_job = 0
    while is_work:
        i_ticket = gl.atomic_add(p_ticket, 1)
        is_work = i_ticket < n_items
        i_h = gl.sum((b_end <= i_ticket).to(gl.int32), 0)
        i_in = i_ticket - gl.sum(gl.where(o_h < i_h, b_items, 0), 0)
        # (page, first slot, entries, own block)
        b_item = gl.load(p_item + (i_h * items + i_in) * 4 + o_j, mask=(o_j >= 0) & is_work, other=0)
        i_line = (pick(b_item, o_j, 0) * H + i_h) * BLOCK
        at = i_job % 2
        mbarrier.wait(kv_empty.index(at), (i_job // 2 & 1) ^ 1)
        jobs.index(at).store(gl.where(o_j == 0, i_h, b_item))
        gl.thread_barrier()
        mbarrier.arrive(job_full.index(at), count=1)
        if is_work:
            mbarrier.expect(kv_full.index(at), 2 * BLOCK * DIM * 2)
            tma.async_copy_global_to_shared(d_k, [i_line, 0], kv_full.index(at), k_tiles.index(at * 2))
            tma.async_copy_global_to_shared(d_k, [i_line, DIM // 2], kv_full.index(at), k_tiles.index(at * 2 + 1))
            tma.async_copy_global_to_shared(d_v, [i_line, DIM], kv_full.index(at), v_tiles.index(at))
        i_job += 1


@gluon.jit
def feed(
    d_q, p_entry, q_tiles, jobs, bars,
    G: gl.constexpr, QUERIES: gl.constexpr, BLOCK: gl.constexpr, DIM: gl.constexpr, RING: gl.constexpr,
    MINE: gl.constexpr,
):  # fmt: skip
    """Queries of every other tile into the ring `q_tiles` (two halves of a tile)."""
    job_full, kv_empty, q_full, q_empty = bars
    L: gl.constexpr = gl.BlockedLayout([1], [32], [1], [0])
    o_j = gl.arange(0, 4, L)
    o_e = gl.arange(0, QUERIES, L)
    i_q = 0
    i_job = 0
    n_entries = 1
    while n_entries > 0:
        at = i_job % 2
        mbarrier.wait(job_full.index(at), i_job // 2 & 1)
        b_job = jobs.index(at).load(L)
        i_head = pick(b_job, o_j, 0) * G
        p_list = p_entry + pick(b_job, o_j, 1)
        n_entries = pick(b_job, o_j, 2)
        i_skip = (i_q & 1) ^ MINE
        i_place = i_q + i_skip
        o_this = i_skip * QUERIES + o_e
        b_entry = gl.load(p_list + o_this, mask=o_this < n_entries, other=0)
        for i_from in range(i_skip * QUERIES, n_entries, 2 * QUERIES):
            o_next = i_from + 2 * QUERIES + o_e
            b_next = gl.load(p_list + o_next, mask=o_next < n_entries, other=0)
            ring = i_place % RING
            mbarrier.wait(q_empty.index(ring), (i_place // RING & 1) ^ 1)
            mbarrier.expect(q_full.index(ring), QUERIES * G * DIM * 2)
            for j in gl.static_range(QUERIES):
                i_row = pick(b_entry, o_e, j) // BLOCK
                for half in gl.static_range(2):
                    tma.async_copy_global_to_shared(
                        d_q, [i_row, i_head, half * (DIM // 2)], q_full.index(ring),
                        q_tiles.index(ring * 2 + half).slice(j, 1),
                    )  # fmt: skip
            b_entry = b_next
            i_place += 2
        i_q += (n_entries + QUERIES - 1) // QUERIES
        release(kv_empty.index(at))
        i_job += 1


@gluon.jit
def start_scores(q_tiles, k_tiles, q_full, i_q, at, BM: gl.constexpr, DIM: gl.constexpr, RING: gl.constexpr, zero):
    """Wait for a tile's queries and start the product with the keys."""
    ring = i_q % RING
    mbarrier.wait(q_full.index(ring), i_q // RING & 1)
    q_low = q_tiles.index(ring * 2).reshape([BM, DIM // 2])
    q_high = q_tiles.index(ring * 2 + 1).reshape([BM, DIM // 2])
    b_s = warpgroup_mma(q_low, k_tiles.index(at * 2).permute((1, 0)), zero, use_acc=False, is_async=True)
    return warpgroup_mma(q_high, k_tiles.index(at * 2 + 1).permute((1, 0)), b_s, is_async=True)


@gluon.jit
def start_output(
    b_s, v, p_list, p_stats, i_slot, i_from, n_entries, scale_log2, zero,
    G: gl.constexpr, BLOCK: gl.constexpr, MASKED: gl.constexpr, MMA: gl.constexpr,
):  # fmt: skip
    """A tile's scores to probabilities and statistics; start the product with the values."""
    BM: gl.constexpr = b_s.shape[0]
    o_m = gl.arange(0, BM, gl.SliceLayout(1, MMA))
    if MASKED:
        o_n = gl.arange(0, BLOCK, gl.SliceLayout(0, MMA))
        o_e = i_from + o_m // G
        b_seen = gl.load(p_list + o_e, mask=o_e < n_entries, other=0) % BLOCK
        b_s = gl.where(o_n[None, :] <= b_seen[:, None], b_s, -float("inf"))
    b_top = gl.max(b_s, 1) * scale_log2
    b_p = gl.exp2(b_s * scale_log2 - b_top[:, None])
    o_out = (i_slot + i_from) * G + o_m
    gl.store(p_stats + o_out * 2, b_top)
    gl.store(p_stats + o_out * 2 + 1, gl.sum(b_p, 1))
    b_p = gl.convert_layout(b_p.to(v.dtype), gl.DotOperandLayout(0, MMA, 2))
    return warpgroup_mma(b_p, v, zero, use_acc=False, is_async=True)


@gluon.jit
def leave(d_part, o_tile, b_o, i_line):
    """A tile's partial outputs through shared memory to their slots, while the next tile is under way."""
    tma.store_wait(0)
    gl.thread_barrier()
    o_tile.store(b_o.to(o_tile.dtype))
    fence_async_shared()
    gl.thread_barrier()
    tma.async_copy_shared_to_global(d_part, [i_line, 0], o_tile)


@gluon.jit
def serve_queries(
    d_part, p_list, p_stats, q_tiles, k_tiles, v, o_tile, q_full, q_empty, at, i_q, i_slot, i_from, n_entries,
    scale_log2, G: gl.constexpr, QUERIES: gl.constexpr, BLOCK: gl.constexpr, DIM: gl.constexpr, RING: gl.constexpr,
    MASKED: gl.constexpr, MMA: gl.constexpr,
):  # fmt: skip
    """Every other tile of an item, from entry `i_from` and ring place `i_q` on."""
    BM: gl.constexpr = QUERIES * G
    zero = gl.full([BM, BLOCK], 0.0, gl.float32, MMA)
    b_s = start_scores(q_tiles, k_tiles, q_full, i_q, at, BM, DIM, RING, zero)
    b_s = warpgroup_mma_wait(0, deps=[b_s])
    release(q_empty.index(i_q % RING))
    while i_from + 2 * QUERIES < n_entries:
        i_q += 2
        b_next = start_scores(q_tiles, k_tiles, q_full, i_q, at, BM, DIM, RING, zero)
        b_o = start_output(b_s, v, p_list, p_stats, i_slot, i_from, n_entries, scale_log2, zero, G, BLOCK, MASKED, MMA)
        b_s, b_o = warpgroup_mma_wait(0, deps=[b_next, b_o])
        release(q_empty.index(i_q % RING))
        leave(d_part, o_tile, b_o, (i_slot + i_from) * G)
        i_from += 2 * QUERIES
    b_o = start_output(b_s, v, p_list, p_stats, i_slot, i_from, n_entries, scale_log2, zero, G, BLOCK, MASKED, MMA)
    b_o = warpgroup_mma_wait(0, deps=[b_o])
    leave(d_part, o_tile, b_o, (i_slot + i_from) * G)


@gluon.jit
def consume(
    d_part, p_entry, p_stats, q_tiles, k_tiles, v_tiles, o_tiles, jobs, bars, scale_log2,
    G: gl.constexpr, QUERIES: gl.constexpr, BLOCK: gl.constexpr, DIM: gl.constexpr, RING: gl.constexpr,
    MINE: gl.constexpr,
):  # fmt: skip
    """A consumer: the tiles whose place in the ring is even (MINE 0) or odd (MINE 1)."""
    job_full, kv_full, kv_empty, q_full, q_empty = bars
    MMA: gl.constexpr = gl.NVMMADistributedLayout(version=[3, 0], warps_per_cta=[4, 1], instr_shape=[16, 128, 16])
    L: gl.constexpr = gl.BlockedLayout([1], [32], [4], [0])
    o_j = gl.arange(0, 4, L)
    i_q = 0
    i_job = 0
    n_entries = 1
    while n_entries > 0:
        at = i_job % 2
        mbarrier.wait(job_full.index(at), i_job // 2 & 1)
        b_job = jobs.index(at).load(L)
        i_slot = pick(b_job, o_j, 1)
        n_entries = pick(b_job, o_j, 2)
        is_own = pick(b_job, o_j, 3)
        i_skip = (i_q & 1) ^ MINE
        i_from = i_skip * QUERIES
        if i_from < n_entries:
            mbarrier.wait(kv_full.index(at), i_job // 2 & 1)
            v = v_tiles.index(at)
            if is_own:
                serve_queries(
                    d_part, p_entry + i_slot, p_stats, q_tiles, k_tiles, v, o_tiles.index(MINE), q_full, q_empty, at,
                    i_q + i_skip, i_slot, i_from, n_entries, scale_log2, G, QUERIES, BLOCK, DIM, RING, True, MMA,
                )  # fmt: skip
            else:
                serve_queries(
                    d_part, p_entry + i_slot, p_stats, q_tiles, k_tiles, v, o_tiles.index(MINE), q_full, q_empty, at,
                    i_q + i_skip, i_slot, i_from, n_entries, scale_log2, G, QUERIES, BLOCK, DIM, RING, False, MMA,
                )  # fmt: skip
        i_q += (n_entries + QUERIES - 1) // QUERIES
        release(kv_empty.index(at))
        i_job += 1
    tma.store_wait(0)


@gluon.jit
def block_kernel(
    d_q, d_k, d_v, d_part, p_items, p_item, p_entry, p_stats, p_ticket, items, scale_log2,
    H: gl.constexpr, G: gl.constexpr, QUERIES: gl.constexpr, BLOCK: gl.constexpr, DIM: gl.constexpr,
    RING: gl.constexpr, PDL: gl.constexpr,
):  # fmt: skip
    """Serve work items, blocks' keys and values against the queries of their lists; `ticket` counts items taken."""
    if PDL:
        gdc_wait()
        gdc_launch_dependents()
    q_tiles = gl.allocate_shared_memory(d_q.dtype, [RING * 2, QUERIES, G, DIM // 2], d_q.layout)
    k_tiles = gl.allocate_shared_memory(d_k.dtype, [4, BLOCK, DIM // 2], d_k.layout)
    v_tiles = gl.allocate_shared_memory(d_v.dtype, [2, BLOCK, DIM], d_v.layout)
    o_tiles = gl.allocate_shared_memory(d_part.dtype, [2, QUERIES * G, DIM], d_part.layout)
    jobs = gl.allocate_shared_memory(gl.int32, [2, 4], gl.SwizzledSharedLayout(1, 1, 1, [0]))
    job_full = gl.allocate_shared_memory(gl.int64, [2, 1], mbarrier.MBarrierLayout())
    kv_full = gl.allocate_shared_memory(gl.int64, [2, 1], mbarrier.MBarrierLayout())
    kv_empty = gl.allocate_shared_memory(gl.int64, [2, 1], mbarrier.MBarrierLayout())
    q_full = gl.allocate_shared_memory(gl.int64, [RING, 1], mbarrier.MBarrierLayout())
    q_empty = gl.allocate_shared_memory(gl.int64, [RING, 1], mbarrier.MBarrierLayout())
    for i in gl.static_range(2):
        mbarrier.init(kv_full.index(i), count=1)
        mbarrier.init(kv_empty.index(i), count=4)
        mbarrier.init(job_full.index(i), count=1)
    for i in gl.static_range(RING):
        mbarrier.init(q_full.index(i), count=1)
        mbarrier.init(q_empty.index(i), count=1)
    fence_async_shared()
    gl.thread_barrier()
    bars = (job_full, kv_full, kv_empty, q_full, q_empty)
    gl.warp_specialize(
        [
            (consume, (
                d_part, p_entry, p_stats, q_tiles, k_tiles, v_tiles, o_tiles, jobs, bars, scale_log2,
                G, QUERIES, BLOCK, DIM, RING, 0,
            )),
            (consume, (
                d_part, p_entry, p_stats, q_tiles, k_tiles, v_tiles, o_tiles, jobs, bars, scale_log2,
                G, QUERIES, BLOCK, DIM, RING, 1,
            )),
            (take_items, (
                d_k, d_v, p_items, p_item, p_ticket, items, k_tiles, v_tiles, jobs, (job_full, kv_full, kv_empty),
                H, BLOCK, DIM,
            )),
            (feed, (
                d_q, p_entry, q_tiles, jobs, (job_full, kv_empty, q_full, q_empty), G, QUERIES, BLOCK, DIM, RING, 0,
            )),
            (feed, (
                d_q, p_entry, q_tiles, jobs, (job_full, kv_empty, q_full, q_empty), G, QUERIES, BLOCK, DIM, RING, 1,
            )),
        ],
        [4, 1, 1, 1],
        [240, 24, 24, 24],
    )  # fmt: skip
