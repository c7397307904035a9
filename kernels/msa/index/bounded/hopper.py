# mypy: allow-untyped-defs, allow-incomplete-defs
"""`largest_kernel` of `triton.py` again, for Hopper alone: three groups of warps, each with a part of its own.

A *producer* warp has the copy engine bring keys. Two *consumers*, a warpgroup and half of a tile's rows each, multiply
every block of keys by their rows: while one looks for the largest products, the other multiplies. Keys come from the L2
once for 256 rows instead of 128, and four blocks' results leave together: it is the L2 that Triton's kernel waits for.
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

from kernels.msa.hopper_tiles import locate_tile, release
from kernels.msa.index.bounded.triton import UP

TOGETHER = gl.constexpr(4)
"""Blocks whose results leave together."""


@gluon.jit
def bring_keys(
    d_code, i_line, n_blocks, k_tiles, k_full, k_empty, STAGES: gl.constexpr, BLOCK: gl.constexpr, DIM: gl.constexpr
):
    """The producer: keys of `n_blocks` blocks from line `i_line` on."""
    for i_block in range(n_blocks):
        stage = i_block % STAGES
        mbarrier.wait(k_empty.index(stage), (i_block // STAGES & 1) ^ 1)
        mbarrier.expect(k_full.index(stage), BLOCK * DIM)
        tma.async_copy_global_to_shared(
            d_code, [i_line + i_block * BLOCK, 0], k_full.index(stage), k_tiles.index(stage)
        )


@gluon.jit
def round_queries(p_q, p_row, q_tile, i_row, n_rows, rows, has_first, BM: gl.constexpr, DIM: gl.constexpr):
    """A consumer's rows as integers into `q_tile`; with `has_first`, their steps, |q| and |q - s n| into `row`."""
    L: gl.constexpr = gl.BlockedLayout([1, 8], [2, 16], [4, 1], [1, 0])
    o_m = gl.arange(0, BM, gl.SliceLayout(1, L))
    o_d = gl.arange(0, DIM, gl.SliceLayout(0, L))
    m_row = o_m < n_rows
    p_rows = p_q + (i_row + o_m).to(gl.int64)[:, None] * DIM + o_d[None, :]
    b_q = gl.load(p_rows, mask=m_row[:, None], other=0.0).to(gl.float32)
    b_step = gl.maximum(gl.max(gl.abs(b_q), 1) / 127, 1e-30)
    b_ratio = b_q / b_step[:, None]
    b_int = gl.floor(b_ratio + 0.5)
    b_off = b_ratio - b_int
    q_tile.store(b_int.to(gl.int8))
    m_row = m_row & has_first
    gl.store(p_row + i_row + o_m, b_step, mask=m_row)
    gl.store(p_row + rows + i_row + o_m, b_step * gl.sqrt(gl.sum(b_ratio * b_ratio, 1)) * UP, mask=m_row)
    gl.store(p_row + 2 * rows + i_row + o_m, b_step * gl.sqrt(gl.sum(b_off * b_off, 1)) * UP, mask=m_row)
    # The tensor cores read it next.
    fence_async_shared()
    gl.thread_barrier()


