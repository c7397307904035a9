"""Code with its names left out: what stays when somebody renames identifiers.

Punctuation and the reserved words of common languages stand for themselves, a number for any number. A name says only
how many tokens ago the same name stood, within the run that is hashed (B. S. Baker's parameterised matching, "A theory
of parameterized pattern matching", STOC 1993): two runs are equal when one becomes the other by renaming throughout.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gateway.classify.fingerprints.keying import FingerprintKey, Places, Stretches, Words

Codes = NDArray[np.uint32]
Kinds = NDArray[np.uint8]

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
_KINDS = np.array(
    [_WORD if chr(c).isalnum() or c == 95 else _MARK if 32 < c < 127 else _SPACE for c in range(128)], np.uint8
)
_DIGITS = (48, 57)
_NAME, _NUMBER = 1, 2
_FIRST_MARK = 0x100
_FIRST_DISTANCE = 0x1000
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

    def read(self, text: str) -> tuple[Words, Places, Places]:
        """Returns the hash of each run, and where each token begins and ends in the text. All empty for prose.

        A run without enough punctuation has the hash 0 and stands for nothing.
        """
        codes, kinds = _classes(text)
        starts, ends = _tokens(kinds)
        if starts.size <= RUN or float(np.mean(kinds[starts] == _MARK)) < _MARKED_SHARE:
            nothing = np.zeros(0, np.int64)
            return np.zeros(0, np.uint64), nothing, nothing
        symbols, distances, weights = self._tokens_as_symbols(codes, kinds, starts, ends)
        hashes = self._runs(symbols, distances)
        hashes[_in_runs(weights) < _FIRM] = 0
        return hashes, starts, ends

    def _tokens_as_symbols(
        self, codes: Codes, kinds: Kinds, starts: Places, ends: Places
    ) -> tuple[Words, Places, NDArray[np.int64]]:
        names = Stretches(self._key.symbols(codes), self._key).between(starts, ends)
        is_mark = kinds[starts] == _MARK
        first = codes[starts]
        is_number = (first >= _DIGITS[0]) & (first <= _DIGITS[1])
        found = np.searchsorted(self._reserved, names)
        found[found == self._reserved.size] = 0
        is_reserved = (self._reserved[found] == names) & ~is_mark
        plain = np.where(is_number, np.uint32(_NUMBER), np.uint32(_NAME))
        symbols = self._key.symbols(np.where(is_mark, first + np.uint32(_FIRST_MARK), plain))
        symbols[is_reserved] = names[is_reserved]
        is_name = ~(is_mark | is_number | is_reserved)
        return symbols, _distances(names, is_name), is_mark + _RESERVED_WEIGHT * is_reserved

    def _runs(self, symbols: Words, distances: Places) -> Words:
        """The hash of each run, where a name counts as known only when it stood earlier in the same run."""
        up, down = Stretches.powers(self._key, symbols.size + 1)
        at = np.flatnonzero((distances > 0) & (distances < RUN))
        back = distances[at]
        known = self._key.symbols((back + _FIRST_DISTANCE).astype(np.uint32)) - symbols[at]
        known *= down[at]
        # Token `t` is known in the runs that begin after `t - RUN` and not after `t - back`: a step up, a step down.
        steps = np.zeros(symbols.size + RUN + 1, np.uint64)
        steps[at + 1] = known
        np.subtract.at(steps, at - back + RUN + 1, known)
        count = symbols.size - RUN + 1
        return Stretches(symbols, self._key).runs(RUN) + np.cumsum(steps)[RUN : RUN + count] * up[:count]


def _classes(text: str) -> tuple[Codes, Kinds]:
    """The code points and what each is; letters outside ASCII are parts of words, anything else outside is space."""
    if text.isascii():
        codes = np.frombuffer(text.encode("ascii"), np.uint8)
        return codes.astype(np.uint32), _KINDS[codes]
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    distinct, which = np.unique(points, return_inverse=True)
    kinds = [int(_KINDS[c]) if c < 128 else _WORD if chr(c).isalnum() else _SPACE for c in distinct.tolist()]
    return points, np.array(kinds, np.uint8)[which]


def _tokens(kinds: Kinds) -> tuple[Places, Places]:
    """Where tokens begin and end: a word as a whole, every mark by itself."""
    begins = kinds != _SPACE
    inside = (kinds[1:] == _WORD) & (kinds[:-1] == _WORD)
    begins[1:] &= ~inside
    starts = np.flatnonzero(begins)
    last = kinds != _SPACE
    last[:-1] &= ~inside
    return starts, np.flatnonzero(last) + 1


def _in_runs(weights: Places) -> Places:
    """The sum of the weights in each run."""
    sums = np.concatenate((np.zeros(1, np.int64), np.cumsum(weights)))
    return sums[RUN:] - sums[:-RUN]


def _distances(names: Words, is_name: NDArray[np.bool_]) -> Places:
    """How many tokens ago the same name stood; 0 for the first time and for what is no name."""
    distances = np.zeros(names.size, np.int64)
    at = np.flatnonzero(is_name)
    order = at[np.argsort(names[at], kind="stable")]
    same = names[order[1:]] == names[order[:-1]]
    distances[order[1:][same]] = (order[1:] - order[:-1])[same]
    return distances
