"""From substitutions to a view: only the surroundings of what was rewritten, with the way back to the original."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter, le
from typing import NamedTuple

from gateway.classify.view import View
from gateway.classify.views.way import COPIED, Ends, EndsThrough, Starts, StartsThrough, Way

CONTEXT = 120
"""Code points kept on each side of a substitution: room for an identifier and the words that explain it."""
_REACH = 64
"""How much further an edge moves to stand at white space."""
_BY_START, _BY_END = itemgetter(0), itemgetter(1)
SEPARATOR = "\n\x1e\n"
"""Stands in a view between two stretches that are not neighbours. No finding may hold it."""


class Substitution(NamedTuple):
    """`text` stands for the characters `start` to `end` of the original; empty when those mean nothing.

    Of an `aligned` one each character of the text stands for one of the original.
    """

    start: int
    end: int
    text: str
    aligned: bool = False

    def __repr__(self) -> str:
        """Without the text."""
        return f"Substitution({self.start}, {self.end})"


def rewritten(name: str, text: str, substitutions: Iterable[Substitution]) -> View | None:
    """Returns a view of the surroundings of the substitutions, or `None` when there are none.

    Of two that overlap the one that begins first counts, then the longer one.
    """
    chosen = _disjoint(substitutions)
    if not chosen:
        return None
    draft = _Draft(text)
    for begin, end, group in _stretches(text, chosen):
        draft.add_stretch(begin, end, group)
    written = "".join(draft.pieces)
    way = Way(draft.offsets, draft.begins, draft.ends, len(written))
    return View(name, written, 0, len(text), Starts(way), Ends(way))


def placed_in(outer: View, inner: View) -> View:
    """Returns `inner`, a view of the text of `outer`, as a view of the text that `outer` was made from."""
    if inner.starts is None or inner.ends is None:
        begin, end = outer.place(inner.begin, inner.end)
        return View(inner.name, inner.text, begin, end)
    if outer.starts is None or outer.ends is None:
        return View(inner.name, inner.text, outer.begin, outer.end)
    starts, ends = StartsThrough(inner.starts, outer), EndsThrough(inner.ends, outer)
    return View(inner.name, inner.text, outer.begin, outer.end, starts, ends)


def _disjoint(substitutions: Iterable[Substitution]) -> list[Substitution]:
    ordered = sorted(substitutions, key=_BY_START)
    if all(map(le, map(_BY_END, ordered), map(_BY_START, ordered[1:]))):
        return ordered
    chosen: list[Substitution] = []
    begin, end = -1, 0
    for each in ordered:
        if each.start >= end:
            chosen.append(each)
        elif each.start == begin and each.end > end:
            chosen[-1] = each
        else:
            continue
        begin, end = each.start, each.end
    return chosen


def _stretches(text: str, chosen: Sequence[Substitution]) -> Iterator[tuple[int, int, list[Substitution]]]:
    """Groups neighbouring substitutions; yields the stretch of the original around each group."""
    group: list[Substitution] = []
    for each in chosen:
        if group and each.start - group[-1].end > 2 * (CONTEXT + _REACH):
            yield _before(text, group[0].start), _after(text, group[-1].end), group
            group = []
        group.append(each)
    yield _before(text, group[0].start), _after(text, group[-1].end), group


def _before(text: str, place: int) -> int:
    edge = max(0, place - CONTEXT)
    for index in range(edge, max(0, edge - _REACH), -1):
        if text[index - 1].isspace():
            return index
    return max(0, edge - _REACH)


def _after(text: str, place: int) -> int:
    edge = min(len(text), place + CONTEXT)
    for index in range(edge, min(len(text), edge + _REACH)):
        if text[index].isspace():
            return index
    return min(len(text), edge + _REACH)


class _Draft:
    """A view being written: its pieces, at which of its characters each begins, and what each stands for."""

    __slots__ = ("_size", "_text", "begins", "ends", "offsets", "pieces")

    def __init__(self, text: str) -> None:
        self._text = text
        self._size = 0
        self.pieces: list[str] = []
        self.offsets: list[int] = []
        self.begins: list[int] = []
        self.ends: list[int] = []

    def add_stretch(self, begin: int, end: int, group: Sequence[Substitution]) -> None:
        if self.pieces:
            self._add(SEPARATOR, begin, begin)
        text, place, size = self._text, begin, self._size
        pieces, offsets, begins, ends = self.pieces.append, self.offsets.append, self.begins.append, self.ends.append
        for start, after, written, aligned in group:
            if place < start:
                pieces(text[place:start])
                offsets(size)
                begins(place)
                ends(COPIED)
                size += start - place
            if written:
                pieces(written)
                offsets(size)
                begins(start)
                ends(COPIED if aligned else after)
                size += len(written)
            place = after
        self._size = size
        if place < end:
            self._add(text[place:end], place, COPIED)

    def _add(self, piece: str, begin: int, end: int) -> None:
        self.pieces.append(piece)
        self.offsets.append(self._size)
        self.begins.append(begin)
        self.ends.append(end)
        self._size += len(piece)
