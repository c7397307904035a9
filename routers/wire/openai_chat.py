"""The wire of OpenAI's Chat Completions, as OpenAI, vLLM and MiniMax's compatible endpoint speak it.

Channels: `<choice>/text/<field>` for running text, `<choice>/tool/<n>/<field>` for tool calls, `<choice>/call/<field>`
for the legacy function call. Source: OpenAI API reference, "Create chat completion" and "Chat completion chunk".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import orjson

from routers.types import Headers, JsonPath, Usage
from routers.wire.dialect import Slot, SlotKind, StreamWatch
from routers.wire.event_watch import EventWatch
from routers.wire.openai_manners import bearer, error_body, error_event, model_named, prompt_usage
from routers.wire.reading import integer, mapping, mappings, read_object
from routers.wire.sse import DONE, SseEvent

_TEXT_FIELDS = ("content", "refusal", "reasoning_content", "reasoning")
_CALL_FIELDS = (("name", SlotKind.TEXT), ("arguments", SlotKind.JSON))
_PART_FEATURES = {
    "image_url": "images",
    "input_image": "images",
    "image": "images",
    "file": "documents",
    "input_file": "documents",
    "input_audio": "audio",
}
_THINKING_FIELDS = frozenset({"reasoning_effort", "reasoning", "thinking", "enable_thinking", "reasoning_split"})
_CHUNK_FIELDS = ("id", "object", "created", "model", "service_tier", "system_fingerprint")


class OpenAIChat:
    """See `routers.wire.dialect.Wire`."""

    path = "/v1/chat/completions"
    forwarded_headers: frozenset[str] = frozenset()
    answer_names: frozenset[str] = frozenset({"choices"})
    streams = True

    def auth_headers(self, credential: str) -> Headers:
        """Returns the bearer header, or nothing for a destination without a key."""
        return bearer(credential)

    def features(self, body: Mapping[str, object]) -> frozenset[str]:
        """Returns what a request uses."""
        used = {name for name in ("stream", "store") if body.get(name) is True}
        if body.get("tools") or body.get("functions"):
            used.add("tools")
        if any(body[name] not in (None, False, "none") for name in _THINKING_FIELDS & body.keys()):
            used.add("thinking")
        if body.get("audio") or "audio" in _strings(body.get("modalities")):
            used.add("audio")
        for _, message in mappings(body.get("messages")):
            used.update(_PART_FEATURES.get(str(part.get("type")), "") for _, part in mappings(message.get("content")))
            if message.get("tool_calls"):
                used.add("tools")
        return frozenset(used - {""})

    def error_body(self, *, status: int, code: str, message: str, request_id: str) -> bytes:
        """Returns an error as `openai.APIStatusError` reads it. The request id travels in a header."""
        del request_id
        return error_body(status, code, message)

    def error_event(self, *, status: int, code: str, message: str, request_id: str) -> bytes:
        """Returns the event on which the SDK raises `openai.APIError`."""
        del request_id
        return error_event(status, code, message)

    def slots(self, data: Mapping[str, object]) -> Iterator[Slot]:
        """Yields the text of every choice's delta."""
        return _choice_slots(data, "delta")

    def closes(self, data: Mapping[str, object]) -> frozenset[str] | None:
        """A finish reason ends its choice; the start of a tool call ends the text and the call before it."""
        if isinstance(data.get("error"), dict):
            return None
        closed: set[str] = set()
        for position, choice in mappings(data.get("choices")):
            number = _index(choice, position)
            if choice.get("finish_reason") is not None:
                closed.add(f"{number}/")
                continue
            for place, call in mappings(mapping(choice.get("delta")).get("tool_calls")):
                if call.get("id"):
                    closed |= {f"{number}/text/", f"{number}/tool/{_index(call, place) - 1}/"}
        return frozenset(closed)

    def continuation(self, channel: str, data: Mapping[str, object], text: str) -> bytes:
        """Returns one more chunk with this text, under the id and model of `data`."""
        number, *place = channel.split("/")
        delta: dict[str, object]
        if place[0] == "text":
            delta = {place[1]: text}
        elif place[0] == "tool":
            delta = {"tool_calls": [{"index": int(place[1]), "function": {place[2]: text}}]}
        else:
            delta = {"function_call": {place[1]: text}}
        chunk: dict[str, object] = {name: data[name] for name in _CHUNK_FIELDS if name in data}
        chunk["choices"] = [{"index": int(number), "delta": delta, "finish_reason": None}]
        return b"data: " + orjson.dumps(chunk) + b"\n\n"

    def whole_slots(self, body: Mapping[str, object]) -> Iterator[Slot]:
        """Yields the text of every choice's message."""
        return _choice_slots(body, "message")

    def answer(self, body: Mapping[str, object]) -> tuple[Usage, str | None]:
        """Returns token counts and the model named."""
        return prompt_usage(body), model_named(body)

    def watch(self) -> StreamWatch:
        """Returns a watch for one stream."""
        return chat_watch()


