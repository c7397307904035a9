# mypy: allow-untyped-defs, allow-incomplete-defs

"""Encoding of coarse keys, for whole caches and, called from the cache operation's kernel, for new tokens.

The definition is `naive.encode`. Arithmetic is in units of a key's half step: squares neither vanish nor overflow.
"""

import triton
import triton.language as tl

from kernels.msa.tiles import chain, widen


@triton.jit
def round_up(b_x):
    """The least bf16 that is at least x, as float32; x is positive, or infinite."""
    return ((b_x.to(tl.int32, bitcast=True) + 0xFFFF) & -65536).to(tl.float32, bitcast=True)


@triton.jit
def mixed(b_x, PLANE: tl.constexpr):
    """Rows [N, PLANE] of 16 bits times a Hadamard matrix of signs, float32."""
    # 1 or -1: by the parity of the bits that both places have
    b_bits = tl.arange(0, PLANE)[:, None] & tl.arange(0, PLANE)[None, :]
    b_bits = b_bits ^ (b_bits >> 4)
    b_bits = b_bits ^ (b_bits >> 2)
    b_bits = b_bits ^ (b_bits >> 1)
    return tl.dot(b_x, (1 - 2 * (b_bits & 1)).to(b_x.dtype))


@triton.jit
def halves_of(b_x, T: tl.constexpr, N: tl.constexpr):
    """The even and the odd ones of the middle axis of [T, 2 * N, PLANE]: two of [T, N, PLANE]."""
    b_pairs = tl.reshape(b_x, [T, N, 2, b_x.shape[2]])
    return tl.split(tl.permute(b_pairs, 0, 1, 3, 2))


@triton.jit
def beside(b_even, b_odd, T: tl.constexpr, N: tl.constexpr):
    """What `halves_of` takes apart, together again."""
    b_pairs = tl.permute(tl.join(b_even, b_odd), 0, 1, 3, 2)
    return tl.reshape(b_pairs, [T, 2 * N, b_even.shape[2]])


@triton.jit
def rotated(b_k, T: tl.constexpr, PLANE: tl.constexpr):
    """Keys [T, 4, PLANE] times a Hadamard matrix of 128 channels, float32: first within groups, then over them."""
    b_k = tl.reshape(mixed(tl.reshape(b_k, [T * 4, PLANE]), PLANE), [T, 4, PLANE])
    b_0, b_1 = halves_of(b_k, T, 2)
    b_00, b_01 = halves_of(b_0 + b_1, T, 1)
    b_10, b_11 = halves_of(b_0 - b_1, T, 1)
    return beside(beside(b_00 + b_01, b_00 - b_01, T, 1), beside(b_10 + b_11, b_10 - b_11, T, 1), T, 2)


@triton.jit
def encode_tile(b_k, T: tl.constexpr, PLANE: tl.constexpr, LEVELS: tl.constexpr, SLACK: tl.constexpr,
                UP: tl.constexpr):  # fmt: skip
    """Codes [T, 4, PLANE] int32 and meta words [T] int32 of keys [T, 4, PLANE]. Definition: `naive.encode`."""
    b_k = rotated(b_k, T, PLANE)
    b_top = tl.max(tl.max(tl.abs(b_k), 2), 1)
    b_half = round_up(tl.maximum(b_top / LEVELS, 1e-30))
    b_ratio = b_k / b_half[:, None, None]
    b_code = tl.minimum(tl.maximum(tl.floor(b_ratio * 0.5 + (LEVELS + 1) / 2), 0.0), LEVELS)
    b_off = b_ratio - (2.0 * b_code - LEVELS)
    b_off = tl.sqrt(tl.sum(tl.sum(b_off * b_off, 2), 1))
    b_norm = tl.sqrt(tl.sum(tl.sum(b_ratio * b_ratio, 2), 1))
    # False for a key that is not finite
    m_fine = b_half * b_norm < 1e30
    b_error = round_up(tl.where(m_fine, b_half * (b_off + SLACK * (b_off + b_norm)) * UP, float("inf")))
    b_half = tl.where(m_fine, b_half, 0.0)
    b_meta = b_error.to(tl.int32, bitcast=True) | (b_half.to(tl.int32, bitcast=True) >> 16)
    return tl.where(m_fine[:, None, None], b_code, 0.0).to(tl.int32), b_meta


