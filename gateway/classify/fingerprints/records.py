"""Rows of tables: cells as exact values, and the pairs of cells that tell a row.

A cell is its letters and digits, lower-cased: `DE89 3704 0044`, `de8937040044` and `DE-8937-040044` are one value. One
cell says little (a first name, a town); two cells of one row close together are that row, in whatever order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from gateway.classify.fingerprints.index import NOT_FOUND, Index
from gateway.classify.fingerprints.keying import Places, Stretches, Words, distinct
from gateway.classify.fingerprints.normal import Normal, normalise
from gateway.classify.fingerprints.streams import Fingerprinter, Stream

MOST_COLUMNS = 16
_MOST_WORDS = 8
_MOST_CHARACTERS = 64
_LETTER_BITS, _DIGIT_BITS, _IDEOGRAPH_BITS = 2.0, 3.3, 6.0
"""What a character tells, roughly; a letter within a word tells less than its place in the alphabet."""
_CELL_BITS, _PAIR_BITS = 8.0, 20.0
_COMMON_SHARE, _COMMON_ROWS = 0.05, 20
"""A value in more than a twentieth of the rows, and in more than twenty, tells no row: it is a stop value."""
_PAIR_ROWS = 2
"""A pair in more rows than this tells no row."""
_REACH = 400
"""Letters and digits between two cells of one row, at most."""
_NEIGHBOURS = 24
_IDEOGRAPHS = 0x2E80


@dataclass(frozen=True, slots=True)
class TableReport:
    """What became of a table: rows, and cells that are too short, too long or too common to register."""

    rows: int
    cells: int
    left_out: int


@dataclass(frozen=True, slots=True)
class _Cells:
    """Raw hashes and estimated bits of all cells, rows by columns; 0 bits for a cell that is not registered."""

    raw: Words
    bits: NDArray[np.float64]


def table_values(
    rows: Sequence[Sequence[str]], alone: Sequence[int], fingerprinter: Fingerprinter
) -> tuple[Words, TableReport]:
    """Returns the distinct fingerprints of a table. The cells of the columns `alone` tell a row by themselves."""
    width = min(MOST_COLUMNS, max((len(row) for row in rows), default=0))
    if not width:
        return np.zeros(0, np.uint64), TableReport(len(rows), 0, 0)
    cells = _measured(rows, width, fingerprinter)
    used = cells.bits > 0
    parts = [
        fingerprinter.cells(distinct(cells.raw[used]), Stream.CELL),
        fingerprinter.cells(_telling_pairs(cells, fingerprinter), Stream.PAIR),
        *(fingerprinter.cells(distinct(cells.raw[used[:, c], c]), Stream.ALONE) for c in alone if c < width),
    ]
    return distinct(np.concatenate(parts)), TableReport(len(rows), int(used.sum()), int((~used).sum()))


def _measured(rows: Sequence[Sequence[str]], width: int, fingerprinter: Fingerprinter) -> _Cells:
    padded = [cell for row in rows for cell in [*row[:width], *[""] * (width - len(row))]]
    normal = normalise("\n".join(padded))
    ends_in_text = np.cumsum(np.array([len(cell) + 1 for cell in padded])) - 1
    ends = np.searchsorted(normal.places, ends_in_text)
    starts = np.append(np.zeros(1, np.int64), ends[:-1])
    bits = _bits(normal, starts, ends)
    word_starts, _ = normal.words()
    words = np.searchsorted(word_starts, ends) - np.searchsorted(word_starts, starts)
    bits[(words > _MOST_WORDS) | (ends - starts > _MOST_CHARACTERS) | (bits < _CELL_BITS)] = 0
    raw = fingerprinter.stretches(normal.codes).between(starts, ends)
    cells = _Cells(raw.reshape(len(rows), width), bits.reshape(len(rows), width))
    cells.bits[_is_common(cells.raw, len(rows))] = 0
    return cells


def _bits(normal: Normal, starts: Places, ends: Places) -> NDArray[np.float64]:
    each = np.full(normal.codes.size, _LETTER_BITS)
    each[(normal.codes >= 48) & (normal.codes <= 57)] = _DIGIT_BITS
    each[normal.codes >= _IDEOGRAPHS] = _IDEOGRAPH_BITS
    sums = np.append(np.zeros(1), np.cumsum(each))
    bits: NDArray[np.float64] = np.round(sums[ends] - sums[starts], 6)
    return bits


def _is_common(raw: Words, rows: int) -> NDArray[np.bool_]:
    _, which, counts = np.unique(raw, return_inverse=True, return_counts=True)
    common: NDArray[np.bool_] = (counts > max(_COMMON_ROWS, rows * _COMMON_SHARE))[which].reshape(raw.shape)
    return common


def _telling_pairs(cells: _Cells, fingerprinter: Fingerprinter) -> Words:
    """The raw hashes of the pairs that stand in few rows."""
    parts = [np.zeros(0, np.uint64)]
    for a, b in combinations(range(cells.raw.shape[1]), 2):
        one, other = cells.bits[:, a], cells.bits[:, b]
        good = (one > 0) & (other > 0) & (one + other >= _PAIR_BITS) & (cells.raw[:, a] != cells.raw[:, b])
        pairs, counts = np.unique(fingerprinter.united(cells.raw[good, a], cells.raw[good, b]), return_counts=True)
        parts.append(pairs[counts <= _PAIR_ROWS])
    return np.concatenate(parts)


def find_rows(
    normal: Normal, stretches: Stretches, fingerprinter: Fingerprinter, index: Index
) -> Iterator[tuple[int, int]]:
    """Yields the stretches, in code points, that hold two cells of one row or a cell that stands alone. Ascending."""
    starts, ends = _candidates(normal)
    raw = stretches.between(starts, ends)
    known = np.flatnonzero(index.find(fingerprinter.cells(raw, Stream.CELL)) != NOT_FOUND)
    if not known.size:
        return
    known = known[np.argsort(starts[known], kind="stable")]
    starts, ends, raw = starts[known], ends[known], raw[known]
    alone = index.find(fingerprinter.cells(raw, Stream.ALONE)) != NOT_FOUND
    first, second = _neighbours(starts, ends)
    told = index.find(fingerprinter.cells(fingerprinter.united(raw[first], raw[second]), Stream.PAIR)) != NOT_FOUND
    first, second = first[told], second[told]
    begin = np.concatenate((starts[alone], starts[first]))
    end = np.concatenate((ends[alone], np.maximum(ends[first], ends[second])))
    yield from _merged(normal, begin, end)


def _candidates(normal: Normal) -> tuple[Places, Places]:
    """Every stretch of up to eight words that may be a cell."""
    begins, finishes = normal.words()
    starts = [begins[: begins.size - n] for n in range(min(_MOST_WORDS, begins.size))]
    ends = [finishes[n:] for n in range(min(_MOST_WORDS, begins.size))]
    if not starts:
        return begins, finishes
    start, end = np.concatenate(starts), np.concatenate(ends)
    size = end - start
    good = (size >= 2) & (size <= _MOST_CHARACTERS)
    return start[good], end[good]


def _neighbours(starts: Places, ends: Places) -> tuple[Places, Places]:
    """Pairs of cells that do not overlap and stand close together, by their numbers; `starts` ascends."""
    ones, others = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for step in range(1, min(_NEIGHBOURS, starts.size - 1) + 1):
        near = (starts[step:] >= ends[:-step]) & (starts[step:] - ends[:-step] <= _REACH)
        one = np.flatnonzero(near)
        ones.append(one)
        others.append(one + step)
    return np.concatenate(ones), np.concatenate(others)


def _merged(normal: Normal, begins: Places, ends: Places) -> Iterator[tuple[int, int]]:
    """Overlapping stretches as one."""
    order = np.argsort(begins, kind="stable")
    begin, end = -1, -1
    for start, stop in zip(begins[order].tolist(), ends[order].tolist(), strict=True):
        if begin >= 0 and start <= end:
            end = max(end, stop)
            continue
        if begin >= 0:
            yield int(normal.places[begin]), int(normal.places[end - 1]) + 1
        begin, end = start, stop
    if begin >= 0:
        yield int(normal.places[begin]), int(normal.places[end - 1]) + 1
