"""Averaging two trained models: the mean of their weights errs less than either, and costs a reader no more than one.

Weights of a log-linear model add up, so this is the geometric mean of what the two say, as in bagging (Breiman 1996).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.classify.names.lexicon import NAMING, Known
from gateway.classify.names.training.slots import MOST_FEATURES, arranged

Stored = NDArray[np.generic]
_LARGEST: Final = 32767
_READ: Final = int(Known.READ)
_NAMED: Final = int(NAMING | Known.ORGANISATION)


def averaged(first: Mapping[str, Stored], second: Mapping[str, Stored]) -> dict[str, Stored]:
    """Returns the arrays of a model with the mean of the weights of two, and what either knows of words.

    A feature that one of them does not have weighs nothing there; of more than a table holds, the heaviest are kept.
    What they disagree about in a word is as the first has it; but a word on no list that one of them has read is read.
    Raises `TooManyFeatures`.
    """
    words, known = _lexicon(first, second)
    hashes = np.union1d(_used(first), _used(second)).astype(np.uint32)
    weights = (_weights(first, hashes) + _weights(second, hashes)) / 2
    heaviest = np.sort(np.argsort(-np.abs(weights).max(axis=1), kind="stable")[:MOST_FEATURES])
    hashes, weights = hashes[heaviest], weights[heaviest]
    scale = float(np.abs(weights).max()) / _LARGEST
    return {
        **arranged(hashes, np.round(weights / scale).astype(np.int16)),
        "scale": np.array(scale),
        "moves": (_moves(first) + _moves(second)) / np.float32(2),
        "words": words,
        "known": known,
    }


def _lexicon(first: Mapping[str, Stored], second: Mapping[str, Stored]) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    of_first, of_second = (dict(zip(m["words"].tolist(), m["known"].tolist(), strict=True)) for m in (first, second))
    known = {word: what & ~_READ for word, what in of_second.items()} | of_first
    for word, what in of_second.items():
        if what & _READ and not known[word] & _NAMED:
            known[word] |= _READ
    ordered = sorted(known.items())
    return np.array([word for word, _ in ordered], np.uint32), np.array([what for _, what in ordered], np.uint8)


def _used(model: Mapping[str, Stored]) -> NDArray[np.uint32]:
    hashes: NDArray[np.uint32] = model["hashes"].astype(np.uint32)
    used: NDArray[np.uint32] = hashes[hashes != 0]
    return used


def _moves(model: Mapping[str, Stored]) -> NDArray[np.float32]:
    moves: NDArray[np.float32] = model["moves"].astype(np.float32)
    return moves


def _weights(model: Mapping[str, Stored], hashes: NDArray[np.uint32]) -> NDArray[np.float64]:
    """The weights of the model for some features, one row each: [features, labels]."""
    found = np.zeros((len(hashes), model["weights"].shape[1]))
    is_used = model["hashes"] != 0
    rows = np.searchsorted(hashes, _used(model))
    found[rows] = model["weights"][is_used].astype(np.float64) * model["scale"].astype(np.float64)
    return found
