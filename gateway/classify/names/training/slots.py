"""Giving each feature its own slot, as `gateway.classify.names.weights` looks them up."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.classify.names.features import Hashes
from gateway.classify.names.weights import BUCKET_BITS, slots_of

_ROOM: Final = 1.25
_MOST: Final = 1 << 16
_TRIES: Final = 256
MOST_FEATURES: Final = int((_MOST - 2) / _ROOM)
"""What a table has room for."""


class TooManyFeatures(Exception):
    """A table has at most 65,536 slots: more features need a larger `l1` or `min_count`."""


def arranged(hashes: Hashes, weights: NDArray[np.int16]) -> dict[str, NDArray[np.generic]]:
    """Returns `multipliers`, `hashes` and `weights` as they are shipped. Raises `TooManyFeatures`."""
    size = int(len(hashes) * _ROOM) + 2
    if size > _MOST:
        raise TooManyFeatures(len(hashes))
    multipliers = _multipliers(hashes, size)
    slots = slots_of(hashes, multipliers.take(hashes >> np.uint32(32 - BUCKET_BITS)), size)
    placed, rows = np.zeros(size, np.uint32), np.zeros((size, weights.shape[1]), weights.dtype)
    placed[slots], rows[slots] = hashes, weights
    return {"multipliers": multipliers, "hashes": placed, "weights": rows}


def _multipliers(hashes: Hashes, size: int) -> Hashes:
    """One for each bucket, odd, so that all slots differ and none is 0. The fullest buckets choose first."""
    random = np.random.default_rng(0)
    chosen = np.ones(1 << BUCKET_BITS, np.uint32)
    taken = np.zeros(size, np.bool_)
    taken[0] = True
    buckets = hashes >> np.uint32(32 - BUCKET_BITS)
    members = np.split(
        hashes[np.argsort(buckets, kind="stable")], np.cumsum(np.bincount(buckets, minlength=len(chosen)))[:-1]
    )
    for bucket in sorted(range(len(chosen)), key=lambda each: -len(members[each])):
        if len(members[bucket]):
            chosen[bucket], slots = _free(members[bucket], taken, random)
            taken[slots] = True
    return chosen


def _free(members: Hashes, taken: NDArray[np.bool_], random: np.random.Generator) -> tuple[np.uint32, Hashes]:
    """A multiplier with which the members get slots of their own, none of them taken; and these slots."""
    while True:
        tried = random.integers(1 << 32, size=(_TRIES, 1), dtype=np.uint32) | np.uint32(1)
        slots = slots_of(members[None, :], np.repeat(tried, len(members), axis=1), len(taken))
        ordered = np.sort(slots, axis=1)
        fits = ~taken[slots].any(axis=1) & (ordered[:, 1:] != ordered[:, :-1]).all(axis=1)
        if fits.any():
            number = int(fits.argmax())
            return tried[number, 0], slots[number]
