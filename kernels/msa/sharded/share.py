"""Which blocks a rank looks at, and where what it finds goes."""

from dataclasses import dataclass

import torch

from kernels.msa.layout import ceil_div, ceil_pow2


@dataclass(frozen=True, slots=True)
class Share:
    """The blocks of every request that are looked at here: `rank`, `rank + ranks`, `rank + 2 ranks` and so on.

    Every rank so has as many blocks as any other, but for one, whatever a request's length.
    """

    rank: int
    ranks: int

    def width(self, max_blocks: int) -> int:
        """Most blocks of a request in any rank's share."""
        return ceil_div(max_blocks, self.ranks)

    @property
    def peers(self) -> int:
        """Ranks as the kernels lay them out: a power of two, two at least."""
        return max(2, ceil_pow2(self.ranks))


WHOLE = Share(0, 1)
"""All of them."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """Where a row's 16 best keys of a share go.

    Attributes:
        where: int64: room for them, `[rows, 16]`; with `turn`, the addresses of every rank's mailboxes, `[ranks]`;
            None where there is no share.
        turn: `[rows]` int32, which of a row's two mailboxes the next call uses.
        rows: rows that there is room for.
    """

    where: torch.Tensor | None
    turn: torch.Tensor | None
    rows: int
