"""Follows a streamed answer event by event: is it still an answer, has content begun, how did it end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import orjson

from routers.types import Ending
from routers.wire.dialect import Wire
from routers.wire.sse import DONE, EventTooLarge, SseEvent, SseSplitter

_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":", b"data\n", b"\n", b"\r", b"\xef\xbb\xbf")
_RUN_BYTES = 2048
"""Pieces above this are followed in runs of events, so that only the runs with something to note are taken apart."""
_OPENERS = frozenset(
    {"message_start", "ping", "error", "response.created", "response.queued", "response.in_progress", "response.failed"}
)


class StreamTrack:
    """One stream. `has_content` turns true with the first event that a caller could act on.

    `broken` is `GARBLED` once something arrived that is no event of a stream, `FAILED` once the upstream reported an
    error inside the stream; nothing is returned from there on.
    """

    def __init__(self, wire: Wire) -> None:
        self.watch = wire.watch()
        self.has_content = False
        self.broken: Ending | None = None
        self._splitter = SseSplitter()

    def feed(self, piece: bytes) -> bytes:
        """Returns the events that the piece completes, unchanged, up to where the stream broke."""
        if len(piece) <= _RUN_BYTES:
            return piece if self._passes(piece) else self._follow_each(piece)
        return b"".join([run if self._passes(run) else self._follow_each(run) for run in _runs(piece)])

    def _passes(self, piece: bytes) -> bool:
        """Whether the piece is what nearly every one is: whole events of an answer that goes on, and no news."""
        if not self.has_content or self.broken is not None or not self._splitter.empty:
            return False
        return _are_events(piece) and not self.watch.may_tell(piece)

    def _follow_each(self, piece: bytes) -> bytes:
        try:
            shown = [event.raw for event in self._splitter.feed(piece) if self._follow(event)]
        except EventTooLarge:
            self.broken = Ending.GARBLED
            return b""
        return shown[0] if len(shown) == 1 else b"".join(shown)

    def ending_at_eof(self) -> Ending:
        """How a stream ended whose bytes are over."""
        rest = self._splitter.rest()
        if self.watch.complete:
            return Ending.COMPLETE
        is_event = any(rest.startswith(field) or field.startswith(rest) for field in _FIELDS)
        return Ending.CUT if is_event else Ending.GARBLED

    def _follow(self, event: SseEvent) -> bool:
        if self.broken is None:
            if not self._is_sound(event):
                self.broken = Ending.GARBLED
            else:
                self.watch.feed(event.raw)
                if self.watch.error_body is not None:
                    self.broken = Ending.FAILED
        return self.broken is None

    def _is_sound(self, event: SseEvent) -> bool:
        data = event.data
        if data is None:
            return event.raw.startswith(_FIELDS)
        if data == DONE:
            return True
        try:
            content = orjson.loads(data)
        except orjson.JSONDecodeError:
            return False
        if not self.has_content:
            self.has_content = isinstance(content, dict) and not _is_opening(content)
        return isinstance(content, dict)


def _runs(piece: bytes) -> Iterator[bytes]:
    """Yields the piece in parts of at least `_RUN_BYTES` but for the last, cut behind events where that is easy."""
    start = 0
    while (end := piece.find(b"\n\n", start + _RUN_BYTES)) >= 0:
        yield piece[start : end + 2]
        start = end + 2
    if start < len(piece):
        yield piece[start:]


def _are_events(piece: bytes) -> bool:
    """Whether the piece is whole events, of each of which the data is one line with a JSON object."""
    if not piece.endswith(b"}\n\n") or b"\r" in piece:
        return False
    try:
        for event in piece[:-2].split(b"\n\n"):
            start = event.find(b"\n") + 7 if event.startswith(b"event: ") else 6
            if not event.startswith(b"data: {", start - 6) or event.find(b"\n", start) >= 0:
                return False
            orjson.loads(event[start:])
    except orjson.JSONDecodeError:
        return False
    return True


def _is_opening(content: Mapping[str, object]) -> bool:
    """Whether the event says no more than that an answer will come (or that it will not: an error)."""
    kind = content.get("type")
    if "error" in content or kind in _OPENERS:
        return True
    choices = content.get("choices")
    return isinstance(choices, list) and all(_is_bare(choice) for choice in choices)


def _is_bare(choice: object) -> bool:
    if not isinstance(choice, dict) or choice.get("finish_reason") or choice.get("text"):
        return False
    delta = choice.get("delta")
    return not isinstance(delta, dict) or not any(value for name, value in delta.items() if name != "role")
