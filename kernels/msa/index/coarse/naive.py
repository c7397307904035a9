"""The definition of coarse keys, in plain torch, and the check that they bound what they stand for.

For a key k (as stored in bf16 or f16), with h its half step, h and e rounded up to bf16:

    h     = max |k[i]| / 63
    c[i]  = floor(k[i] / 2h + 32)             at most 63
    k'[i] = h (2 c[i] - 63)
    e     = |k - k'| + SLACK (|k| + |k - k'|)

Any e at least that large keeps the promise; kernels may differ from this file in the last bit.
"""

import torch

from kernels.msa.index.coarse.keys import LEVELS, PLANE_DIM, PLANES, CoarseKeys
from kernels.msa.layout import BLOCK

SLACK = 2.5e-4
"""What rounding may add to a score, relative to |q| |k|: the query's integers 1.8e-4, float32 sums 3.1e-5."""
UP = 1.0001
"""Covers the rounding of the float32 sums that e is made of."""
LEAST_STEP = 1e-30
"""Keeps a key of zeros away from division by zero."""
LARGEST_NORM = 1e30
"""Keys longer than this, or not finite, get an infinite error: they are always scored exactly."""


def round_up(value: torch.Tensor) -> torch.Tensor:
    """The least bf16 that is at least each value, as float32; values are positive or infinite."""
    return ((value.float().view(torch.int32) + 0xFFFF) & -65536).view(torch.float32)


def encode(idx_k: torch.Tensor) -> CoarseKeys:
    """Coarse copy of `[pages, 128, 128]` keys."""
    planes, meta = encode_tokens(idx_k)
    return CoarseKeys(torch.cat([planes.flatten(1), meta.contiguous().view(torch.int8)], 1))


def encode_tokens(idx_k: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(planes `[pages, 3, tokens, 32]` int8, meta words `[pages, tokens]` int32) of keys `[pages, tokens, 128]`."""
    key = idx_k.float()
    half = round_up((key.abs().amax(-1) / LEVELS).clamp(min=LEAST_STEP))
    ratio = key / half[..., None]
    code = torch.floor(ratio / 2 + (LEVELS + 1) / 2).clamp(0, LEVELS)
    off, norm = (ratio - (2 * code - LEVELS)).norm(dim=-1), ratio.norm(dim=-1)
    fine = half * norm < LARGEST_NORM
    error = round_up((half * (off + SLACK * (off + norm)) * UP).where(fine, torch.inf))
    meta = error.view(torch.int32) | (half.where(fine, 0).view(torch.int32) >> 16)
    return planes_of(code.where(fine[..., None], 0).int()), meta


def planes_of(code: torch.Tensor) -> torch.Tensor:
    """Codes `[pages, tokens, 128]` in 0..63 as `[pages, 3, tokens, 32]` int8."""
    group = code.unflatten(-1, (PLANES + 1, PLANE_DIM)).movedim(-2, 1)
    last = group[:, PLANES]
    planes = [group[:, p] | ((last >> (2 * p) & 3) << 6) for p in range(PLANES)]
    return torch.stack(planes, 1).to(torch.uint8).view(torch.int8)


def unpack(coarse: CoarseKeys) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(codes `[pages, 128, 128]` int32, half steps, errors `[pages, 128]` float32)."""
    planes = coarse.codes.view(torch.uint8).int()
    last = sum(((planes[:, p] >> 6) << (2 * p) for p in range(PLANES)), torch.zeros_like(planes[:, 0]))
    code = torch.cat([*(planes[:, p] & 63 for p in range(PLANES)), last], -1)
    half = (coarse.meta << 16).view(torch.float32)
    error = (coarse.meta & -65536).view(torch.float32)
    return code, half, error


def broken_tokens(idx_k: torch.Tensor, coarse: CoarseKeys) -> torch.Tensor:
    """`[pages, 128]` bool: tokens whose error is smaller than what their code is off by (or not a number)."""
    code, half, error = unpack(coarse)
    decoded = half[..., None].double() * (2 * code - LEVELS)
    off = (idx_k.double() - decoded).norm(dim=-1)
    return ~((off + SLACK * (off + idx_k.double().norm(dim=-1)) <= error) | (error == torch.inf))


def used_pages(block_table: torch.Tensor, seq_lens: torch.Tensor) -> torch.Tensor:
    """Pages that hold a whole block of some request: the ones whose coarse keys are read. Synchronises."""
    whole = torch.arange(block_table.shape[1], device=block_table.device)[None, :] < (seq_lens // BLOCK)[:, None]
    return block_table[whole].unique().long()
