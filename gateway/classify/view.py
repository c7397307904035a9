"""Another reading of a stretch of text, and the way back to the places of the original.

A detector reads a view like any text; what it finds is placed in the original, where policy and masking need it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


class Places(Protocol):
    """A place of the original for each character of a view."""

    def __len__(self) -> int:
        """Returns the number of characters."""
        ...

    def __getitem__(self, number: int, /) -> int:
        """Returns the place of a character."""
        ...


@dataclass(frozen=True, slots=True)
class View:
    """A derived text of one leaf: decoded, normalised, or taken out of a document.

    `starts[i]` and `ends[i]` are the code points of the leaf's text between which character `i` of the view was
    written; a view without them stands for the stretch `begin` to `end` as a whole. `name` is one of a closed set and
    says how the view was made; it never holds text.
    """

    name: str
    text: str = field(repr=False)
    begin: int
    end: int
    starts: Places | None = field(default=None, repr=False)
    ends: Places | None = field(default=None, repr=False)

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Returns the smallest stretch of the leaf's text that holds characters `start` to `end` of the view."""
        if self.starts is None or self.ends is None or end <= start:
            return self.begin, self.end
        return self.starts[start], self.ends[end - 1]
