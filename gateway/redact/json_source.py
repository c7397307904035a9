"""JSON source inside a string: tool arguments, whose text is JSON and must still be JSON when masked."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace

import orjson

from gateway.redact.spans import Span
from gateway.redact.values import Spelling
from routers.types import JsonPath

_TOKEN = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"|-?[0-9][0-9.eE+\-]*', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL)
_WHITE_ESCAPES = frozenset({"\\n", "\\t", "\\r", "\\b", "\\f"})


def is_json_source(path: JsonPath, text: str) -> bool:
    """Whether a request's leaf is the source of a tool call's arguments. Source that does not parse is plain text."""
    if path[-1] != "arguments" or len(path) < 2:
        return False
    if path[-2] not in ("function", "function_call") and path[0] != "input":
        return False
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


class JsonSource:
    """The strings, numbers and escapes of one source."""

    def __init__(self, text: str) -> None:
        self._text = text
        tokens = [(match, match.group(1) is None) for match in _TOKEN.finditer(text)]
        self._numbers = [is_number for _, is_number in tokens]
        self._insides = [match.span(0 if is_number else 1) for match, is_number in tokens]
        self._starts = [low for low, _ in self._insides]
        self._escapes = [match.span() for match in _ESCAPE.finditer(text)]
        self._escape_starts = [start for start, _ in self._escapes]

    def fit(self, span: Span) -> Iterator[Span]:
        """Yields the parts of the span inside strings, never through an escape, and the whole numbers it touches."""
        for place in range(max(0, bisect_right(self._starts, span.start) - 1), len(self._starts)):
            low, high = self._insides[place]
            start, end = max(low, span.start), min(high, span.end)
            if low >= span.end:
                return
            if start >= end:
                continue
            if self._numbers[place]:
                yield replace(span, start=low, end=high, number=True)
            elif (start := self._after_white(start)) < (end := self._escape_around(end)[1]):
                yield replace(span, start=start, end=end)

    def _after_white(self, start: int) -> int:
        """What detectors find in source may begin with the `n` of an escaped line break: that is not the value."""
        low, high = self._escape_around(start)
        return high if self._text[low:high] in _WHITE_ESCAPES else low

    def _escape_around(self, place: int) -> tuple[int, int]:
        """The escape that a cut at `place` would break, or nothing there."""
        before = bisect_right(self._escape_starts, place - 1) - 1
        if before >= 0 and self._escapes[before][1] > place:
            return self._escapes[before]
        return place, place


def source_spelling(source: str, *, number: bool) -> Spelling:
    """Returns the value that stands so inside a JSON string, or as a number."""
    return Spelling(source, source, number=True) if number else Spelling(unescaped(source), source)


def unescaped(source: str) -> str:
    """Returns the text that the inside of a JSON string means; a lone surrogate means nothing and stays source."""
    if "\\" not in source:
        return source
    try:
        text: str = orjson.loads(f'"{source}"')
    except orjson.JSONDecodeError:
        return source
    return text


def escaped(text: str) -> str:
    """Returns the text as it stands inside a JSON string."""
    return orjson.dumps(text).decode()[1:-1]


def ascii_escaped(text: str) -> str:
    """Returns the text as it stands inside a JSON string of a writer that escapes everything beyond ASCII."""
    return json.dumps(text)[1:-1]
