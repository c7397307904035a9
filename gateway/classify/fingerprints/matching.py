"""How much of a text is registered, both readings of it together.

A registered stretch is covered by runs of letters and digits, by runs of tokens without names, or by some of each: what
was renamed is seen by the second, what was reformatted within a token by the first. Both count towards one sum per
owner, over stretches that lie close together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from gateway.classify.fingerprints.coverage import CoverageRule, Covered, covered
from gateway.classify.fingerprints.documents import Kind
from gateway.classify.fingerprints.index import Index
from gateway.classify.fingerprints.keying import Stretches
from gateway.classify.fingerprints.normal import Normal
from gateway.classify.fingerprints.streams import Fingerprinter, Prints

ENOUGH = 90
"""Letters and digits that must be covered; a token without its name counts as `TOKEN_WORTH` of them."""
TOKEN_WORTH = 2
_HOLE_CHARACTERS, _HOLE_TOKENS, _HOLE_CODE_POINTS = 120, 24, 240
_CERTAIN = 400


@dataclass(frozen=True, slots=True)
class Match:
    """A registered stretch in code points: `worth` letters and digits of it, most of them from `document`."""

    begin: int
    end: int
    worth: int
    document: int


def matches(prints: Sequence[tuple[Prints, int]], index: Index) -> Iterator[Match]:
    """Yields what is covered enough. Each set of fingerprints comes with the worth of one of its units."""
    pieces = list(chain.from_iterable(_pieces(each, worth, index) for each, worth in prints))
    pieces.sort(key=lambda piece: (int(index.owners[piece.document]), piece.begin))
    gathered: Match | None = None
    for piece in pieces:
        if gathered is not None and _is_near(gathered, piece, index):
            gathered = _joined(gathered, piece)
            continue
        if gathered is not None and gathered.worth >= ENOUGH:
            yield gathered
        gathered = piece
    if gathered is not None and gathered.worth >= ENOUGH:
        yield gathered


def registered(
    text: str, reading: tuple[Normal, Stretches], fingerprinter: Fingerprinter, index: Index
) -> Iterable[Match]:
    """Returns the registered code and documents in a text. `reading` is what `fingerprinter.normal(text)` returns."""
    prints = [(fingerprinter.text(*reading), 1)]
    if Kind.CODE in index.kinds:
        prints.append((fingerprinter.blind(text), TOKEN_WORTH))
    return matches(prints, index)


def score_milli(worth: int) -> int:
    """Returns how sure a match is, in thousandths: barely enough is 800, four hundred letters and digits are 990."""
    return 800 + 190 * min(worth - ENOUGH, _CERTAIN - ENOUGH) // (_CERTAIN - ENOUGH)


def _pieces(prints: Prints, worth: int, index: Index) -> Iterator[Match]:
    rule = CoverageRule(prints.run, _HOLE_CHARACTERS if worth == 1 else _HOLE_TOKENS)
    for piece in covered(prints, index.find(prints.values), index.owners, rule):
        yield _match(piece, worth)


def _match(piece: Covered, worth: int) -> Match:
    return Match(piece.begin, piece.end, piece.units * worth, piece.document)


def _is_near(one: Match, other: Match, index: Index) -> bool:
    same = index.owners[one.document] == index.owners[other.document]
    return bool(same) and other.begin - one.end <= _HOLE_CODE_POINTS


def _joined(one: Match, other: Match) -> Match:
    document = one.document if one.worth >= other.worth else other.document
    return Match(one.begin, max(one.end, other.end), one.worth + other.worth, document)
