"""What the labels of a text announce: values that stand behind them, in lists, and in the columns of tables.

Each label is read once, whoever asks. The nearest label wins.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial

from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.prefilter import Group
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
_IN_SENTENCE = 36
_SENTENCE = re.compile(r"[^.:;!?|\n\d]*")
_FURTHER = 80
"""Characters in which the next value of a list must be complete."""
_HITS_BETWEEN_CHECKS = 256
_GAP = rf"(?:[^\d]{{0,{REACH - 1}}}?[^0-9A-Za-z])??"
_NEXT = r"[ \t\"']{0,2}(?:[,;/&|]|\band\b|\bor\b|\bund\b|\bet\b|\by\b|\be\b|\ben\b)[ \t\"']{0,2}"
_GLUED = re.compile(rb"[-#]?\d")
_DIGIT = re.compile(rb"\d")
_DIGITS = frozenset(b"0123456789")
_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_ALNUM = _DIGITS | _LETTERS
_FILLER_WORDS = """
a account acct also and are as at called can card cell claim client code confirmed current customer das data de del
der des di die du e een el en ending entered equal equals es est eu federal field file for found full group her het
his holder home hospital i id il in input is issued ist it its key known la lautet le listed me member mobile my n
name need new no now nr nro null num number numbers numero nummer of old on or our patient please primary provided
ref reference registered s secondary si state string subscriber system text the their to type uk und under us usa
value van verified was which will with work y you your
""".split()
_FILLER = re.compile(
    rf"(?:[^A-Za-z0-9\n]|\n(?![^\n]*\n)|(?<![A-Za-z])(?:{'|'.join(_FILLER_WORDS)})(?![A-Za-z]))*",
    re.IGNORECASE,
)
"""What may stand between a label and a value that has nothing else to prove it."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A row with its patterns: announced by a label, next in a list, and the whole of a cell.

    Each is compiled when a text first asks for it: of most rows nobody ever does, and all together take 3 MB.
    """

    row: Identifier
    announced: Callable[[], Group]
    further: Callable[[], Group]
    cell: Callable[[], Group]
    written: re.Pattern[str] | None


class Announcer:
    """Knows the labels of some rows and reads what they announce. Immutable and safe to share between threads."""

    __slots__ = ("groups", "labels", "rows")

    def __init__(self, rows: Sequence[Identifier], decoys: Sequence[str]) -> None:
        """Compiles the rows. `decoys` are words that look like a label and announce none of them."""
        self.rows = tuple(_compile(row) for row in rows)
        self.labels = LabelIndex(rows, decoys)
        self.groups = {rules: self._group(rules) for rules in self.labels.rule_sets()}

    def of(self, passage: Passage) -> Announced:
        """Returns what is announced in a passage; to be asked with the shadow of `EdgeShadow`."""
        return passage.notes.of((self, passage.field_name), Announced, partial(Announced, self, passage))

    def _group(self, rules: tuple[int, ...]) -> ValueGate:
        """One look for all rules of a label: mostly nothing stands behind it."""
        return ValueGate([f"{_GAP}(?:{self.rows[number].row.value})" for number in rules])

    def values(self, passage: Passage, hit: Hit, end: int) -> Iterator[Span]:
        """The value after a label, and those that follow it in a list."""
        best = self._best(passage, hit.says.rules, hit.end, end)
        if best is None or best[0].score_milli < CHECKED:
            # Many types share a generic label, so a value that fails its check says nothing there.
            other = self._best(passage, hit.says.generic, hit.end, end)
            best = other if other is not None and other[0].score_milli >= CHECKED else best
        while best is not None:
            span, each = best
            yield span
            value = each.further().at(passage.shadow, span.end, min(span.end + _FURTHER, len(passage.text)))
            best = self.judged(passage, each, value, span.end) if value else None

    def _best(self, passage: Passage, rules: tuple[int, ...], place: int, end: int) -> tuple[Span, Compiled] | None:
        """The first value whose check holds, else the one with the best score, then the longest."""
        best: tuple[Span, Compiled] | None = None
        for number in self.groups[rules].match(passage.shadow[place:end]) if rules else ():
            each = self.rows[rules[number]]
            value = each.announced().at(passage.shadow, place, end)
            judged = self.judged(passage, each, value, place) if value else None
            if judged is not None and judged[0].score_milli >= CHECKED:
                return judged
            best = max(best, judged, key=_weight)
        return best

    def judged(
        self, passage: Passage, each: Compiled, place: tuple[int, int], label_end: int
    ) -> tuple[Span, Compiled] | None:
        """The span with its score: by label and check, by label alone, or by label against the check."""
        start, end = place
        if not stands_free(passage.shadow, start, end) or not is_written(each, passage, start, end):
            return None
        holds = each.row.holds(passage.shadow[start:end])
        if holds and each.row.check is not None:
            return Span(start, end, each.row.type, each.row.score), each
        score = each.row.score if holds else each.row.doubtful
        is_near = _is_near(passage, label_end, start) or (each.row.loose and _is_in_sentence(passage, label_end, start))
        return (Span(start, end, each.row.type, score), each) if score and is_near else None


class Announced:
    """The labels of one text, and what each announces as soon as somebody asks."""

    __slots__ = ("_announcer", "_hits", "_known", "_of_field", "_passage", "_starts")

    def __init__(self, announcer: Announcer, passage: Passage) -> None:
        """Takes a passage with the shadow of `EdgeShadow`."""
        self._announcer = announcer
        self._passage = passage
        self._hits = announcer.labels.find(passage, passage.shadow.replace(b"_", b" "))
        self._starts = [hit.start for hit in self._hits]
        self._known: dict[int, tuple[Span, ...]] = {}
        field = announcer.labels.of_field(passage.field_name) if passage.field_name else None
        self._of_field = () if field is None else tuple(announcer.values(passage, field, len(passage.text)))

    def all(self, budget: Budget) -> Iterator[Span]:
        """Yields every value behind a label or below one. Raises `BudgetSpent`, `PrefilterError`."""
        yield from self._of_field
        for number in range(len(self._hits)):
            if number % _HITS_BETWEEN_CHECKS == 0:
                budget.check()
            yield from self._values(number)
        yield from self._in_tables(budget)

    def is_another(self, span: Span) -> bool:
        """Whether a label before a place, or the field, announces it as a value of another type.

        Only for values that stand where the label's own type fits: nothing is explained away that is not found here.
        """
        digit = _DIGIT.search(self._passage.shadow, span.start)
        start = span.start if digit is None else digit.start()
        first = bisect_left(self._starts, span.start - _BEFORE)
        last = bisect_left(self._starts, span.end, first)
        values = [each for number in range(first, last) for each in self._values(number)]
        if span.start <= _BEFORE:
            values += self._of_field
        place = (start, span.end, span.type)
        return any(_takes(each, *place) for each in values) and not any(_confirms(each, *place) for each in values)

    def _values(self, number: int) -> tuple[Span, ...]:
        """The values that a label announces, each with its score."""
        known = self._known.get(number)
        if known is None:
            end = _region_end(self._hits, number, self._passage.shadow)
            known = self._known[number] = tuple(self._announcer.values(self._passage, self._hits[number], end))
        return known

    def _in_tables(self, budget: Budget) -> Iterator[Span]:
        """Cells below the labels that stand in the head of a table."""
        passage, rows = self._passage, self._announcer.rows
        heads = _heads(passage.text, self._hits)
        stops = frozenset(passage.text.rfind("\n", 0, columns[0].start) + 1 for _, columns in heads)
        for head, columns in heads:
            budget.check()
            rules = {_column(head, hit): hit.says.rules for hit in columns if hit.says.rules}
            for cell in cells_below(passage.text, head, frozenset(rules), stops):
                for number in rules[cell.column]:
                    yield from self._cell(rows[number], cell.start, cell.end)

    def _cell(self, each: Compiled, start: int, end: int) -> Iterator[Span]:
        value = each.cell().of_whole(self._passage.shadow, start, end)
        judged = self._announcer.judged(self._passage, each, value, start) if value else None
        if judged is not None:
            yield judged[0]


def _takes(other: Span, start: int, end: int, kind: str) -> bool:
    """Whether a value that a label announced is the place of a finding, or holds it, under another type."""
    return other.type != kind and other.score_milli >= DOUBTFUL and other.start <= start and end <= other.end


def _confirms(other: Span, start: int, end: int, kind: str) -> bool:
    return other.type == kind and other.start < end and start < other.end


def _weight(judged: tuple[Span, Compiled] | None) -> tuple[int, int]:
    return (0, 0) if judged is None else (judged[0].score_milli, judged[0].end - judged[0].start)


def _is_near(passage: Passage, label_end: int, start: int) -> bool:
    """Whether only fillers stand between a label and a value."""
    return start - label_end <= _NEAR and _FILLER.fullmatch(passage.text, label_end, start) is not None


def _is_in_sentence(passage: Passage, label_end: int, start: int) -> bool:
    """Whether only the words of one sentence stand between a label and a value (`born in Cork on`)."""
    return start - label_end <= _IN_SENTENCE and _SENTENCE.fullmatch(passage.text, label_end, start) is not None


def is_written(each: Compiled, passage: Passage, start: int, end: int) -> bool:
    """Whether a value is written as its row asks, where it asks for more than the shadow shows."""
    return each.written is None or each.written.fullmatch(passage.text, start, end) is not None


def _compile(row: Identifier) -> Compiled:
    return Compiled(
        row,
        _when_asked(f"{_GAP}({row.value})"),
        _when_asked(f"(?i){_NEXT}({row.value})"),
        _when_asked(rf"[ \t\"']*({row.value})[ \t\"'\r]*"),
        re.compile(row.written) if row.written else None,
    )


def _when_asked(pattern: str) -> Callable[[], Group]:
    return cache(partial(Group, pattern))


def stands_free(shadow: bytes, start: int, end: int) -> bool:
    """Whether a value, which is not empty, is no part of a longer word, number, version or decimal."""
    if start and (before := shadow[start - 1]) in _ALNUM:
        if before in _DIGITS or shadow[start] in _LETTERS:
            return False
    elif start > 1 and before in b"./+:-" and shadow[start - 2] in _DIGITS:
        return False
    if end == len(shadow):
        return True
    if (after := shadow[end]) in _ALNUM:
        return False
    is_tied = after in b".:-" and end + 1 < len(shadow)
    return not (is_tied and shadow[end + 1] in _DIGITS and shadow[end - 1] in _DIGITS)


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
    """Whether two labels announce some type both. Those of one label are one object, so mostly a look is enough."""
    return hit.says.rules is later.says.rules or not hit.says.kinds.isdisjoint(later.says.kinds)


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