@gluon.jit
def largest_of(
    q_tile, k_tiles, k_full, k_empty, zero, i_block,
    STAGES: gl.constexpr, ROWS: gl.constexpr,
):  # fmt: skip
    """Each row's largest product with a key of block `i_block`."""
    stage = i_block % STAGES
    mbarrier.wait(k_full.index(stage), i_block // STAGES & 1)
    b_s = warpgroup_mma(q_tile, k_tiles.index(stage).permute((1, 0)), zero, use_acc=False, is_async=True)
    b_s = warpgroup_mma_wait(0, deps=[b_s])
    release(k_empty.index(stage))
    return gl.convert_layout(gl.max(b_s, 1), ROWS, assert_trivial=True)


@gluon.jit
def consume(
    p_q, p_row, p_largest, q_tiles, k_tiles, k_full, k_empty, i_row, n_rows, rows, i_from, i_to, max_blocks,
    STAGES: gl.constexpr, BM: gl.constexpr, BLOCK: gl.constexpr, DIM: gl.constexpr, MINE: gl.constexpr,
):  # fmt: skip
    """A consumer: half MINE of a tile's rows against blocks `[i_from, i_to)`."""
    MMA: gl.constexpr = gl.NVMMADistributedLayout(version=[3, 0], warps_per_cta=[4, 1], instr_shape=[16, 128, 32])
    # Four threads of a row hold a block's result each, side by side in memory.
    OUT: gl.constexpr = gl.DistributedLinearLayout(
        reg_bases=[[8, 0], [64, 0]],
        lane_bases=[[0, 1], [0, 2], [1, 0], [2, 0], [4, 0]],
        warp_bases=[[16, 0], [32, 0]],
        block_bases=[],
        shape=[128, 4],
    )
    ROWS: gl.constexpr = gl.SliceLayout(1, OUT)
    q_tile = q_tiles.index(MINE)
    i_row += MINE * BM
    n_rows -= MINE * BM
    round_queries(p_q, p_row, q_tile, i_row, n_rows, rows, i_from == 0, BM, DIM)
    zero = gl.full([BM, BLOCK], 0, gl.int32, MMA)
    o_m = gl.arange(0, BM, ROWS)
    o_j = gl.arange(0, TOGETHER, gl.SliceLayout(0, OUT))
    m_row = (o_m < n_rows)[:, None]
    p_out = p_largest + (i_row + o_m).to(gl.int64)[:, None] * max_blocks + o_j[None, :]
    for i_first in range(0, i_to - i_from, TOGETHER):
        b_out = gl.full([BM, TOGETHER], 0, gl.int32, OUT)
        for j in gl.static_range(TOGETHER):
            b_largest = largest_of(q_tile, k_tiles, k_full, k_empty, zero, i_first + j, STAGES, ROWS)
            b_out = gl.where(o_j[None, :] == j, b_largest[:, None], b_out)
        i_block = i_from + i_first
        gl.store(p_out + i_block, b_out, mask=m_row & (o_j + i_block < i_to)[None, :])


@gluon.jit
def largest_kernel(
    p_q, d_code, p_cu_q, p_prefix, p_largest, p_row, total_q, n_requests, max_blocks,
    H: gl.constexpr, NB: gl.constexpr, SPLITS: gl.constexpr, STAGES: gl.constexpr, BM: gl.constexpr,
    BLOCK: gl.constexpr, DIM: gl.constexpr, TOPK: gl.constexpr, PDL: gl.constexpr,
):  # fmt: skip
    """As in `triton.py`, over tiles of 2 x BM rows. A program past the last tile has no rows and no blocks."""
    if PDL:
        gdc_wait()
        gdc_launch_dependents()
    i_split = gl.program_id(0) % SPLITS
    TILE: gl.constexpr = 2 * BM // H
    i_b, _, i_query, n_queries, i_first = locate_tile(
        p_cu_q, p_prefix, n_requests, gl.program_id(0) // SPLITS, 1, TILE, NB, 1 << 30, WARPS=4
    )
    n_blocks = (i_first + n_queries - 1) // BLOCK
    n_blocks = gl.where((n_queries > 0) & (n_blocks >= TOPK), n_blocks, 0)
    i_from = i_split * n_blocks // SPLITS
    i_to = (i_split + 1) * n_blocks // SPLITS
    n_rows = gl.where(i_to > i_from, n_queries * H, 0)
    n_steps = (i_to - i_from + TOGETHER - 1) // TOGETHER * TOGETHER
    i_line = (i_b * max_blocks + i_from) * BLOCK
    q_tiles = gl.allocate_shared_memory(gl.int8, [2, BM, DIM], d_code.layout)
    k_tiles = gl.allocate_shared_memory(d_code.dtype, [STAGES, BLOCK, DIM], d_code.layout)
    k_full = gl.allocate_shared_memory(gl.int64, [STAGES, 1], mbarrier.MBarrierLayout())
    k_empty = gl.allocate_shared_memory(gl.int64, [STAGES, 1], mbarrier.MBarrierLayout())
    for i in gl.static_range(STAGES):
        mbarrier.init(k_full.index(i), count=1)
        mbarrier.init(k_empty.index(i), count=2)
    fence_async_shared()
    gl.thread_barrier()
    gl.warp_specialize(
        [
            (consume, (
                p_q, p_row, p_largest, q_tiles, k_tiles, k_full, k_empty, i_query * H, n_rows, total_q * H,
                i_from, i_to, max_blocks, STAGES, BM, BLOCK, DIM, 0,
            )),
            (consume, (
                p_q, p_row, p_largest, q_tiles, k_tiles, k_full, k_empty, i_query * H, n_rows, total_q * H,
                i_from, i_to, max_blocks, STAGES, BM, BLOCK, DIM, 1,
            )),
            (bring_keys, (d_code, i_line, n_steps, k_tiles, k_full, k_empty, STAGES, BLOCK, DIM)),
        ],
        [4, 1],
        [240, 24],
    )  # fmt: skip
