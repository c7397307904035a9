"""From tokens to features, as 32-bit hashes. Training and reading share this code, so they cannot drift apart.

Features are of two sorts. Those of a word alone (its ending, its shape, the lists it is on), at each of five places
round a token, are summed once per word and remembered. Those of several tokens together are computed for a whole text
in a few array operations.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain
from math import sqrt
from typing import Final, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from gateway.classify.names.lexicon import UNKNOWN, Known, Lexicon
from gateway.classify.names.tokens import Kind, kind_of

Hashes = NDArray[np.uint32]
OFFSETS: Final = (-2, -1, 0, 1, 2)
PADDING: Final = 2
"""Empty tokens (of kind END, all their hashes 0) that keep two texts apart: no feature reaches over so many."""
_CASED: Final = (Kind.CAPITAL, Kind.UPPER, Kind.LETTER, Kind.CAMEL)
_READ, _END, _LINE, _LOWER = int(Known.READ), int(Kind.END), int(Kind.LINE), int(Kind.LOWER)
"""As plain numbers: numpy takes microseconds to see what an enumeration's member is."""
_ENDINGS: Final = (2, 3, 4)
_LONG: Final = 12
"""Letters of an ending; and of a word, from which on it counts as long."""
_CODE: Final = frozenset("{}[]()=;<>+*_$#\\|&%!")
_M1, _M2, _M3 = np.uint32(0x9E3779B1), np.uint32(0x85EBCA77), np.uint32(0xC2B2AE3D)
_BEFORE2, _BEFORE, _IDENTITY, _AFTER, _AFTER2, _LEFT2, _LEFT, _SHAPE, _RIGHT, _RIGHT2 = range(10)
"""Rows: identity of the tokens from two before to two after, and the same of shapes."""
_CUE_ROW: Final = 10
_CUE, _CUE_WORD, _FOLLOWS, _LINE_ROW = range(_CUE_ROW, _CUE_ROW + 4)
_GROUPS: Final = (
    (_BEFORE, _SHAPE),
    (_AFTER, _SHAPE),
    (_LEFT, _SHAPE, _RIGHT),
    (_LEFT2, _LEFT, _SHAPE),
    (_SHAPE, _RIGHT, _RIGHT2),
    (_BEFORE2, _BEFORE, _SHAPE),
    (_AFTER, _AFTER2, _SHAPE),
    (_BEFORE, _IDENTITY),
    (_IDENTITY, _AFTER),
    (_CUE, _SHAPE),
    (_CUE_WORD, _SHAPE),
    (_FOLLOWS, _SHAPE),
    (_CUE, _CUE_WORD),
    (_LINE_ROW, _SHAPE),
    (_LINE_ROW, _LEFT, _SHAPE),
    (_BEFORE, _AFTER),
    (_BEFORE, _IDENTITY, _AFTER),
    (_CUE_WORD, _FOLLOWS, _SHAPE),
)
"""Which rows make a feature together. The models know a feature by its number here, from 1 on."""
_BY_SIZE: Final = sorted(range(len(_GROUPS)), key=lambda number: len(_GROUPS[number]))
_NUMBERS: Final = np.array([[number + 1] for number in _BY_SIZE], np.uint32)
_FIRSTS: Final = np.array([_GROUPS[number][0] for number in _BY_SIZE])
_SECONDS: Final = np.array([_GROUPS[number][1] for number in _BY_SIZE])
_THIRDS: Final = np.array([_GROUPS[number][-1] for number in _BY_SIZE if len(_GROUPS[number]) > 2])
_IN_ORDER: Final = np.argsort(_BY_SIZE)
"""Groups of three stand last while they are mixed, and in their places again where weights are summed."""


class Word(NamedTuple):
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
    known = lexicon.facts(token) & ~int(hidden) if kind >= _LOWER else 0
    is_read = bool(known & _READ)
    shape, here, near = _of_sort(kind, known & ~_READ)
    lower = token.lower()
    identity = _identity(lower, kind, is_read=is_read) or shape
    opens = kind in _CASED and not is_read
    here = (identity, shape, *here, *_parts(lower, kind))
    return Word(identity, shape, here, (identity, shape, *near), kind, opens, token in _CODE)


@cache
def _of_sort(kind: Kind, known: int) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """What all words of one kind on the same lists have in common: their shape, and features here and near."""
    bits = tuple(_hash(f"b{1 << place}|{int(kind)}") for place in range(known.bit_length()) if known >> place & 1)
    here, near = (_hash(f"{sort}{int(kind)}") for sort in "kn")
    return _hash(f"k{int(kind)}|{known}"), (here, *bits), (near, *bits)


def _identity(lower: str, kind: Kind, *, is_read: bool) -> int:
    if kind in {Kind.SIGN, Kind.HAN, Kind.LINE, Kind.END}:
        return _hash(f"w{lower[:3]}")
    if kind is Kind.NUMBER:
        return _hash(f"d{min(len(lower), 9)}")
    return _hash(f"w{lower}") if is_read else 0


def _parts(lower: str, kind: Kind) -> tuple[int, ...]:
    if kind < _LOWER or kind is Kind.HAN:
        return ()
    cased = kind in _CASED
    endings = [_hash(f"s{lower[-size:]}|{cased}") for size in _ENDINGS if len(lower) > size]
    return (*endings, _hash(f"p{lower[:3]}|{cased}"), _of_length(min(len(lower), _LONG), kind))


@cache
def _of_length(size: int, kind: Kind) -> int:
    return _hash(f"l{size}|{int(kind)}")


def _hash(text: str) -> int:
    return crc32(text.encode())


