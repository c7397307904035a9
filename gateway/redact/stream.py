"""Restores a streamed answer live: an event waits for nothing, a text only while its end may become a stand-in.

Every running text (a choice's content, a content block, a tool call's arguments) waits for itself. An event that needs
no change is relayed as its exact bytes. Where answers are read before they are shown, a text waits for its sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import orjson

from gateway.errors import RestoreFailed
from gateway.redact import logprobs
from gateway.redact.answer_scan import LONGEST_ARGUMENTS, PROTOCOL_NAMES, Scanning
from gateway.redact.beside import Beside
from gateway.redact.envelope import Envelope
from gateway.redact.nesting import Nesting
from gateway.redact.plain import PlainPieces
from gateway.redact.substitution import CONTEXT, Substitution
from gateway.redact.thinking import is_thinking, thinking_event, thinking_slots
from gateway.redact.tools import ToolNames, Withheld, call_of
from gateway.types import Restoration
from routers.types import JsonPath, LeafKind
from routers.wire.dialect import Slot, SlotKind, Wire
from routers.wire.json_leaves import JsonShapeError, patch, scan
from routers.wire.reading import read_object
from routers.wire.sse import EventTooLarge, SseEvent, SseSplitter

_UNBOUNDED = 1 << 40
_ALL = frozenset({""})
"""The group that every channel belongs to."""
_SHOWN = 160
"""Characters of what was shown that reading the next sentence may need."""


class AnswerStream(Protocol):
    """See `gateway.ports.StreamRestorer`."""

    restored: int

    @property
    def restoration(self) -> Restoration:
        """What was done so far."""
        ...

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

    @property
    def restoration(self) -> Restoration:
        """Returns that nothing was done."""
        return Restoration()

    def feed(self, piece: bytes) -> bytes:
        """Returns the piece."""
        return piece

    def finish(self) -> bytes:
        """Returns nothing."""
        return b""


@dataclass(slots=True)
class _Channel:
    """One running text.

    `unread` or `arguments` wait to be read, `held` to be restored; `before` is what stands right before, `shown` more
    of it; `last` is the last event seen on it. `is_read`: it is no word of the protocol. `is_withheld`, `is_signed`:
    nothing is put back. `call` is the tool call that it belongs to, where tools are withheld.
    """

    kind: SlotKind
    is_read: bool = True
    is_withheld: bool = False
    is_signed: bool = False
    call: str = ""
    unread: str = field(default="", repr=False)
    arguments: list[str] = field(default_factory=list, repr=False)
    arguments_size: int = 0
    held: str = field(default="", repr=False)
    before: str = field(default="", repr=False)
    shown: str = field(default="", repr=False)
    last: Mapping[str, object] = field(default_factory=dict, repr=False)
    nesting: Nesting | None = field(default=None, repr=False)


class LiveRestorer:
    """Restores one stream."""

    def __init__(
        self,
        wire: Wire,
        substitution: Substitution,
        scanning: Scanning | None = None,
        withheld: Withheld | None = None,
    ) -> None:
        self.restored = 0
        self._unknown = 0
        self._kept = 0
        self._wire = wire
        self._substitution = substitution
        self._scanning = scanning
        self._withheld = withheld or Withheld()
        self._tools = ToolNames(self._covers)
        self._splitter = SseSplitter()
        self._channels: dict[str, _Channel] = {}
        self._waiting: set[str] = set()
        self._envelope: Envelope | None = None
        self._beside = Beside(Substitution({}) if self._withheld else substitution, scanning)
        self._plain = None if scanning else PlainPieces(substitution.literals.words)

    @property
    def restoration(self) -> Restoration:
        """What was done so far."""
        dropped = self._scanning.removals.records() if self._scanning else ()
        return Restoration(self.restored, self._unknown, self._kept, dropped)

    def feed(self, piece: bytes) -> bytes:
        """Returns what can be shown now.

        Raises:
            RestoreFailed: an event exceeds what may be held in memory, or the answer had to be read and could not be.
        """
        if self._passes(piece) and self._splitter.empty:
            return piece
        try:
            events = self._splitter.feed(piece)
        except EventTooLarge:
            raise RestoreFailed("an event of the answer is too large to restore") from None
        return b"".join([self._event(event) for event in events])

    def finish(self) -> bytes:
        """Returns what is still held: an event that never ended, and the beginnings of stand-ins."""
        rest = self._splitter.rest()
        last = self._event(SseEvent(rest)) if rest else b""
        return last + self._flush(_ALL)

    def _event(self, event: SseEvent) -> bytes:
        if self._passes(event.raw):
            return event.raw
        data = event.data
        if data is None:
            return event.raw
        if self._scanning is not None and logprobs.NAME in data:
            data = logprobs.without_logprobs(data)
            event = SseEvent(event.with_data(data))
        parsed = read_object(data)
        if parsed is None:
            return self._flush(_ALL) + event.raw
        slots = list(self._wire.slots(parsed))
        if self._scanning is not None:
            slots += thinking_slots(parsed)
        closing = self._wire.closes(parsed)
        closed = _ALL if closing is None else closing
        changes = [(slot, text) for slot in slots if (text := self._advance(slot, parsed, closed)) != slot.text]
        beside = list(self._beside.changes(data, slots))
        self.restored += sum(count for _, _, count in beside)
        changes += [(slot, text) for slot, text, _ in beside]
        is_told_apart = beside or (self._withheld and any(slot.path[-1] == "name" for slot in slots))
        self._envelope = None if is_told_apart else Envelope.of(event.raw, slots, closed)
        flushed = self._flush(closed)
        return flushed + (_with_texts(event, data, changes) if changes else event.raw)

    def _passes(self, raw: bytes) -> bool:
        """Whether the event is the last one with another text in which nothing can begin, while nothing waits.

        A comparison and a search of bytes instead of a parse.
        """
        if self._envelope is None or self._waiting or self._plain is None:
            return False
        text = self._envelope.text_of(raw)
        if text is None or not self._plain.holds(text):
            return False
        channel = self._channels[self._envelope.channel]
        if channel.kind is SlotKind.JSON and "\\" in channel.before:
            return False  # an escape may end in this piece, and a stand-in may begin right behind it
        plain = text.decode("utf-8", "replace")
        channel.before = (channel.before + plain)[-CONTEXT:]
        if channel.nesting is not None:
            channel.nesting.feed(plain)
        return True

    def _advance(self, slot: Slot, parsed: Mapping[str, object], closed: frozenset[str]) -> str:
        """Takes one more piece of a channel and returns what of it can be shown."""
        channel = self._channel(slot, parsed)
        channel.last = parsed
        ends = slot.channel.startswith(tuple(closed))
        text = channel.held + self._read(channel, slot.text, ends=ends)
        cut = len(text) if ends else self._substitution.held_from(channel.kind, text, channel.before)
        channel.held = text[cut:]
        is_waiting = channel.held or channel.unread or channel.arguments
        (self._waiting.add if is_waiting else self._waiting.discard)(slot.channel)
        shown = self._show(channel, text[:cut])
        if ends:
            channel.nesting = self._substitution.nesting()
        return shown

    def _channel(self, slot: Slot, parsed: Mapping[str, object]) -> _Channel:
        if self._withheld:
            self._tools.note(slot, parsed)
        channel = self._channels.get(slot.channel)
        if channel is None:
            is_protocol = slot.path[-1] in PROTOCOL_NAMES
            channel = self._channels[slot.channel] = _Channel(
                slot.kind,
                is_read=not is_protocol,
                is_signed=is_thinking(slot.channel),
                nesting=self._substitution.nesting(),
            )
        if self._withheld and not channel.is_withheld:
            channel.call = "" if slot.path[-1] == "name" else call_of(slot, parsed)
            channel.is_withheld = self._tools.withholds(slot, parsed)
        return channel

    def _covers(self, tool: str) -> bool:
        return self._withheld.covers(self._substitution.restore(SlotKind.TEXT, tool).text)

    def _read(self, channel: _Channel, text: str, *, ends: bool) -> str:
        """What of the text was read and may be shown, cleared of what may not."""
        if self._scanning is None or not channel.is_read:
            return text
        if channel.kind is SlotKind.JSON:
            return self._read_arguments(self._scanning, channel, text, ends=ends)
        unread = channel.unread + text
        if ends:
            ready, channel.unread = self._scanning.rest(channel.shown, unread), ""
        else:
            ready, channel.unread = self._scanning.ready(channel.shown, unread)
        channel.shown = (channel.shown + ready)[-_SHOWN:]
        return ready

    def _read_arguments(self, scanning: Scanning, channel: _Channel, text: str, *, ends: bool) -> str:
        channel.arguments.append(text)
        channel.arguments_size += len(text)
        if channel.arguments_size > LONGEST_ARGUMENTS:
            raise RestoreFailed("the arguments of a tool are too large to check")
        if not ends:
            return ""
        source = "".join(channel.arguments)
        channel.arguments.clear()
        channel.arguments_size = 0
        return scanning.source(source)

    def _show(self, channel: _Channel, text: str) -> str:
        if not text:
            return text
        shown = self._substitution.restore(channel.kind, text, channel.before, channel.nesting)
        channel.before = (channel.before + text)[-CONTEXT:]
        if channel.is_signed:
            return text
        self._unknown += shown.unknown
        if channel.is_withheld:
            self._kept += shown.restored
            return text
        self.restored += shown.restored
        if shown.restored and channel.call:
            self._tools.put_back(channel.call)
        return shown.text

    def _flush(self, closed: frozenset[str]) -> bytes:
        """Ends the channels of these groups: what they hold is shown in events of its own."""
        pieces: list[bytes] = []
        for name in sorted(name for name in self._waiting if name.startswith(tuple(closed))):
            channel = self._channels[name]
            text = self._show(channel, channel.held + self._read(channel, "", ends=True))
            channel.held, channel.nesting = "", self._substitution.nesting()
            self._waiting.discard(name)
            is_signed = channel.is_signed
            pieces.append(
                thinking_event(name, text) if is_signed else self._wire.continuation(name, channel.last, text)
            )
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
