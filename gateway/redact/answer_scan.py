"""What an answer carries that the caller had not put in: found in whole texts, and live in sentences of a stream.

A text waits for the end of its sentence, at most `LONGEST_WAIT` characters; a private key waits for its last line. Tool
arguments wait until they are complete: nobody can use a part of them. Without something to look for nothing waits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.errors import RestoreFailed
from gateway.redact.json_source import JsonSource, unescaped
from gateway.redact.one_way import removal_mark
from gateway.redact.spans import Span, merged
from gateway.redact.values import canonical, short_type
from gateway.types import Category, Classification, MaskedRecord, Strategy
from routers.types import JsonPath, Leaf

LONGEST_WAIT = 512
"""Characters of a running text that may wait to be read."""
LONGEST_BLOCK = 16_384
"""Characters that may wait for the end of a block with a head and a tail, such as a private key."""
LONGEST_ARGUMENTS = 4_194_304
"""Characters of tool arguments that may wait to be complete."""
PROTOCOL_NAMES = frozenset(
    "id object type role model status finish_reason stop_reason system_fingerprint service_tier signature "
    "encrypted_content tool_call_id call_id item_id response_id previous_response_id tool_use_id".split()
)
"""Values under these names are the protocol's own and are not read: an identifier looks like a key."""

_CONTEXT = 120
_TAIL = 64
_SENTENCE_END = re.compile(r"[.!?…][\"')\]]?\s|[。！？\n]")
_BLOCK_HEAD, _BLOCK_TAIL = "-----BEGIN ", "-----END "
_ALPHANUMERIC = re.compile(r"[^\W_]")

Stretch = tuple[int, int]


def is_protocol_word(path: JsonPath) -> bool:
    """Whether what stands there is the protocol's own and is not read. In an error all is: it may echo anything."""
    return path[-1] in PROTOCOL_NAMES and path[0] != "error"


class TextReader(Protocol):
    """Says what a text carries. Implemented by `gateway.classify.classifier.CallClassifier`."""

    def read_text(self, text: str) -> Classification:
        """Never raises for content: what could not be read is named in `failed`."""
        ...


class AnswerScan:
    """Good for the answers to one request. `own` is everything that the caller wrote."""

    def __init__(self, reader: TextReader | None, drop: frozenset[Category], own: Sequence[Leaf]) -> None:
        self._reader = reader
        self._drop = drop
        self._own = own

    def find(self, text: str, stand_ins: Iterable[Stretch]) -> list[Span]:
        """Returns what must be removed from a text of an answer: no stand-in, nothing that the caller wrote himself.

        Raises:
            RestoreFailed: the text could not be read, so it cannot be shown.
        """
        content = self._reader.read_text(text) if self._reader is not None else None
        if content is None or content.failed:
            raise RestoreFailed("the answer could not be checked, so it is not shown")
        found = [finding for finding in content.findings if finding.category in self._drop]
        if not found:
            return []
        taken = list(stand_ins)
        spans: list[Span] = []
        for finding in found:
            if not self._is_own(text[finding.start : finding.end]):
                for start, end in _without(finding.start, finding.end, taken):
                    if _ALPHANUMERIC.search(text, start, end):
                        spans.append(Span(start, end, finding.type, Strategy.DROP, (finding.score_milli, end - start)))
        return merged(spans)

    def _is_own(self, value: str) -> bool:
        plain = unescaped(value)
        return any(value in leaf.text or plain in leaf.text for leaf in self._own)


@dataclass(slots=True)
class Removals:
    """What was removed from one answer: distinct values per type, by their canonical form."""

    _numbers: dict[str, dict[str, int]] = field(default_factory=dict, repr=False)

    def mark(self, kind: str, value: str) -> str:
        """Returns what stands for the value, and counts it."""
        numbers = self._numbers.setdefault(kind, {})
        return removal_mark(kind, numbers.setdefault(canonical(short_type(kind), value), len(numbers) + 1))

    def records(self) -> tuple[MaskedRecord, ...]:
        """Distinct values per type."""
        return tuple(MaskedRecord(kind, len(self._numbers[kind])) for kind in sorted(self._numbers))


