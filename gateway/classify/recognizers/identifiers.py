"""The detector for identifiers: shapes that speak for themselves, and values that a label announces.

One pass of a linear engine finds the labels and the self-evident shapes; only what stands by a label is looked at with
the patterns that label announces. The nearest label wins. Cost grows with the text, not with the number of rows.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain

import re2

from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.prefilter import Places, Prefilter, compiled
from gateway.classify.recognizers.edges import EdgeShadow
from gateway.classify.recognizers.labels import Hit, LabelIndex
from gateway.classify.recognizers.rule import CHECKED, DOUBTFUL, Identifier
from gateway.classify.recognizers.tables import Head, cells_below, head_at
from gateway.classify.recognizers.value_gate import ValueGate

REACH = 56
"""Characters between a label and its value, at most."""
_LONGEST_VALUE = 64
_BEFORE = 96
"""Characters before a value in which the label that announces it is looked for."""
_NEAR = 28
_FURTHER = 80
"""Characters in which the next value of a list must be complete."""
_HITS_BETWEEN_CHECKS = 256
_MAX_MEMORY_BYTES = 64 << 20
_GAP = rf"(?:[^\d]{{0,{REACH - 1}}}?[^0-9A-Za-z])??"
_NEXT = r"[ \t\"']{0,2}(?:[,;/&|]|\band\b|\bor\b|\bund\b|\bet\b|\by\b|\be\b|\ben\b)[ \t\"']{0,2}"
_GLUED = re.compile(rb"[-#]?\d")
_EXPLAINED = 700
"""A self-evident value with a higher score stays beside what a label says."""
_JOINS = (b".", b"-", b":")
_DIGIT = re.compile(rb"\d")
_FILLER_WORDS = """
a account acct also and are as at called can card cell claim client code confirmed current customer das data de del
der des di die du e een el en ending entered equal equals es est eu federal field file for found full group her het
his holder home hospital id il input is issued ist its key known la lautet le listed me member mobile my n name new
no now nr nro null num number numbers numero nummer of old on or our patient please primary provided ref reference
registered secondary si state string subscriber text the their to type uk und us usa value van verified was with
work y you your
""".split()
_FILLER = re.compile(
    rf"(?:[^A-Za-z0-9\n]|\n(?![^\n]*\n)|(?<![A-Za-z])(?:{'|'.join(_FILLER_WORDS)})(?![A-Za-z]))*",
    re.IGNORECASE,
)
"""What may stand between a label and a value that has nothing else to prove it."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A row with its patterns: announced by a label, next in a list, and the whole of a cell.

    Each is compiled when a text first asks for it: of most rows nobody ever does, and all together take 3 MB.
    """

    row: Identifier
    announced: Callable[[], re2._Regexp]
    further: Callable[[], re2._Regexp]
    cell: Callable[[], re2._Regexp]
    written: re.Pattern[str] | None


class IdentifierDetector:
    """Finds identifiers by label, shape and check digit."""

    name = "identifiers"

    def __init__(self, rows: Sequence[Identifier], decoys: Sequence[str] = ()) -> None:
        """Compiles the rows. `decoys` are words that look like a label and announce none of them."""
        self._rows = tuple(_compile(row) for row in rows)
        self._labels = LabelIndex(rows, decoys)
        self._edges = EdgeShadow()
        self._shapes = tuple((each, Places(_shape(each.row))) for each in self._rows if each.row.alone)
        gates = [_shape(each.row) for each, _ in self._shapes]
        self._gate = Prefilter([*gates, self._labels.pattern], max_memory_bytes=_MAX_MEMORY_BYTES)
        sets = self._labels.rule_sets()
        self._groups = {rules: self._group(rules) for rules in sets}
        self._types = {rules: frozenset(rows[number].type for number in rules) for rules in (*sets, ())}

    def may_find(self, passage: Passage) -> bool:
        """Whether a digit occurs, and a label or a self-evident shape."""
        return _DIGIT.search(passage.shadow) is not None and bool(self._fired(self._edges.reading(passage)))

    def _fired(self, passage: Passage) -> frozenset[int]:
        fired = self._gate.match(passage.shadow.replace(b"_", b" "))
        if self._labels.has_other(passage.text) or (passage.field_name and _DIGIT.search(passage.shadow)):
            return fired | {len(self._shapes)}
        return fired

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        """Returns the identifiers found, each place once. Raises `BudgetSpent`, `PrefilterError`."""
        passage = self._edges.reading(passage)
        fired = self._fired(passage) if _DIGIT.search(passage.shadow) else frozenset()
        announced = list(self._announced(passage, budget)) if len(self._shapes) in fired else []
        evident: list[Span] = []
        for number in fired - {len(self._shapes)}:
            budget.check()
            evident += self._self_evident(passage, number)
        return best_of([*announced, *unexplained(evident, announced)])

    def _self_evident(self, passage: Passage, number: int) -> Iterator[Span]:
        each, finder = self._shapes[number]
        for start, end in finder.all(passage.shadow):
            is_free = _stands_free(passage.shadow, start, end) and _is_written(each, passage, start, end)
            if is_free and each.row.holds(passage.shadow[start:end]):
                yield Span(start, end, each.row.type, each.row.alone)

    def announces_another(self, passage: Passage, span: Span) -> bool:
        """Whether a label before a place announces it as a value of another type. Raises `PrefilterError`.

        Only for values that stand where the label's own type fits: nothing is explained away that is not found here.
        """
        digit = _DIGIT.search(passage.shadow, span.start)
        first = span.start if digit is None else digit.start()
        begin, end = max(0, span.start - _BEFORE), min(len(passage.text), span.end + _LONGEST_VALUE)
        field = passage.field_name if begin == 0 else ""
        near = self._edges.reading(Passage(passage.text[begin:end], passage.shadow[begin:end], field))
        place = Span(first - begin, span.end - begin, span.type, span.score_milli)
        taking: list[Span] = []
        others: list[tuple[Hit, int]] = []
        for hit, stop in self._regions(near):
            if self._may_be_another(near, hit, stop, span.type):
                taking += self._values(near, hit, stop)
            else:  # all that it announces is of the finding's own type
                others.append((hit, stop))
        if not any(each.start < place.end and _takes(each, place) for each in taking):
            return False
        values = chain(taking, (each for hit, stop in others for each in self._values(near, hit, stop)))
        return not any(_confirms(each, place) for each in values)

    def _regions(self, passage: Passage) -> Iterator[tuple[Hit, int]]:
        """The labels of a short text, its field's first, each with where the stretch ends that it is about."""
        field = self._labels.of_field(passage.field_name) if passage.field_name else None
        if field is not None:
            yield field, len(passage.text)
        hits = self._labels.find(passage, passage.shadow.replace(b"_", b" "))
        for number, hit in enumerate(hits):
            yield hit, _region_end(hits, number, passage.shadow)

    def _may_be_another(self, passage: Passage, hit: Hit, end: int, kind: str) -> bool:
        """Whether something behind a label has the form of another type that the label announces."""
        behind = passage.shadow[hit.end : end]
        return any(
            self._rows[rules[number]].row.type != kind
            for rules in (hit.rules, hit.generic)
            if not self._types[rules] <= {kind}
            for number in self._groups[rules].match(behind)
        )

    def _announced(self, passage: Passage, budget: Budget) -> Iterator[Span]:
        if passage.field_name:
            field = self._labels.of_field(passage.field_name)
            yield from self._values(passage, field, len(passage.text)) if field else ()
        hits = self._labels.find(passage, passage.shadow.replace(b"_", b" "))
        for number, hit in enumerate(hits):
            if number % _HITS_BETWEEN_CHECKS == 0:
                budget.check()
            yield from self._values(passage, hit, _region_end(hits, number, passage.shadow))
        yield from self._in_tables(passage, hits, budget)

    def _values(self, passage: Passage, hit: Hit, end: int) -> Iterator[Span]:
        """The value after a label, and those that follow it in a list."""
        best = self._best(passage, hit.rules, hit.end, end)
        if best is None or best[0].score_milli < CHECKED:
            # Many types share a generic label, so a value that fails its check says nothing there.
            other = self._best(passage, hit.generic, hit.end, end)
            best = other if other is not None and other[0].score_milli >= CHECKED else best
        while best is not None:
            span, each = best
            yield span
            match = each.further().match(passage.shadow, span.end, min(span.end + _FURTHER, len(passage.text)))
            best = self._judged(passage, each, match.span(1), span.end) if match else None

    def _best(self, passage: Passage, rules: tuple[int, ...], place: int, end: int) -> tuple[Span, _Compiled] | None:
        """The first value whose check holds, else the one with the best score, then the longest."""
        best: tuple[Span, _Compiled] | None = None
        for number in self._groups[rules].match(passage.shadow[place:end]) if rules else ():
            each = self._rows[rules[number]]
            match = each.announced().match(passage.shadow, place, end)
            judged = self._judged(passage, each, match.span(1), place) if match else None
            if judged is not None and judged[0].score_milli >= CHECKED:
                return judged
            best = max(best, judged, key=_weight)
        return best

    def _group(self, rules: tuple[int, ...]) -> ValueGate:
        """One look for all rules of a label: mostly nothing stands behind it."""
        return ValueGate([f"{_GAP}(?:{self._rows[number].row.value})" for number in rules])

    def _judged(
        self, passage: Passage, each: _Compiled, place: tuple[int, int], label_end: int
    ) -> tuple[Span, _Compiled] | None:
        """The span with its score: by label and check, by label alone, or by label against the check."""
        start, end = place
        if not _stands_free(passage.shadow, start, end) or not _is_written(each, passage, start, end):
            return None
        holds = each.row.holds(passage.shadow[start:end])
        if holds and each.row.check is not None:
            return Span(start, end, each.row.type, each.row.score), each
        score = each.row.score if holds else each.row.doubtful
        return (Span(start, end, each.row.type, score), each) if score and _is_near(passage, label_end, start) else None

    def _in_tables(self, passage: Passage, hits: Sequence[Hit], budget: Budget) -> Iterator[Span]:
        """Cells below the labels that stand in the head of a table."""
        heads = _heads(passage.text, hits)
        stops = frozenset(passage.text.rfind("\n", 0, columns[0].start) + 1 for _, columns in heads)
        for head, columns in heads:
            budget.check()
            rules = {_column(head, hit): hit.rules for hit in columns if hit.rules}
            for cell in cells_below(passage.text, head, frozenset(rules), stops):
                for number in rules[cell.column]:
                    yield from self._cell(passage, self._rows[number], cell.start, cell.end)

    def _cell(self, passage: Passage, each: _Compiled, start: int, end: int) -> Iterator[Span]:
        match = each.cell().fullmatch(passage.shadow, start, end)
        judged = self._judged(passage, each, match.span(1), start) if match else None
        if judged is not None:
            yield judged[0]


