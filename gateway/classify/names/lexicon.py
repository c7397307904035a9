"""What is known about single words: lists of first names, last names, places and common words, kept as hashes.

The lists are not stored as text: a word is looked up by its CRC-32, so about one unknown word in thirty thousand is
taken for a known one. That costs a little precision and saves ten megabytes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from enum import IntFlag
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray


class Known(IntFlag):
    """What a word is known as."""

    FIRST = 1
    LAST = 2
    PLACE = 4
    REGION = 8
    ORGANISATION = 16
    COMMON = 32
    READ = 64
    STREET = 128


UNKNOWN: Final = Known(0)
NAMING: Final = Known.FIRST | Known.LAST | Known.PLACE | Known.REGION
"""What is hidden from a model at random while it learns, so that it finds names on no list."""
_NAMING: Final = int(NAMING)
_BUCKET_BITS: Final = 12
_TO_BUCKET: Final = 32 - _BUCKET_BITS
"""The first bits of a hash say among which few hashes it stands."""


def word_hash(word: str) -> int:
    """Returns the CRC-32 of the word in lower case."""
    return crc32(word.lower().encode())


class Lexicon:
    """Looks up words. Immutable; two arrays, one entry a word."""

    def __init__(self, hashes: NDArray[np.uint32], known: NDArray[np.uint8]) -> None:
        """Takes the sorted hashes and what each word is known as."""
        self._sorted = memoryview(hashes.tobytes()).cast("I")
        self._known = known.tobytes()
        firsts = np.arange((1 << _BUCKET_BITS) + 1, dtype=np.uint64) << np.uint64(_TO_BUCKET)
        self._begins: list[int] = np.searchsorted(hashes, firsts).tolist()

    def known(self, word: str) -> Known:
        """Returns what the word is known as; of a word with a hyphen, what any of its parts is."""
        return Known(self.facts(word))

    def facts(self, word: str) -> int:
        """Returns the same as a plain number, for many words: an enumeration's member costs a microsecond to make."""
        found = self._lookup(word)
        if "-" in word:
            for part in word.split("-"):
                found |= self._lookup(part) & _NAMING
        return found

    def _lookup(self, word: str) -> int:
        wanted = word_hash(word)
        bucket = wanted >> _TO_BUCKET
        end = self._begins[bucket + 1]
        place = bisect_left(self._sorted, wanted, self._begins[bucket], end)
        return self._known[place] if place < end and self._sorted[place] == wanted else 0

    @staticmethod
    def arrays(words: Mapping[str, int]) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
        """Returns the arrays to store for these words."""
        by_hash: dict[int, int] = {}
        for word, known in words.items():
            by_hash[word_hash(word)] = by_hash.get(word_hash(word), 0) | known
        ordered = sorted(by_hash.items())
        return np.array([h for h, _ in ordered], np.uint32), np.array([k for _, k in ordered], np.uint8)
