# mypy: allow-untyped-defs, allow-incomplete-defs
"""Gluon functions that the kernels for Hopper share: whose tile this is, and handing buffers over."""

from triton.experimental import gluon
from triton.experimental.gluon import language as gl
from triton.experimental.gluon.language.nvidia.hopper import mbarrier


@gluon.jit
def locate_tile(
    p_cu_q, p_prefix, n_requests, i_ticket,
    H: gl.constexpr, TILE: gl.constexpr, NB: gl.constexpr, DENSE: gl.constexpr, WARPS: gl.constexpr = 1,
):  # fmt: skip
    """A ticket's work: (request, head, first row, rows, position of the first row); 0 rows where no work is left.

    Only rows at positions below DENSE have tiles. Later tiles are longer and come first.
    """
    L: gl.constexpr = gl.BlockedLayout([NB // 32 // WARPS if NB > 32 * WARPS else 1], [32], [WARPS], [0])
    o_b = gl.arange(0, NB, L)
    b_lo = gl.load(p_cu_q + o_b, mask=o_b < n_requests, other=0)
    b_hi = gl.load(p_cu_q + o_b + 1, mask=o_b < n_requests, other=0)
    b_prefix = gl.load(p_prefix + o_b, mask=o_b < n_requests, other=0)
    b_rows = gl.minimum(b_hi - b_lo, gl.maximum(DENSE - b_prefix, 0))
    b_tiles = (b_rows + TILE - 1) // TILE
    b_end = gl.associative_scan(b_tiles, 0, add)
    i_tile = gl.sum(b_tiles, 0) - 1 - i_ticket // H
    i_b = gl.sum((b_end <= i_tile).to(gl.int32), 0)
    m_b = (o_b == i_b) & (i_tile >= 0)
    i_from = gl.sum(gl.where(m_b, (i_tile - b_end + b_tiles) * TILE, 0), 0)
    i_row = gl.sum(gl.where(m_b, b_lo, 0), 0) + i_from
    n_rows = gl.minimum(gl.sum(gl.where(m_b, b_rows, 0), 0) - i_from, TILE)
    i_first = gl.sum(gl.where(m_b, b_prefix, 0), 0) + i_from
    return i_b, i_ticket % H, i_row, n_rows, i_first


@gluon.jit
def add(a, b):
    """For running sums."""
    return a + b


@gluon.jit
def release(bar):
    """This consumer is done with a buffer: each of its warps is, not just the first."""
    gl.thread_barrier()
    mbarrier.arrive(bar, count=1)
