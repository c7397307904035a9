"""Winnowing: of every window of neighbouring hashes keep the smallest.

Source: Schleimer, Wilkerson, Aiken, "Winnowing: local algorithms for document fingerprinting", SIGMOD 2003. Any shared
run of `length + window - 1` symbols shares at least one kept hash, wherever it stands in either text.
"""

from __future__ import annotations

import numpy as np

from gateway.classify.fingerprints.keying import Places, Words


def winnow(hashes: Words, window: int) -> Places:
    """Returns the numbers of the hashes kept, ascending. Fewer hashes than a window keep their smallest."""
    if hashes.size == 0:
        return np.zeros(0, np.int64)
    width = min(window, hashes.size)
    smallest = _sliding(hashes, width, np.minimum)
    # A hash is kept when it is the smallest of some window that holds it: the largest of those windows' smallest.
    padded = np.concatenate((np.zeros(width - 1, np.uint64), smallest, np.zeros(width - 1, np.uint64)))
    kept: Places = (_sliding(padded, width, np.maximum) == hashes).nonzero()[0]
    return kept


def _sliding(values: Words, width: int, better: np.ufunc) -> Words:
    """The best of each window, by doubling: about log2(width) vector operations."""
    best, reach = values, 1
    while reach * 2 <= width:
        best = better(best[:-reach], best[reach:])
        reach *= 2
    rest = width - reach
    return best if rest == 0 else better(best[:-rest], best[rest:])
