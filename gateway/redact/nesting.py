"""How many JSON strings enclose a place in a text: so often must a value be escaped that is put there.

Tool arguments are JSON. A string in them can be JSON again, an answer can be asked to be JSON, and a tool's result
often is. A value with a quote, a backslash or a line break in it would end the string it is put into, unless it is
escaped for each of them. Text that is no JSON up to a place encloses it in nothing.
"""

from __future__ import annotations

import re

from gateway.redact.json_source import escaped, unescaped
from gateway.redact.values import Spelling

_TELLING = re.compile(r'["\\\x00-\x1f]')
_STOP = re.compile(r'["\\]')
_STRUCTURE = re.compile(r"[\s\[\]{}:,+\-.0-9eEtrufalsn]*")
_PART = re.compile(r"[\[{]|[\]}]|[^\s\[\]{}]+")
_SHORT = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_UNICODE = 6
"""Characters of `\\u0041`."""


def is_spelled_alike(text: str) -> bool:
    """Whether the text stands in JSON as it is: then it does not matter where it stands."""
    return _TELLING.search(text) is None


def spelling_at(written: str, level: int) -> Spelling:
    """Returns the value that is written so inside this many JSON strings."""
    if is_spelled_alike(written):
        return Spelling(written, written)
    if level == 0:
        return Spelling(written, escaped(written))
    source = written
    for _ in range(level - 1):
        source = unescaped(source)
    return Spelling(unescaped(source), source)


def written_at(spelling: Spelling, level: int) -> str:
    """Returns how the value is written inside this many JSON strings."""
    if level == 0:
        return spelling.text
    written = spelling.json
    for _ in range(level - 1):
        written = escaped(written)
    return written


class Nesting:
    """Follows one text in any pieces. Linear in its length."""

    def __init__(self) -> None:
        self._is_json: bool | None = None
        self._depth = 0
        self._inner: Nesting | None = None
        self._escape = ""

    @property
    def level(self) -> int:
        """How many JSON strings enclose what comes next."""
        return 0 if self._inner is None else 1 + self._inner.level

    def feed(self, text: str) -> None:
        """Goes on in the text."""
        place = 0
        while place < len(text) and self._is_json is not False:
            if self._inner is None:
                place = self._between_strings(text, place)
            elif self._escape:
                place = self._in_escape(text, place, self._inner)
            else:
                place = self._in_string(text, place, self._inner)

    def _between_strings(self, text: str, place: int) -> int:
        run = _STRUCTURE.match(text, place)
        end = run.end() if run else place
        for part in _PART.findall(text, place, end):
            self._take(part)
        if end == len(text) or self._is_json is False:
            return end
        if text[end] == '"' and self._depth:
            self._inner = Nesting()
        else:
            self._leave()
        return end + 1

    def _take(self, part: str) -> None:
        opens = part in ("[", "{")
        if self._is_json is None:
            self._is_json = opens
        elif self._depth == 0:
            self._leave()  # something stands behind what was a whole value
        self._depth += opens - (part in ("]", "}"))

    def _leave(self) -> None:
        self._is_json, self._inner = False, None

    def _in_string(self, text: str, place: int, inner: Nesting) -> int:
        stop = _STOP.search(text, place)
        end = stop.start() if stop else len(text)
        inner.feed(text[place:end])
        if stop and stop.group() == '"':
            self._inner = None
        elif stop:
            self._escape = "\\"
        return end + 1

    def _in_escape(self, text: str, place: int, inner: Nesting) -> int:
        self._escape += text[place]
        if self._escape[1] != "u" or len(self._escape) == _UNICODE:
            inner.feed(_SHORT.get(self._escape[1]) or unescaped(self._escape))
            self._escape = ""
        return place + 1
