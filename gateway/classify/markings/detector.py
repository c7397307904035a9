"""The detector of markings: one linear pass tells which could be there, then position and grammar decide."""

# ruff: noqa: E501  (a pattern broken over lines is harder to check than a long one)

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.markings.chinese import find_banners, may_be_marked
from gateway.classify.markings.company import COMPANY, INSIDE, LEGAL, ROADMAP
from gateway.classify.markings.government import CLASSIFIED, CUI, EXPORT
from gateway.classify.markings.rule import Marking, Position
from gateway.classify.prefilter import Prefilter, compiled, without_bounds

MARKINGS: tuple[Marking, ...] = (*CLASSIFIED, *CUI, *EXPORT, *LEGAL, *INSIDE, *COMPANY, *ROADMAP)
"""Every marking in Latin script."""
_SCORES = {
    Position.BANNER: 900,
    Position.HEADING: 850,
    Position.PORTION: 850,
    Position.NOTICE: 800,
    Position.FIXED: 900,
}
_SENTENCE_BYTES = 240
_QUOTES = b"\"'`\x7f"
_ABOUT = compiled(
    r"(?i)\b(?:what (?:is|are|does)|explain|define|definition|meaning of|means?\b|example of|called|labell?ed|marked (?:as )?['\"]|the (?:term|word|phrase|marking|label|banner)|"
    r"difference between|how (?:do|does|to|should)|when (?:is|should|to)|policy on|types? of|such as|e\.g\.|so-called)"
)


class MarkingDetector:
    """Finds markings. Immutable after construction and safe to share between threads."""

    name = "markings"

    def __init__(self) -> None:
        """Compiles the markings."""
        self._prefilter = Prefilter([without_bounds(_anchor(each)) for each in MARKINGS], together=len(MARKINGS))
        self._finders = tuple(compiled(each.expression) for each in MARKINGS)

    def may_find(self, passage: Passage) -> bool:
        """Whether the words of any marking are there."""
        return bool(self._fired(passage)) or may_be_marked(passage.text)

    def _fired(self, passage: Passage) -> frozenset[int]:
        return passage.notes.of(self, frozenset, lambda: self._prefilter.match(passage.shadow))

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        """Returns the markings themselves; what they mark is the whole call."""
        spans = list(find_banners(passage.text))
        for number in sorted(self._fired(passage)):
            budget.check()
            spans += self._find(passage.shadow, number)
        return spans

    def _find(self, text: bytes, number: int) -> Iterator[Span]:
        marking = MARKINGS[number]
        for match in self._finders[number].finditer(text):
            start, end = match.span(1)
            while end > start and text[end - 1 : end] in b" \t\n":
                end -= 1
            if marking.position is not Position.NOTICE or not _is_about(text, start, end):
                yield Span(start, end, marking.type, _SCORES[marking.position])


def _anchor(marking: Marking) -> str:
    """The words alone, wherever they stand: keeps the common automaton small."""
    return marking.expression if marking.position is Position.PORTION else f"(?:{marking.words})"


def _is_about(text: bytes, start: int, end: int) -> bool:
    """Whether the sentence asks about a marking, or quotes one."""
    begin = (
        max(
            text.rfind(b"\n", max(0, start - _SENTENCE_BYTES), start),
            text.rfind(b". ", max(0, start - _SENTENCE_BYTES), start),
        )
        + 1
    )
    stop = min(
        (place for sign in (b"\n", b". ", b"?") if (place := text.find(sign, end, end + _SENTENCE_BYTES)) >= 0),
        default=end,
    )
    sentence = text[begin : stop + 1]
    is_quoted = start > 0 and text[start - 1 : start] in _QUOTES
    return is_quoted or sentence.rstrip().endswith(b"?") or _ABOUT.search(sentence) is not None
