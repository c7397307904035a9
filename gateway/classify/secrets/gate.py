"""Which formats could be in a text: by the literal text that each begins with, or by the names before random values.

One set of all expressions would be slower by a factor of ten on varied text: its automaton has a state for every
combination of formats seen so far. A single expression over all literals has a few hundred states.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from gateway.classify.prefilter import Places, Prefilter, compiled
from gateway.classify.secrets.format import Format

_NAME_CHARACTERS = 80
"""How far before a value its name begins, at most."""
_TOKEN = re.compile(r"\\(.)|\(\?:([^()\[\]]*)\)|\[([A-Za-z0-9\-]*)\]|([A-Za-z0-9_:/\-])")
_RANGE = re.compile(r"(.)-(.)")
_ASSIGNED = r"(?:[=:,|>]|\bis)[ \t]{0,3}(?:(?i:bearer|basic|token|apikey|key)[ \t=]{1,2})?[\\'\"`(\[]{0,3}([A-Za-z0-9+/_][A-Za-z0-9+/_.\-]{13}[A-Za-z0-9+/_.\-]*)"  # noqa: E501
"""A sign of assignment and a value that is long enough for the shortest format."""
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
        """Compiles one expression over all literals, and a set over all names."""
        literals: dict[bytes, set[int]] = {}
        self._without: list[int] = []
        for number, row in enumerate(formats):
            if not row.label and not _add(literals, number, row):
                self._without.append(number)
        self._shapes = Prefilter([formats[number].expression for number in self._without], together=None)
        self._reachable = _reachable(literals)
        self._literals = Places(
            "|".join(re.escape(each.decode()) for each in sorted(literals, key=lambda each: (-len(each), each)))
        )
        self._labelled = [number for number, row in enumerate(formats) if row.label]
        self._names = Prefilter([rf"(?i)(?:{formats[number].label})" for number in self._labelled], together=None)
        self._any_name = Places("|".join(rf"(?i:{formats[number].label})" for number in self._labelled))
        self._assigned = compiled(_ASSIGNED)

    def prefixed(self, text: bytes) -> frozenset[int]:
        """Returns the numbers of the formats whose literal text occurs, and of those without one that may match."""
        found = {self._without[hit] for hit in self._shapes.match(text)}
        for start, end in self._literals.all(text):
            found |= self._reachable[text[start:end]]
        return frozenset(found)

    def labelled(self, text: bytes) -> Iterator[tuple[int, int, int]]:
        """Yields `(number, start, end)` of stretches in which a format stands behind one of its names."""
        last = 0
        if self._any_name.first(text) is None:
            return
        for match in self._assigned.finditer(text):
            start, end = match.span(1)
            if not any(48 <= character <= 57 for character in text[start:end]):
                continue
            begin, last = max(last, start - _NAME_CHARACTERS), start
            if self._any_name.first(text[begin:start]) is None:
                continue
            for hit in self._names.match(text[begin:start]):
                yield self._labelled[hit], begin, end + 4


def _add(rows: dict[bytes, set[int]], number: int, row: Format) -> bool:
    """Adds a format under the literal texts that it may begin with, unless one of them is too short to tell."""
    literals = row.marks or tuple(beginnings(row.pattern))
    if min(map(len, literals)) < _FEWEST:
        return False
    for literal in literals:
        rows.setdefault(literal.encode("ascii"), set()).add(number)
    return True


def _reachable(rows: Mapping[bytes, set[int]]) -> dict[bytes, frozenset[int]]:
    """For each literal text the formats of all those that may begin inside an occurrence of it."""
    begun: dict[bytes, set[int]] = {}
    for literal, numbers in rows.items():
        for end in range(1, len(literal) + 1):
            begun.setdefault(literal[:end], set()).update(numbers)
    return {literal: frozenset(_begun_inside(literal, begun, rows)) for literal in rows}


def _begun_inside(literal: bytes, begun: Mapping[bytes, set[int]], rows: Mapping[bytes, set[int]]) -> Iterator[int]:
    for start in range(len(literal)):
        yield from begun.get(literal[start:], ())
        for end in range(start + 1, len(literal)):
            yield from rows.get(literal[start:end], ())
