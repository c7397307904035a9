"""The detector of source code: what is marked, what windows of lines say, and what confirms the doubtful."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.source_code.fences import Fences
from gateway.classify.source_code.grammars import CLEAN, STRICT, Grammars, Language
from gateway.classify.source_code.shapes import Shapes
from gateway.classify.source_code.trigrams import TrigramTable
from gateway.classify.source_code.windows import Lines, find_places, lines_of

TYPE = "SOURCE_CODE"
_MARKED_SCORE = 900
_SURE_SCORE = 850
_CONFIRMED_SCORE = 700
_TELLING_NODES = 40
"""Fewer nodes than this parse by chance."""
_FEW_LINES = 4
_PARSED = 0.8
"""Mean weight from which a place is parsed: odds of two to one."""
_MOST_PARSED = 1
"""Doubtful places of one passage that are parsed; of the others the shapes of their lines decide."""


class SourceCodeDetector:
    """Finds places of source code. Immutable after construction and safe to share between threads."""

    name = "source_code"

    def __init__(self) -> None:
        """Loads the table and the grammars."""
        self._table = TrigramTable.load()
        self._fences = Fences()
        self._shapes = Shapes()
        self._grammars = Grammars()

    def may_find(self, passage: Passage) -> bool:
        """Whether a fence or a line that speaks for code is there. Of few lines `detect` tells as soon."""
        shadow = passage.shadow
        if shadow.count(b"\n") < _FEW_LINES:
            return True
        return b"```" in shadow or b"~~~" in shadow or b"@@ -" in shadow or self._lines(passage).may_hold_code

    def _lines(self, passage: Passage) -> Lines:
        return passage.notes.of(self, Lines, lambda: lines_of(self._table, passage.shadow))

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        """Returns marked and other places, which may overlap."""
        spans = [Span(start, end, TYPE, _MARKED_SCORE) for start, end in self._fences.find(passage.shadow)]
        marked, left = tuple(spans), _MOST_PARSED
        for place in find_places(self._lines(passage)) if b"\n" in passage.shadow else ():
            budget.check()
            if any(span.start <= place.start and place.end <= span.end for span in marked):
                continue
            text = passage.shadow[place.start : place.end]
            if self._shapes.are_json(text):
                continue
            if place.is_sure:
                spans.append(Span(place.start, place.end, TYPE, _SURE_SCORE))
                continue
            confirmed = place.weight > 0 and self._shapes.are_code(text)
            if not confirmed and left and place.weight > _PARSED and not self._shapes.are_settings(text):
                left -= 1
                confirmed = self._parses(text)
            if confirmed:
                spans.append(Span(place.start, place.end, TYPE, _CONFIRMED_SCORE))
        return spans

    def language_of(self, text: str) -> Language | None:
        """Returns the language that a stretch of code reads best in, if it reads well in any."""
        reading = self._grammars.best(text.encode("utf-8", "replace"))
        return reading.language if reading is not None and reading.error_share <= CLEAN else None

    def _parses(self, text: bytes) -> bool:
        reading = self._grammars.best(text, STRICT)
        return reading is not None and reading.error_share <= CLEAN and reading.nodes >= _TELLING_NODES
