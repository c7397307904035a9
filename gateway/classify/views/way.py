"""The way from a view back to its original: looked up where something was found, never written out for all of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.classify.view import Places, View

COPIED = -1
"""Stands for the end of a piece that was taken over character by character."""


@dataclass(frozen=True, slots=True)
class Way:
    """The pieces of a view: the character at which each begins, and the stretch of the original that it stands for."""

    offsets: Sequence[int]
    begins: Sequence[int]
    ends: Sequence[int]
    size: int


class Starts:
    """Where the original of each character of a view begins. Satisfies `gateway.classify.view.Places`."""

    __slots__ = ("_way",)

    def __init__(self, way: Way) -> None:
        self._way = way

    def __len__(self) -> int:
        """Returns the number of characters of the view."""
        return self._way.size

    def __getitem__(self, number: int) -> int:
        """Returns the place for a character of the view."""
        way = self._way
        piece = bisect_right(way.offsets, number) - 1
        return way.begins[piece] + (number - way.offsets[piece] if way.ends[piece] == COPIED else 0)


class Ends:
    """Where the original of each character of a view ends. Satisfies `gateway.classify.view.Places`."""

    __slots__ = ("_way",)

    def __init__(self, way: Way) -> None:
        self._way = way

    def __len__(self) -> int:
        """Returns the number of characters of the view."""
        return self._way.size

    def __getitem__(self, number: int) -> int:
        """Returns the place for a character of the view."""
        way = self._way
        piece = bisect_right(way.offsets, number) - 1
        end = way.ends[piece]
        return way.begins[piece] + number - way.offsets[piece] + 1 if end == COPIED else end


class StartsThrough:
    """Places in the text of a view as places in what that view was made from."""

    __slots__ = ("_outer", "_places")

    def __init__(self, places: Places, outer: View) -> None:
        self._places = places
        self._outer = outer

    def __len__(self) -> int:
        """Returns the number of characters of the inner view."""
        return len(self._places)

    def __getitem__(self, number: int) -> int:
        """Returns where the original of a character of the inner view begins."""
        place, starts = self._places[number], self._outer.starts
        return self._outer.end if starts is None or place >= len(starts) else starts[place]


class EndsThrough:
    """The same for where the original ends."""

    __slots__ = ("_outer", "_places")

    def __init__(self, places: Places, outer: View) -> None:
        self._places = places
        self._outer = outer

    def __len__(self) -> int:
        """Returns the number of characters of the inner view."""
        return len(self._places)

    def __getitem__(self, number: int) -> int:
        """Returns where the original of a character of the inner view ends."""
        place, ends = self._places[number], self._outer.ends
        return self._outer.begin if ends is None or not place else ends[place - 1]
