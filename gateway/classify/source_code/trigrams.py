"""How much runs of three neighbouring characters say for code: one table, one look-up a character.

The table is made by `gateway.classify.source_code.training` and shipped; it holds 64 kB. A run is counted in the place
that its hash names, so a few runs share one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

TABLE = Path(__file__).parent / "data" / "trigrams.npy"
PLACES = 1 << 16
_SHIFT = np.uint32(16)
_SPREAD = np.uint32(2654435761)
"""Knuth's multiplier, the golden ratio of 2^32: the high bits of the product depend on all of the run."""
_ASCII = 0x7F
_UNIT = 16.0 / 32


@dataclass(frozen=True, slots=True)
class TrigramTable:
    """Weights of runs; positive speaks for code. Immutable and safe to share between threads."""

    weights: npt.NDArray[np.float32] = field(repr=False)

    @classmethod
    def load(cls, path: Path = TABLE) -> Self:
        """Returns the table in a file. Raises `OSError` or `ValueError` when there is none."""
        return cls(np.load(path, allow_pickle=False).astype(np.float32) * _UNIT)

    def scores(self, text: bytes) -> npt.NDArray[np.float32]:
        """Returns the weight of each character with the two before it; line breaks stand before the first."""
        return self.weights.take(trigrams(text))

    def mean(self, text: bytes) -> float:
        """Returns the mean weight of a text, a natural logarithm of odds; 0 for an empty text."""
        return float(self.scores(text).mean()) if text else 0.0


def trigrams(text: bytes) -> npt.NDArray[np.uint32]:
    """Returns the place of each character's run, itself the last of the three. The text is ASCII."""
    codes = np.frombuffer(b"\n\n" + text, dtype=np.uint8).astype(np.uint32)
    codes &= _ASCII
    places: npt.NDArray[np.uint32] = codes[:-2] << np.uint32(7)
    places += codes[1:-1]
    places <<= np.uint32(7)
    places += codes[2:]
    places *= _SPREAD
    places >>= _SHIFT
    return places
