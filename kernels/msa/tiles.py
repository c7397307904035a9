# mypy: allow-untyped-defs, allow-incomplete-defs
# ruff: noqa: ERA001 - the shape above each tile is no code
"""Triton functions that every MSA kernel shares: which request a tile belongs to, ordered keys, launch chaining.

Names inside kernels: `i_` an index of a program or a loop, `o_` a vector of offsets, `m_` a mask, `p_` a pointer or a
vector of pointers, `d_` a TMA descriptor, `b_` a tile of values; capitals are compile-time sizes.
"""

import triton
import triton.language as tl
from triton.language.extra.cuda import gdc_launch_dependents, gdc_wait

HALVES = tl.constexpr("""{ .reg .b32 t; .reg .b16 a, b;
prmt.b32 t, $2, 0, 0x3120; mov.b32 {a, b}, t;
cvt.rn.f16x2.e4m3x2 $0, a; cvt.rn.f16x2.e4m3x2 $1, b; }""")


@triton.jit
def chain(PDL: tl.constexpr):
    """Wait for the kernel before this one, and let the one after it start its launch.

    Programmatic dependent launch hides launch latency. Every kernel of a chain waits before its first access to memory,
    so a kernel never runs ahead of the one two places before it.
    """
    if PDL:
        gdc_wait()
        gdc_launch_dependents()


@triton.jit
def request_of_tile(p_cu_q, i_tile, n_requests, total_q, BQ: tl.constexpr, NB: tl.constexpr, MOST: tl.constexpr = None):
    """Map a flat tile number to (request, first row, end row): requests are cut into tiles of BQ rows each.

    Rows at and beyond `cu_q[n_requests]` form one more request, numbered `n_requests`: the padding rows. A tile past
    the last one returns `NB` as its request. NB is a power of two above `n_requests`, so the scan is one vector
    operation and needs no host knowledge of the lengths. With MOST, only a request's first MOST rows have tiles.
    """
    # [NB]
    o_b = tl.arange(0, NB)
    b_lo = tl.load(p_cu_q + o_b, mask=o_b <= n_requests, other=0)
    b_hi = tl.load(p_cu_q + o_b + 1, mask=o_b < n_requests, other=0)
    b_hi = tl.where(o_b == n_requests, total_q, b_hi)
    if MOST is not None:
        b_hi = tl.minimum(b_hi, b_lo + MOST)
    b_tiles = tl.where(o_b <= n_requests, (b_hi - b_lo + BQ - 1) // BQ, 0)
    b_end = tl.cumsum(b_tiles, 0)
    i_b = tl.sum((b_end <= i_tile).to(tl.int32), 0)
    m_b = o_b == i_b
    i_lo = tl.sum(tl.where(m_b, b_lo + (i_tile - b_end + b_tiles) * BQ, 0), 0)
    i_hi = tl.minimum(tl.sum(tl.where(m_b, b_hi, 0), 0), i_lo + BQ)
    return i_b, i_lo, i_hi


@triton.jit
def request_of_row(p_cu_q, i_row, n_requests, NB: tl.constexpr):
    """Request that owns a row; `n_requests` for a padding row."""
    # [NB]
    o_b = tl.arange(0, NB)
    b_hi = tl.load(p_cu_q + 1 + o_b, mask=o_b < n_requests, other=2147483647)
    return tl.sum((b_hi <= i_row).to(tl.int32), 0)


@triton.jit
def order_of(b_score):
    """int32 values that order like float32 scores."""
    b_bits = b_score.to(tl.int32, bitcast=True)
    return b_bits ^ ((b_bits >> 31) & 0x7FFFFFFF)


@triton.jit
def pack(b_score, b_id):
    """int64 keys that order like (score, lower id first); unpack the id with `unpack_id`.

    A float32's bits order like a signed integer once the magnitude bits of negative numbers are flipped. The id sits
    in the low half, complemented, so that equal scores select the lower block: the selection is deterministic. The
    complement of -1 (no block) needs 33 bits as a signed number: it is taken in 64.
    """
    return (order_of(b_score).to(tl.int64) << 32) | (0x7FFFFFFF - b_id.to(tl.int64))


@triton.jit
def unpack_id(b_key):
    """Block ids out of keys made by `pack`."""
    return (0x7FFFFFFF - (b_key & 0xFFFFFFFF)).to(tl.int32)


@triton.jit
def best_in_turn(b_score, TOPK: tl.constexpr):
    """Places [TOPK] of the best scores of [N], in falling order and of equal ones the lower first, as `pack` orders.

    One at a time, by two reductions of a warp, which is an instruction each: a third of what a sort of a row of 256
    takes, and a loop that fits the instruction cache. More warps would have to meet in every reduction.
    """
    N: tl.constexpr = b_score.shape[0]
    o_n = tl.arange(0, N)
    o_k = tl.arange(0, TOPK)
    b_order = order_of(b_score)
    b_best = tl.zeros([TOPK], tl.int32)
    for i_k in range(TOPK):
        i_best = tl.min(tl.where(b_order == tl.max(b_order, 0), o_n, N), 0)
        b_order = tl.where(o_n == i_best, -(2**31), b_order)
        b_best = tl.where(o_k == i_k, i_best, b_best)
    return b_best


@triton.jit
def widen(b_x, WIDE: tl.constexpr):
    """Values as they enter a product: fp8 caches become float16, which one instruction does for two values at a time.

    float16 holds every e4m3 value exactly (bfloat16 does too, but its conversion is several instructions).
    """
    return b_x.to(tl.float16) if WIDE else b_x


@triton.jit
def halves(b_pair, PACKED: tl.constexpr):
    """The two e4m3 values in each int16, as float16: that in the low byte, then that in the high byte.

    Loading pairs lets 16-bit instructions bring values to the tensor cores, which for bytes do not exist. PACKED treats
    two pairs at a time, which the interpreter cannot.
    """
    if PACKED:
        b_low, b_high = tl.inline_asm_elementwise(
            HALVES, "=r,=r,r", [b_pair], dtype=(tl.float16, tl.float16), is_pure=True, pack=2
        )
    else:
        b_low = (b_pair & 255).to(tl.uint8).to(tl.float8e4nv, bitcast=True).to(tl.float16)
        b_high = ((b_pair >> 8) & 255).to(tl.uint8).to(tl.float8e4nv, bitcast=True).to(tl.float16)
    return b_low, b_high


@triton.jit
def row_queries(p_q, o_row, m_row, DIM: tl.constexpr, WIDE: tl.constexpr):
    """Rows [N] of queries: [N, DIM], and nothing; or, WIDE, even and odd channels as float16. Zero where masked out."""
    b_q = tl.load(p_q + o_row[:, None] * DIM + tl.arange(0, DIM)[None, :], mask=m_row[:, None], other=0.0)
    if WIDE:
        b_even, b_odd = tl.split(tl.reshape(b_q.to(tl.float16), [b_q.shape[0], DIM // 2, 2]))
        return b_even, b_odd
    else:  # noqa: RET505 - the compiler sees only the branch that is taken
        return b_q, 0


@triton.jit
def product(b_k, b_q, b_q_odd, WIDE: tl.constexpr, PACKED: tl.constexpr):
    """Scores [tokens, rows] of keys by `row_queries`: keys are the tall side. WIDE keys are pairs of e4m3 channels."""
    if WIDE:
        b_even, b_odd = halves(b_k, PACKED)
        b_s = tl.dot(b_odd, tl.trans(b_q_odd), tl.dot(b_even, tl.trans(b_q)))
    else:
        b_s = tl.dot(b_k, tl.trans(b_q))
    return b_s