@triton.jit
def store_coarse(p_pages, b_k, i_page, i_token, T: tl.constexpr, PLANE: tl.constexpr, PAGE_BYTES: tl.constexpr,
                 BLOCK: tl.constexpr, LEVELS: tl.constexpr, SLACK: tl.constexpr, UP: tl.constexpr):  # fmt: skip
    """Encode and write T keys [T, 4, PLANE] of bf16 or f16 that start at a token of a page."""
    b_code, b_meta = encode_tile(b_k, T, PLANE, LEVELS, SLACK, UP)
    o_t = i_token + tl.arange(0, T)
    p_page = p_pages + i_page * PAGE_BYTES
    # [T, 2, PLANE] low bits of two groups of channels to a byte
    b_even, b_odd = halves_of(b_code, T, 2)
    o_out = (tl.arange(0, 2)[None, :, None] * BLOCK + o_t[:, None, None]) * PLANE + tl.arange(0, PLANE)[None, None, :]
    tl.store(p_page + o_out, ((b_even & 15) | ((b_odd & 15) << 4)).to(tl.int8))
    # [T, 2, PLANE] and [T, PLANE] fifth bits of two groups, and of all: bit g of channel i is that of group g
    b_even, b_odd = halves_of((b_even >> 4) | ((b_odd >> 4) << 1), T, 1)
    b_fifth = tl.reshape(b_even | (b_odd << 2), [T, PLANE // 4, 4])
    # [T, PLANE // 4] words of them. Tokens t and t + 64 share these, and may be written at the same time.
    b_even, b_odd = tl.split(tl.reshape(b_fifth, [T, PLANE // 4, 2, 2]))
    b_even, b_odd = tl.split(b_even | (b_odd << 8))
    b_fifth = (b_even | (b_odd << 16)) << (o_t // (BLOCK // 2) * 4)[:, None]
    b_own = (0x0F0F0F0F << (o_t // (BLOCK // 2) * 4))[:, None] + tl.zeros([T, PLANE // 4], tl.int32)
    o_out = (o_t % (BLOCK // 2))[:, None] * (PLANE // 4) + tl.arange(0, PLANE // 4)[None, :]
    p_fifth = (p_page + 2 * BLOCK * PLANE).to(tl.pointer_type(tl.int32)) + o_out
    tl.atomic_and(p_fifth, ~b_own, sem="relaxed")
    tl.atomic_or(p_fifth, b_fifth, sem="relaxed")
    tl.store((p_page + 5 * BLOCK * PLANE // 2).to(tl.pointer_type(tl.int32)) + o_t, b_meta)


@triton.jit
def build_kernel(
    p_k, p_pages, T: tl.constexpr, PLANE: tl.constexpr, PAGE_BYTES: tl.constexpr, BLOCK: tl.constexpr,
    DIM: tl.constexpr, LEVELS: tl.constexpr, SLACK: tl.constexpr, UP: tl.constexpr, WIDE: tl.constexpr,
    PDL: tl.constexpr,
):  # fmt: skip
    """Coarse keys of T tokens of a page."""
    chain(PDL)
    i_page = (tl.program_id(0) // (BLOCK // T)).to(tl.int64)
    i_token = tl.program_id(0) % (BLOCK // T) * T
    o_t = (i_page * BLOCK + i_token + tl.arange(0, T))[:, None, None] * DIM
    o_d = tl.arange(0, 4)[None, :, None] * PLANE + tl.arange(0, PLANE)[None, None, :]
    b_k = widen(tl.load(p_k + o_t + o_d), WIDE)
    store_coarse(p_pages, b_k, i_page, i_token, T, PLANE, PAGE_BYTES, BLOCK, LEVELS, SLACK, UP)
