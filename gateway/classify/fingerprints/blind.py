"""Code with its names left out: what stays when somebody renames identifiers.

Punctuation and the reserved words of common languages stand for themselves, a number for any number. A name says only
how many tokens ago the same name stood, within the run that is hashed (B. S. Baker's parameterised matching, "A theory
of parameterized pattern matching", STOC 1993): two runs are equal when one becomes the other by renaming throughout.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gateway.classify.fingerprints.keying import FingerprintKey, Places, Stretches, Words

Codes = NDArray[np.uint8] | NDArray[np.uint32]
Kinds = NDArray[np.uint8]
Flags = NDArray[np.bool_]

RUN = 20
"""Tokens in one run."""

_RESERVED = (
    "abstract and as assert async await bool break byte case catch char class const continue def default del do double"
    " elif else enum except export extends false final finally float fn for from func function global go goto if impl"
    " implements import in include int interface is lambda let long loop match mut namespace new nil none nonlocal not"
    " null or override package pass private protected pub public raise return self short signed sizeof static string"
    " struct super switch template this throw throws trait true try type typedef typename typeof undefined union"
    " unsigned use using var virtual void volatile where while with yield select insert update delete join group order"
    " True False None NULL String"
).split()
_SPACE, _WORD, _MARK = 0, 1, 2
_KINDS = bytes(_WORD if chr(c).isalnum() or c == 95 else _MARK if 32 < c < 127 else _SPACE for c in range(128))
_KIND_OF_BYTE = _KINDS.ljust(256, b"\0")
_NAME, _NUMBER = 1, 2
_FIRST_MARK = 0x100
_FIRST_DISTANCE = 0x1000
_RESERVED_BITS = 14
_RESERVED_SHIFT = np.uint64(64 - _RESERVED_BITS)
"""The highest bits of a name's hash: they tell all but one in a hundred other names from the reserved ones."""
_RESERVED_WEIGHT = 32
_FIRM = _RESERVED_WEIGHT + 6
"""A run must hold a reserved word and six marks: names alone, or data alone, say nothing."""
_MARKED_SHARE = 0.2
"""Texts with fewer tokens of punctuation are prose, tables or lists of words."""


class BlindReader:
    """Reads texts with one key."""

    def __init__(self, key: FingerprintKey) -> None:
        """Hashes the reserved words once."""
        self._key = key
        codes = [np.frombuffer(word.encode("utf-32-le"), np.uint32) for word in _RESERVED]
        hashes = [Stretches(key.symbols(code), key).runs(code.size)[0] for code in codes]
        self._reserved = np.unique(np.array(hashes, np.uint64))
        self._may_be_reserved = np.zeros(1 << _RESERVED_BITS, np.bool_)
        self._may_be_reserved[self._reserved >> _RESERVED_SHIFT] = True
        plain = np.array([_plain(c) for c in range(128)], np.uint32)
        self._plain = key.symbols(plain)
        self._is_name = plain == _NAME
        self._weights = (plain >= _FIRST_MARK).astype(np.int64)
        self._known = key.symbols(np.arange(_FIRST_DISTANCE, _FIRST_DISTANCE + RUN, dtype=np.uint32))
        self._known -= key.symbols(np.array([_NAME], np.uint32))[0]

    def read(self, text: str) -> tuple[Words, Places, Places]:
        """Returns the hash of each run, and where each token begins and ends in the text. All empty for prose.

        A run without enough punctuation has the hash 0 and stands for nothing.
        """
        codes, kinds = _classes(text)
        starts, ends = _tokens(kinds)
        marks = int(np.count_nonzero(kinds == _MARK))
        if starts.size <= RUN or marks < _MARKED_SHARE * starts.size:
            nothing = np.zeros(0, np.int64)
            return np.zeros(0, np.uint64), nothing, nothing
        first = codes[starts]
        if codes.dtype != np.uint8:
            first = np.where(first < 128, first, ord("a"))
        at = self._is_name[first].nonzero()[0]
        names = Stretches(self._key.symbols(codes), self._key).between(starts[at], ends[at])
        is_reserved = self._are_reserved(names)
        symbols, weights = self._plain[first], self._weights[first]
        reserved = at[is_reserved]
        symbols[reserved] = names[is_reserved]
        weights[reserved] = _RESERVED_WEIGHT
        own = ~is_reserved
        hashes = self._runs(symbols, *_distances(names[own], at[own]))
        hashes[_in_runs(weights) < _FIRM] = 0
        return hashes, starts, ends

    def _are_reserved(self, names: Words) -> Flags:
        flags: Flags = self._may_be_reserved[names >> _RESERVED_SHIFT]
        likely = flags.nonzero()[0]
        found = np.searchsorted(self._reserved[:-1], names[likely])
        flags[likely] = self._reserved[found] == names[likely]
        return flags

    def _runs(self, symbols: Words, at: Places, back: Places) -> Words:
        """The hash of each run: the name at `at[i]`, known from `back[i]` tokens ago, counts as known within a run."""
        up, down = Stretches.powers(self._key, symbols.size + 1)
        known = self._known[back] * down[at]
        # Token `t` is known in the runs that begin after `t - RUN` and not after `t - back`: a step up, a step down.
        steps = np.zeros(symbols.size + RUN + 1, np.uint64)
        steps[at + 1] = known
        steps[at - back + RUN + 1] -= known  # no place twice: a name is followed by itself once
        count = symbols.size - RUN + 1
        return Stretches(symbols, self._key).runs(RUN) + np.cumsum(steps)[RUN : RUN + count] * up[:count]


