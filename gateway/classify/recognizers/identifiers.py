"""The detector for identifiers: shapes that speak for themselves, and values that a label announces.

One pass of a linear engine finds the labels and the self-evident shapes; only what stands by a label is looked at with
the patterns that label announces. Cost grows with the text, not with the number of rows.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.prefilter import Places, Prefilter
from gateway.classify.recognizers.announced import Announcer, is_written, stands_free
from gateway.classify.recognizers.edges import EdgeShadow
from gateway.classify.recognizers.rule import Identifier

_MAX_MEMORY_BYTES = 64 << 20
_TOGETHER = 8
"""Gates in one automaton: those of signed values get on with each other."""
_EXPLAINED = 700
"""A self-evident value with a higher score stays beside what a label says."""
_DIGITS = tuple(b"0123456789")


class IdentifierDetector:
    """Finds identifiers by label, shape and check digit."""

    name = "identifiers"

    def __init__(self, rows: Sequence[Identifier], decoys: Sequence[str] = ()) -> None:
        """Compiles the rows. `decoys` are words that look like a label and announce none of them."""
        self._announcer = Announcer(rows, decoys)
        self._edges = EdgeShadow()
        self._shapes = tuple((each, Places(_shape(each.row))) for each in self._announcer.rows if each.row.alone)
        gates = [_shape(each.row) for each, _ in self._shapes]
        self._gate = Prefilter(gates, max_memory_bytes=_MAX_MEMORY_BYTES, together=_TOGETHER)

    def may_find(self, passage: Passage) -> bool:
        """Whether a digit occurs, and a label or a self-evident shape."""
        return _has_digit(passage.shadow) and bool(self._fired(self._edges.reading(passage)))

    def _fired(self, passage: Passage) -> frozenset[int]:
        fired = passage.notes.of(self, frozenset, lambda: self._find_fired(passage.shadow.replace(b"_", b" ")))
        if self._announcer.labels.has_other(passage.text) or (passage.field_name and _has_digit(passage.shadow)):
            return fired | {len(self._shapes)}
        return fired

    def _find_fired(self, spaced: bytes) -> frozenset[int]:
        """The numbers of the shapes that may be there, and one more for labels, which would multiply their states."""
        fired = self._gate.match(spaced)
        return fired | {len(self._shapes)} if self._announcer.labels.is_in(spaced) else fired

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        """Returns the identifiers found, each place once. Raises `BudgetSpent`, `PrefilterError`."""
        passage = self._edges.reading(passage)
        fired = self._fired(passage) if _has_digit(passage.shadow) else frozenset()
        announced: list[Span] = []
        if len(self._shapes) in fired:
            announced = list(self._announcer.of(passage).all(budget))
        evident: list[Span] = []
        for number in fired - {len(self._shapes)}:
            budget.check()
            evident += self._self_evident(passage, number)
        return best_of([*announced, *unexplained(evident, announced)])

    def _self_evident(self, passage: Passage, number: int) -> Iterator[Span]:
        each, finder = self._shapes[number]
        for start, end in finder.all(passage.shadow):
            if not stands_free(passage.shadow, start, end):
                continue
            if is_written(each, passage, start, end) and each.row.holds(passage.shadow[start:end]):
                yield Span(*_core(each.row, passage.text, start, end), each.row.type, each.row.alone)

    def announces_another(self, passage: Passage, span: Span) -> bool:
        """Whether a label before a place announces it as a value of another type. Raises `PrefilterError`."""
        return self._announcer.of(self._edges.reading(passage)).is_another(span)


def _core(row: Identifier, text: str, start: int, end: int) -> tuple[int, int]:
    """What of a self-evident value is reported."""
    core = re.compile(row.core).search(text, start, end) if row.core else None
    return (start, end) if core is None else core.span()


def _has_digit(shadow: bytes) -> bool:
    """Whether a digit occurs. Looking for one after the other takes a tenth of what an expression for all does."""
    return any(digit in shadow for digit in _DIGITS)


def _shape(row: Identifier) -> str:
    """The pattern of a self-evident value. A word begins at its start unless it begins with a sign of its own.

    TRAP: without the boundary every digit of a long number may begin a match, and the automaton of all shapes together
    has so many states that building them costs 10 ms per 4 kB.
    """
    return f"(?:{row.value})" if row.signed else rf"\b(?:{row.value})"


def best_of(spans: Iterable[Span]) -> list[Span]:
    """Returns each place once, as the type with the best score: a number is one thing. The first wins a draw."""
    best: dict[tuple[int, int], Span] = {}
    for span in spans:
        place = (span.start, span.end)
        if place not in best or span.score_milli > best[place].score_milli:
            best[place] = span
    return list(best.values())


def unexplained(evident: Sequence[Span], announced: Sequence[Span]) -> list[Span]:
    """Returns the self-evident spans without those inside a value that a label says is something else."""
    if not announced:
        return list(evident)
    ordered = sorted(announced, key=lambda span: span.start)
    starts = [span.start for span in ordered]
    return [span for span in evident if not _is_explained(span, ordered, starts)]


def _is_explained(span: Span, announced: Sequence[Span], starts: Sequence[int]) -> bool:
    if span.score_milli > _EXPLAINED:
        return False
    place = bisect_right(starts, span.start)
    others = announced[max(0, place - 2) : place]
    return any(span.end <= other.end and span.type != other.type for other in others)
