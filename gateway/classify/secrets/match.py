"""The part of an RE2 match that is read here."""

from __future__ import annotations

from typing import Protocol


class Match(Protocol):
    """A match over bytes."""

    def span(self, group: int = 0) -> tuple[int, int]:
        """Start and end of a group; -1 where it took no part."""
        ...