def _plain(code: int) -> int:
    """What a token stands for that begins with this character and is not reserved."""
    if _KINDS[code] == _MARK:
        return _FIRST_MARK + code
    return _NUMBER if chr(code).isdigit() else _NAME


def _classes(text: str) -> tuple[Codes, Kinds]:
    """The code points and what each is; letters outside ASCII are parts of words, anything else outside is space."""
    if text.isascii():
        plain = text.encode("ascii")
        return np.frombuffer(plain, np.uint8), np.frombuffer(plain.translate(_KIND_OF_BYTE), np.uint8)
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    distinct, which = np.unique(points, return_inverse=True)
    kinds = [_KINDS[c] if c < 128 else _WORD if chr(c).isalnum() else _SPACE for c in distinct.tolist()]
    return points, np.array(kinds, np.uint8)[which]


def _tokens(kinds: Kinds) -> tuple[Places, Places]:
    """Where tokens begin and end: a word as a whole, every mark by itself."""
    begins, words = kinds != _SPACE, kinds == _WORD
    apart = ~(words[1:] & words[:-1])
    last = begins.copy()
    begins[1:] &= apart
    last[:-1] &= apart
    return begins.nonzero()[0], last.nonzero()[0] + 1


def _in_runs(weights: Places) -> Places:
    """The sum of the weights in each run."""
    sums = np.zeros(weights.size + 1, np.int64)
    np.cumsum(weights, out=sums[1:])
    return sums[RUN:] - sums[:-RUN]


def _distances(names: Words, at: Places) -> tuple[Places, Places]:
    """The tokens whose name stood less than a run ago, and how many tokens ago.

    Hash and place are sorted as one number, which is several times faster than sorting places by hash: the place takes
    the low bits, and the 40 and more that stay of the hash tell names apart.
    """
    bits = np.uint64(max(1, int(at[-1]).bit_length()) if at.size else 1)
    ordered = np.sort(names >> bits << bits | at.astype(np.uint64))
    same = (ordered[1:] >> bits == ordered[:-1] >> bits).nonzero()[0]
    places = (ordered & (np.uint64(1) << bits) - np.uint64(1)).astype(np.int64)
    later = places[same + 1]
    back = later - places[same]
    near = back < RUN
    return later[near], back[near]
