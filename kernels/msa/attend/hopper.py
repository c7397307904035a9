# mypy: allow-untyped-defs, allow-incomplete-defs
# ruff: noqa: ERA001 - the shape above each tile is no code
"""`block_kernel` of `triton.py` again, for Hopper alone: the same contract, with the order of work spelled out.

Triton's compiler runs a tile's two products and the work between them one after the other. Gluon, its lower level, lets
a program say what overlaps (compute capability 9.0 only, and not in the interpreter: `tests/gpu` checks it). While a
tile's scores become probabilities, the product for the next tile's scores is under way; queries are fetched two tiles
ahead, their list entries three; partial outputs leave through the copy engine (TMA).
"""

from triton.experimental import gluon
from triton.experimental.gluon import language as gl
from triton.experimental.gluon.language.nvidia.hopper import (
    async_copy,
    fence_async_shared,
    mbarrier,
    tma,
    warpgroup_mma,
    warpgroup_mma_wait,
)
from triton.language.extra.cuda import gdc_launch_dependents, gdc_wait


@gluon.jit
def load_entries(p_list, i_tile, n_entries, QUERIES: gl.constexpr, ROWS: gl.constexpr):
    """A tile's list entries, [QUERIES]; 0 past the end."""
    o_e = i_tile * QUERIES + gl.arange(0, QUERIES, gl.SliceLayout(1, gl.SliceLayout(2, ROWS)))
    return gl.load(p_list + o_e, mask=o_e < n_entries, other=0)


