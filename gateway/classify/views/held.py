"""Stretches of a text that are known for certain: nobody has to put together what was found as it stands."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate


class Held:
    """Some stretches. Immutable."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, spans: Iterable[tuple[int, int]] = ()) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _ in ordered]
        self._ends = list(accumulate((end for _, end in ordered), max))

    def from_(self, place: int) -> Held:
        """Returns the same stretches as counted from a place."""
        if place == 0 or not self._starts:
            return self
        return Held((start - place, end - place) for start, end in zip(self._starts, self._ends, strict=True))

    def holds(self, start: int, end: int) -> bool:
        """Whether one of the stretches holds all characters from `start` to `end`."""
        number = bisect_right(self._starts, start)
        return number > 0 and self._ends[number - 1] >= end


NOTHING = Held()
