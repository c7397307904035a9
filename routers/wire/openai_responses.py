"""The wire of OpenAI's Responses, whole and streamed.

Channels: `<item>/<part>/<event family>` for running text and source, `whole/...` for texts that come in one piece. The
same text comes three times, as deltas, in the `done` events and in the closing response: every time it is restored.
What a provider encrypted for itself stays as it is. Source: OpenAI API reference, "Responses" and "Streaming events".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import orjson

from routers.types import Headers, JsonPath, Usage
from routers.wire.dialect import Slot, SlotKind, StreamWatch
from routers.wire.openai_manners import bearer, error_body, model_named
from routers.wire.reading import holders, integer
from routers.wire.responses_watch import TERMINAL, responses_watch, token_usage
from routers.wire.stored_state import builds_on_state

_PART_FEATURES = {
    "input_image": "images",
    "computer_screenshot": "images",
    "input_file": "documents",
    "input_audio": "audio",
    "input_video": "images",
}
_SOURCE_HOLDERS = frozenset({"function_call", "mcp_call", "mcp_approval_request"})
"""Items whose `arguments` are JSON source."""
_SEALED = frozenset({"encrypted_content"})
_EVENT_FIELDS = ("type", "item_id", "output_index", "content_index", "summary_index", "sequence_number")


class OpenAIResponses:
    """See `routers.wire.dialect.Wire`."""

    path = "/v1/responses"
    forwarded_headers: frozenset[str] = frozenset()
    answer_names: frozenset[str] = frozenset({"output"})
    streams = True

    def auth_headers(self, credential: str) -> Headers:
        """Returns the bearer header, or nothing for a destination without a key."""
        return bearer(credential)

    def features(self, body: Mapping[str, object]) -> frozenset[str]:
        """Returns what a request uses. The destination keeps an answer unless `store` is `false`."""
        used = content_features(body)
        if body.get("stream") is True:
            used.add("stream")
        if body.get("store") is not False or builds_on_state(body):
            used.add("store")
        if body.get("background"):
            used.add("background")
        return frozenset(used)

    def error_body(self, *, status: int, code: str, message: str, request_id: str) -> bytes:
        """Returns an error as `openai.APIStatusError` reads it. The request id travels in a header."""
        del request_id
        return error_body(status, code, message)

    def error_event(self, *, status: int, code: str, message: str, request_id: str) -> bytes:
        """Returns the `error` event of this wire; on its `error` member the SDK raises `openai.APIError`."""
        del request_id
        told = orjson.loads(error_body(status, code, message))
        fields = {"type": "error", "sequence_number": 0, "code": code, "message": message, "param": None}
        return b"event: error\ndata: " + orjson.dumps(fields | told) + b"\n\n"

    def slots(self, data: Mapping[str, object]) -> Iterator[Slot]:
        """Yields the piece of a delta event, or every text of any other event."""
        kind, delta = str(data.get("type")), data.get("delta")
        if isinstance(delta, str):
            source = SlotKind.JSON if "arguments" in kind else SlotKind.TEXT
            yield Slot(_channel(data, kind), ("delta",), source, delta)
        else:
            yield from _text_slots(data, f"whole/{data.get('sequence_number')}/{kind}/{data.get('output_index')}")

    def closes(self, data: Mapping[str, object]) -> frozenset[str] | None:
        """A `done` event ends what runs in its item; the end of the response or an error ends everything."""
        kind, item = str(data.get("type")), integer(data.get("output_index"))
        if kind in TERMINAL or kind == "error":
            return None
        if isinstance(data.get("delta"), str):
            return frozenset()
        if kind.endswith(".done"):
            return None if item is None else frozenset({"whole/", f"{item}/"})
        return frozenset({"whole/"})

    def continuation(self, channel: str, data: Mapping[str, object], text: str) -> bytes:
        """Returns one more delta like the last one, under its sequence number: it tells the rest of that piece."""
        del channel
        event = {name: data[name] for name in _EVENT_FIELDS if name in data} | {"delta": text}
        if "logprobs" in data:
            event["logprobs"] = []
        return b"event: " + str(data.get("type")).encode() + b"\ndata: " + orjson.dumps(event) + b"\n\n"

    def whole_slots(self, body: Mapping[str, object]) -> Iterator[Slot]:
        """Yields every text of a response: its output, and what it repeats of the request."""
        return _text_slots(body, "whole")

    def answer(self, body: Mapping[str, object]) -> tuple[Usage, str | None]:
        """Returns token counts and the model named."""
        return token_usage(body, Usage()), model_named(body)

    def watch(self) -> StreamWatch:
        """Returns a watch for one stream."""
        return responses_watch()


def content_features(body: Mapping[str, object]) -> set[str]:
    """Returns what the tools, the reasoning and the input of a request use."""
    used: set[str] = set()
    if body.get("tools"):
        used.add("tools")
    if body.get("reasoning"):
        used.add("thinking")
    for holder in holders(body.get("input")):
        kind = str(holder.get("type"))
        if kind in _PART_FEATURES:
            used.add(_PART_FEATURES[kind])
        if kind in ("function_call", "custom_tool_call"):
            used.add("tools")
    return used


def _channel(data: Mapping[str, object], kind: str) -> str:
    part = integer(data.get("content_index"))
    part = integer(data.get("summary_index")) if part is None else part
    return f"{integer(data.get('output_index')) or 0}/{part or 0}/{kind.removesuffix('.delta')}"


def _text_slots(value: Mapping[str, object], channel: str) -> Iterator[Slot]:
    """Yields every string below but what is sealed, each as a text of its own."""
    pending: list[tuple[object, JsonPath, bool]] = [(value, (), False)]
    order = 0
    while pending:
        item, path, is_source = pending.pop()
        if isinstance(item, str):
            order += 1
            yield Slot(f"{channel}/{order}", path, SlotKind.JSON if is_source else SlotKind.TEXT, item)
        elif isinstance(item, dict):
            holds_source = _holds_source(item)
            for name, child in reversed(item.items()):
                if name not in _SEALED:
                    pending.append((child, (*path, name), holds_source and name == "arguments"))
        elif isinstance(item, list):
            pending += [(child, (*path, place), False) for place, child in reversed(list(enumerate(item)))]


def _holds_source(item: Mapping[str, object]) -> bool:
    kind = item.get("type")
    return isinstance(kind, str) and (kind in _SOURCE_HOLDERS or kind.endswith("arguments.done"))
