"""Keyed hashes of stretches of symbols: cheap ones to choose by, and sealed ones to keep.

A polynomial with a secret base over secret symbols costs a few vector operations for all stretches of a text, so it
serves for choosing. What is stored and looked up is that number encrypted with AES under another key (a pseudorandom
function): whoever holds the stored numbers but not the key can test no guess, however short the text.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Places = NDArray[np.int64]

_ASCII = 128
_MASK = 2**64 - 1
_POWERS = 2**14


@dataclass(frozen=True, slots=True)
class FingerprintKey:
    """Everything secret that fingerprints depend on, derived from 32 bytes."""

    letters: Words = field(repr=False)
    base: int = field(repr=False)
    scramble: int = field(repr=False)
    cipher_key: bytes = field(repr=False)
    metadata_key: bytes = field(repr=False)
    powers: tuple[Words, Words] = field(repr=False)

    @classmethod
    def of(cls, secret: bytes) -> Self:
        """Returns the key for a secret of 32 bytes. Raises `ValueError` for any other length."""
        if len(secret) != 32:
            raise ValueError("a fingerprint key is made from 32 bytes")
        stream = hashlib.shake_256(b"fingerprints\x00" + secret).digest(8 * (_ASCII + 2) + 64)
        words = np.frombuffer(stream[: 8 * (_ASCII + 2)], dtype="<u8").astype(np.uint64)
        base = int(words[_ASCII]) | 1
        rest = stream[8 * (_ASCII + 2) :]
        return cls(
            letters=words[:_ASCII].copy(),
            base=base,
            scramble=int(words[_ASCII + 1]) | 1,
            cipher_key=rest[:32],
            metadata_key=rest[32:],
            powers=_powers(base, _POWERS),
        )

    def symbols(self, codes: NDArray[np.uint8] | NDArray[np.uint32]) -> Words:
        """Returns a secret word for each code; codes from 128 up are scrambled instead of looked up."""
        if codes.size == 0 or int(codes.max()) < _ASCII:
            return self.letters.take(codes, mode="clip")
        words: Words = self.letters[codes & np.uint32(_ASCII - 1)]
        words ^= (codes >> np.uint32(7)).astype(np.uint64) * np.uint64(self.scramble)
        return words

    def unite(self, one: Words, other: Words) -> Words:
        """Returns one raw hash for each pair, whichever of the two comes first."""
        low, high = np.minimum(one, other), np.maximum(one, other)
        united: Words = (low ^ low >> np.uint64(29)) * np.uint64(self.scramble) + (high ^ high >> np.uint64(31))
        return united

    def seal(self, raw: Words, stream: int | Words) -> Words:
        """Returns what may be stored for raw hashes of one stream or several: half of AES-256(key, hash || stream)."""
        blocks = np.empty((raw.size, 2), dtype="<u8")
        blocks[:, 0] = raw
        blocks[:, 1] = stream
        # One block at a time is what a pseudorandom function is; nothing is hidden by a mode here.
        encryptor = Cipher(algorithms.AES(self.cipher_key), modes.ECB()).encryptor()  # noqa: S305
        sealed = np.frombuffer(encryptor.update(blocks.tobytes()), dtype="<u8")
        return sealed[::2].astype(np.uint64)


def _powers(base: int, count: int) -> tuple[Words, Words]:
    """The powers of the base and of its inverse modulo 2^64."""
    inverse = pow(base, -1, 2**64)
    up, down = np.full(count, base, np.uint64), np.full(count, inverse & _MASK, np.uint64)
    up[0] = down[0] = 1
    return np.multiply.accumulate(up), np.multiply.accumulate(down)


def distinct(values: Words) -> Words:
    """Returns the values once each, ascending. Sorting beats `numpy.unique`, which hashes, by four times here."""
    ordered = np.sort(values)
    first = np.ones(ordered.size, np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


class Stretches:
    """The raw hash of any stretch of a sequence of symbols, in constant time each."""

    __slots__ = ("_sums", "_up")

    def __init__(self, symbols: Words, key: FingerprintKey) -> None:
        """Takes the symbols in order. Costs a few vector operations over all of them."""
        up, down = self.powers(key, symbols.size + 1)
        self._up = up
        self._sums = np.zeros(symbols.size + 1, np.uint64)
        np.cumsum(symbols * down[: symbols.size], out=self._sums[1:])

    @staticmethod
    def powers(key: FingerprintKey, count: int) -> tuple[Words, Words]:
        """Returns at least `count` powers of the base and of its inverse."""
        return key.powers if count <= _POWERS else _powers(key.base, count)

    def runs(self, length: int) -> Words:
        """Returns the hash of every run of this many symbols, by its first symbol."""
        count = max(0, self._sums.size - length)
        return (self._sums[length:] - self._sums[:count]) * self._up[:count]

    def between(self, starts: Places, ends: Places) -> Words:
        """Returns the hash of each stretch `starts[i]` to `ends[i]`; equal stretches have equal hashes anywhere."""
        return (self._sums[ends] - self._sums[starts]) * self._up[starts]