def _takes(other: Span, span: Span) -> bool:
    """Whether a value that a label announced is the place of a finding, or holds it, under another type."""
    return (
        other.type != span.type
        and other.score_milli >= DOUBTFUL
        and other.start <= span.start
        and span.end <= other.end
    )


def _confirms(other: Span, span: Span) -> bool:
    return other.type == span.type and other.start < span.end and span.start < other.end


def _weight(judged: tuple[Span, _Compiled] | None) -> tuple[int, int]:
    return (0, 0) if judged is None else (judged[0].score_milli, judged[0].end - judged[0].start)


def _is_near(passage: Passage, label_end: int, start: int) -> bool:
    """Whether only fillers stand between a label and a value."""
    return start - label_end <= _NEAR and _FILLER.fullmatch(passage.text, label_end, start) is not None


def _is_written(each: _Compiled, passage: Passage, start: int, end: int) -> bool:
    return each.written is None or each.written.fullmatch(passage.text, start, end) is not None


def _shape(row: Identifier) -> str:
    """The pattern of a self-evident value. A word begins at its start unless it begins with a sign of its own.

    TRAP: without the boundary every digit of a long number may begin a match, and the automaton of all shapes together
    has so many states that building them costs 10 ms per 4 kB.
    """
    return f"(?:{row.value})" if row.signed else rf"\b(?:{row.value})"