Finder = Callable[[str], Iterable[Stretch]]
"""Finds the stand-ins of a text."""


class Scanning:
    """The reading of one answer."""

    def __init__(self, scan: AnswerScan, text_stand_ins: Finder, source_stand_ins: Finder) -> None:
        self._scan = scan
        self._text_stand_ins = text_stand_ins
        self._source_stand_ins = source_stand_ins
        self.removals = Removals()

    def text(self, text: str) -> str:
        """Returns a whole text without what must be removed. Raises `RestoreFailed`."""
        return self._cleared(text, self._scan.find(text, self._text_stand_ins(text)))

    def source(self, source: str) -> str:
        """Returns whole JSON source without what must be removed, still JSON. Raises `RestoreFailed`."""
        spans = self._scan.find(source, self._source_stand_ins(source))
        if not spans:
            return source
        json_source = JsonSource(source)
        return self._cleared(source, merged(part for span in spans for part in json_source.fit(span)))

    def ready(self, shown: str, waiting: str) -> tuple[str, str]:
        """Returns what of a running text can be shown now, cleared, and what goes on waiting.

        `shown` is what stands before it, of which the last words are read again. Raises `RestoreFailed`.
        """
        cut = _place_to_cut(waiting)
        if cut == 0:
            return "", waiting
        spans = self._after(shown[-_CONTEXT:], waiting)
        if len(waiting) < LONGEST_WAIT:
            cut = min([cut, *(span.start for span in spans if span.start < cut < span.end)])
        else:
            cut = max([cut, *(span.end for span in spans if span.start < cut < span.end)])
        return self._cleared(waiting[:cut], [span for span in spans if span.end <= cut]), waiting[cut:]

    def rest(self, shown: str, waiting: str) -> str:
        """Returns the end of a running text, cleared. Raises `RestoreFailed`."""
        return self._cleared(waiting, self._after(shown[-_CONTEXT:], waiting)) if waiting else ""

    def _after(self, context: str, waiting: str) -> list[Span]:
        """What must be removed from `waiting`, read together with what stands before it."""
        whole = context + waiting
        return [
            Span(max(0, span.start - len(context)), span.end - len(context), span.kind, span.strategy, span.weight)
            for span in self._scan.find(whole, self._text_stand_ins(whole))
            if span.end > len(context)
        ]

    def _cleared(self, text: str, spans: Iterable[Span]) -> str:
        pieces: list[str] = []
        done = 0
        for span in spans:
            mark = self.removals.mark(span.kind, text[span.start : span.end])
            pieces += (text[done : span.start], f'"{mark}"' if span.number else mark)
            done = span.end
        pieces.append(text[done:])
        return "".join(pieces)


def _place_to_cut(waiting: str) -> int:
    """Where a running text may be cut: after its last sentence, or between words when it has waited too long."""
    head = waiting.rfind(_BLOCK_HEAD)
    if head >= 0 and waiting.find(_BLOCK_TAIL, head) < 0 and len(waiting) < LONGEST_BLOCK:
        waiting = waiting[:head]
    ends = [match.end() for match in _SENTENCE_END.finditer(waiting)]
    if ends:
        return ends[-1]
    if len(waiting) < LONGEST_WAIT:
        return 0
    space = waiting.rfind(" ", 0, len(waiting) - _TAIL)
    return space + 1 if space > 0 else len(waiting)


def _without(start: int, end: int, taken: Iterable[Stretch]) -> Iterable[Stretch]:
    """The parts of `[start, end)` outside of the taken stretches."""
    for low, high in sorted(taken):
        if high > start and low < end:
            if low > start:
                yield start, low
            start = max(start, high)
    if start < end:
        yield start, end
