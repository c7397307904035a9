"""The fingerprints of everything registered, ready to be looked up."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from gateway.classify.fingerprints.documents import Kind, Registered
from gateway.classify.fingerprints.keying import Places, Words
from gateway.classify.fingerprints.streams import METHOD
from gateway.classify.fingerprints.tree import tree_root

Numbers = NDArray[np.uint32]
NOT_FOUND, SHARED = -1, -2
SHARED_BIT = np.uint32(1 << 31)
_BITS_PER_VALUE = 16
_LEAST_FILTER_BITS = 10


@dataclass(frozen=True, slots=True)
class Index:
    """Rows `(values[i], numbers[i])`, ascending by value: a fingerprint and the document it is of.

    The highest bit of a number marks a fingerprint that is shared. `sieve` has one bit per range of values, for a quick
    "not there". `public` are fingerprints of text that anybody may have. `root` commits to all of it, hexadecimal.
    """

    tenant: str
    documents: tuple[Registered, ...]
    values: Words = field(repr=False)
    numbers: Numbers = field(repr=False)
    sieve: NDArray[np.uint8] = field(repr=False)
    public: Words = field(repr=False)
    root: str
    owners: Places = field(repr=False)
    kinds: frozenset[Kind]

    @classmethod
    def of(cls, tenant: str, documents: Sequence[Registered], values: Words, numbers: Numbers, public: Words) -> Self:
        """Returns the index of sorted rows whose shared ones are marked."""
        return cls(
            tenant=tenant,
            documents=tuple(documents),
            values=values,
            numbers=numbers,
            sieve=_sieve(values),
            public=public,
            root=root_of(documents, hashlib.sha256(public.tobytes()).hexdigest()),
            owners=owner_numbers(documents),
            kinds=frozenset(document.kind for document in documents),
        )

    def find(self, values: Words) -> Places:
        """Returns the document of each fingerprint, `NOT_FOUND` or `SHARED`."""
        found = np.full(values.size, NOT_FOUND, np.int64)
        if self.values.size == 0:
            return found
        at = values >> np.uint64(64 - _sieve_bits(self.sieve))
        passed = self.sieve[at >> np.uint64(3)] >> (at & np.uint64(7)).astype(np.uint8) & np.uint8(1)
        maybe = passed.nonzero()[0]
        rows = np.searchsorted(self.values, values[maybe])
        rows[rows == self.values.size] = 0
        same = self.values[rows] == values[maybe]
        numbers = self.numbers[rows[same]]
        found[maybe[same]] = np.where(numbers & SHARED_BIT, SHARED, numbers.astype(np.int64))
        return found


def owner_numbers(documents: Sequence[Registered]) -> Places:
    """Returns a number for the owner of each document."""
    numbers = {owner: number for number, owner in enumerate(sorted({each.owner for each in documents}))}
    return np.array([numbers[document.owner] for document in documents], np.int64)


def root_of(documents: Sequence[Registered], public_digest: str) -> str:
    """Returns the Merkle root over the method, the public set and every document, ordered by owner and name."""
    ordered = sorted(documents, key=lambda each: (each.owner, each.name))
    return tree_root([f"{METHOD} {public_digest}".encode(), *(each.leaf() for each in ordered)]).hex()


def digest_of(values: Words) -> str:
    """Returns the digest of a document's distinct fingerprints, ascending."""
    return hashlib.sha256(values.astype("<u8").tobytes()).hexdigest()


def _sieve(values: Words) -> NDArray[np.uint8]:
    bits = max(_LEAST_FILTER_BITS, (max(1, values.size) * _BITS_PER_VALUE - 1).bit_length())
    marks = np.zeros(1 << bits, np.bool_)
    marks[values >> np.uint64(64 - bits)] = True
    return np.packbits(marks, bitorder="little")


def _sieve_bits(sieve: NDArray[np.uint8]) -> int:
    return int(sieve.size).bit_length() + 2
