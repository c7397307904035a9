"""An upper bound of how likely any name is, for a few products a token instead of a row of matrices.

The model sums over all labels of all tokens. Here all B together count as one label with the sum of their weights, and
so does whatever follows a B; every step between labels counts as the likeliest of its sort. Summed over all runs of
tokens round a token that are not O, the odds against O are nowhere less than in the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.classify.names.hints import LEAST, SMALL, Hint, needed_for

_LARGEST: Final = np.float32(80)
"""Its exponential is a number in single precision, and larger than any odds asked for."""

_ROUNDING: Final = 0.99
"""Sums in single precision end a little lower or higher than the bound."""
_ENOUGH: Final = int(Hint.ENOUGH)
_LIKELY: Final = _ROUNDING * LEAST / (1 - LEAST)
_SURE: Final = _ROUNDING * SMALL / (1 - SMALL)


@dataclass(frozen=True, slots=True)
class _Steps:
    """What each sort of step weighs, relative to one from O to O."""

    begin: float
    end_first: float
    end: float
    on_first: float
    on: float


class Bound:
    """The bound of one model. Immutable."""

    def __init__(self, moves: NDArray[np.float32]) -> None:
        """Takes what a step from one label to another adds: [labels, labels], O first, then B and I of each type."""
        first, later = moves[1::2], moves[2::2]
        steps = (moves[0, 1::2].max(), first[:, 0].max(), later[:, 0].max(), first[:, 1:].max(), later[:, 1:].max())
        self._steps = _Steps(*np.exp(np.array(steps, np.float64) - moves[0, 0]).tolist())

    def of(self, margins: NDArray[np.float32], hints: NDArray[np.uint8]) -> Bounded:
        """Returns the bound for a text.

        margins: [labels without O, tokens], how far each is above O; hints: [tokens], `gateway.classify.names.hints`.
        """
        weights = np.exp(np.minimum(margins, _LARGEST))
        firsts, laters = np.add.reduce(weights[::2]), np.add.reduce(weights)
        return Bounded(self._steps, firsts.tolist(), laters.tolist(), hints.tolist())


class Bounded:
    """The bound for the tokens of one text."""

    __slots__ = ("_firsts", "_hints", "_laters", "_steps")

    def __init__(self, steps: _Steps, firsts: list[float], laters: list[float], hints: list[int]) -> None:
        """Takes the weight of each token as the first of a name, and as a later one, and what it brings to one."""
        self._steps = steps
        self._firsts = firsts
        self._laters = laters
        self._hints = hints

    def may_be_reported(self, start: int, end: int) -> bool:
        """Whether the odds against O may suffice at tokens `start` to `end` that make a name together; others are O.

        A name is as likely as the least likely of its tokens, so one token that is enough must be likely, or one that
        is on a list and one that is unusual must be surer.
        """
        steps, laters = self._steps, self._laters[start:end]
        as_first, as_later = self._forward(start, end)
        behind_first, behind = steps.end_first, steps.end
        brought = 0
        columns = (reversed(each) for each in (as_first, as_later, laters, self._hints[start:end]))
        for first, later, weight, hint in zip(*columns, strict=True):
            if hint:
                odds = first * behind_first + later * behind
                if not odds < _SURE:  # nor where it is too large for a number
                    brought |= hint
                    if needed_for(brought) < 1:
                        return True
                elif hint & _ENOUGH and odds >= _LIKELY:
                    return True
            on = weight * behind
            behind_first, behind = steps.end_first + steps.on_first * on, steps.end + steps.on * on
        return False

    def _forward(self, start: int, end: int) -> tuple[Sequence[float], Sequence[float]]:
        """For each token, what all runs weigh that end there: with it as their first token, and as a later one."""
        begin, on_first, on = self._steps.begin, self._steps.on_first, self._steps.on
        as_first, as_later = [], []
        first = later = 0.0
        for weight_first, weight in zip(self._firsts[start:end], self._laters[start:end], strict=True):
            first, later = weight_first * begin, weight * (on_first * first + on * later)
            as_first.append(first)
            as_later.append(later)
        return as_first, as_later
