"""How much of a text is registered: stretches covered by matching fingerprints of one owner.

A count of shared fingerprints would call shared boilerplate a find. What counts is how much is covered without a hole:
between two neighbouring fingerprints that both match, everything; else only the run a fingerprint was made of. What
repeats itself within a stretch (one getter after the other) counts once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from gateway.classify.fingerprints.keying import Places, Words
from gateway.classify.fingerprints.streams import Prints


@dataclass(frozen=True, slots=True)
class CoverageRule:
    """`enough` units must be covered; a hole of more than `hole` units begins anew."""

    enough: int
    hole: int


@dataclass(frozen=True, slots=True)
class Covered:
    """A stretch of the text in code points, the units of it that are covered, and the document most of it is from.

    `longest` are the units of its longest part without a hole.
    """

    begin: int
    end: int
    units: int
    longest: int
    document: int


@dataclass(frozen=True, slots=True)
class _Hits:
    """The matches of one owner in the order of the text; `order` numbers all telling fingerprints."""

    values: Words = field(repr=False)
    ranks: Places = field(repr=False)
    order: Places = field(repr=False)
    documents: Places = field(repr=False)


def covered(prints: Prints, documents: Places, owners: Places, rule: CoverageRule) -> Iterator[Covered]:
    """Yields the stretches that are covered enough.

    `documents[i]` is the document that fingerprint `i` is registered for: -1 for none, -2 for a fingerprint that many
    texts share, which neither counts nor makes a hole. `owners[d]` is the owner of document `d`.
    """
    telling = (documents != -2).nonzero()[0]
    order = (documents[telling] >= 0).nonzero()[0]
    if order.size * prints.run == 0:
        return
    at = telling[order]
    found = documents[at]
    whose = owners[found]
    for owner in np.unique(whose).tolist():
        mine = (whose == owner).nonzero()[0]
        hits = _Hits(prints.values[at[mine]], prints.ranks[at[mine]], order[mine], found[mine])
        yield from _of_owner(prints, hits, rule)


def _of_owner(prints: Prints, hits: _Hits, rule: CoverageRule) -> Iterator[Covered]:
    """Gathers matches, ascending, into stretches. Of two neighbouring fingerprints `order` differs by 1."""
    gaps = np.diff(hits.ranks)
    adjacent = (np.diff(hits.order) == 1) & (gaps <= rule.hole)
    gains = np.append(np.where(adjacent, gaps, np.minimum(gaps, prints.run)), prints.run)
    cuts = (gaps > rule.hole).nonzero()[0] + 1
    for begin, end in zip([0, *cuts.tolist()], [*cuts.tolist(), gains.size], strict=True):
        once = np.unique(hits.values[begin:end], return_index=True)[1]
        units = max(prints.run, int(gains[begin:end][once].sum()))
        if units >= rule.enough:
            ranks = hits.ranks[begin:end]
            first, last = int(ranks[0]), int(ranks[-1]) + prints.run - 1
            document = Counter(hits.documents[begin:end].tolist()).most_common(1)[0][0]
            longest = _longest(ranks, adjacent[begin : end - 1]) + prints.run
            yield Covered(int(prints.begins[first]), int(prints.ends[last]), units, longest, document)


def _longest(ranks: Places, adjacent: Places) -> int:
    """The units from the first to the last fingerprint of the longest part without a hole."""
    holes = (~adjacent).nonzero()[0]
    begins, ends = np.append(0, holes + 1), np.append(holes, ranks.size - 1)
    return int((ranks[ends] - ranks[begins]).max())
