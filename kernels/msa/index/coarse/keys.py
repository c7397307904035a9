"""The coarse copy of the index keys, beside the exact one."""

from dataclasses import dataclass
from typing import Final

import torch

from kernels.msa.layout import BLOCK, DIM

PLANE_DIM: Final = 32
"""Channels in each of the four groups whose codes are unpacked and multiplied at once."""
LOW_BYTES: Final = BLOCK * DIM // 2
"""Bytes of the codes' low bits: two planes `[128, 32]`, each of two groups of channels."""
FIFTH_BYTES: Final = BLOCK * DIM // 8
"""Bytes of the codes' fifth bits, `[64, 32]`: tokens t and t + 64 share a byte for each channel of a group."""
LEVELS: Final = 31
"""Largest code; code c stands for (2 c - 31) times the token's half step."""
CODE_BYTES: Final = LOW_BYTES + FIFTH_BYTES
"""Bytes of a page's codes; its meta words follow."""
PAGE_BYTES: Final = CODE_BYTES + 4 * BLOCK
"""Bytes of a page: 84 a token, 80 of codes, a half step and an error in bf16."""


@dataclass(frozen=True, slots=True)
class CoarseKeys:
    """Rotated index keys of five bits with what each token may be off by. Same pages as `idx_k`; layout: `README.md`.

    Attributes:
        pages: `[pages, 10752]` int8: a page is one piece of memory, as it is read at once.
    """

    pages: torch.Tensor

    @property
    def low(self) -> torch.Tensor:
        """`[pages, 2, 128, 32]` int8, a view: low bits of codes, of an even group of channels and of an odd one."""
        return self.pages[:, :LOW_BYTES].unflatten(1, (2, BLOCK, PLANE_DIM))

    @property
    def fifth(self) -> torch.Tensor:
        """`[pages, 64, 32]` int8, a view: bit 4 s + g of byte t, i is the fifth of token 64 s + t, channel 32 g + i."""
        return self.pages[:, LOW_BYTES:CODE_BYTES].unflatten(1, (BLOCK // 2, PLANE_DIM))

    @property
    def meta(self) -> torch.Tensor:
        """`[pages, 128]` int32, a view: a bf16 half step in the low half, a bf16 error bound in the high half."""
        return self.pages.view(torch.int32)[:, CODE_BYTES // 4 :]


def empty_coarse(pages: int, device: torch.device) -> CoarseKeys:
    """Room for the coarse keys of `pages` pages. Uninitialised, as the caches are."""
    return CoarseKeys(torch.empty((pages, PAGE_BYTES), dtype=torch.int8, device=device))
