"""A linear-chain conditional random field: from weights to the probability of each label at each token.

Lafferty, McCallum and Pereira 2001; forward-backward as in Rabiner 1989. Labels are O and, for each type, B (begins)
and I (inside). Only stretches in which some token might be a name are decoded; what surrounds them is taken as O.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.classify.names.bound import Bound
from gateway.classify.names.hints import needed_for

Scores = NDArray[np.float32]
Numbers = NDArray[np.floating]
LABELS: Final = ("O", "B-PERSON", "I-PERSON", "B-LOCATION", "I-LOCATION", "B-ORGANIZATION", "I-ORGANIZATION")
TYPES: Final = ("PERSON", "LOCATION", "ORGANIZATION")
_MARGIN: Final = 4.5
_LONGEST: Final = 48
_FEW: Final = 8
_SCALED_EVERY: Final = 3
"""Steps between two scalings. What underflows all the same is computed again, step by step in double precision."""
_LEAST: Final = 1e-30
_NO_HINT: Final = np.zeros(1, np.uint8)


class Decoder:
    """Decodes with the transitions of one model. Immutable."""

    def __init__(self, moves: Scores) -> None:
        """Takes what a step from one label to another adds: [labels, labels]."""
        self._moves = moves
        self._bound = Bound(moves)

    def decode(self, scores: Scores, barred: NDArray[np.bool_], hints: NDArray[np.uint8]) -> Scores | None:
        """Returns the probability of each label at each token, by the forward-backward algorithm.

        scores: [tokens, labels]; barred: [tokens], those that are O whatever their score; hints: [tokens],
        `gateway.classify.names.hints`. A stretch in which no name can be reported counts as O; `None` if all do.
        """
        runs = sorted(self.stretches(scores, barred, hints), key=lambda run: run[0] - run[1])
        if not runs:
            return None
        chances = np.zeros_like(scores)
        chances[:, 0] = 1
        # Stretches of like length side by side: little padding, and few steps in Python.
        for group in _groups(runs):
            places = _padded(group)
            inside = places >= 0
            emit = np.where(inside[:, :, None], scores[places], np.float32(-1e4))
            emit[:, :, 0] = np.where(inside, emit[:, :, 0], 0)
            emit[:, 0] += self._moves[0]
            chances[places[inside]] = _marginals(emit, self._moves)[inside]
        return chances

    def stretches(
        self, scores: Scores, barred: NDArray[np.bool_], hints: NDArray[np.uint8]
    ) -> Iterator[tuple[int, int]]:
        """Yields the stretches of tokens that may hold a name: some label comes near O there, or at a neighbour.

        Without those in which no name can become likely enough, whatever the labels of their tokens.
        """
        margins = np.empty((scores.shape[1] - 1, len(scores)), scores.dtype)
        np.subtract(scores[:, 1:].T, scores[:, 0], out=margins)
        edges = _edges(np.maximum.reduce(margins) > -_MARGIN, ~barred)
        if not len(edges):
            return
        brought = np.bitwise_or.reduceat(np.concatenate((hints, _NO_HINT)), edges)[::2].tolist()
        if min(map(needed_for, brought)) >= 1:
            return
        bounded = self._bound.of(margins, hints)
        places = edges.tolist()
        for start, end, hint in zip(places[::2], places[1::2], brought, strict=True):
            if needed_for(hint) < 1 and bounded.may_be_reported(start, end):
                for piece in range(start, end, _LONGEST):
                    yield piece, min(end, piece + _LONGEST)


def _edges(likely: NDArray[np.bool_], allowed: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Where the runs of tokens begin and end that are likely or stand beside one that is, all of them allowed."""
    wide = np.zeros(len(likely) + 4, np.bool_)
    wide[2:-2] = likely & allowed
    found = np.zeros(len(likely) + 2, np.bool_)
    found[1:-1] = (wide[1:-3] | wide[2:-2] | wide[3:-1]) & allowed
    edges: NDArray[np.intp] = (found[1:] != found[:-1]).nonzero()[0]
    return edges


def _groups(runs: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    if len(runs) <= _FEW:
        yield runs  # a step costs the same for one run and for so many
        return
    start = 0
    while start < len(runs):
        longest = runs[start][1] - runs[start][0]
        end = start + 1
        while end < len(runs) and (runs[end][1] - runs[end][0]) * 2 > longest - 4:
            end += 1
        yield runs[start:end]
        start = end


def _padded(runs: list[tuple[int, int]]) -> NDArray[np.intp]:
    """The places of the tokens of each run, one row a run, and one column more than the longest has; -1 is padding."""
    starts = np.array([start for start, _ in runs])
    lengths = np.array([end - start for start, end in runs])
    steps = np.arange(lengths.max() + 1)
    return np.where(steps < lengths[:, None], starts[:, None] + steps, -1)


def _marginals(emit: Scores, moves: Scores) -> Scores:
    """The probability of each label: [runs, steps, labels]."""
    chances = _passed(emit, moves, _SCALED_EVERY)
    if np.isfinite(chances).all():
        return chances
    exact: Scores = _passed(emit.astype(np.float64), moves.astype(np.float64), 1).astype(np.float32)
    return exact


def _passed(emit: Numbers, moves: Numbers, scaled_every: int) -> Numbers:
    """As `_marginals`; not finite where it underflowed between two scalings.

    Both directions advance in one loop: row 0 goes forward, row 1 goes backward over the steps in reverse.
    """
    steps = emit.shape[1]
    weight = np.exp(emit - emit.max(axis=2, keepdims=True))
    through = np.exp(moves)
    both = np.stack((through, through.T))
    met = np.stack((weight, weight[:, ::-1])).transpose(2, 0, 1, 3).copy()
    passed, stood = np.empty_like(met), np.empty_like(met)
    now = stood[0] = met[0]
    rows = zip(range(1, steps), passed[1:], met[1:], stood[1:], strict=True)
    for step, before, here, behind in rows:
        np.matmul(now, both, out=before)
        now = np.multiply(before, here, out=behind)
        if step % scaled_every == 0:
            now /= np.maximum(np.add.reduce(now, axis=2, keepdims=True), _LEAST)
    backward = passed[::-1, 1].copy()
    backward[-1] = 1
    chances: Numbers = (stood[:, 0] * backward).transpose(1, 0, 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        chances /= chances.sum(axis=2, keepdims=True)
    return chances