def chat_watch() -> EventWatch:
    """Complete when `[DONE]` has come, or when every choice that was seen has a finish reason.

    Parses only events that may say something new: the first, those with a finish reason, token counts or an error.
    """
    notes = _ChatNotes()
    return EventWatch(notes.may_tell, notes.note)


class _ChatNotes:
    """What was seen of the choices of one stream."""

    def __init__(self) -> None:
        self._open: set[int] = set()
        self._curious = True

    def may_tell(self, piece: bytes) -> bool:
        return self._curious or b"\r" in piece or _is_interesting(piece)

    def note(self, watch: EventWatch, event: SseEvent) -> None:
        data = event.data
        if data is None:
            return
        if data.strip() == DONE:
            watch.complete = True
            return
        body = read_object(data)
        if body is None:
            return
        if body.get("error"):
            watch.error_body = data
        if isinstance(body.get("usage"), dict):
            watch.usage = prompt_usage(body)
        watch.model = watch.model or model_named(body)
        self._note_choices(watch, body)

    def _note_choices(self, watch: EventWatch, body: Mapping[str, object]) -> None:
        for position, choice in mappings(body.get("choices")):
            number = _index(choice, position)
            self._open.add(number)
            if choice.get("finish_reason") is not None:
                self._open.discard(number)
                watch.complete = watch.complete or not self._open
        self._curious = watch.model is None or len(self._open) > 1


def _is_interesting(piece: bytes) -> bool:
    """Byte search before any parse, of whole events: only chunks of one unfinished choice have nothing to say.

    In model text a quote is escaped, so these match only in keys.
    """
    if (mark := b'"finish_reason":null') in piece:
        news = b'"usage":{' in piece or b'"index":1' in piece or b'"error"' in piece
    elif (mark := b'"finish_reason": null') in piece:
        news = b'"usage": {' in piece or b'"index": 1' in piece or b'"error"' in piece
    else:
        return True
    return news or not _each_has(mark, piece)


def _each_has(mark: bytes, piece: bytes) -> bool:
    return piece.find(b"\n\n") == len(piece) - 2 or all(mark in event for event in piece[:-2].split(b"\n\n"))


def _choice_slots(data: Mapping[str, object], part: str) -> Iterator[Slot]:
    for position, choice in mappings(data.get("choices")):
        path: JsonPath = ("choices", position, part)
        yield from _message_slots(mapping(choice.get(part)), _index(choice, position), path)


def _message_slots(message: Mapping[str, object], number: int, path: JsonPath) -> Iterator[Slot]:
    for name in _TEXT_FIELDS:
        text = message.get(name)
        if isinstance(text, str):
            yield Slot(f"{number}/text/{name}", (*path, name), SlotKind.TEXT, text)
    for position, call in mappings(message.get("tool_calls")):
        channel = f"{number}/tool/{_index(call, position)}"
        place = (*path, "tool_calls", position, "function")
        yield from _call_slots(mapping(call.get("function")), channel, place)
    yield from _call_slots(mapping(message.get("function_call")), f"{number}/call", (*path, "function_call"))
    for position, part in mappings(message.get("content")):
        text = part.get("text")
        if isinstance(text, str):
            yield Slot(f"{number}/text/content", (*path, "content", position, "text"), SlotKind.TEXT, text)


def _call_slots(call: Mapping[str, object], channel: str, path: JsonPath) -> Iterator[Slot]:
    for name, kind in _CALL_FIELDS:
        text = call.get(name)
        if isinstance(text, str):
            yield Slot(f"{channel}/{name}", (*path, name), kind, text)


def _index(item: Mapping[str, object], position: int) -> int:
    number = integer(item.get("index"))
    return position if number is None else number


def _strings(value: object) -> frozenset[str]:
    return frozenset(item for item in value if isinstance(item, str)) if isinstance(value, list) else frozenset()
