"""From substitutions to a view: only the surroundings of what was rewritten, with the way back to the original."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

from gateway.classify.view import View

CONTEXT = 120
"""Code points kept on each side of a substitution: room for an identifier and the words that explain it."""
_REACH = 64
"""How much further an edge moves to stand at white space."""
_BY_START = itemgetter(0)
SEPARATOR = "\n\x1e\n"
"""Stands in a view between two stretches that are not neighbours. No finding may hold it."""


class Substitution(NamedTuple):
    """`text` stands for the characters `start` to `end` of the original; empty when those mean nothing."""

    start: int
    end: int
    text: str

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
    return View(name, "".join(draft.pieces), 0, len(text), draft.starts, draft.ends)


def placed_in(outer: View, inner: View) -> View:
    """Returns `inner`, a view of the text of `outer`, as a view of the text that `outer` was made from."""
    if inner.starts is None or inner.ends is None:
        begin, end = outer.place(inner.begin, inner.end)
        return View(inner.name, inner.text, begin, end)
    if outer.starts is None or outer.ends is None:
        return View(inner.name, inner.text, outer.begin, outer.end)
    starts, ends, size = outer.starts, outer.ends, len(outer.starts)
    return View(
        inner.name,
        inner.text,
        outer.begin,
        outer.end,
        [starts[place] if place < size else outer.end for place in inner.starts],
        [ends[place - 1] if place else outer.begin for place in inner.ends],
    )


def _disjoint(substitutions: Iterable[Substitution]) -> list[Substitution]:
    chosen: list[Substitution] = []
    begin, end = -1, 0
    for each in sorted(substitutions, key=_BY_START):
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
    """A view being written."""

    __slots__ = ("_text", "ends", "pieces", "starts")

    def __init__(self, text: str) -> None:
        self._text = text
        self.pieces: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []

    def add_stretch(self, begin: int, end: int, group: Sequence[Substitution]) -> None:
        if self.pieces:
            self._add(SEPARATOR, begin, begin)
        pieces, starts, ends, text = self.pieces, self.starts, self.ends, self._text
        place = begin
        for start, after, written in group:
            if place < start:
                pieces.append(text[place:start])
                starts.extend(range(place, start))
                ends.extend(range(place + 1, start + 1))
            if written:
                self._add(written, start, after)
            place = after
        self._copy(place, end)

    def _copy(self, begin: int, end: int) -> None:
        if begin == end:
            return
        self.pieces.append(self._text[begin:end])
        self.starts.extend(range(begin, end))
        self.ends.extend(range(begin + 1, end + 1))

    def _add(self, written: str, begin: int, end: int) -> None:
        if not written:
            return
        self.pieces.append(written)
        self.starts.extend([begin] * len(written))
        self.ends.extend([end] * len(written))
