"""A linear-chain conditional random field: from weights to the probability of each label at each token.

Lafferty, McCallum and Pereira 2001; forward-backward as in Rabiner 1989. Labels are O and, for each type, B (begins)
and I (inside). Only stretches in which some token might be a name are decoded; what surrounds them is taken as O.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.classify.names.hints import needed_for

Scores = NDArray[np.float32]
Numbers = NDArray[np.floating]
LABELS: Final = ("O", "B-PERSON", "I-PERSON", "B-LOCATION", "I-LOCATION", "B-ORGANIZATION", "I-ORGANIZATION")
TYPES: Final = ("PERSON", "LOCATION", "ORGANIZATION")
_MARGIN: Final = 4.5
_LONGEST: Final = 48
_SCALED_EVERY: Final = 3
"""Steps between two scalings. What underflows all the same is computed again, step by step in double precision."""
_LEAST: Final = 1e-30
_ROUNDING: Final = 0.99
"""Sums in single precision end a little lower or higher than the bound."""


def stretches(
    scores: Scores, barred: NDArray[np.bool_], moves: Scores, hints: NDArray[np.uint8]
) -> Iterator[tuple[int, int]]:
    """Yields the stretches of tokens that may hold a name: some label comes near O there, or at a neighbour.

    Without those in which no name can become likely enough, whatever the labels of their tokens.
    """
    likely = (scores[:, 1:].max(axis=1) > scores[:, 0] - _MARGIN) & ~barred
    wide = likely.copy()
    wide[1:] |= likely[:-1]
    wide[:-1] |= likely[1:]
    wide &= ~barred
    edges = np.flatnonzero(np.diff(np.concatenate(([0], wide.view(np.int8), [0]))))
    if not len(edges):
        return
    brought = np.bitwise_or.reduceat(np.append(hints, np.uint8(0)), edges)[::2]
    bound = _Bound(scores, moves)
    for start, end, hint in zip(edges[::2].tolist(), edges[1::2].tolist(), brought.tolist(), strict=True):
        needed = needed_for(hint)
        if needed < 1 and bound.may_reach(start, end, _ROUNDING * needed / (1 - needed)):
            for piece in range(start, end, _LONGEST):
                yield piece, min(end, piece + _LONGEST)


class _Bound:
    """An upper bound of the odds against O at each token, for a few products instead of a row of matrices.

    All B together count as one label with the sum of their weights, and so does whatever follows a B; every step
    between labels counts as the likeliest of its sort. Summed over all runs of tokens round a token that are not O,
    that is nowhere less than in the model.
    """

    def __init__(self, scores: Scores, moves: Scores) -> None:
        against_o = np.exp(scores[:, 1:] - scores[:, :1])
        self._first: list[float] = against_o[:, ::2].sum(axis=1).tolist()
        self._later: list[float] = against_o.sum(axis=1).tolist()
        begin, end_first, end = moves[0, 1::2].max(), moves[1::2, 0].max(), moves[2::2, 0].max()
        on_first, on = moves[1::2, 1:].max(), moves[2::2, 1:].max()
        steps = np.array((begin, end_first, end, on_first, on)) - moves[0, 0]
        self._begin, self._end_first, self._end, self._on_first, self._on = np.exp(steps).tolist()

    def may_reach(self, start: int, end: int, odds: float) -> bool:
        """Whether the odds may reach so much at one of the tokens `start` to `end`, beside which all are O."""
        later = self._later[start:end]
        firsts, others = [], []
        first = other = 0.0
        for weight_first, weight in zip(self._first[start:end], later, strict=True):
            first, other = weight_first * self._begin, weight * (self._on_first * first + self._on * other)
            firsts.append(first)
            others.append(other)
        behind_first, behind = self._end_first, self._end
        for first, other, weight in zip(reversed(firsts), reversed(others), reversed(later), strict=True):
            if not first * behind_first + other * behind < odds:  # nor where they are too large for a number
                return True
            on = weight * behind
            behind_first, behind = self._end_first + self._on_first * on, self._end + self._on * on
        return False


def decode(scores: Scores, barred: NDArray[np.bool_], moves: Scores, hints: NDArray[np.uint8]) -> Scores:
    """Returns the probability of each label at each token, by the forward-backward algorithm.

    scores: [tokens, labels]; barred: [tokens], those that are O whatever their score; moves: [labels, labels];
    hints: [tokens], `gateway.classify.names.hints`. A stretch in which no name can be reported counts as O.
    """
    chances = np.zeros_like(scores)
    chances[:, 0] = 1
    # Stretches of like length side by side: little padding, and few steps in Python.
    for group in _groups(sorted(stretches(scores, barred, moves, hints), key=lambda run: run[0] - run[1])):
        places = _padded(group)
        inside = places >= 0
        emit = np.where(inside[:, :, None], scores[places], np.float32(-1e4))
        emit[:, :, 0] = np.where(inside, emit[:, :, 0], 0)
        emit[:, 0] += moves[0]
        chances[places[inside]] = _marginals(emit, moves)[inside]
    return chances


def _groups(runs: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
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
    runs, steps, labels = emit.shape
    weight = np.exp(emit - emit.max(axis=2, keepdims=True))
    through = np.exp(moves)
    both = np.stack((through, through.T))
    passed = np.empty((steps, 2, runs, labels), emit.dtype)
    met = np.stack((weight, weight[:, ::-1])).transpose(2, 0, 1, 3)
    now = np.ascontiguousarray(met[0])
    passed[0] = now
    for step in range(1, steps):
        now = np.matmul(now, both)
        passed[step, 1] = now[1]
        now *= met[step]
        if step % scaled_every == 0:
            now /= np.maximum(now.sum(axis=2, keepdims=True), _LEAST)
        passed[step, 0] = now[0]
    backward = passed[::-1, 1].copy()
    backward[-1] = 1
    chances: Numbers = (passed[:, 0] * backward).transpose(1, 0, 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        chances /= chances.sum(axis=2, keepdims=True)
    return chances
