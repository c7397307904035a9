# mypy: allow-untyped-defs, allow-incomplete-defs

"""Encoding of coarse keys, for whole caches and, called from the cache operation's kernel, for new tokens.

The definition is `naive.encode`. Arithmetic is in units of a key's half step: squares neither vanish nor overflow.
"""

import triton
import triton.language as tl

from kernels.msa.tiles import chain


@triton.jit
def round_up(b_x):
    """The least bf16 that is at least x, as float32; x is positive, or infinite."""
    return ((b_x.to(tl.int32, bitcast=True) + 0xFFFF) & -65536).to(tl.float32, bitcast=True)


@triton.jit
def encode_tile(b_k, LEVELS: tl.constexpr, SLACK: tl.constexpr, UP: tl.constexpr):
    """Codes [T, 4, PLANE] int32 and meta words [T] int32 of keys [T, 4, PLANE] float32. Definition: `naive.encode`."""
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
    """Encode and write T keys [T, 4, PLANE] float32 that start at a token of a page."""
    b_code, b_meta = encode_tile(b_k, LEVELS, SLACK, UP)
    o_t = i_token + tl.arange(0, T)
    o_p = tl.arange(0, 4)[None, :, None]
    # [T, 1, PLANE] codes of the last group of channels, spread over the other planes' top bits
    b_last = tl.sum(tl.where(o_p == 3, b_code, 0), 1)[:, None, :]
    b_byte = b_code | (((b_last >> (2 * o_p)) & 3) << 6)
    p_page = p_pages + i_page * PAGE_BYTES
    o_out = (o_p * BLOCK + o_t[:, None, None]) * PLANE + tl.arange(0, PLANE)[None, None, :]
    tl.store(p_page + o_out, b_byte.to(tl.int8), mask=o_p < 3)
    tl.store((p_page + 3 * BLOCK * PLANE).to(tl.pointer_type(tl.int32)) + o_t, b_meta)


@triton.jit
def build_kernel(
    p_k, p_pages, T: tl.constexpr, PLANE: tl.constexpr, PAGE_BYTES: tl.constexpr, BLOCK: tl.constexpr,
    DIM: tl.constexpr, LEVELS: tl.constexpr, SLACK: tl.constexpr, UP: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """Coarse keys of T tokens of a page."""
    chain(PDL)
    i_page = (tl.program_id(0) // (BLOCK // T)).to(tl.int64)
    i_token = tl.program_id(0) % (BLOCK // T) * T
    o_t = (i_page * BLOCK + i_token + tl.arange(0, T))[:, None, None] * DIM
    o_d = tl.arange(0, 4)[None, :, None] * PLANE + tl.arange(0, PLANE)[None, None, :]
    b_k = tl.load(p_k + o_t + o_d).to(tl.float32)
    store_coarse(p_pages, b_k, i_page, i_token, T, PLANE, PAGE_BYTES, BLOCK, LEVELS, SLACK, UP)
