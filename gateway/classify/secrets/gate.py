"""Which formats could be in a text: by the literal text that each begins with, or by the names before random values.

One set of all expressions would be slower by a factor of ten on varied text: its automaton has a state for every
combination of formats seen so far. A single expression over all literals has a few hundred states.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from gateway.classify.prefilter import Places, Prefilter, compiled
from gateway.classify.secrets.format import Format

_NAME_CHARACTERS = 80
"""How far before a value its name begins, at most."""
_TOKEN = re.compile(r"\\(.)|\(\?:([^()\[\]]*)\)|\[([A-Za-z0-9\-]*)\]|([A-Za-z0-9_:/\-])")
_BEFORE = r"(?:^|[^A-Za-z0-9]|\\[nrt])"
"""Before a value stands no letter or digit. Inside a word no beginning need be followed then."""
_ENDS_OF_BREAKS = (b"n", b"r", b"t")
_RANGE = re.compile(r"(.)-(.)")
_ASSIGNED = r"(?:[=:,|>]|\bis)[ \t]{0,3}(?:(?i:bearer|basic|token|apikey|key)[ \t=]{1,2})?[\\'\"`(\[]{0,3}([A-Za-z0-9+/_][A-Za-z0-9+/_.\-]{13}[A-Za-z0-9+/_.\-]*)"  # noqa: E501
"""A sign of assignment and a value that is long enough for the shortest format."""
_DIGITS = frozenset(b"0123456789")
_FEWEST = 3
"""Literal characters that make a beginning worth looking for."""


def beginnings(pattern: str) -> frozenset[str]:
    """Returns the literal texts with one of which every match of a format's pattern begins."""
    found, place = {""}, 0
    while token := _TOKEN.match(pattern, place):
        after = pattern[token.end() : token.end() + 1]
        if after in ("{", "*", "+") or ((token.group(4) or "") == "" and token.group(0) == "[]"):
            break
        choices = _choices(token)
        if after == "?":
            choices = [*choices, ""]
        found = {begun + choice for begun in found for choice in choices}
        place = token.end() + (after == "?")
    return frozenset(found)


def _choices(token: re.Match[str]) -> list[str]:
    if token.group(1) is not None:
        return [token.group(1)]
    if token.group(2) is not None:
        return token.group(2).replace("\\", "").split("|")
    if token.group(3) is not None:
        spread = _RANGE.sub(lambda m: "".join(map(chr, range(ord(m.group(1)), ord(m.group(2)) + 1))), token.group(3))
        return list(spread)
    return [token.group(4)]


class Gate:
    """Tells which formats could be in a text, and where. Immutable and safe to share between threads."""

    def __init__(self, formats: Sequence[Format]) -> None:
        """Compiles two expressions over all literals, and a set over all names."""
        literals: dict[bytes, set[int]] = {}
        self._without: list[int] = []
        for number, row in enumerate(formats):
            if not row.label and not _add(literals, number, row):
                self._without.append(number)
        self._shapes = Prefilter([formats[number].expression for number in self._without], together=None)
        marks = {mark.encode("ascii") for row in formats for mark in row.marks}
        inside = {each for each in literals if each in marks or not each[:1].isalnum()}
        self._reachable = _reachable(literals, inside)
        self._inside = Places(_any_of(inside))
        self._begun = Places(rf"{_BEFORE}(?:{_any_of(literals.keys() - inside)})")
        self._labelled = [number for number, row in enumerate(formats) if row.label]
        self._names = Prefilter([rf"(?i)(?:{formats[number].label})" for number in self._labelled], together=None)
        self._any_name = Places("|".join(rf"(?i:{formats[number].label})" for number in self._labelled))
        self._assigned = compiled(_ASSIGNED)
        self._any_assigned = Places(_ASSIGNED)

    def prefixed(self, text: bytes) -> frozenset[int]:
        """Returns the numbers of the formats whose literal text occurs, and of those without one that may match."""
        found = {self._without[hit] for hit in self._shapes.match(text)}
        for start, end in self._inside.all(text):
            found |= self._reachable[text[start:end]]
        place = 0
        while (span := self._begun.first(text, place)) is not None:
            found |= self._of_begun(text[span[0] : span[1]])
            place = span[1] - 1  # what stands before the next one may be the end of this one
        return frozenset(found)

    def _of_begun(self, found: bytes) -> frozenset[int]:
        """The formats for a literal text and what stands before it: nothing, a sign, or a line break written out."""
        return next(each for cut in range(3) if (each := self._reachable.get(found[cut:])) is not None)

    def labelled(self, text: bytes) -> Iterator[tuple[int, int, int]]:
        """Yields `(number, start, end)` of stretches in which a format stands behind one of its names."""
        last = 0
        if not self._may_be_labelled(text):
            return
        for match in self._assigned.finditer(text):
            start, end = match.span(1)
            if _DIGITS.isdisjoint(text[start:end]):
                continue
            begin, last = max(last, start - _NAME_CHARACTERS), start
            if self._any_name.first(text[begin:start]) is None:
                continue
            for hit in self._names.match(text[begin:start]):
                yield self._labelled[hit], begin, end + 4

    def _may_be_labelled(self, text: bytes) -> bool:
        """Whether a digit is assigned with much beside it, and a name is there, for which a large automaton looks."""
        assigned = (text[start:end] for start, end in self._any_assigned.all(text))
        return any(not _DIGITS.isdisjoint(each) for each in assigned) and self._any_name.first(text) is not None


def _any_of(literals: Iterable[bytes]) -> str:
    """RE2: the longest of some literal texts. Those that begin alike stand side by side, so the engine joins them."""
    return "|".join(re.escape(each.decode()) for each in sorted(literals, reverse=True))


def _add(rows: dict[bytes, set[int]], number: int, row: Format) -> bool:
    """Adds a format under the literal texts that it may begin with, unless one of them is too short to tell."""
    literals = row.marks or tuple(beginnings(row.pattern))
    if min(map(len, literals)) < _FEWEST:
        return False
    for literal in literals:
        rows.setdefault(literal.encode("ascii"), set()).add(number)
    return True


def _reachable(rows: Mapping[bytes, set[int]], inside: Set[bytes]) -> dict[bytes, frozenset[int]]:
    """For each literal text the formats of all those that may begin inside an occurrence of it."""
    every = _Begun(rows)
    anywhere = _Begun({literal: numbers for literal, numbers in rows.items() if literal in inside})
    return {
        literal: frozenset(
            number
            for start in range(len(literal))
            for number in (every if _may_begin(literal, start) else anywhere).at(literal[start:])
        )
        for literal in rows
    }


def _may_begin(literal: bytes, start: int) -> bool:
    """Whether a value may begin there (`_BEFORE`); what stands before the literal text itself is not known."""
    before = literal[:start]
    return not before[-1:].isalnum() or before in _ENDS_OF_BREAKS or before[-2:-1] == b"\\"


class _Begun:
    """Some literal texts with their formats, and all that they begin with."""

    __slots__ = ("_beginnings", "_rows")

    def __init__(self, rows: Mapping[bytes, set[int]]) -> None:
        self._rows = rows
        self._beginnings: dict[bytes, set[int]] = {}
        for literal, numbers in rows.items():
            for end in range(1, len(literal) + 1):
                self._beginnings.setdefault(literal[:end], set()).update(numbers)

    def at(self, text: bytes) -> Iterator[int]:
        """Yields the formats of which a literal text begins where some text does, and ends in it or behind it."""
        yield from self._beginnings.get(text, ())
        for end in range(1, len(text)):
            yield from self._rows.get(text[:end], ())
