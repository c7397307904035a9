"""Answers of OpenAI's Responses as the real wire gives them, with synthetic content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

Json = dict[str, object]
USAGE: Json = {
    "input_tokens": 7,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 3,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 10,
}


def response(output: Sequence[Json], *, status: str = "completed", **fields: object) -> Json:
    """A response object, with what it repeats of the request."""
    base: Json = {"id": "resp_1", "object": "response", "created_at": 1, "status": status, "error": None}
    base |= {"incomplete_details": None, "instructions": None, "metadata": {}, "model": "gpt-fake", "tools": []}
    base |= {"parallel_tool_calls": True, "tool_choice": "auto", "temperature": 1.0, "top_p": 1.0}
    return base | {"output": list(output), "usage": USAGE if status == "completed" else None} | fields


def message(text: str) -> Json:
    """A message item."""
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    return {"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "content": [part]}


def function_call(name: str, arguments: str) -> Json:
    """A call of the caller's function; `arguments` are JSON source."""
    call: Json = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": name, "arguments": arguments}
    return call | {"status": "completed"}


def reasoning(summary: str) -> Json:
    """A reasoning item with a summary and what only the provider reads."""
    parts = [{"type": "summary_text", "text": summary}]
    return {"id": "rs_1", "type": "reasoning", "summary": parts, "encrypted_content": "gAAAA[[EMAIL_7F3A2]]"}


@dataclass(slots=True)
class Tale:
    """The events of one streamed response, numbered as the wire numbers them."""

    fields: Json = field(default_factory=dict)
    items: list[Json] = field(default_factory=list)
    events: list[bytes] = field(default_factory=list)

    def tell(self, kind: str, **fields: object) -> None:
        """Appends one event."""
        data = {"type": kind, "sequence_number": len(self.events)} | fields
        self.events.append(b"event: %b\ndata: %b\n\n" % (kind.encode(), orjson.dumps(data)))

    def begin(self) -> None:
        """The events before any output."""
        for kind in ("response.created", "response.in_progress"):
            self.tell(kind, response=response([], status="in_progress", **self.fields))

    def end(self, kind: str = "response.completed", status: str = "completed", **fields: object) -> list[bytes]:
        """The closing event; returns them all."""
        self.tell(kind, response=response(self.items, status=status, **self.fields, **fields))
        return self.events

    def say(self, pieces: Sequence[str]) -> None:
        """A message item, as deltas and then whole, three times over."""
        place, item, text = self._place("msg_1"), message("".join(pieces)), "".join(pieces)
        bare = item | {"content": [], "status": "in_progress"}
        part = {"content_index": 0, **place}
        self.tell("response.output_item.added", output_index=place["output_index"], item=bare)
        self.tell("response.content_part.added", **part, part={"type": "output_text", "text": "", "annotations": []})
        for piece in pieces:
            self.tell("response.output_text.delta", **part, delta=piece, logprobs=[])
        self.tell("response.output_text.done", **part, text=text, logprobs=[])
        self.tell("response.content_part.done", **part, part={"type": "output_text", "text": text, "annotations": []})
        self._finish(item)

    def call(self, name: str, pieces: Sequence[str]) -> None:
        """A function call item."""
        place, item = self._place("fc_1"), function_call(name, "".join(pieces))
        bare = item | {"arguments": "", "status": "in_progress"}
        self.tell("response.output_item.added", output_index=place["output_index"], item=bare)
        for piece in pieces:
            self.tell("response.function_call_arguments.delta", **place, delta=piece)
        self.tell("response.function_call_arguments.done", **place, name=name, arguments="".join(pieces))
        self._finish(item)

    def think(self, pieces: Sequence[str]) -> None:
        """A reasoning item."""
        place, item, text = self._place("rs_1"), reasoning("".join(pieces)), "".join(pieces)
        part = {"summary_index": 0, **place}
        self.tell("response.output_item.added", output_index=place["output_index"], item=item | {"summary": []})
        self.tell("response.reasoning_summary_part.added", **part, part={"type": "summary_text", "text": ""})
        for piece in pieces:
            self.tell("response.reasoning_summary_text.delta", **part, delta=piece)
        self.tell("response.reasoning_summary_text.done", **part, text=text)
        self.tell("response.reasoning_summary_part.done", **part, part={"type": "summary_text", "text": text})
        self._finish(item)

    def run(self, family: str, pieces: Sequence[str], whole: str, item: Json) -> None:
        """Any other item whose source is streamed, e.g. `custom_tool_call_input` with `input` as its whole."""
        place = self._place(str(item["id"]))
        self.tell("response.output_item.added", output_index=place["output_index"], item=item | {whole: ""})
        for piece in pieces:
            self.tell(f"response.{family}.delta", **place, delta=piece)
        self.tell(f"response.{family}.done", **place, **{whole: "".join(pieces)})
        self._finish(item | {whole: "".join(pieces)})

    def _place(self, item_id: str) -> Json:
        return {"item_id": item_id, "output_index": len(self.items)}

    def _finish(self, item: Json) -> None:
        self.tell("response.output_item.done", output_index=len(self.items), item=item)
        self.items.append(item)


def responses_answer(*output: Json, **fields: object) -> bytes:
    """A whole answer."""
    return orjson.dumps(response(output or [message("Hello.")], **fields))


def responses_events(pieces: Sequence[str] = ("Hel", "lo."), **fields: object) -> list[bytes]:
    """A streamed answer of one message, end mark included."""
    tale = Tale(fields)
    tale.begin()
    tale.say(pieces)
    return tale.end()
