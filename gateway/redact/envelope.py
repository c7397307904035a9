"""What the events of one running text have in common: all bytes but those of the text itself.

An event that is the last one but for the text, its running number and random padding, with no quote, escape or line
break in any of them, means the same at every other place; so it needs no parse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

import orjson

from routers.wire.dialect import Slot

_RUNNING = re.compile(rb'"sequence_number":\s?([0-9]+)|"obfuscation":\s?"([^"\\]*)"')
"""What the Responses count in each event, and what OpenAI adds so that lengths tell nothing."""
_NUMBER = re.compile(rb"[0-9]+")
_PLAIN = re.compile(rb'[^"\\\x00-\x1f]*')


@dataclass(frozen=True, slots=True)
class Envelope:
    """The fixed bytes of an event with exactly one text, and the patterns between them. `place` counts the text's."""

    channel: str
    parts: tuple[tuple[bytes, re.Pattern[bytes]], ...] = field(repr=False)
    place: int
    tail: bytes = field(repr=False)

    @classmethod
    def of(cls, raw: bytes, slots: Sequence[Slot], closed: Iterable[str]) -> Self | None:
        """Returns the envelope of an event, `None` unless its one text stands in it exactly once under its name.

        An event that ends its own channel (`closed`) is like no other.
        """
        if len(slots) != 1 or slots[0].channel.startswith(tuple(closed)):
            return None
        text = _text_span(raw, slots[0])
        if text is None:
            return None
        running = [(match.span(match.lastindex or 0), _pattern_of(match)) for match in _RUNNING.finditer(raw)]
        holes = sorted([(text, _PLAIN), *running], key=lambda hole: hole[0])
        parts: list[tuple[bytes, re.Pattern[bytes]]] = []
        done = 0
        for (start, end), pattern in holes:
            parts.append((raw[done:start], pattern))
            done = end
        return cls(slots[0].channel, tuple(parts), [span for span, _ in holes].index(text), raw[done:])

    def text_of(self, raw: bytes) -> bytes | None:
        """Returns the bytes in the text's place, `None` for an event that differs elsewhere or has escapes in it."""
        done = 0
        text = b""
        for place, (fixed, pattern) in enumerate(self.parts):
            if not raw.startswith(fixed, done):
                return None
            match = pattern.match(raw, done + len(fixed))
            if match is None:
                return None
            done = match.end()
            if place == self.place:
                text = match.group()
        return text if len(raw) == done + len(self.tail) and raw.endswith(self.tail) else None


def _text_span(raw: bytes, slot: Slot) -> tuple[int, int] | None:
    name, written = str(slot.path[-1]).encode(), orjson.dumps(slot.text)
    for joint in (b'":', b'": '):
        key = b'"' + name + joint
        start = raw.find(key + written)
        if start >= 0 and raw.count(key) == 1:
            start += len(key) + 1
            return start, start + len(written) - 2
    return None


def _pattern_of(running: re.Match[bytes]) -> re.Pattern[bytes]:
    return _NUMBER if running.lastindex == 1 else _PLAIN