@gluon.jit
def fetch_queries(
    p_q, b_entry, q_tile, i_h,
    H: gl.constexpr, G: gl.constexpr, QUERIES: gl.constexpr, BLOCK: gl.constexpr, DIM: gl.constexpr,
    ROWS: gl.constexpr,
):  # fmt: skip
    """Start the copies of a tile's queries, [QUERIES * G, DIM]."""
    o_g = gl.arange(0, G, gl.SliceLayout(0, gl.SliceLayout(2, ROWS)))
    o_d = gl.arange(0, DIM, gl.SliceLayout(0, gl.SliceLayout(1, ROWS)))
    # [QUERIES, G, DIM]
    p_first = p_q + (b_entry // BLOCK * H + i_h).to(gl.int64) * (G * DIM)
    p_rows = (
        gl.expand_dims(gl.expand_dims(p_first, 1), 2)
        + gl.expand_dims(gl.expand_dims(o_g, 0) * DIM, 2)
        + gl.expand_dims(gl.expand_dims(o_d, 0), 1)
    )
    # [QUERIES * G, DIM]: 16-byte pieces, which the compiler cannot see through the reshape
    p_rows = gl.max_contiguous(gl.multiple_of(gl.reshape(p_rows, [QUERIES * G, DIM]), [16, 16]), [1, 8])
    async_copy.async_copy_global_to_shared(q_tile, p_rows)
    async_copy.commit_group()


@gluon.jit
def serve_queries(
    p_q, d_part, p_list, p_stats, q_tiles, k_t, v, o_tile, b_ahead, i_h, i_slot, n_entries, scale_log2,
    H: gl.constexpr, G: gl.constexpr, QUERIES: gl.constexpr, BLOCK: gl.constexpr, DIM: gl.constexpr,
    ROWS: gl.constexpr, MMA: gl.constexpr, MASKED: gl.constexpr,
):  # fmt: skip
    """Run a block's keys and values past the queries of a list, QUERIES at a time."""
    BM: gl.constexpr = QUERIES * G
    o_m = gl.arange(0, BM, gl.SliceLayout(1, MMA))
    o_n = gl.arange(0, BLOCK, gl.SliceLayout(0, MMA))
    zero = gl.full([BM, BLOCK], 0.0, gl.float32, MMA)
    b_s = warpgroup_mma(q_tiles.index(0), k_t, zero, use_acc=False, is_async=True)
    b_s = warpgroup_mma_wait(0, deps=[b_s])
    gl.thread_barrier()
    n_tiles = (n_entries + QUERIES - 1) // QUERIES
    for i_tile in range(n_tiles):
        # The tile after the next one takes the place of this one's queries, which are scores by now.
        fetch_queries(p_q, b_ahead, q_tiles.index(i_tile % 2), i_h, H, G, QUERIES, BLOCK, DIM, ROWS)
        b_ahead = load_entries(p_list, i_tile + 3, n_entries, QUERIES, ROWS)
        async_copy.wait_group(1)
        fence_async_shared()
        gl.thread_barrier()
        b_next = warpgroup_mma(q_tiles.index((i_tile + 1) % 2), k_t, zero, use_acc=False, is_async=True)
        if MASKED:
            o_e = i_tile * QUERIES + o_m // G
            b_seen = gl.load(p_list + o_e, mask=o_e < n_entries, other=0) % BLOCK
            b_s = gl.where(o_n[None, :] <= b_seen[:, None], b_s, -float("inf"))
        b_top = gl.max(b_s, 1) * scale_log2
        b_p = gl.exp2(b_s * scale_log2 - b_top[:, None])
        o_out = (i_slot + i_tile * QUERIES) * G + o_m
        gl.store(p_stats + o_out * 2, b_top)
        gl.store(p_stats + o_out * 2 + 1, gl.sum(b_p, 1))
        b_p = gl.convert_layout(b_p.to(v.dtype), gl.DotOperandLayout(0, MMA, 2))
        b_o = warpgroup_mma(b_p, v, zero, use_acc=False, is_async=True)
        b_s, b_o = warpgroup_mma_wait(0, deps=[b_next, b_o])
        tma.store_wait(0)
        gl.thread_barrier()
        o_tile.store(b_o.to(o_tile.dtype))
        fence_async_shared()
        gl.thread_barrier()
        tma.async_copy_shared_to_global(d_part, [(i_slot + i_tile * QUERIES) * G, 0], o_tile)
    async_copy.wait_group(0)
    tma.store_wait(0)


@gluon.jit
def block_kernel(
    p_q, d_kv, d_part, p_items, p_item, p_entry, p_stats, items, scale_log2,
    H: gl.constexpr, G: gl.constexpr, QUERIES: gl.constexpr,
    BLOCK: gl.constexpr, DIM: gl.constexpr, PDL: gl.constexpr,
):  # fmt: skip
    """Serve one work item: a block's keys and values against the queries of its list."""
    if PDL:
        gdc_wait()
        gdc_launch_dependents()
    i_h = gl.program_id(0) // items
    if gl.program_id(0) % items >= gl.load(p_items + i_h):
        return
    p_this = p_item + gl.program_id(0) * 4
    i_line = (gl.load(p_this) * H + i_h) * BLOCK
    i_slot = gl.load(p_this + 1)
    n_entries = gl.load(p_this + 2)
    is_own = gl.load(p_this + 3)
    p_list = p_entry + i_slot
    BM: gl.constexpr = QUERIES * G
    MMA: gl.constexpr = gl.NVMMADistributedLayout(version=[3, 0], warps_per_cta=[4, 1], instr_shape=[16, 128, 16])
    ROWS: gl.constexpr = gl.BlockedLayout([1, 8, 8], [1, G // 8, 32 // (G // 8)], [4, 1, 1], [2, 1, 0])
    bar = gl.allocate_shared_memory(gl.int64, [1], mbarrier.MBarrierLayout())
    mbarrier.init(bar, count=1)
    fence_async_shared()
    gl.thread_barrier()
    kv = gl.allocate_shared_memory(d_kv.dtype, [2, BLOCK, DIM], d_kv.layout)
    mbarrier.expect(bar, 2 * BLOCK * DIM * 2)
    tma.async_copy_global_to_shared(d_kv, [i_line, 0], bar, kv.index(0))
    tma.async_copy_global_to_shared(d_kv, [i_line, DIM], bar, kv.index(1))
    q_tiles = gl.allocate_shared_memory(d_part.dtype, [2, BM, DIM], d_part.layout)
    o_tile = gl.allocate_shared_memory(d_part.dtype, [BM, DIM], d_part.layout)
    for i_tile in gl.static_range(2):
        b_entry = load_entries(p_list, i_tile, n_entries, QUERIES, ROWS)
        fetch_queries(p_q, b_entry, q_tiles.index(i_tile), i_h, H, G, QUERIES, BLOCK, DIM, ROWS)
    b_ahead = load_entries(p_list, 2, n_entries, QUERIES, ROWS)
    async_copy.wait_group(1)
    fence_async_shared()
    gl.thread_barrier()
    mbarrier.wait(bar, 0)
    k_t = kv.index(0).permute((1, 0))
    if is_own:
        serve_queries(
            p_q, d_part, p_list, p_stats, q_tiles, k_t, kv.index(1), o_tile, b_ahead, i_h, i_slot, n_entries,
            scale_log2, H, G, QUERIES, BLOCK, DIM, ROWS, MMA, MASKED=True,
        )  # fmt: skip
    else:
        serve_queries(
            p_q, d_part, p_list, p_stats, q_tiles, k_t, kv.index(1), o_tile, b_ahead, i_h, i_slot, n_entries,
            scale_log2, H, G, QUERIES, BLOCK, DIM, ROWS, MMA, MASKED=False,
        )  # fmt: skip
