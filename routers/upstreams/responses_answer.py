"""A Chat Completions answer, told as Responses tells it: whole, or as its stream of events.

Thinking is left out, as in every translation. Ids are made from the answer's own. Pure but for the order of events.
Source: OpenAI API reference, "The response object" and "Streaming events".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import orjson

from routers.upstreams.responses_request import repeated
from routers.wire.reading import integer, mapping, mappings

Json = dict[str, object]
_REPEATED = (
    "instructions",
    "max_output_tokens",
    "metadata",
    "parallel_tool_calls",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_p",
)
_LIMITS = {"length": "max_output_tokens", "content_filter": "content_filter"}
"""Finish reasons of an answer that is not whole, as Responses names them."""


def response_of_chat(content: Mapping[str, object], asked: Mapping[str, object]) -> bytes:
    """Returns a whole answer as a response. `asked` is the request, of which a response repeats a part."""
    tale = ResponseTale(asked)
    for _, choice in mappings(content.get("choices")):
        told = {"index": 0, "delta": choice.get("message"), "finish_reason": choice.get("finish_reason")}
        for _ in tale.tell({**content, "choices": [told]}):
            pass
    for _ in tale.end():
        pass
    return orjson.dumps(tale.response)


@dataclass(slots=True)
class _Item:
    """An output item being told."""

    place: int
    fields: Json
    parts: list[Json] = field(default_factory=list)

    def shown(self, status: str) -> Json:
        shown = self.fields | {"status": status}
        return shown | {"content": list(self.parts)} if shown["type"] == "message" else shown


class ResponseTale:
    """One streamed answer. Feed every chunk to `tell`, then call `end`, only when the chat was complete."""

    def __init__(self, asked: Mapping[str, object]) -> None:
        self.response: Json = {}
        self._asked = asked
        self._number = 0
        self._items: list[_Item] = []
        self._message: _Item | None = None
        self._calls: dict[int, _Item] = {}
        self._reason: str | None = None
        self._usage: Mapping[str, object] = {}

    def tell(self, chunk: Mapping[str, object]) -> Iterator[bytes]:
        """Yields the events that a chunk means."""
        if not self.response:
            yield from self._begin(chunk)
        self._usage = mapping(chunk.get("usage")) or self._usage
        for _, choice in mappings(chunk.get("choices")):
            delta = mapping(choice.get("delta"))
            for name, kind in (("content", "output_text"), ("refusal", "refusal")):
                text = delta.get(name)
                if isinstance(text, str) and text:
                    yield from self._say(kind, text)
            for position, call in mappings(delta.get("tool_calls")):
                yield from self._call(call, position)
            self._reason = str(choice["finish_reason"]) if choice.get("finish_reason") else self._reason

    def end(self) -> Iterator[bytes]:
        """Yields the closing events."""
        if not self.response:
            yield from self._begin({})
        yield from self._close_message()
        for call in self._calls.values():
            place = self._place(call)
            source = {"name": call.fields["name"], "arguments": call.fields["arguments"]}
            yield self._event("response.function_call_arguments.done", **place, **source)
            yield self._event("response.output_item.done", output_index=call.place, item=call.shown("completed"))
        limit = _LIMITS.get(self._reason or "")
        status = "incomplete" if limit else "completed"
        self.response |= {
            "status": status,
            "incomplete_details": {"reason": limit} if limit else None,
            "output": [item.shown("completed") for item in self._items],
            "usage": _usage(self._usage),
        }
        yield self._event(f"response.{status}", response=self.response)

    def _begin(self, chunk: Mapping[str, object]) -> Iterator[bytes]:
        self.response = {
            "id": f"resp_{chunk.get('id')}",
            "object": "response",
            "created_at": integer(chunk.get("created")) or 0,
            "status": "in_progress",
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "metadata": {},
            "model": chunk.get("model"),
            "output": [],
            "parallel_tool_calls": True,
            "store": False,
            "temperature": None,
            "tool_choice": "auto",
            "tools": [],
            "top_p": None,
            "usage": None,
            **repeated(self._asked, _REPEATED),
        }
        for kind in ("response.created", "response.in_progress"):
            yield self._event(kind, response=self.response)

    def _say(self, kind: str, text: str) -> Iterator[bytes]:
        name = "text" if kind == "output_text" else "refusal"
        if self._message is None:
            self._message = self._add({"id": self._id("msg"), "type": "message", "role": "assistant"})
            yield self._added(self._message)
        message = self._message
        if not message.parts or message.parts[-1]["type"] != kind:
            yield from self._close_part(message)
            part: Json = {"type": kind, name: ""} | ({"annotations": []} if kind == "output_text" else {})
            message.parts.append(part)
            yield self._event("response.content_part.added", **self._part_place(message), part=part)
        message.parts[-1][name] = str(message.parts[-1][name]) + text
        more: Json = {"logprobs": []} if kind == "output_text" else {}
        yield self._event(f"response.{kind}.delta", **self._part_place(message), delta=text, **more)

    def _call(self, call: Mapping[str, object], position: int) -> Iterator[bytes]:
        index = integer(call.get("index"))
        key, function = position if index is None else index, mapping(call.get("function"))
        if key not in self._calls:
            yield from self._close_message()
            fields: Json = {"type": "function_call", "call_id": call.get("id"), "name": function.get("name")}
            made = self._add({"id": self._id("fc")} | fields | {"arguments": ""})
            self._calls[key] = made
            yield self._added(made)
        item, source = self._calls[key], function.get("arguments")
        if isinstance(source, str) and source:
            item.fields["arguments"] = str(item.fields["arguments"]) + source
            yield self._event("response.function_call_arguments.delta", **self._place(item), delta=source)

    def _close_message(self) -> Iterator[bytes]:
        message, self._message = self._message, None
        if message is not None:
            yield from self._close_part(message)
            yield self._event("response.output_item.done", output_index=message.place, item=message.shown("completed"))

    def _close_part(self, message: _Item) -> Iterator[bytes]:
        if message.parts:
            part = message.parts[-1]
            place, kind = self._part_place(message), str(part["type"])
            name = "text" if kind == "output_text" else "refusal"
            more: Json = {"logprobs": []} if kind == "output_text" else {}
            yield self._event(f"response.{kind}.done", **place, **{name: part[name]}, **more)
            yield self._event("response.content_part.done", **place, part=part)

    def _add(self, fields: Json) -> _Item:
        item = _Item(len(self._items), fields)
        self._items.append(item)
        return item

    def _added(self, item: _Item) -> bytes:
        return self._event("response.output_item.added", output_index=item.place, item=item.shown("in_progress"))

    def _id(self, kind: str) -> str:
        return f"{kind}_{len(self._items)}_{str(self.response['id']).removeprefix('resp_')}"

    def _place(self, item: _Item) -> Json:
        return {"item_id": item.fields["id"], "output_index": item.place}

    def _part_place(self, item: _Item) -> Json:
        return self._place(item) | {"content_index": len(item.parts) - 1}

    def _event(self, kind: str, **fields: object) -> bytes:
        data = {"type": kind, "sequence_number": self._number} | fields
        self._number += 1
        return b"event: " + kind.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"


def _usage(usage: Mapping[str, object]) -> Json:
    counts = [integer(usage.get(name)) or 0 for name in ("prompt_tokens", "completion_tokens")]
    cached = integer(mapping(usage.get("prompt_tokens_details")).get("cached_tokens")) or 0
    thought = integer(mapping(usage.get("completion_tokens_details")).get("reasoning_tokens")) or 0
    return {
        "input_tokens": counts[0],
        "input_tokens_details": {"cached_tokens": cached},
        "output_tokens": counts[1],
        "output_tokens_details": {"reasoning_tokens": thought},
        "total_tokens": sum(counts),
    }
