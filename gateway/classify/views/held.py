"""Stretches of a text that are known for certain: nobody has to put together what was found as it stands."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate


class Held:
    """Some stretches. Immutable."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, spans: Iterable[tuple[int, int]] = ()) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _ in ordered]
        self._ends = list(accumulate((end for _, end in ordered), max))

    def within(self, begin: int, end: int) -> Held:
        """Returns those that could hold something between two places, as counted from the first of these."""
        first, last = bisect_right(self._ends, begin), bisect_left(self._starts, end)
        held = Held()
        held._starts = [start - begin for start in self._starts[first:last]]
        held._ends = [after - begin for after in self._ends[first:last]]
        return held

    def holds(self, start: int, end: int) -> bool:
        """Whether one of the stretches holds all characters from `start` to `end`."""
        number = bisect_right(self._starts, start)
        return number > 0 and self._ends[number - 1] >= end


NOTHING = Held()
