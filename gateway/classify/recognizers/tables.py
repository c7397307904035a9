"""Tables inside a text: the head of a column is the label of every cell below it.

Comma, semicolon, tab and bar separated lines, with quotes; a table ends at a line with another number of cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FEWEST_CELLS = 2
_LONGEST_LINE = 4_000
_CELLS = {
    each: re.compile(
        rf'\s*"[^"\n]*"\s*(?={re.escape(each)}|$)|[^{re.escape(each)}\n]+|(?<={re.escape(each)})(?={re.escape(each)}|$)'
    )
    for each in ",;\t|"
}
_RULE = re.compile(r"^[\s|+=:-]*$")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell below a head that the caller asked for."""

    start: int
    end: int
    column: int


@dataclass(frozen=True, slots=True)
class Head:
    """A line that may be the head of a table, and the places of its cells."""

    separator: str
    cells: tuple[tuple[int, int], ...]
    end: int


def head_at(text: str, place: int) -> Head | None:
    """Returns the head whose line holds a place, when the line is split by one of the separators."""
    start = text.rfind("\n", 0, place) + 1
    end = _line_end(text, place)
    if end - start > _LONGEST_LINE:
        return None
    line = text[start:end]
    separator = max(_CELLS, key=line.count)
    if line.count(separator) + 1 < _FEWEST_CELLS:
        return None
    return Head(separator, tuple((start + a, start + b) for a, b in _split(line, separator)), end)


def cells_below(text: str, head: Head, columns: frozenset[int], stops: frozenset[int]) -> Iterator[Cell]:
    """Yields the cells of some columns, line by line, until the table ends or a line begins at one of `stops`."""
    start = head.end + 1
    while start <= len(text) and start not in stops:
        end = _line_end(text, start)
        line = text[start:end]
        if len(line) > _LONGEST_LINE:
            return
        if not (_RULE.match(line) and line.strip()):
            cells = list(_split(line, head.separator))
            if len(cells) != len(head.cells):
                return
            for column in columns:
                yield Cell(start + cells[column][0], start + cells[column][1], column)
        start = end + 1


def _line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def _split(line: str, separator: str) -> Iterator[tuple[int, int]]:
    for match in _CELLS[separator].finditer(line):
        yield match.span()