def at_offset(hashes: Hashes, offset: int) -> Hashes:
    """Returns the hashes of the same features seen from `offset` tokens away; 0 stays 0."""
    mixed = (hashes ^ np.uint32((offset + 3) * 0x27D4EB2F & 0xFFFFFFFF)) * _M1
    spread: Hashes = mixed ^ (mixed >> np.uint32(15))
    spread[hashes == 0] = 0
    return spread


def joint(
    identity: Hashes, shape: Hashes, opens: NDArray[np.bool_], kinds: NDArray[np.uint8], code: NDArray[np.bool_]
) -> Hashes:
    """Returns the features of several tokens together, one column a token. All arrays have one entry a token.

    Several texts are read as each by itself when `PADDING` empty tokens stand between them.
    """
    size = len(identity)
    around = np.zeros((2, size + 4), np.uint32)
    around[0, 2:-2], around[1, 2:-2] = identity, shape
    seen = np.empty((_LINE_ROW + 1, size), np.uint32)
    # Row by row the same array, each one token further on: one copy instead of ten.
    seen[:_CUE_ROW].reshape(2, 5, size)[:] = np.ndarray((2, 5, size), np.uint32, around, strides=(*around.strides, 4))
    seen[_CUE_ROW:_LINE_ROW] = _closed(around[0], ~opens, (kinds >= _LOWER) | (kinds == _END))
    seen[_LINE_ROW] = _lines(kinds, code)
    return _mixed(seen)


def _mixed(seen: Hashes) -> Hashes:
    """One hash for each group and token: [groups, tokens]."""
    mixed = seen.take(_FIRSTS, axis=0)
    mixed *= _M1
    mixed += _NUMBERS
    mixed ^= mixed >> np.uint32(16)
    mixed *= _M2
    mixed += seen.take(_SECONDS, axis=0)
    mixed ^= mixed >> np.uint32(15)
    mixed *= _M3
    triples = mixed[-len(_THIRDS) :]
    triples += seen.take(_THIRDS, axis=0)
    triples *= _M1
    mixed ^= mixed >> np.uint32(14)
    return mixed.take(_IN_ORDER, axis=0)


def _closed(around: Hashes, closed: NDArray[np.bool_], words: NDArray[np.bool_]) -> Hashes:
    """For each token the last closed one before it, the last such word, and the next closed one behind it; 0 for none.

    `around` has two zeros on each side. An empty token between texts is closed and a word, and says 0.
    """
    size = len(closed)
    wanted = np.empty((3, size), np.bool_)
    wanted[0], wanted[1], wanted[2] = closed, closed & words, closed[::-1]
    last = np.maximum.accumulate(wanted * np.arange(1, size + 1), axis=1)[:, :-1]
    found = np.zeros((3, size), np.uint32)
    found[:2, 1:] = around[1:-2].take(last[:2])
    found[2, 1:] = around[-2:1:-1].take(last[2])
    found[2] = found[2, ::-1].copy()
    return found


def _lines(kinds: NDArray[np.uint8], code: NDArray[np.bool_]) -> Hashes:
    """What sort of line each token is in (code signs, small letters, length) and whether it is the first in it."""
    if np.minimum.reduce(kinds) > _LINE:
        return _one_line(kinds, code)
    # A line holds the sign that ends it; what stands between texts is a line of its own.
    fresh = np.ones(len(kinds), np.bool_)
    fresh[1:] = (kinds[:-1] <= _LINE) | (kinds[1:] == _END)
    starts = fresh.nonzero()[0]
    if len(starts) == 1:
        return _one_line(kinds, code)
    size = np.empty_like(starts)
    size[:-1], size[-1] = starts[1:] - starts[:-1], len(kinds) - starts[-1]
    signs = np.add.reduceat(code, starts, dtype=np.intp)
    small = np.logical_or.reduceat(kinds == _LOWER, starts)
    sort = (
        np.minimum(np.sqrt(size), 6).astype(np.uint32)
        + np.uint32(8) * np.minimum(signs * 8 / size, 3).astype(np.uint32)
        + np.uint32(32) * small
        + np.uint32(1)
    )
    lines: Hashes = sort.repeat(size)
    lines[starts] += np.uint32(64)
    return lines


def _one_line(kinds: NDArray[np.uint8], code: NDArray[np.bool_]) -> Hashes:
    """As `_lines` where there is but one line: most prompts. The operations there take longer than the rest."""
    size = len(kinds)
    signs, small = int(np.count_nonzero(code)), bool((kinds == _LOWER).any())
    lines = np.full(size, int(min(sqrt(size), 6)) + 8 * int(min(signs * 8 / size, 3)) + 32 * small + 1, np.uint32)
    lines[0] += np.uint32(64)
    return lines


def arrays_of(words: Sequence[Word]) -> tuple[Hashes, Hashes, NDArray[np.bool_], NDArray[np.uint8], NDArray[np.bool_]]:
    """Returns the arrays that `joint` takes."""
    return (
        np.array([word.identity for word in words], np.uint32),
        np.array([word.shape for word in words], np.uint32),
        np.array([word.opens for word in words], np.bool_),
        np.array([int(word.kind) for word in words], np.uint8),
        np.array([word.code for word in words], np.bool_),
    )


def padded(lists: Sequence[Sequence[int]]) -> Hashes:
    """Returns the hashes, one row a word, filled up with 0."""
    sizes = np.fromiter(map(len, lists), np.intp, len(lists))
    filled = np.zeros((len(lists), int(sizes.max())), np.uint32)
    filled[np.arange(filled.shape[1]) < sizes[:, None]] = np.fromiter(chain.from_iterable(lists), np.uint32)
    return filled
