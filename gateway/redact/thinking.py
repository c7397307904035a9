"""Signed thinking in a stream, where answers are read before they are shown: it is read as well, and never restored.

A wire has no slot for it, because its signature covers its exact text. Text that waited keeps its signature; text from
which something was removed does not, and a destination then refuses to have it replayed, which is better than a leak.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import orjson

from routers.wire.dialect import Slot, SlotKind
from routers.wire.reading import integer, mapping

_SUFFIX = "/thinking"


def thinking_slots(event: Mapping[str, object]) -> Iterator[Slot]:
    """Yields the piece of thinking that an event of Anthropic's format holds."""
    delta = mapping(event.get("delta"))
    text = delta.get("thinking")
    if event.get("type") == "content_block_delta" and isinstance(text, str):
        yield Slot(f"{integer(event.get('index')) or 0}{_SUFFIX}", ("delta", "thinking"), SlotKind.TEXT, text)


def is_thinking(channel: str) -> bool:
    """Whether a channel is one of these."""
    return channel.endswith(_SUFFIX)


def thinking_event(channel: str, text: str) -> bytes:
    """Returns the bytes of one more piece."""
    delta = {"type": "thinking_delta", "thinking": text}
    data = {"type": "content_block_delta", "index": int(channel.removesuffix(_SUFFIX)), "delta": delta}
    return b"event: content_block_delta\ndata: " + orjson.dumps(data) + b"\n\n"
