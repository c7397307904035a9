"""What the rows of a plan mean for a choice, in sentences."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import Protocol

from selfhost.plan.capacity import CONTEXTS, Capacity, Layout, Split, Weights

_LONGEST = CONTEXTS[-1]


class Row(Protocol):
    """One layout on the node."""

    @property
    def layout(self) -> Layout:
        """How the weights and caches lie."""
        ...

    @property
    def capacity(self) -> Capacity:
        """What it holds."""
        ...


def advise(rows: Sequence[Row], faulty: Collection[str]) -> Iterator[str]:
    """Yields the sentences. `faulty` are weight formats with a known fault on this node: never recommended."""
    sound = [row for row in rows if row.capacity.fits and row.layout.weights not in faulty]
    if not sound:
        return
    best = max(sound, key=lambda row: row.capacity.tokens)
    most = best.capacity.tokens / 1e6
    yield f"{best.layout.weights} holds most of the formats without a known fault: {most:.1f} M tokens."
    for weights, group in groupby(sound, key=lambda row: row.layout.weights):
        yield from _longest(weights, list(group))
    yield from _splits(sound)


def _longest(weights: Weights, rows: Sequence[Row]) -> Iterator[str]:
    """Whether a request of the longest context fits at all, and whether only with small caches."""
    whole = [row for row in rows if row.layout.split is Split.TENSOR]
    holding = [row for row in whole if row.capacity.longest >= _LONGEST]
    if not holding:
        yield f"{weights} holds no request of {_LONGEST // 1024} k tokens."
    elif len(holding) < len(whole):
        yield f"{weights} holds a request of {_LONGEST // 1024} k tokens only with smaller cache elements."


def _splits(rows: Sequence[Row]) -> Iterator[str]:
    """What data-parallel attention gains, and what one request loses by it."""
    found = {(row.layout.weights, row.layout.kv_bytes, row.layout.index_bytes, row.layout.split): row for row in rows}
    for (weights, kv, index, split), row in found.items():
        whole = found.get((weights, kv, index, Split.TENSOR))
        if split is Split.DATA_EXPERT and whole is not None and (kv, index) == (2, 2):
            more, most = row.capacity.tokens / whole.capacity.tokens, row.capacity.longest // 1000
            yield f"{weights}, dp+ep: {more:.1f} times the tokens of tp, {most} k of them in one request at most."
