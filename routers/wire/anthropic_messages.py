"""The wire of Anthropic's Messages, as Anthropic and MiniMax's compatible endpoint speak it.

Channels: `<block>/text`, `<block>/json` for tool input, `<block>/whole/...` for values that come in one piece.
Thinking is no slot: its signature covers its exact text, and a client must replay both unchanged.
Source: Anthropic API reference, "Messages", "Streaming Messages" and "Errors".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import orjson

from routers.types import Headers, JsonPath, Usage
from routers.wire.dialect import Slot, SlotKind, StreamWatch
from routers.wire.event_watch import EventWatch
from routers.wire.reading import integer, mapping, mappings, read_object, string_leaves
from routers.wire.sse import SseEvent

_ERROR_TYPES = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_BLOCK_FEATURES = {
    "image": "images",
    "document": "documents",
    "thinking": "thinking",
    "redacted_thinking": "thinking",
    "tool_use": "tools",
    "tool_result": "tools",
}
_INPUT_TOKENS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
_CITED_FIELDS = ("cited_text", "document_title", "title")


def is_signed(path: JsonPath) -> bool:
    """Whether the value stands in a thinking block, of a request or an answer, and must stay byte for byte."""
    return path[-1] in ("thinking", "signature") and path[-3:-2] == ("content",) and len(path) in (3, 5)


class AnthropicMessages:
    """See `routers.wire.dialect.Wire`."""

    path = "/v1/messages"
    forwarded_headers: frozenset[str] = frozenset({"anthropic-version", "anthropic-beta"})
    answer_names: frozenset[str] = frozenset({"content"})
    streams = True

    def auth_headers(self, credential: str) -> Headers:
        """Returns the API key header, or nothing for a destination without a key."""
        return (("x-api-key", credential),) if credential else ()

    def features(self, body: Mapping[str, object]) -> frozenset[str]:
        """Returns what a request uses."""
        used = {"stream"} if body.get("stream") is True else set()
        if body.get("tools"):
            used.add("tools")
        if mapping(body.get("thinking")).get("type") not in (None, "disabled"):
            used.add("thinking")
        for _, message in mappings(body.get("messages")):
            used.update(_block_features(message.get("content")))
        return frozenset(used)

    def error_body(self, *, status: int, code: str, message: str, request_id: str) -> bytes:
        """Returns an error as `anthropic.APIStatusError` reads it. It has no code: the message begins with ours."""
        kind = _ERROR_TYPES.get(status, "api_error" if status >= 500 else "invalid_request_error")
        error = {"type": kind, "message": f"{code}: {message}"}
        return orjson.dumps({"type": "error", "error": error, "request_id": request_id})

    def error_event(self, *, status: int, code: str, message: str, request_id: str) -> bytes:
        """Returns the event on which the SDK raises."""
        body = self.error_body(status=status, code=code, message=message, request_id=request_id)
        return b"event: error\ndata: " + body + b"\n\n"

    def slots(self, data: Mapping[str, object]) -> Iterator[Slot]:
        """Yields the text of a content block's start or delta."""
        number = integer(data.get("index")) or 0
        if data.get("type") == "content_block_delta":
            yield from _delta_slots(mapping(data.get("delta")), number)
        elif data.get("type") == "content_block_start":
            yield from _block_slots(mapping(data.get("content_block")), number, ("content_block",))

    def closes(self, data: Mapping[str, object]) -> frozenset[str] | None:
        """A block's stop ends its channels; the end of the message or an error ends them all."""
        kind = data.get("type")
        if kind in ("message_delta", "message_stop", "error"):
            return None
        number = integer(data.get("index")) or 0
        return frozenset({f"{number}/" if kind == "content_block_stop" else f"{number}/whole/"})

    def continuation(self, channel: str, data: Mapping[str, object], text: str) -> bytes:
        """Returns one more delta of the block."""
        del data
        number, field = channel.split("/")[:2]
        is_json = field == "json"
        kind, name = ("input_json_delta", "partial_json") if is_json else ("text_delta", "text")
        delta = {"type": "content_block_delta", "index": int(number), "delta": {"type": kind, name: text}}
        return b"event: content_block_delta\ndata: " + orjson.dumps(delta) + b"\n\n"

    def whole_slots(self, body: Mapping[str, object]) -> Iterator[Slot]:
        """Yields the text of every content block."""
        for number, block in mappings(body.get("content")):
            yield from _block_slots(block, number, ("content", number))

    def answer(self, body: Mapping[str, object]) -> tuple[Usage, str | None]:
        """Returns token counts and the model named. Input counts include tokens written to and read from a cache."""
        return _usage(mapping(body.get("usage")), Usage()), _model(body)

    def watch(self) -> StreamWatch:
        """Returns a watch for one stream."""
        return messages_watch()


