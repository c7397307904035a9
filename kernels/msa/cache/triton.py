# mypy: allow-untyped-defs, allow-incomplete-defs
# ruff: noqa: ERA001 - the shape above each tile is no code
"""Norm, partial rotary embedding and cache insert in one launch. The definition is `naive.py` beside this file.

A program owns a row (a new token): its q, k, v, idx_q and idx_k are read once and written once. The rotary partner of
channel d is loaded a second time rather than exchanged between threads: the line is already in the L1.

Numerics: all arithmetic in float32; one rounding at the end, saturating for fp8 caches.
"""

import triton
import triton.language as tl

from kernels.msa.index.coarse.encode import store_coarse
from kernels.msa.tiles import chain, widen

FP8_MAX = tl.constexpr(448.0)


@triton.jit
def norm_rope_tile(
    p_x, p_w, p_angle, eps, HEADS: tl.constexpr, HP: tl.constexpr, DIM: tl.constexpr, ROTARY: tl.constexpr
):
    """Normalise and rotate the HEADS rows of one token that lie at `p_x`; [HP, DIM] float32, HP >= HEADS."""
    o_h = tl.arange(0, HP)
    o_d = tl.arange(0, DIM)
    m_h = (o_h < HEADS)[:, None]
    HALF: tl.constexpr = ROTARY // 2
    # [DIM] channel that d is rotated with; itself past the rotary channels
    o_pair = tl.where(o_d < HALF, o_d + HALF, tl.where(o_d < ROTARY, o_d - HALF, o_d))
    # [HP, DIM]
    b_x = tl.load(p_x + o_h[:, None] * DIM + o_d[None, :], mask=m_h, other=0.0).to(tl.float32)
    b_pair = tl.load(p_x + o_h[:, None] * DIM + o_pair[None, :], mask=m_h, other=0.0).to(tl.float32)
    # [HP]
    b_r = tl.rsqrt(tl.sum(b_x * b_x, 1) / DIM + eps)
    b_y = b_x * b_r[:, None] * (1.0 + tl.load(p_w + o_d).to(tl.float32))[None, :]
    b_pair = b_pair * b_r[:, None] * (1.0 + tl.load(p_w + o_pair).to(tl.float32))[None, :]
    # [DIM]
    m_turn = o_d < ROTARY
    b_cos = tl.load(p_angle + o_d % HALF, mask=m_turn, other=1.0)
    b_sin = tl.load(p_angle + HALF + o_d % HALF, mask=m_turn, other=0.0)
    return b_y * b_cos[None, :] + b_pair * tl.where(o_d < HALF, -b_sin, b_sin)[None, :]


@triton.jit
def rounded(p_out, b_x, FP8: tl.constexpr):
    """Values as memory at `p_out` holds them, in its dtype."""
    if FP8:
        b_x = tl.minimum(tl.maximum(b_x, -FP8_MAX), FP8_MAX)
    return b_x.to(p_out.dtype.element_ty)


@triton.jit
def store_rows(p_out, b_x, stride, HEADS: tl.constexpr, HP: tl.constexpr, DIM: tl.constexpr, FP8: tl.constexpr):
    """Write [HEADS, DIM] rows `stride` values apart."""
    o_h = tl.arange(0, HP)
    p_rows = p_out + o_h[:, None] * stride + tl.arange(0, DIM)[None, :]
    tl.store(p_rows, rounded(p_out, b_x, FP8), mask=(o_h < HEADS)[:, None])


@triton.jit
def insert_kernel(
    p_q, p_k, p_v, p_idx_q, p_idx_k, p_wq, p_wk, p_wiq, p_wik, p_table, p_positions, p_slots,
    p_q_out, p_idx_q_out, p_kv, p_cache, p_coarse, eps,
    HQ: tl.constexpr, HQP: tl.constexpr, H: tl.constexpr, HP: tl.constexpr, HI: tl.constexpr, HIP: tl.constexpr,
    DIM: tl.constexpr, ROTARY: tl.constexpr, BLOCK: tl.constexpr, FP8: tl.constexpr, PLANE: tl.constexpr,
    PAGE_BYTES: tl.constexpr, LEVELS: tl.constexpr, SLACK: tl.constexpr, UP: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """One program a row: `q_out`, `idx_q_out`, and the row's slot of all caches unless the slot is negative."""
    chain(PDL)
    i_row = tl.program_id(0).to(tl.int64)
    p_angle = p_table + tl.load(p_positions + i_row).to(tl.int64) * ROTARY
    b_q = norm_rope_tile(p_q + i_row * HQ * DIM, p_wq, p_angle, eps, HQ, HQP, DIM, ROTARY)
    store_rows(p_q_out + i_row * HQ * DIM, b_q, DIM, HQ, HQP, DIM, False)
    b_iq = norm_rope_tile(p_idx_q + i_row * HI * DIM, p_wiq, p_angle, eps, HI, HIP, DIM, ROTARY)
    store_rows(p_idx_q_out + i_row * HI * DIM, b_iq, DIM, HI, HIP, DIM, False)
    i_slot = tl.load(p_slots + i_row).to(tl.int64)
    if i_slot < 0:
        return
    b_ik = norm_rope_tile(p_idx_k + i_row * DIM, p_wik, p_angle, eps, 1, 1, DIM, ROTARY)
    store_rows(p_cache + i_slot * DIM, b_ik, DIM, 1, 1, DIM, FP8)
    if p_coarse is not None:
        # Coarse keys stand for what the cache holds, which is rounded.
        b_ik = tl.reshape(widen(rounded(p_cache, b_ik, FP8), FP8), [1, DIM // PLANE, PLANE])
        store_coarse(p_coarse, b_ik, i_slot // BLOCK, i_slot % BLOCK, 1, PLANE, PAGE_BYTES, BLOCK, LEVELS, SLACK, UP)
    # kv [pages, H, BLOCK, 2 * DIM]: heads of a slot are BLOCK lines apart
    p_line = p_kv + (i_slot // BLOCK * H * BLOCK + i_slot % BLOCK) * 2 * DIM
    b_k = norm_rope_tile(p_k + i_row * H * DIM, p_wk, p_angle, eps, H, HP, DIM, ROTARY)
    store_rows(p_line, b_k, BLOCK * 2 * DIM, H, HP, DIM, FP8)
    o_h = tl.arange(0, HP)
    p_rows = p_v + i_row * H * DIM + o_h[:, None] * DIM + tl.arange(0, DIM)[None, :]
    b_v = tl.load(p_rows, mask=(o_h < H)[:, None], other=0.0).to(tl.float32)
    store_rows(p_line + DIM, b_v, BLOCK * 2 * DIM, H, HP, DIM, FP8)
