"""How much of a text is registered: stretches covered by matching fingerprints of one owner.

A count of shared fingerprints would call shared boilerplate a find. What counts is how much is covered without a hole:
between two neighbouring fingerprints that both match, everything; else only the run a fingerprint was made of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gateway.classify.fingerprints.keying import Places
from gateway.classify.fingerprints.streams import Prints


@dataclass(frozen=True, slots=True)
class CoverageRule:
    """`enough` units must be covered; a hole of more than `hole` units begins anew."""

    enough: int
    hole: int


@dataclass(frozen=True, slots=True)
class Covered:
    """A stretch of the text in code points, how many units of it are covered, and the document most of it is from."""

    begin: int
    end: int
    units: int
    document: int


def covered(prints: Prints, documents: Places, owners: Places, rule: CoverageRule) -> Iterator[Covered]:
    """Yields the stretches that are covered enough.

    `documents[i]` is the document that fingerprint `i` is registered for: -1 for none, -2 for a fingerprint that many
    texts share, which neither counts nor makes a hole. `owners[d]` is the owner of document `d`.
    """
    telling = np.flatnonzero(documents != -2)
    hits = np.flatnonzero(documents[telling] >= 0)
    if hits.size * prints.run == 0:
        return
    ranks, found = prints.ranks[telling[hits]], documents[telling[hits]]
    whose = owners[found]
    for owner in np.unique(whose).tolist():
        mine = np.flatnonzero(whose == owner)
        yield from _of_owner(prints, ranks[mine], hits[mine], found[mine], rule)


def _of_owner(prints: Prints, ranks: Places, order: Places, documents: Places, rule: CoverageRule) -> Iterator[Covered]:
    """Gathers matches, ascending, into stretches. `order` numbers all telling fingerprints: neighbours differ by 1."""
    gaps = np.diff(ranks)
    adjacent = (np.diff(order) == 1) & (gaps <= rule.hole)
    gains = np.where(adjacent, gaps, np.minimum(gaps, prints.run))
    cuts = np.flatnonzero(gaps > rule.hole) + 1
    for begin, end in zip([0, *cuts.tolist()], [*cuts.tolist(), ranks.size], strict=True):
        units = int(gains[begin : end - 1].sum()) + prints.run
        if units >= rule.enough:
            first, last = int(ranks[begin]), int(ranks[end - 1]) + prints.run - 1
            document = Counter(documents[begin:end].tolist()).most_common(1)[0][0]
            yield Covered(int(prints.begins[first]), int(prints.ends[last]), units, document)