def _compile(row: Identifier) -> _Compiled:
    return _Compiled(
        row,
        _when_asked(f"{_GAP}({row.value})"),
        _when_asked(f"(?i){_NEXT}({row.value})"),
        _when_asked(rf"[ \t\"']*({row.value})[ \t\"'\r]*"),
        re.compile(row.written) if row.written else None,
    )


def _when_asked(pattern: str) -> Callable[[], re2._Regexp]:
    return cache(partial(compiled, pattern))


def _stands_free(shadow: bytes, start: int, end: int) -> bool:
    """Whether a value is no part of a longer word, number, version or decimal."""
    before, after = shadow[max(0, start - 2) : start], shadow[end : end + 2]
    if before[-1:].isalnum() and (shadow[start : start + 1].isalpha() or before[-1:].isdigit()):
        return False
    if before[-1:] in (b".", b"-", b"/", b"+", b":") and before[:1].isdigit():
        return False
    if after[:1].isalnum():
        return False
    return not (
        after[:1] in (b".", b"-", b",", b":")
        and after[1:].isdigit()
        and shadow[end - 1 : end].isdigit()
        and after[:1] != b","
    )


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
    place = bisect_right(starts, span.start)
    return any(
        span.end <= other.end and span.type != other.type and span.score_milli <= _EXPLAINED
        for other in announced[max(0, place - 2) : place]
    )


