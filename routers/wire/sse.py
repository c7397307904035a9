"""Server-sent events, split from raw bytes in any pieces.

An event keeps its exact bytes, so one that needs no change is relayed as it came. Lines may end in LF or CRLF (or CR,
which the specification also allows). Source: HTML Standard, section 9.2, "Server-sent events".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from routers.errors import RoutersError

EVENT_LIMIT_BYTES = 16 * 1024 * 1024
"""Largest event that is held in memory while it is incomplete."""
DONE = b"[DONE]"
"""The data of the event with which an OpenAI-style stream ends. It is not JSON."""

_BLANK_LINE = re.compile(rb"\n\r?\n|\r\r")
_LINE_END = re.compile(rb"\r\n|\n|\r")
_LONGEST_BLANK_LINE = 3
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class EventTooLarge(RoutersError):
    """One event is larger than the limit. Holds nothing of the stream."""


@dataclass(frozen=True, slots=True)
class SseEvent:
    """One event with its exact bytes, the blank line that ends it included."""

    raw: bytes = field(repr=False)

    @property
    def data(self) -> bytes | None:
        """The data lines joined by LF, or `None` when there is none (a comment, a keep-alive)."""
        raw = self.raw
        if raw.startswith(b"data: ") and raw.find(b"\n") == len(raw) - 2:
            return raw[6:-2]
        return _field(raw, b"data")

    @property
    def name(self) -> str:
        """The event's type, empty when the stream names none."""
        return (_field(self.raw, b"event") or b"").decode("utf-8", "replace")

    def with_data(self, data: bytes) -> bytes:
        """Returns the event's bytes with this JSON as its data and every other line as it was."""
        old = self.data
        if old is not None and self.raw.count(b"\ndata") + self.raw.startswith(b"data") == 1:
            head, _, tail = self.raw.rpartition(old)
            return head + data + tail
        lines = [line for line in _LINE_END.split(self.raw) if line and not line.startswith(b"data")]
        lines += [b"data: " + part for part in data.split(b"\n")]
        return b"\n".join(lines) + b"\n\n"


class SseSplitter:
    """Splits one stream. Feed it pieces in order; it holds at most one incomplete event."""

    __slots__ = ("_limit", "_pending", "_searched")

    def __init__(self, limit_bytes: int = EVENT_LIMIT_BYTES) -> None:
        self._limit = limit_bytes
        self._pending = bytearray()
        self._searched = 0

    @property
    def empty(self) -> bool:
        """Whether no incomplete event is held."""
        return not self._pending

    def feed(self, piece: bytes) -> list[SseEvent]:
        """Returns the events that the piece completes.

        Raises:
            EventTooLarge: an event exceeds the limit.
        """
        if not self._pending and piece.endswith(b"\n\n") and b"\r" not in piece:
            *events, rest = piece.split(b"\n\n")
            if not rest:
                return [SseEvent(event + b"\n\n") for event in events]
        self._pending += piece
        return self._take_complete()

    def rest(self) -> bytes:
        """Returns and forgets the bytes of the event that never ended."""
        rest = bytes(self._pending)
        self._pending.clear()
        self._searched = 0
        return rest

    def _take_complete(self) -> list[SseEvent]:
        events: list[SseEvent] = []
        start = 0
        search_from = self._searched
        while match := _BLANK_LINE.search(self._pending, search_from):
            events.append(SseEvent(bytes(self._pending[start : match.end()])))
            start = search_from = match.end()
        if start:
            del self._pending[:start]
        if len(self._pending) > self._limit:
            raise EventTooLarge(f"an event exceeds {self._limit} bytes")
        self._searched = max(0, len(self._pending) - _LONGEST_BLANK_LINE)
        return events


def _field(raw: bytes, name: bytes) -> bytes | None:
    """The values of one field, joined by LF; one space after the colon is not part of a value."""
    values: list[bytes] = []
    for line in _LINE_END.split(raw.removeprefix(_BYTE_ORDER_MARK)):
        key, _, value = line.partition(b":")
        if key == name:
            values.append(value.removeprefix(b" "))
    return b"\n".join(values) if values else None
