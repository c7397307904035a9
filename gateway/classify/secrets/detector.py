"""The detector of credentials: one linear pass tells which rows could match, the rows that fired find and check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.prefilter import Prefilter, compiled
from gateway.classify.secrets import words
from gateway.classify.secrets.assignments import LabelledValues
from gateway.classify.secrets.checksums import holds
from gateway.classify.secrets.format import Checksum, Format
from gateway.classify.secrets.formats import FORMATS
from gateway.classify.secrets.gate import Gate
from gateway.classify.secrets.match import Match
from gateway.classify.secrets.neighbours import Neighbours
from gateway.classify.secrets.printed import PRINTED_SCORE, is_printed
from gateway.classify.secrets.structures import STRUCTURES, Judgement, Structure
from gateway.classify.secrets.values import Setting, is_dull, is_key, is_password, is_stand_in

_FAILED_SCORE = 450
"""A value that has the form of a format whose checksum fails: mistyped, cut, or made up."""
_HELD_SCORE = 1000


class SecretDetector:
    """Finds credentials. Immutable after construction and safe to share between threads."""

    name = "secrets"

    def __init__(self) -> None:
        """Compiles the rows: about 0.1 s."""
        self._gate = Gate(FORMATS)
        self._prefilter = Prefilter([*(each.anchor for each in STRUCTURES), *words.ANCHORS], together=None)
        self._formats = tuple(compiled(each.expression) for each in FORMATS)
        self._structures = tuple(compiled(each.expression) for each in STRUCTURES)
        self._labelled = LabelledValues()
        self._neighbours = Neighbours()

    def may_find(self, passage: Passage) -> bool:
        """Whether anything could be there."""
        if self._fired(passage) or self._labelled.has_script_words(passage.text):
            return True
        return bool(self._formatted(passage))

    def _fired(self, passage: Passage) -> frozenset[int]:
        return passage.notes.of((self, "fired"), frozenset, lambda: self._prefilter.match(passage.shadow))

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        """Returns the credentials, each with its issuer's type; a span holds exactly the value."""
        fired = self._fired(passage)
        spans: list[Span] = []
        for found in (self._formatted(passage), self._structured(passage, fired), self._values(passage, fired)):
            for span in found:
                budget.check()
                spans.append(span)
        return [_weighed(passage.text, span) for span in (*spans, *self._neighbours.find(passage, spans))]

    def _formatted(self, passage: Passage) -> tuple[Span, ...]:
        """What has a documented form."""
        return passage.notes.of((self, "formatted"), tuple, lambda: tuple(self._find_formatted(passage)))

    def _find_formatted(self, passage: Passage) -> Iterator[Span]:
        for number in sorted(self._gate.prefixed(passage.shadow)):
            for match in self._formats[number].finditer(passage.shadow):
                yield from _formatted(passage.text, match, FORMATS[number])
        for number, begin, end in self._gate.labelled(passage.shadow):
            for match in self._formats[number].finditer(passage.shadow[begin:end]):
                yield from _formatted(passage.text[begin:end], match, FORMATS[number], begin)

    def _structured(self, passage: Passage, fired: frozenset[int]) -> Iterator[Span]:
        """What stands in a structure that holds credentials."""
        for number in sorted(fired):
            if number < len(STRUCTURES):
                for match in self._structures[number].finditer(passage.shadow):
                    yield from _structured(passage.text, match, STRUCTURES[number])

    def _values(self, passage: Passage, fired: frozenset[int]) -> Iterator[Span]:
        """What stands beside words."""
        text, shadow = passage.text, passage.shadow
        first = len(STRUCTURES)
        if first in fired:
            yield from self._labelled.find_passwords(text, shadow)
        if first + 1 in fired or first + 2 in fired:
            yield from self._labelled.find_keys(text, shadow)
        yield from self._labelled.find_beside_script_words(text, shadow)
        yield from self._labelled.find_field(text, passage.field_name)


def _weighed(text: str, span: Span) -> Span:
    """The span, with a lower score where its value is a printed example."""
    if not is_printed(text[span.start : span.end]):
        return span
    return Span(span.start, span.end, span.type, min(span.score_milli, PRINTED_SCORE))


def _formatted(text: str, match: Match, row: Format, offset: int = 0) -> Iterator[Span]:
    start, end = match.span(1)
    value = text[start:end].rstrip(".")
    if not value.isascii() or is_dull(value):
        return
    score = row.score_milli
    if row.checksum is not Checksum.NONE:
        held = holds(row.checksum, value)
        if not held and not row.checksum.is_sum:
            return
        score = _HELD_SCORE if held else _FAILED_SCORE
    yield Span(offset + start, offset + start + len(value), row.type, score)


def _structured(text: str, match: Match, row: Structure) -> Iterator[Span]:
    group = next((group for group in (1, 2, 3) if _took_part(match, group)), None)
    if group is None:
        return
    start, end = match.span(group)
    value = text[start:end]
    if row.checksum is not Checksum.NONE and not holds(row.checksum, value):
        return
    if _is_real(value, row.judgement):
        yield Span(start, end, row.type, row.score_milli)


def _took_part(match: Match, group: int) -> bool:
    try:
        return match.span(group)[0] >= 0
    except IndexError:
        return False


def _is_real(value: str, judgement: Judgement) -> bool:
    match judgement:
        case Judgement.ANY:
            return True
        case Judgement.SHORT:
            return not is_stand_in(value) and value.lower() not in {"password", "pass", "pwd", "passwd", "pw", "secret"}
        case Judgement.PASSWORD:
            return is_password(value, "", Setting.QUOTED)
        case Judgement.KEY:
            return is_key(value, "authorization", Setting.QUOTED)
