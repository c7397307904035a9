"""What is hashed of a text: runs of its characters, runs of its tokens without names, and cells of tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from gateway.classify.fingerprints.blind import RUN, BlindReader
from gateway.classify.fingerprints.keying import FingerprintKey, Places, Stretches, Words, distinct
from gateway.classify.fingerprints.normal import Codes, Normal, normalise
from gateway.classify.fingerprints.winnow import winnow

CHARACTERS = 24
"""Letters and digits in one run."""
CHARACTER_WINDOW = 8
"""A shared run of 24 + 8 - 1 letters and digits always shares a fingerprint."""
TOKEN_WINDOW = 4
METHOD = f"1:{CHARACTERS}/{CHARACTER_WINDOW}:{RUN}/{TOKEN_WINDOW}"
"""What two sets of fingerprints must have in common to be comparable: bump the number when hashing changes."""


class Stream(IntEnum):
    """What a fingerprint was made of. Part of what is sealed, so that streams never meet."""

    TEXT = 1
    BLIND = 2
    CELL = 3
    PAIR = 4
    ALONE = 5


@dataclass(frozen=True, slots=True)
class Prints:
    """The fingerprints of one stream of one text, in the order of the text.

    `ranks` are the units (letters and digits, or tokens) at which each begins; `begins[r]` and `ends[r]` are the code
    points of unit `r`; `run` is the units in one fingerprint.
    """

    values: Words = field(repr=False)
    ranks: Places = field(repr=False)
    begins: Places = field(repr=False)
    ends: Places = field(repr=False)
    run: int


class Fingerprinter:
    """Makes fingerprints with one key. Safe to call from several threads."""

    def __init__(self, key: FingerprintKey) -> None:
        """Prepares the reader of code."""
        self._key = key
        self._blind = BlindReader(key)

    def text(self, normal: Normal, stretches: Stretches) -> Prints:
        """Returns the fingerprints of the letters and digits."""
        raw, ranks = _winnowed(stretches.runs(CHARACTERS), CHARACTER_WINDOW)
        return _of_letters(self._key.seal(raw, Stream.TEXT), ranks, normal)

    def both(self, text: str, normal: Normal, stretches: Stretches) -> tuple[Prints, Prints]:
        """Returns the fingerprints of the letters and digits, and those of the text as code without names.

        There are none of the second kind for prose. Both are sealed together, which saves a tenth of the time.
        """
        raw, ranks = _winnowed(stretches.runs(CHARACTERS), CHARACTER_WINDOW)
        hashes, begins, ends = self._blind.read(text)
        nameless, places = _winnowed(hashes, TOKEN_WINDOW)
        told = nameless.nonzero()[0]
        streams = np.repeat(np.array((Stream.TEXT, Stream.BLIND), np.uint64), (raw.size, told.size))
        sealed = self._key.seal(np.concatenate((raw, nameless[told])), streams)
        blind = Prints(sealed[raw.size :], places[told], begins, ends, RUN)
        return _of_letters(sealed[: raw.size], ranks, normal), blind

    def normal(self, text: str) -> tuple[Normal, Stretches]:
        """Returns the letters and digits of a text, and the hash of any stretch of them."""
        normal = normalise(text)
        return normal, self.stretches(normal.codes)

    def cells(self, raw: Words, stream: Stream) -> Words:
        """Returns the fingerprints of cells, or pairs of cells, by their raw hashes."""
        return self._key.seal(raw, stream)

    def united(self, one: Words, other: Words) -> Words:
        """Returns raw hashes of pairs of cells; the order within a pair does not matter."""
        return self._key.unite(one, other)

    def stretches(self, codes: Codes) -> Stretches:
        """Returns the hash of any stretch of normalised characters."""
        return Stretches(self._key.symbols(codes), self._key)

    def values_of(self, text: str, *, is_code: bool) -> Words:
        """Returns the distinct fingerprints under which a text is registered, ascending."""
        reading = self.normal(text)
        if not is_code:
            return distinct(self.text(*reading).values)
        return distinct(np.concatenate([each.values for each in self.both(text, *reading)]))


def _winnowed(hashes: Words, window: int) -> tuple[Words, Places]:
    ranks = winnow(hashes, window)
    return hashes[ranks], ranks


def _of_letters(sealed: Words, ranks: Places, normal: Normal) -> Prints:
    return Prints(sealed, ranks, normal.places, normal.places + 1, CHARACTERS)
