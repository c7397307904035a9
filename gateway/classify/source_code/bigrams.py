"""How much pairs of neighbouring characters say for code: one table, one look-up a character.

The table is made by `gateway.classify.source_code.training` and shipped; it holds 16 kB.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

CHARACTERS = 128
TABLE = Path(__file__).parent / "data" / "bigrams.npy"
_UNIT = 16.0 / 32
_SPACE = 32
_SPACES = _SPACE * CHARACTERS + _SPACE


@dataclass(frozen=True, slots=True)
class BigramTable:
    """Weights of pairs; positive speaks for code. Immutable and safe to share between threads."""

    weights: npt.NDArray[np.float32] = field(repr=False)

    @classmethod
    def load(cls, path: Path = TABLE) -> Self:
        """Returns the table in a file. Raises `OSError` or `ValueError` when there is none."""
        weights = np.load(path, allow_pickle=False).astype(np.float32) * _UNIT
        weights[_SPACES] = 0.0
        return cls(weights)

    def scores(self, text: bytes) -> npt.NDArray[np.float32]:
        """Returns the weight of each character with the one before it; a line break stands before the first."""
        return self.weights[bigrams(text)]

    def mean(self, text: bytes) -> float:
        """Returns the mean weight of a text, a natural logarithm of odds; 0 for an empty text."""
        return float(self.scores(text).mean()) if text else 0.0


def bigrams(text: bytes) -> npt.NDArray[np.intp]:
    """Returns the number of each character's pair with the one before it. The text is ASCII."""
    characters = np.frombuffer(b"\n" + text, dtype=np.uint8) & (CHARACTERS - 1)
    return characters[:-1].astype(np.intp) * CHARACTERS + characters[1:]
