"""Findings that cross a joint between two texts, one in each, and answers to what the text before asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from gateway.classify.memory.reading import Reading
from gateway.classify.views.seams import Piece, Stretch
from gateway.types import Finding

_BEFORE_VALUES = frozenset(
    """
    a address addresses an and are at be by call card contact done email emails for from here hello hey hi his her i in
    ip is it its mail mails me my name no not now number numbers of ok okay on one or our out phone please reach right
    see send ssn sure thank thanks that the their them then there these this to too us was we who with write yes you
    your adresse an bitte der die das est et la le les nummer oder ou para por und von y zu
    """.split()
)


def crossing_findings(joints: Iterable[tuple[Stretch, Reading]], readings: Mapping[int, Reading]) -> Iterator[Finding]:
    """Yields a finding in each of the texts that something crosses into, and one for what answers the text before.

    `readings` are those of the leaves alone.
    """
    for stretch, reading in joints:
        for finding in reading.findings:
            parts = stretch.parts(finding.start, finding.end)
            if len(parts) < 2:
                answer = stretch.answer(finding.start, finding.end)
                parts = [] if answer is None else [answer]
            if len(parts) < 2 or not _is_chance(stretch, parts, finding, readings):
                for piece, start, end in parts:
                    yield Finding(
                        piece.leaf, start, end, finding.type, finding.category, finding.score_milli, finding.detector
                    )


def _is_chance(
    stretch: Stretch, parts: Sequence[tuple[Piece, int, int]], finding: Finding, alone: Mapping[int, Reading]
) -> bool:
    """Whether a value of one message only seems to begin with the last word of the message before.

    `... his email` and `jane@example.com` touch when the conversation is read in one go. It is taken for chance when
    the last word is one that stands before such values, and one of the messages holds such a value by itself.
    """
    if len(parts) > 2 or parts[0][0].message == parts[1][0].message:
        return False
    _, left_start, left_end = parts[0]
    if stretch.text[finding.start : finding.start + left_end - left_start].lower() not in _BEFORE_VALUES:
        return False
    return any(
        each.category == finding.category and each.start < end and start < each.end
        for piece, start, end in parts
        for each in (alone[piece.leaf].findings if piece.leaf in alone else ())
    )
