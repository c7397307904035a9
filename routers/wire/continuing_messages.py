"""Messages, gone on with: the answer goes on where a last message of the assistant ends.

Source: Anthropic API reference, "Prefill"; the in-house server takes it, thinking switched off.
"""

from __future__ import annotations

from collections.abc import Mapping

from routers.wire.reading import integer, mapping

Json = dict[str, object]


def begun(events: list[Json]) -> tuple[str, Mapping[str, object]] | None:
    """Returns the text of the one text block that was shown, and where the blocks of the rest are counted from.

    `open` is the block that still is; a thinking block that never got its signature cannot be gone on with.
    """
    said, blocks, texts, still = "", 0, 0, ""
    for event in events:
        kind = event.get("type")
        if kind == "content_block_start":
            still = str(mapping(event.get("content_block")).get("type"))
            blocks, texts = blocks + 1, texts + (still == "text")
        elif kind == "content_block_stop":
            still = ""
        elif kind == "content_block_delta":
            text = mapping(event.get("delta")).get("text")
            said += text if isinstance(text, str) else ""
        elif kind == "message_delta":
            return None
        if still not in ("", "text", "thinking"):
            return None
    if texts != 1 or still == "thinking":
        return None
    return said, {"open": blocks - 1 if still else -1, "next": blocks}


def continued(body: Json, said: str) -> Json | None:
    """Returns the request with what was said as the assistant's last message, and without thinking."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        return None
    last = mapping(messages[-1])
    further = [*messages, {"role": "assistant", "content": said}]
    if last.get("role") == "assistant":
        before = last.get("content")
        if not isinstance(before, str):
            return None
        further = [*messages[:-1], {**last, "content": before + said}]
    return {**body, "messages": further, "thinking": {"type": "disabled"}}


class Fit:
    """Counts the blocks of the rest on from those that were shown; its first text goes on in the block that is open."""

    def __init__(self, place: Mapping[str, object]) -> None:
        self._open = integer(place["open"]) or 0
        self._next = integer(place["next"]) or 0
        self._offset: int | None = None

    def fit(self, event: Json) -> list[Json]:
        """Returns the event as it goes on; none for what begins the message, or the text block that is open."""
        kind, index = event.get("type"), integer(event.get("index"))
        if kind == "message_start":
            return []
        if self._offset is None and kind == "content_block_start":
            return self._first(event)
        if self._offset is None and kind == "message_delta":  # a rest without any block
            return [*self._ended(), event]
        return [event if index is None else {**event, "index": index + (self._offset or 0)}]

    def _first(self, event: Json) -> list[Json]:
        if self._open >= 0 and mapping(event.get("content_block")).get("type") == "text":
            self._offset = self._open
            return []
        self._offset = self._next
        return [*self._ended(), {**event, "index": self._next}]

    def _ended(self) -> list[Json]:
        return [{"type": "content_block_stop", "index": self._open}] if self._open >= 0 else []
