"""From tokens to features, as 32-bit hashes. Training and reading share this code, so they cannot drift apart.

Features are of two sorts. Those of a word alone (its ending, its shape, the lists it is on), at each of five places
round a token, are summed once per word and remembered. Those of several tokens together are computed for a whole text
in a few array operations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from gateway.classify.names.lexicon import UNKNOWN, Known, Lexicon
from gateway.classify.names.tokens import Kind, kind_of

Hashes = NDArray[np.uint32]
OFFSETS: Final = (-2, -1, 0, 1, 2)
_CASED: Final = (Kind.CAPITAL, Kind.UPPER, Kind.LETTER, Kind.CAMEL)
_CODE: Final = frozenset("{}[]()=;<>+*_$#\\|&%!")
_M1, _M2, _M3 = np.uint32(0x9E3779B1), np.uint32(0x85EBCA77), np.uint32(0xC2B2AE3D)


@dataclass(frozen=True, slots=True)
class Word:
    """One word: hashes of what it is (`identity`, `shape`), its features here and near, and what it looks like.

    `opens`: it may be part of a name for all that is known of it. `code`: a sign that is frequent in code.
    """

    identity: int
    shape: int
    here: tuple[int, ...]
    near: tuple[int, ...]
    kind: Kind
    opens: bool
    code: bool


def read_word(token: str, lexicon: Lexicon, hidden: Known = UNKNOWN) -> Word:
    """Returns what is known of a token; `hidden` lists are not looked at."""
    kind = kind_of(token)
    known = lexicon.known(token) & ~hidden if kind >= Kind.LOWER else UNKNOWN
    shape = _hash(f"k{int(kind)}|{int(known & ~Known.READ)}")
    lower = token.lower()
    identity = _identity(lower, kind, known) or shape
    bits = tuple(_hash(f"b{each.value}|{int(kind)}") for each in known & ~Known.READ)
    here = (identity, shape, _hash(f"k{int(kind)}"), *bits, *_parts(lower, kind))
    near = (identity, shape, _hash(f"n{int(kind)}"), *bits)
    opens = kind in _CASED and Known.READ not in known
    return Word(identity, shape, here, near, kind, opens, token in _CODE)


def _identity(lower: str, kind: Kind, known: Known) -> int:
    if kind in {Kind.SIGN, Kind.HAN, Kind.LINE, Kind.END}:
        return _hash(f"w{lower[:3]}")
    if kind is Kind.NUMBER:
        return _hash(f"d{min(len(lower), 9)}")
    return _hash(f"w{lower}") if Known.READ in known else 0


def _parts(lower: str, kind: Kind) -> tuple[int, ...]:
    if kind < Kind.LOWER or kind is Kind.HAN:
        return ()
    tail = tuple(_hash(f"s{lower[-n:]}|{kind in _CASED}") for n in (2, 3, 4) if len(lower) > n)
    return (*tail, _hash(f"p{lower[:3]}|{kind in _CASED}"), _hash(f"l{min(len(lower), 12)}|{int(kind)}"))


def _hash(text: str) -> int:
    return crc32(text.encode())


def at_offset(hashes: Hashes, offset: int) -> Hashes:
    """Returns the hashes of the same features seen from `offset` tokens away."""
    mixed = (hashes ^ np.uint32((offset + 3) * 0x27D4EB2F & 0xFFFFFFFF)) * _M1
    spread: Hashes = mixed ^ (mixed >> np.uint32(15))
    return spread


def joint(
    identity: Hashes, shape: Hashes, opens: NDArray[np.bool_], kinds: NDArray[np.uint8], code: NDArray[np.bool_]
) -> Hashes:
    """Returns the features of several tokens together, one row a token. All arrays have one entry a token."""
    before, after = _shift(identity, 1), _shift(identity, -1)
    before2, after2 = _shift(identity, 2), _shift(identity, -2)
    left, right = _shift(shape, 1), _shift(shape, -1)
    cue, cue_word = _last(identity, ~opens), _last(identity, ~opens & (kinds >= Kind.LOWER))
    follows = _last(identity[::-1], ~opens[::-1])[::-1]
    line = _lines(kinds, code)
    groups = (
        (1, before, shape, None),
        (2, after, shape, None),
        (3, left, shape, right),
        (4, _shift(shape, 2), left, shape),
        (5, shape, right, _shift(shape, -2)),
        (6, before2, before, shape),
        (7, after, after2, shape),
        (8, before, identity, None),
        (9, identity, after, None),
        (10, cue, shape, None),
        (11, cue_word, shape, None),
        (12, follows, shape, None),
        (13, cue, cue_word, None),
        (14, line, shape, None),
        (15, line, left, shape),
        (16, before, after, None),
        (17, before, identity, after),
        (18, cue_word, follows, shape),
    )
    return np.stack([_mix(tag, first, second, third) for tag, first, second, third in groups], axis=1)


def _mix(tag: int, first: Hashes, second: Hashes, third: Hashes | None) -> Hashes:
    mixed = first * _M1 + np.uint32(tag)
    mixed = (mixed ^ (mixed >> np.uint32(16))) * _M2 + second
    mixed = (mixed ^ (mixed >> np.uint32(15))) * _M3
    if third is not None:
        mixed = (mixed + third) * _M1
    spread: Hashes = mixed ^ (mixed >> np.uint32(14))
    return spread


def _shift(values: Hashes, by: int) -> Hashes:
    moved = np.zeros_like(values)
    if by > 0:
        moved[by:] = values[:-by]
    else:
        moved[:by] = values[-by:]
    return moved


def _last(values: Hashes, wanted: NDArray[np.bool_]) -> Hashes:
    """For each token the value at the last wanted token before it, or 0."""
    places = np.maximum.accumulate(np.where(wanted, np.arange(1, len(values) + 1), 0))
    before = np.concatenate(([0], places[:-1]))
    seen: Hashes = np.concatenate((np.zeros(1, np.uint32), values))[before]
    return seen


def _lines(kinds: NDArray[np.uint8], code: NDArray[np.bool_]) -> Hashes:
    """What sort of line each token is in (code signs, small letters, length) and whether it is the first in it."""
    breaks = kinds == Kind.LINE
    number = np.cumsum(breaks) - breaks
    size = np.bincount(number)
    signs = np.bincount(number, weights=code)
    small = np.bincount(number, weights=kinds == Kind.LOWER)
    sort = (
        np.minimum(np.sqrt(size), 6).astype(np.uint32)
        + np.uint32(8) * np.minimum(signs * 8 / size, 3).astype(np.uint32)
        + np.uint32(32) * (small > 0).astype(np.uint32)
    )
    first = np.concatenate(([True], breaks[:-1]))
    lines: Hashes = sort[number] + np.uint32(64) * first.astype(np.uint32) + np.uint32(1)
    return lines


def arrays_of(words: Sequence[Word]) -> tuple[Hashes, Hashes, NDArray[np.bool_], NDArray[np.uint8], NDArray[np.bool_]]:
    """Returns the arrays that `joint` takes."""
    return (
        np.array([word.identity for word in words], np.uint32),
        np.array([word.shape for word in words], np.uint32),
        np.array([word.opens for word in words], np.bool_),
        np.array([word.kind for word in words], np.uint8),
        np.array([word.code for word in words], np.bool_),
    )