def messages_watch() -> EventWatch:
    """Complete when `message_stop` has come. Parses only the events around the message, not its pieces."""
    return EventWatch(_is_interesting, _note)


def _note(watch: EventWatch, event: SseEvent) -> None:
    data = event.data
    body = read_object(data) if data is not None else None
    if body is None:
        return
    kind = body.get("type") or event.name
    if kind == "error":
        watch.error_body = data
    elif kind == "message_stop":
        watch.complete = True
    elif kind == "message_start":
        message = mapping(body.get("message"))
        watch.model = _model(message) or watch.model
        watch.usage = _usage(mapping(message.get("usage")), watch.usage)
    elif kind == "message_delta":
        watch.usage = _usage(mapping(body.get("usage")), watch.usage)


def _is_interesting(piece: bytes) -> bool:
    """Byte search before any parse."""
    return b"message_" in piece or b'"error"' in piece or b"event: error" in piece


def _delta_slots(delta: Mapping[str, object], number: int) -> Iterator[Slot]:
    kind = delta.get("type")
    if kind == "text_delta":
        yield from _string_slot(delta, "text", f"{number}/text", ("delta",))
    elif kind == "input_json_delta":
        yield from _string_slot(delta, "partial_json", f"{number}/json", ("delta",), SlotKind.JSON)
    elif kind == "citations_delta":
        yield from _citation_slots(mapping(delta.get("citation")), f"{number}/whole", ("delta", "citation"))


def _block_slots(block: Mapping[str, object], number: int, path: JsonPath) -> Iterator[Slot]:
    kind = block.get("type")
    if kind == "text":
        yield from _string_slot(block, "text", f"{number}/text", path)
        for position, citation in mappings(block.get("citations")):
            yield from _citation_slots(citation, f"{number}/whole/{position}", (*path, "citations", position))
    elif kind in ("tool_use", "server_tool_use", "mcp_tool_use"):
        yield from _string_slot(block, "name", f"{number}/whole", path)
        for order, (place, text) in enumerate(string_leaves(block.get("input"), (*path, "input"))):
            yield Slot(f"{number}/whole/input/{order}", place, SlotKind.TEXT, text)


def _citation_slots(citation: Mapping[str, object], channel: str, path: JsonPath) -> Iterator[Slot]:
    for name in _CITED_FIELDS:
        yield from _string_slot(citation, name, channel, path)


def _string_slot(
    holder: Mapping[str, object], name: str, channel: str, path: JsonPath, kind: SlotKind = SlotKind.TEXT
) -> Iterator[Slot]:
    text = holder.get(name)
    if isinstance(text, str):
        whole = f"{channel}/{name}" if "/whole" in channel else channel
        yield Slot(whole, (*path, name), kind, text)


def _block_features(content: object) -> set[str]:
    """What the blocks use, blocks inside tool results included."""
    used: set[str] = set()
    pending = [content]
    while pending:
        for _, block in mappings(pending.pop()):
            used.add(_BLOCK_FEATURES.get(str(block.get("type")), ""))
            pending.append(block.get("content"))
    return used - {""}


def _usage(usage: Mapping[str, object], known: Usage) -> Usage:
    """Later counts replace earlier ones: they are cumulative."""
    counts = [integer(usage.get(name)) for name in _INPUT_TOKENS]
    output = integer(usage.get("output_tokens"))
    return Usage(
        known.input_tokens if counts[0] is None else sum(count or 0 for count in counts),
        known.output_tokens if output is None else output,
    )


def _model(body: Mapping[str, object]) -> str | None:
    model = body.get("model")
    return model if isinstance(model, str) and model else None
