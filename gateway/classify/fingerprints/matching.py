"""How much of a text is registered, both readings of it together.

A registered stretch is covered by runs of letters and digits, by runs of tokens without names, or by some of each: what
was renamed is seen by the second, what was reformatted within a token by the first. Both count towards one sum per
owner, over stretches that lie close together.

Letters and digits prove more than tokens without names, of which a few follow each other the same way in much code. So
less is asked of them, and tokens alone must make a stretch without a hole that is longer than one run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from gateway.classify.fingerprints.coverage import CoverageRule, Covered, covered
from gateway.classify.fingerprints.documents import Kind
from gateway.classify.fingerprints.index import Index
from gateway.classify.fingerprints.keying import Places, Stretches
from gateway.classify.fingerprints.normal import Normal
from gateway.classify.fingerprints.streams import Fingerprinter, Prints

RULE = 2
"""To be raised whenever the same fingerprints could be judged otherwise."""
ENOUGH = 90
"""Letters and digits that must be covered; a token without its name counts as `TOKEN_WORTH` of them."""
TOKEN_WORTH = 2
_ENOUGH_VERBATIM = 80
"""The same where letters and digits alone cover so many: their edges are up to 7 further out than can be proved."""
_TELLING_TOKENS = 26
"""Tokens without names that must follow each other without a hole where no letters and digits are covered."""
_HOLE_CHARACTERS, _HOLE_TOKENS, _HOLE_CODE_POINTS = 120, 24, 240
_CERTAIN = 400


@dataclass(frozen=True, slots=True)
class Match:
    """A registered stretch in code points: `worth` letters and digits of it, most of them from `document`.

    `verbatim` of them are covered as letters and digits. `longest` are the tokens of the longest part that is covered
    without names and without a hole.
    """

    begin: int
    end: int
    worth: int
    verbatim: int
    longest: int
    document: int

    @property
    def is_enough(self) -> bool:
        """Whether so much is covered that it is no chance."""
        if self.verbatim >= _ENOUGH_VERBATIM:
            return True
        return self.worth >= ENOUGH and (self.verbatim > 0 or self.longest >= _TELLING_TOKENS)


def matches(prints: Sequence[tuple[Prints, int]], index: Index) -> Iterator[Match]:
    """Yields what is covered enough. Each set of fingerprints comes with the worth of one of its units."""
    documents = index.find(np.concatenate([each.values for each, _ in prints]))
    if not (documents >= 0).any():
        return
    found = np.split(documents, np.cumsum([each.values.size for each, _ in prints])[:-1])
    pieces = list(
        chain.from_iterable(
            _pieces(each, worth, mine, index) for (each, worth), mine in zip(prints, found, strict=True)
        )
    )
    pieces.sort(key=lambda piece: (int(index.owners[piece.document]), piece.begin))
    gathered: Match | None = None
    for piece in pieces:
        if gathered is not None and _is_near(gathered, piece, index):
            gathered = _joined(gathered, piece)
            continue
        if gathered is not None and gathered.is_enough:
            yield gathered
        gathered = piece
    if gathered is not None and gathered.is_enough:
        yield gathered


def registered(
    text: str, reading: tuple[Normal, Stretches], fingerprinter: Fingerprinter, index: Index
) -> Iterable[Match]:
    """Returns the registered code and documents in a text. `reading` is what `fingerprinter.normal(text)` returns."""
    if Kind.CODE not in index.kinds:
        return matches([(fingerprinter.text(*reading), 1)], index)
    verbatim, nameless = fingerprinter.both(text, *reading)
    return matches([(verbatim, 1), (nameless, TOKEN_WORTH)], index)


def score_milli(worth: int) -> int:
    """Returns how sure a match is, in thousandths: barely enough is 800, four hundred letters and digits are 990."""
    return 800 + 190 * max(0, min(worth, _CERTAIN) - ENOUGH) // (_CERTAIN - ENOUGH)


def _pieces(prints: Prints, worth: int, documents: Places, index: Index) -> Iterator[Match]:
    rule = CoverageRule(prints.run, _HOLE_CHARACTERS if worth == 1 else _HOLE_TOKENS)
    for piece in covered(prints, documents, index.owners, rule):
        yield _match(piece, worth)


def _match(piece: Covered, worth: int) -> Match:
    verbatim, longest = (piece.units, 0) if worth == 1 else (0, piece.longest)
    return Match(piece.begin, piece.end, piece.units * worth, verbatim, longest, piece.document)


def _is_near(one: Match, other: Match, index: Index) -> bool:
    same = index.owners[one.document] == index.owners[other.document]
    return bool(same) and other.begin - one.end <= _HOLE_CODE_POINTS


def _joined(one: Match, other: Match) -> Match:
    document = one.document if one.worth >= other.worth else other.document
    worth, verbatim = one.worth + other.worth, one.verbatim + other.verbatim
    return Match(one.begin, max(one.end, other.end), worth, verbatim, max(one.longest, other.longest), document)
