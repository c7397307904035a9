"""Restores a streamed answer live: an event waits for nothing, a text only while its end may become a placeholder.

Every running text (a choice's content, a content block, a tool call's arguments) waits for itself. An event that needs
no change is relayed as its exact bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import orjson

from gateway.errors import RestoreFailed
from gateway.redact.substitution import CONTEXT, Substitution
from routers.types import JsonPath, LeafKind
from routers.wire.dialect import Slot, SlotKind, Wire
from routers.wire.json_leaves import JsonShapeError, patch, scan
from routers.wire.reading import read_object
from routers.wire.sse import EventTooLarge, SseEvent, SseSplitter

_UNBOUNDED = 1 << 40
_ALL = frozenset({""})
"""The group that every channel belongs to."""


class AnswerStream(Protocol):
    """See `gateway.ports.StreamRestorer`."""

    restored: int

    def feed(self, piece: bytes) -> bytes:
        """Returns what can be shown now."""
        ...

    def finish(self) -> bytes:
        """Returns what is still held."""
        ...


class Relay:
    """For an answer to a request in which nothing was masked: parses nothing, changes nothing."""

    def __init__(self) -> None:
        self.restored = 0

    def feed(self, piece: bytes) -> bytes:
        """Returns the piece."""
        return piece

    def finish(self) -> bytes:
        """Returns nothing."""
        return b""


@dataclass(slots=True)
class _Channel:
    """One running text: what waits, what stands right before it, and the last event seen on it."""

    kind: SlotKind
    held: str = field(default="", repr=False)
    before: str = field(default="", repr=False)
    last: Mapping[str, object] = field(default_factory=dict, repr=False)


class LiveRestorer:
    """Restores one stream."""

    def __init__(self, wire: Wire, substitution: Substitution) -> None:
        self.restored = 0
        self._wire = wire
        self._substitution = substitution
        self._splitter = SseSplitter()
        self._channels: dict[str, _Channel] = {}
        self._waiting: set[str] = set()
        self._may_skip = not substitution.has_numbers

    def feed(self, piece: bytes) -> bytes:
        """Returns what can be shown now.

        Raises:
            RestoreFailed: an event exceeds what may be held in memory.
        """
        if self._passes(piece) and self._splitter.empty and piece.endswith(b"\n\n"):
            return piece
        try:
            events = self._splitter.feed(piece)
        except EventTooLarge:
            raise RestoreFailed("an event of the answer is too large to restore") from None
        return b"".join([self._event(event) for event in events])

    def finish(self) -> bytes:
        """Returns what is still held: an event that never ended, and the beginnings of placeholders."""
        rest = self._splitter.rest()
        last = self._event(SseEvent(rest)) if rest else b""
        return last + self._flush(_ALL)

    def _event(self, event: SseEvent) -> bytes:
        if self._passes(event.raw):
            return event.raw
        data = event.data
        if data is None:
            return event.raw
        parsed = read_object(data)
        if parsed is None:
            return self._flush(_ALL) + event.raw
        slots = list(self._wire.slots(parsed))
        closing = self._wire.closes(parsed)
        closed = _ALL if closing is None else closing
        changes = [(slot, text) for slot in slots if (text := self._advance(slot, parsed, closed)) != slot.text]
        flushed = self._flush(closed)
        return flushed + (_with_texts(event, data, changes) if changes else event.raw)

    def _passes(self, raw: bytes) -> bool:
        """Byte search before any parse: no text waits, holds two brackets, ends in one, or hides them in escapes."""
        return self._may_skip and not self._waiting and not (b"[[" in raw or b'["' in raw or b"\\u005" in raw)

    def _advance(self, slot: Slot, parsed: Mapping[str, object], closed: frozenset[str]) -> str:
        """Takes one more piece of a channel and returns what of it can be shown."""
        channel = self._channels.setdefault(slot.channel, _Channel(slot.kind))
        channel.last = parsed
        text = channel.held + slot.text
        ends = slot.channel.startswith(tuple(closed))
        cut = len(text) if ends else self._substitution.held_from(slot.kind, text)
        channel.held = text[cut:]
        (self._waiting.add if channel.held else self._waiting.discard)(slot.channel)
        return self._show(channel, text[:cut])

    def _show(self, channel: _Channel, text: str) -> str:
        shown, count = self._substitution.restore(channel.kind, text, channel.before)
        self.restored += count
        channel.before = (channel.before + text)[-CONTEXT:]
        return shown

    def _flush(self, closed: frozenset[str]) -> bytes:
        """Ends the channels of these groups: what they hold is shown in events of its own."""
        pieces: list[bytes] = []
        for name in sorted(name for name in self._waiting if name.startswith(tuple(closed))):
            channel = self._channels[name]
            text = self._show(channel, channel.held)
            channel.held = ""
            self._waiting.discard(name)
            pieces.append(self._wire.continuation(name, channel.last, text))
        return b"".join(pieces)


def _with_texts(event: SseEvent, data: bytes, changes: list[tuple[Slot, str]]) -> bytes:
    for slot, text in changes:
        data = _with_text(data, slot, text)
    return event.with_data(data)


def _with_text(data: bytes, slot: Slot, text: str) -> bytes:
    """Replaces one text and no other byte. The spelling most writers use is found by search, others by a scan."""
    key = b'"%s":' % str(slot.path[-1]).encode()
    written = key + orjson.dumps(slot.text)
    if data.count(written) == 1:
        patched = data.replace(written, key + orjson.dumps(text))
        if _at(orjson.loads(patched), slot.path) == text:
            return patched
    return _scanned_with_text(data, slot.path, text)


def _scanned_with_text(data: bytes, path: JsonPath, text: str) -> bytes:
    try:
        leaves = scan(data, max_depth=_UNBOUNDED, max_leaves=_UNBOUNDED)
    except JsonShapeError:
        raise RestoreFailed("an event of the answer names a field twice") from None
    return patch(data, [(leaf, text) for leaf in leaves if leaf.path == path and leaf.kind is LeafKind.STRING])


def _at(value: object, path: JsonPath) -> object:
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step]
    return value
