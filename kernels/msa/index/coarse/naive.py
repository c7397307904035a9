"""The definition of coarse keys, in plain torch, and the check that they bound what they stand for.

For a key k (as stored), rotated, with h its half step, h and e rounded up to bf16:

    h     = max |k[i]| / 31
    c[i]  = floor(k[i] / 2h + 16)             at most 31
    k'[i] = h (2 c[i] - 31)
    e     = |k - k'| + SLACK (|k| + |k - k'|)

Any e at least that large keeps the promise; kernels may differ from this file in the last bit.
"""

import torch

from kernels.msa.index.coarse.keys import LEVELS, PLANE_DIM, CoarseKeys
from kernels.msa.layout import BLOCK

SLACK = 3e-4
"""What rounding may add to a score, relative to |q| |k|: the query's integers 1.8e-4, float32 sums 3.1e-5."""
LEAST_SLACK = 2.5e-4
"""What of it must be left when the rounding of a key's rotation is taken off."""
UP = 1.0001
"""Covers the rounding of the float32 sums that e is made of."""
LEAST_STEP = 1e-30
"""Keeps a key of zeros away from division by zero."""
LARGEST_NORM = 1e30
"""Keys longer than this, or not finite, get an infinite error: they are always scored exactly."""


def round_up(value: torch.Tensor) -> torch.Tensor:
    """The least bf16 that is at least each value, as float32; values are positive or infinite."""
    return ((value.float().view(torch.int32) + 0xFFFF) & -65536).view(torch.float32)


def signs(size: int) -> torch.Tensor:
    """Hadamard matrix `[size, size]`, a power of two: 1, or -1 where row and column share an odd number of bits."""
    matrix = torch.ones(1, 1)
    while len(matrix) < size:
        matrix = torch.kron(matrix, torch.tensor([[1.0, 1.0], [1.0, -1.0]]))
    return matrix


def rotate(x: torch.Tensor) -> torch.Tensor:
    """Times the Hadamard matrix of 128 channels, first within groups of 32: 128 times a rotation and its inverse."""
    group = x.unflatten(-1, (-1, PLANE_DIM)) @ signs(PLANE_DIM).to(x)
    return torch.einsum("...gi,gh->...hi", group, signs(group.shape[-2]).to(x)).flatten(-2)


def encode(idx_k: torch.Tensor) -> CoarseKeys:
    """Coarse copy of `[pages, 128, 128]` keys."""
    key = rotate(idx_k.float())
    half = round_up((key.abs().amax(-1) / LEVELS).clamp(min=LEAST_STEP))
    ratio = key / half[..., None]
    code = torch.floor(ratio / 2 + (LEVELS + 1) / 2).clamp(0, LEVELS)
    off, norm = (ratio - (2 * code - LEVELS)).norm(dim=-1), ratio.norm(dim=-1)
    fine = half * norm < LARGEST_NORM
    error = round_up((half * (off + SLACK * (off + norm)) * UP).where(fine, torch.inf))
    meta = error.view(torch.int32) | (half.where(fine, 0).view(torch.int32) >> 16)
    parts = [*packed(code.where(fine[..., None], 0).int()), meta.contiguous().view(torch.int8)]
    return CoarseKeys(torch.cat([part.flatten(1) for part in parts], 1))


def packed(code: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Codes `[pages, 128, 128]` in 0..31 as low bits `[pages, 2, 128, 32]` and fifth bits `[pages, 64, 32]`, int8."""
    low = (code & 15).unflatten(-1, (2, 2, PLANE_DIM))
    low = (low[..., 0, :] | (low[..., 1, :] << 4)).movedim(-2, 1)
    fifth = (code >> 4).unflatten(1, (2, -1)).unflatten(-1, (4, PLANE_DIM)) << bit_of(code.device)
    return low.to(torch.uint8).view(torch.int8), fifth.sum((1, 3)).to(torch.uint8).view(torch.int8)


def write_token(coarse: CoarseKeys, idx_k: torch.Tensor, page: int, token: int) -> None:
    """Encode a token of a page in place; what other tokens have there stays as it is."""
    fresh = encode(idx_k[page : page + 1])
    coarse.low[page, :, token] = fresh.low[0, :, token]
    coarse.meta[page, token] = fresh.meta[0, token]
    half, row = divmod(token, BLOCK // 2)
    own = torch.tensor(15 << 4 * half, dtype=torch.uint8, device=idx_k.device)
    kept = coarse.fifth[page, row].view(torch.uint8)
    kept.copy_(kept & ~own | fresh.fifth[0, row].view(torch.uint8) & own)


def bit_of(device: torch.device) -> torch.Tensor:
    """Bit `[2, 1, 4, 1]` of a byte that is the fifth of a code of a half of the tokens and a group of channels."""
    return torch.arange(8, device=device).view(2, 1, 4, 1)


def unpack(coarse: CoarseKeys) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(codes `[pages, 128, 128]` int32, half steps, errors `[pages, 128]` float32)."""
    low = coarse.low.view(torch.uint8).int().movedim(1, -2)
    low = torch.stack([low & 15, low >> 4], -2).flatten(-3)
    fifth = coarse.fifth.view(torch.uint8).int()[:, None, :, None] >> bit_of(low.device) & 1
    half = (coarse.meta << 16).view(torch.float32)
    error = (coarse.meta & -65536).view(torch.float32)
    return low | (fifth.flatten(-2).flatten(1, 2) << 4), half, error


def broken_tokens(idx_k: torch.Tensor, coarse: CoarseKeys) -> torch.Tensor:
    """`[pages, 128]` bool: tokens whose error is smaller than what their code is off by (or not a number)."""
    code, half, error = unpack(coarse)
    key, decoded = rotate(idx_k.double()), half[..., None].double() * (2 * code - LEVELS)
    off = (key - decoded).norm(dim=-1)
    return ~((off + LEAST_SLACK * (off + key.norm(dim=-1)) <= error) | (error == torch.inf))


def used_pages(block_table: torch.Tensor, seq_lens: torch.Tensor) -> torch.Tensor:
    """Pages that hold a whole block of some request: the ones whose coarse keys are read. Synchronises."""
    whole = torch.arange(block_table.shape[1], device=block_table.device)[None, :] < (seq_lens // BLOCK)[:, None]
    return block_table[whole].unique().long()
