"""From weights of characters to places of code: windows of lines, gathered and trimmed. Linear, in whole arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gateway.classify.source_code.trigrams import TrigramTable

LINES = 5
"""Lines of a window."""
FEW_LINES = 3
"""Lines of a shorter window, of which more is asked."""
PAIR = 2
"""Lines of the shortest window, of which most is asked."""
_DOUBTFUL = {LINES: -1.0, FEW_LINES: -0.5, PAIR: 1.5}
"""Lines of a window, and the mean weight from which it may be code. The first is odds of one to three."""
_SURE = ((250, 1.6), (95, 2.4), (65, 3.3), (40, 5.0), (26, 8.0))
"""Characters, and the mean weight from which nothing need confirm a place of so many: the shorter, the more."""
_LEAST_CHARACTERS = _SURE[-1][0]
_LEAST_LINES = 2
_AGAINST = -0.3
_BREAK = 10

_Floats = npt.NDArray[np.float64]
_Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of whole lines and its mean weight."""

    start: int
    end: int
    weight: float
    characters: int

    @property
    def is_sure(self) -> bool:
        """Whether weight and length leave no need to confirm it."""
        return any(self.characters >= characters and self.weight >= weight for characters, weight in _SURE)


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines that are not blank: where they begin and end, their weights and lengths."""

    starts: _Places
    ends: _Places
    weights: _Floats
    lengths: _Floats

    @property
    def may_hold_code(self) -> bool:
        """`False` only when no line alone speaks for code."""
        return bool((self.weights > 0).any())


def find_places(lines: Lines) -> Iterator[Place]:
    """Yields the places that may be code, in order, apart from each other; each has two lines at least."""
    if not lines.may_hold_code:
        return
    marked = _marked(lines)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], marked, [False]))))
    for first, after in zip(edges[::2], edges[1::2], strict=True):
        place = _trimmed(lines, int(first), int(after))
        if place is not None:
            yield place


def lines_of(table: TrigramTable, text: bytes) -> Lines:
    """Returns the lines of a text with their weights."""
    scores = table.scores(text)
    breaks = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == _BREAK)
    starts = np.concatenate(([0], breaks + 1))
    ends = np.concatenate((breaks, [len(text)]))
    total = np.zeros(len(scores) + 1)
    np.cumsum(scores, dtype=np.float64, out=total[1:])
    is_full = ends - starts > 1
    starts, ends = starts[is_full], ends[is_full]
    return Lines(starts, ends, total[ends] - total[starts], (ends - starts).astype(np.float64))


def _marked(lines: Lines) -> npt.NDArray[np.bool_]:
    """The lines that stand in a window whose mean weight is enough for its size."""
    size = len(lines.starts)
    marked = np.zeros(size, dtype=np.bool_)
    weights, lengths = _sums(lines.weights), _sums(lines.lengths)
    for lines_of_window, least in _DOUBTFUL.items():
        count = min(lines_of_window, size)
        is_enough = (weights[count:] - weights[:-count]) / (lengths[count:] - lengths[:-count]) >= least
        if is_enough.any():
            for first in range(count):
                marked[first : first + len(is_enough)] |= is_enough
    return marked


def _sums(values: _Floats) -> _Floats:
    """The sums of all values before each, and of all."""
    sums = np.zeros(len(values) + 1)
    np.cumsum(values, out=sums[1:])
    return sums


def _trimmed(lines: Lines, first: int, after: int) -> Place | None:
    """The place without lines at its ends that speak clearly against code; nothing when too little is left."""
    for_code = np.flatnonzero(lines.weights[first:after] > _AGAINST * lines.lengths[first:after])
    if not len(for_code):
        return None
    last, first = first + int(for_code[-1]), first + int(for_code[0])
    start, end = int(lines.starts[first]), int(lines.ends[last])
    characters = float(lines.lengths[first : last + 1].sum())
    if last - first + 1 < _LEAST_LINES or characters < _LEAST_CHARACTERS:
        return None
    return Place(start, end, float(lines.weights[first : last + 1].sum()) / characters, int(characters))
