# mypy: allow-untyped-defs, allow-incomplete-defs
"""`dense_kernel` of `triton.py` again, for Hopper alone: three groups of warps, each with a part of its own.

A *producer* warp takes tiles off a counter and has the copy engine bring queries, keys and values. Two *consumers*, a
warpgroup and half of a tile's rows each, take turns: while one multiplies, the other turns scores into probabilities.
A consumer also overlaps its own block's scores with the output of the block before (FlashAttention-3's two levels).

Programs stay until the counter runs out, so a launch may hold few multiprocessors and a later one finish its work.
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

from kernels.msa.hopper_tiles import locate_tile, release


@gluon.jit
def produce(
    d_q, d_kv, p_table, p_cu_q, p_prefix, p_ticket, n_requests, table_stride,
    q_tiles, k_tiles, v_tiles, jobs, bars,
    H: gl.constexpr, G: gl.constexpr, TILE: gl.constexpr, NB: gl.constexpr, STAGES: gl.constexpr,
    BLOCK: gl.constexpr, DIM: gl.constexpr, DENSE: gl.constexpr,
):  # fmt: skip
    """The producer: tickets into `jobs`, queries into `q_tiles`, keys and values, last block first."""
    q_full, q_empty, k_full, k_empty, v_full, v_empty = bars
    L: gl.constexpr = gl.BlockedLayout([1], [32], [1], [0])
    o_j = gl.arange(0, 4, L)
    i_kv = 0
    i_job = 0
    n_rows = 1
    while n_rows > 0:
        i_ticket = gl.atomic_add(p_ticket, 1)
        i_b, i_h, i_row, n_rows, i_first = locate_tile(p_cu_q, p_prefix, n_requests, i_ticket, H, TILE, NB, DENSE)
        slot = i_job % 2
        mbarrier.wait(q_empty.index(slot), (i_job // 2 & 1) ^ 1)
        b_job = gl.where(o_j == 0, i_h, gl.where(o_j == 1, i_row, gl.where(o_j == 2, n_rows, i_first)))
        jobs.index(slot).store(b_job)
        gl.thread_barrier()
        if n_rows > 0:
            mbarrier.expect(q_full.index(slot), TILE * G * DIM * 2)
            tma.async_copy_global_to_shared(d_q, [i_row, i_h * G, 0], q_full.index(slot), q_tiles.index(slot * 2))
            tma.async_copy_global_to_shared(
                d_q, [i_row + TILE // 2, i_h * G, 0], q_full.index(slot), q_tiles.index(slot * 2 + 1)
            )
            n_blocks = (i_first + n_rows - 1) // BLOCK + 1
            p_page = p_table + i_b.to(gl.int64) * table_stride
            for i_step in range(n_blocks):
                i_line = (gl.load(p_page + n_blocks - 1 - i_step) * H + i_h) * BLOCK
                stage = i_kv % STAGES
                phase = (i_kv // STAGES & 1) ^ 1
                mbarrier.wait(k_empty.index(stage), phase)
                mbarrier.expect(k_full.index(stage), BLOCK * DIM * 2)
                tma.async_copy_global_to_shared(d_kv, [i_line, 0], k_full.index(stage), k_tiles.index(stage))
                mbarrier.wait(v_empty.index(stage), phase)
                mbarrier.expect(v_full.index(stage), BLOCK * DIM * 2)
                tma.async_copy_global_to_shared(d_kv, [i_line, DIM], v_full.index(stage), v_tiles.index(stage))
                i_kv += 1
        else:
            mbarrier.arrive(q_full.index(slot), count=1)
        i_job += 1


@gluon.jit
def weigh(
    b_s, b_m, b_l, b_position, b_chosen, i_block, scale_log2,
    BLOCK: gl.constexpr, MASKED: gl.constexpr, CHOOSY: gl.constexpr, MMA: gl.constexpr, KIND: gl.constexpr,
):  # fmt: skip
    """Scores to probabilities: (probabilities as an operand, largest score so far, sum so far, decay of what was)."""
    if MASKED:
        o_n = i_block * BLOCK + gl.arange(0, BLOCK, gl.SliceLayout(0, MMA))
        b_s = gl.where(o_n[None, :] <= b_position[:, None], b_s, -float("inf"))
    b_top = gl.max(b_s, 1) * scale_log2
    if CHOOSY:
        m_row = (b_chosen >> i_block) & 1 != 0
        b_top = gl.maximum(b_m, gl.where(m_row, b_top, -float("inf")))
        b_ref = gl.where(m_row, b_top, float("inf"))
    else:
        b_top = gl.maximum(b_m, b_top)
        b_ref = b_top
    b_p = gl.exp2(b_s * scale_log2 - b_ref[:, None])
    b_decay = gl.exp2(b_m - b_top)
    b_l = b_l * b_decay + gl.sum(b_p, 1)
    return gl.convert_layout(b_p.to(KIND), gl.DotOperandLayout(0, MMA, 2)), b_top, b_l, b_decay


@gluon.jit
def wait_turn(turns, i_turn, MINE: gl.constexpr):
    """Wait until the other consumer has issued its products."""
    mbarrier.wait(turns.index(MINE), i_turn & 1)


@gluon.jit
def give_turn(turns, MINE: gl.constexpr):
    """Let the other consumer issue its products."""
    mbarrier.arrive(turns.index(1 - MINE), count=1)


@gluon.jit
def serve_blocks(
    q_tile, k_tiles, v_tiles, bars, turns, b_p, b_m, b_l, b_acc, b_position, b_chosen, i_kv, i_from, i_to, scale_log2,
    STAGES: gl.constexpr, BLOCK: gl.constexpr, MASKED: gl.constexpr, CHOOSY: gl.constexpr, MMA: gl.constexpr,
    MINE: gl.constexpr,
):  # fmt: skip
    """Blocks `i_from - 1` down to `i_to`: the scores of each beside the output of the one before."""
    k_full, k_empty, v_full, v_empty = bars
    BM: gl.constexpr = b_acc.shape[0]
    zero = gl.full([BM, BLOCK], 0.0, gl.float32, MMA)
    for i_step in range(i_from - i_to):
        i_block = i_from - 1 - i_step
        last = i_kv
        i_kv += 1
        k_stage = i_kv % STAGES
        v_stage = last % STAGES
        mbarrier.wait(k_full.index(k_stage), i_kv // STAGES & 1)
        wait_turn(turns, i_kv, MINE)
        b_s = warpgroup_mma(q_tile, k_tiles.index(k_stage).permute((1, 0)), zero, use_acc=False, is_async=True)
        b_acc = warpgroup_mma(b_p, v_tiles.index(v_stage), b_acc, is_async=True)
        give_turn(turns, MINE)
        b_s = warpgroup_mma_wait(1, deps=[b_s])
        release(k_empty.index(k_stage))
        b_next, b_m, b_l, b_decay = weigh(
            b_s, b_m, b_l, b_position, b_chosen, i_block, scale_log2, BLOCK, MASKED, CHOOSY, MMA, k_tiles.dtype
        )
        # Values for the next round. This wait is a loop, and the assembler moves nothing over it. Without one here it
        # puts the wait for the output below in front of the exponentials above.
        mbarrier.wait(v_full.index(k_stage), i_kv // STAGES & 1)
        b_acc = warpgroup_mma_wait(0, deps=[b_acc])
        release(v_empty.index(v_stage))
        b_acc = b_acc * b_decay[:, None]
        b_p = b_next
    return b_p, b_m, b_l, b_acc, i_kv


@gluon.jit
def load_chosen(p_topk, o_row, m_row, b_position, TOPK: gl.constexpr, BLOCK: gl.constexpr):
    """Bit j says whether a row selects block j; before TOPK * BLOCK a row selects all it sees."""
    m_late = m_row & (b_position >= TOPK * BLOCK)
    b_bits = o_row * 0
    for i_k in gl.static_range(TOPK):
        b_id = gl.load(p_topk + o_row.to(gl.int64) * TOPK + i_k, mask=m_late, other=-1)
        b_bits = b_bits | gl.where(b_id >= 0, (b_id * 0 + 1) << gl.maximum(b_id, 0), 0)
    return gl.where(m_late, b_bits, -1)


@gluon.jit
def leave_rows(
    p_out, q_tile, b_o, i_h, i_row, n_rows,
    H: gl.constexpr, G: gl.constexpr, TILE: gl.constexpr, DIM: gl.constexpr, MINE: gl.constexpr,
):  # fmt: skip
    """Half a tile's rows to memory, through the queries' place, so that they leave in pieces of 16 bytes."""
    BM: gl.constexpr = TILE // 2 * G
    OUT: gl.constexpr = gl.BlockedLayout([1, 8], [2, 16], [4, 1], [1, 0])
    q_tile.store(b_o.to(q_tile.dtype))
    gl.thread_barrier()
    b_o = q_tile.load(OUT)
    o_r = TILE // 2 * MINE + gl.arange(0, BM, gl.SliceLayout(1, OUT)) // G
    o_g = gl.arange(0, BM, gl.SliceLayout(1, OUT)) % G
    o_line = ((i_row + o_r) * H + i_h) * G + o_g
    o_d = gl.arange(0, DIM, gl.SliceLayout(0, OUT))
    gl.store(p_out + o_line.to(gl.int64)[:, None] * DIM + o_d[None, :], b_o, mask=(o_r < n_rows)[:, None])
    # The copy engine writes there next.
    fence_async_shared()


@gluon.jit
def serve_tile(
    q_tile, k_tiles, v_tiles, bars, turns, b_position, b_chosen, i_kv, n_blocks, n_free, scale_log2,
    STAGES: gl.constexpr, BLOCK: gl.constexpr, CHOOSY: gl.constexpr, MMA: gl.constexpr, MINE: gl.constexpr,
):  # fmt: skip
    """Attention of half a tile's rows, [BM, DIM] float32, from its last block to its first.

    The first `n_free` blocks need no mask. `i_kv` counts the blocks that came before, over all tiles.
    """
    k_full, k_empty, v_full, v_empty = bars
    BM: gl.constexpr = q_tile.shape[0]
    ROW: gl.constexpr = gl.SliceLayout(1, MMA)
    zero = gl.full([BM, BLOCK], 0.0, gl.float32, MMA)
    # Finite, so that a row without a key yet does not subtract infinities.
    b_m = gl.full([BM], -1e30, gl.float32, ROW)
    b_l = gl.full([BM], 0.0, gl.float32, ROW)
    b_acc = gl.full([BM, q_tile.shape[1]], 0.0, gl.float32, MMA)
    stage = i_kv % STAGES
    mbarrier.wait(k_full.index(stage), i_kv // STAGES & 1)
    wait_turn(turns, i_kv, MINE)
    b_s = warpgroup_mma(q_tile, k_tiles.index(stage).permute((1, 0)), zero, use_acc=False, is_async=True)
    give_turn(turns, MINE)
    b_s = warpgroup_mma_wait(0, deps=[b_s])
    release(k_empty.index(stage))
    b_p, b_m, b_l, _ = weigh(
        b_s, b_m, b_l, b_position, b_chosen, n_blocks - 1, scale_log2, BLOCK, True, CHOOSY, MMA, k_tiles.dtype
    )
    mbarrier.wait(v_full.index(stage), i_kv // STAGES & 1)
    b_p, b_m, b_l, b_acc, i_kv = serve_blocks(
        q_tile, k_tiles, v_tiles, bars, turns, b_p, b_m, b_l, b_acc, b_position, b_chosen, i_kv,
        n_blocks - 1, n_free, scale_log2, STAGES, BLOCK, True, CHOOSY, MMA, MINE,
    )  # fmt: skip
    b_p, b_m, b_l, b_acc, i_kv = serve_blocks(
        q_tile, k_tiles, v_tiles, bars, turns, b_p, b_m, b_l, b_acc, b_position, b_chosen, i_kv,
        n_free, 0, scale_log2, STAGES, BLOCK, False, CHOOSY, MMA, MINE,
    )  # fmt: skip
    stage = i_kv % STAGES
    b_acc = warpgroup_mma(b_p, v_tiles.index(stage), b_acc, is_async=True)
    b_acc = warpgroup_mma_wait(0, deps=[b_acc])
    release(v_empty.index(stage))
    return b_acc / gl.where(b_l > 0.0, b_l, 1.0)[:, None], i_kv + 1


@gluon.jit
def consume(
    p_topk, p_out, total_q, q_tiles, k_tiles, v_tiles, jobs, q_bars, bars, turns, scale_log2,
    H: gl.constexpr, G: gl.constexpr, TILE: gl.constexpr, STAGES: gl.constexpr, BLOCK: gl.constexpr,
    DIM: gl.constexpr, TOPK: gl.constexpr, DENSE: gl.constexpr, MINE: gl.constexpr,
):  # fmt: skip
    """A consumer: half MINE of each tile's rows."""
    q_full, q_empty = q_bars
    MMA: gl.constexpr = gl.NVMMADistributedLayout(version=[3, 0], warps_per_cta=[4, 1], instr_shape=[16, 128, 16])
    L: gl.constexpr = gl.BlockedLayout([1], [32], [4], [0])
    CHOOSY: gl.constexpr = DENSE > TOPK * BLOCK
    BM: gl.constexpr = TILE // 2 * G
    o_j = gl.arange(0, 4, L)
    o_m = gl.arange(0, BM, gl.SliceLayout(1, MMA))
    i_kv = 0
    i_job = 0
    n_rows = 1
    while n_rows > 0:
        slot = i_job % 2
        mbarrier.wait(q_full.index(slot), i_job // 2 & 1)
        b_job = jobs.index(slot).load(L)
        i_h = gl.sum(gl.where(o_j == 0, b_job, 0), 0)
        i_row = gl.sum(gl.where(o_j == 1, b_job, 0), 0)
        n_rows = gl.sum(gl.where(o_j == 2, b_job, 0), 0)
        i_first = gl.sum(gl.where(o_j == 3, b_job, 0), 0)
        if n_rows > 0:
            q_tile = q_tiles.index(slot * 2 + MINE).reshape([BM, DIM])
            o_q = TILE // 2 * MINE + o_m // G
            b_position = i_first + o_q
            b_chosen = o_q * 0 - 1
            if CHOOSY:
                b_chosen = load_chosen(p_topk, i_h * total_q + i_row + o_q, o_q < n_rows, b_position, TOPK, BLOCK)
            n_blocks = (i_first + n_rows - 1) // BLOCK + 1
            # The first row sees every key of these blocks, and so do all.
            n_free = gl.minimum((i_first + 1) // BLOCK, n_blocks - 1)
            b_o, i_kv = serve_tile(
                q_tile, k_tiles, v_tiles, bars, turns, b_position, b_chosen, i_kv, n_blocks, n_free, scale_log2,
                STAGES, BLOCK, CHOOSY, MMA, MINE,
            )  # fmt: skip
            leave_rows(p_out, q_tile, b_o, i_h, i_row, n_rows, H, G, TILE, DIM, MINE)
            release(q_empty.index(slot))
        i_job += 1


@gluon.jit
def dense_kernel(
    d_q, d_kv, p_topk, p_table, p_cu_q, p_prefix, p_out, p_ticket, total_q, n_requests, table_stride, scale_log2,
    H: gl.constexpr, G: gl.constexpr, TILE: gl.constexpr, NB: gl.constexpr, STAGES: gl.constexpr,
    BLOCK: gl.constexpr, DIM: gl.constexpr, TOPK: gl.constexpr, DENSE: gl.constexpr,
):  # fmt: skip
    """Flash attention for rows at positions below DENSE, TILE queries x G heads at a time; `ticket` counts tiles taken.

    Rows from TOPK * BLOCK on, whose visible blocks are at most 32, weigh only the blocks they select.
    """
    q_tiles = gl.allocate_shared_memory(d_q.dtype, [4, TILE // 2, G, DIM], d_q.layout)
    k_tiles = gl.allocate_shared_memory(d_kv.dtype, [STAGES, BLOCK, DIM], d_kv.layout)
    v_tiles = gl.allocate_shared_memory(d_kv.dtype, [STAGES, BLOCK, DIM], d_kv.layout)
    jobs = gl.allocate_shared_memory(gl.int32, [2, 4], gl.SwizzledSharedLayout(1, 1, 1, [0]))
    q_full = gl.allocate_shared_memory(gl.int64, [2, 1], mbarrier.MBarrierLayout())
    q_empty = gl.allocate_shared_memory(gl.int64, [2, 1], mbarrier.MBarrierLayout())
    k_full = gl.allocate_shared_memory(gl.int64, [STAGES, 1], mbarrier.MBarrierLayout())
    k_empty = gl.allocate_shared_memory(gl.int64, [STAGES, 1], mbarrier.MBarrierLayout())
    v_full = gl.allocate_shared_memory(gl.int64, [STAGES, 1], mbarrier.MBarrierLayout())
    v_empty = gl.allocate_shared_memory(gl.int64, [STAGES, 1], mbarrier.MBarrierLayout())
    turns = gl.allocate_shared_memory(gl.int64, [2, 1], mbarrier.MBarrierLayout())
    for i in gl.static_range(2):
        mbarrier.init(q_full.index(i), count=1)
        mbarrier.init(q_empty.index(i), count=2)
        mbarrier.init(turns.index(i), count=1)
    for i in gl.static_range(STAGES):
        mbarrier.init(k_full.index(i), count=1)
        mbarrier.init(v_full.index(i), count=1)
        mbarrier.init(k_empty.index(i), count=2)
        mbarrier.init(v_empty.index(i), count=2)
    fence_async_shared()
    gl.thread_barrier()
    mbarrier.arrive(turns.index(0), count=1)
    bars = (k_full, k_empty, v_full, v_empty)
    q_bars = (q_full, q_empty)
    gl.warp_specialize(
        [
            (consume, (
                p_topk, p_out, total_q, q_tiles, k_tiles, v_tiles, jobs, q_bars, bars, turns, scale_log2,
                H, G, TILE, STAGES, BLOCK, DIM, TOPK, DENSE, 0,
            )),
            (consume, (
                p_topk, p_out, total_q, q_tiles, k_tiles, v_tiles, jobs, q_bars, bars, turns, scale_log2,
                H, G, TILE, STAGES, BLOCK, DIM, TOPK, DENSE, 1,
            )),
            (produce, (
                d_q, d_kv, p_table, p_cu_q, p_prefix, p_ticket, n_requests, table_stride,
                q_tiles, k_tiles, v_tiles, jobs, (q_full, q_empty, k_full, k_empty, v_full, v_empty),
                H, G, TILE, NB, STAGES, BLOCK, DIM, DENSE,
            )),
        ],
        [4, 1],
        [240, 24],
    )  # fmt: skip
