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
        hashes = stretches.runs(CHARACTERS)
        ranks = winnow(hashes, CHARACTER_WINDOW)
        values = self._key.seal(hashes[ranks], Stream.TEXT)
        return Prints(values, ranks, normal.places, normal.places + 1, CHARACTERS)

    def blind(self, text: str) -> Prints:
        """Returns the fingerprints of the text as code without names; none for prose."""
        hashes, begins, ends = self._blind.read(text)
        ranks = winnow(hashes, TOKEN_WINDOW)
        ranks = ranks[hashes[ranks] != 0]
        return Prints(self._key.seal(hashes[ranks], Stream.BLIND), ranks, begins, ends, RUN)

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
        normal, stretches = self.normal(text)
        values = self.text(normal, stretches).values
        if is_code:
            values = np.concatenate((values, self.blind(text).values))
        return distinct(values)
