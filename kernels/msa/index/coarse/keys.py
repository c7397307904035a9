"""The coarse copy of the index keys, beside the exact one."""

from dataclasses import dataclass
from typing import Final

import torch

from kernels.msa.layout import BLOCK, DIM

PLANES: Final = 3
"""Byte planes of a page: three hold four channels of six bits each."""
PLANE_DIM: Final = DIM // (PLANES + 1)
"""Bytes of a token in a plane, and channels in each of the four groups."""
LEVELS: Final = 63
"""Largest code; code c stands for (2 c - 63) times the token's half step."""
CODE_BYTES: Final = PLANES * BLOCK * PLANE_DIM
"""Bytes of a page's codes; its meta words follow."""
PAGE_BYTES: Final = CODE_BYTES + 4 * BLOCK
"""Bytes of a page: 100 a token, 96 of codes, a half step and an error in bf16."""


@dataclass(frozen=True, slots=True)
class CoarseKeys:
    """Six-bit index keys with what each token may be off by. Same pages as `idx_k`; `README.md` has the layout.

    Attributes:
        pages: `[pages, 12800]` int8: a page is one piece of memory, as it is read at once.
    """

    pages: torch.Tensor

    @property
    def codes(self) -> torch.Tensor:
        """`[pages, 3, 128, 32]` int8, a view."""
        return self.pages[:, :CODE_BYTES].unflatten(1, (PLANES, BLOCK, PLANE_DIM))

    @property
    def meta(self) -> torch.Tensor:
        """`[pages, 128]` int32, a view: a bf16 half step in the low half, a bf16 error bound in the high half."""
        return self.pages.view(torch.int32)[:, CODE_BYTES // 4 :]


def empty_coarse(pages: int, device: torch.device) -> CoarseKeys:
    """Room for the coarse keys of `pages` pages. Uninitialised, as the caches are."""
    return CoarseKeys(torch.empty((pages, PAGE_BYTES), dtype=torch.int8, device=device))