def _region_end(hits: Sequence[Hit], number: int, shadow: bytes) -> int:
    """Where the stretch ends in which a label may have its value: at the next label that announces something else.

    A label right before a digit (`POL-123`) is the head of a value, not the label of the next one.
    """
    hit = hits[number]
    end = min(len(shadow), hit.end + REACH + _LONGEST_VALUE)
    for place in range(number + 1, len(hits)):
        later = hits[place]
        if later.start >= end:
            break
        if later.start >= hit.end and not _is_same(hit, later) and not _GLUED.match(shadow, later.end):
            return later.start
    return end


def _is_same(hit: Hit, later: Hit) -> bool:
    """Whether two labels announce some type both. The sets of one label are one object, so mostly a look is enough."""
    return hit.rules is later.rules or not frozenset(hit.rules).isdisjoint(later.rules)


def _heads(text: str, hits: Sequence[Hit]) -> list[tuple[Head, list[Hit]]]:
    """The lines in which two labels or one stand in cells of their own, with those labels."""
    heads: list[tuple[Head, list[Hit]]] = []
    line_end = -1
    for hit in hits:
        if hit.start > line_end:
            head = head_at(text, hit.start)
            line_end = text.find("\n", hit.start)
            line_end = len(text) if line_end < 0 else line_end
            if head is not None:
                heads.append((head, []))
        if heads and hit.start < heads[-1][0].end and _column(heads[-1][0], hit) >= 0:
            heads[-1][1].append(hit)
    return [(head, columns) for head, columns in heads if columns]


def _column(head: Head, hit: Hit) -> int:
    """The number of the cell that holds a label and little else, or -1."""
    for number, (start, end) in enumerate(head.cells):
        if start <= hit.start and hit.end <= end:
            return number if end - start - (hit.end - hit.start) <= 24 else -1
    return -1
