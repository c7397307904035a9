"""The definition of what happens between the projections and the attention, in plain torch.

For every head row x of q, k, idx_q and idx_k (v is only stored), in float32:

    y = x * rsqrt(mean(x^2) + eps) * (1 + w)                                    Gemma RMSNorm over the 128 channels
    z[i]      = y[i] cos(p f_i) - y[i + 32] sin(p f_i)       for i < 32         NeoX rotary embedding, first 64 channels
    z[i + 32] = y[i + 32] cos(p f_i) + y[i] sin(p f_i)
    z[64:]    = y[64:]

Source: transformers' `minimax_m3_vl` modelling code; f_i = theta^(-i / 32), theta = 5e6.
"""

import torch

from kernels.msa.cache.operands import Caches, NormWeights, Projections
from kernels.msa.index.coarse import naive as coarse
from kernels.msa.layout import BLOCK, DIM

ROTARY = 64
"""Channels that the rotary embedding turns."""


def rotary_table(positions: int, theta: float = 5e6, device: str = "cpu") -> torch.Tensor:
    """`[positions, 64]` float32: 32 cosines, then 32 sines, of each position."""
    frequency = theta ** (-torch.arange(ROTARY // 2, dtype=torch.float64) / (ROTARY // 2))
    angle = torch.arange(positions, dtype=torch.float64)[:, None] * frequency
    return torch.cat([angle.cos(), angle.sin()], -1).float().to(device)


def norm_rope(
    x: torch.Tensor, weight: torch.Tensor, table: torch.Tensor, positions: torch.Tensor, eps: float
) -> torch.Tensor:
    """Normalise and rotate `[rows, heads, 128]`; float32 result."""
    wide = x.float()
    normed = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + eps) * (1 + weight.float())
    cos, sin = table[positions.long()][:, None].split(ROTARY // 2, -1)
    low, high, rest = normed.split([ROTARY // 2, ROTARY // 2, DIM - ROTARY], -1)
    return torch.cat([low * cos - high * sin, high * cos + low * sin, rest], -1)


def stored(x: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Values as a cache holds them: of fp8, at most 448."""
    return x.clamp(-torch.finfo(dtype).max, torch.finfo(dtype).max).to(dtype) if dtype.itemsize == 1 else x.to(dtype)


def norm_rope_insert(
    new: Projections,
    weights: NormWeights,
    table: torch.Tensor,
    positions: torch.Tensor,
    slots: torch.Tensor,
    caches: Caches,
    eps: float = 1e-6,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Normalised and rotated `(q, idx_q)`; keys, values and index keys go into the caches in place.

    A row whose slot is negative is padding: it is computed but not stored.
    """
    k = norm_rope(new.k, weights.k, table, positions, eps)
    idx_k = norm_rope(new.idx_k, weights.idx_k, table, positions, eps)
    for row in (slots >= 0).nonzero().flatten().tolist():
        page, offset = divmod(int(slots[row]), BLOCK)
        caches.kv[page, :, offset, :DIM] = stored(k[row], caches.kv.dtype)
        caches.kv[page, :, offset, DIM:] = stored(new.v[row], caches.kv.dtype)
        caches.idx_k[page, offset] = stored(idx_k[row, 0], caches.idx_k.dtype)
        if caches.coarse is not None:
            coarse.write_token(caches.coarse, caches.idx_k, page, offset)
    q = norm_rope(new.q, weights.q, table, positions, eps).to(new.q.dtype)
    return q, norm_rope(new.idx_q, weights.idx_q, table, positions, eps).to(new.idx_q.dtype)
