"""The weights of features, found by hash without a search.

Each hash is at home in one slot of a table hardly larger than what it holds: its first bits choose a multiplier, and
the multiplied hash says which slot. Training chooses the multipliers so that no two hashes share a slot (hash and
displace: Belazzougui, Botelho and Dietzfelbinger 2009). Most features of a text are not in the table, and to see that
touches 130 kB.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.classify.names.crf import LABELS, Scores
from gateway.classify.names.features import Hashes

WIDTH: Final = 8
"""Numbers in a row of scores: the labels and one that is 0. Rows of a power of two are copied several times as fast."""
BUCKET_BITS: Final = 12
_TO_BUCKET: Final = np.uint32(32 - BUCKET_BITS)
_HALF: Final = np.uint32(16)


class Weights:
    """The weight of each feature for each label. Immutable."""

    def __init__(self, multipliers: Hashes, hashes: Hashes, weights: NDArray[np.int16], scale: float) -> None:
        """Takes a multiplier for each bucket and, one entry a slot, hashes and weights; an empty slot has 0."""
        self._multipliers = multipliers
        self._hashes = hashes
        self._rows = np.zeros((len(hashes), WIDTH), np.float32)
        self._rows[:, : len(LABELS)] = weights
        self._rows *= np.float32(scale)

    def total(self, hashes: Hashes, more: Iterable[Scores] = ()) -> Scores:
        """Returns the sums of the weights over the first axis of `hashes`: [features, tokens] -> [tokens, `WIDTH`].

        With what there is `more`, one row a token, added behind them.
        """
        slots = slots_of(hashes, self._multipliers.take(hashes >> _TO_BUCKET), len(self._hashes))
        # Slot 0 is empty: it is the place of all that is not in the table.
        slots *= self._hashes.take(slots) == hashes
        # `take` is six times as fast as an index here.
        parts = self._rows.take(slots, axis=0)
        summed: Scores = np.add.reduce(parts)
        for each in more:
            summed += each
        return summed


def slots_of(hashes: Hashes, multipliers: Hashes, size: int) -> Hashes:
    """Returns the slot of each hash in a table of at most 65,536. `multipliers` is written over."""
    multipliers *= hashes
    multipliers >>= _HALF
    multipliers *= np.uint32(size)
    multipliers >>= _HALF
    return multipliers
