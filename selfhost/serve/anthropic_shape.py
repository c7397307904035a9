"""How answers look in Anthropic's messages dialect, whole and streamed.

A thinking block's signature is this server's own mark: it vouches for nothing, and clients send it back unread.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass

from selfhost.serve.choices import Choices, Said
from selfhost.serve.events import Called, Ended, Reason, Text, Thought
from selfhost.serve.fields import JsonObject
from selfhost.serve.refusals import Kind, Refused
from selfhost.serve.sse import event

SIGNATURE = "unsigned"
_ERRORS = {
    Kind.BAD: (400, "invalid_request_error"),
    Kind.TOO_LONG: (400, "invalid_request_error"),
    Kind.NO_MODEL: (404, "not_found_error"),
    Kind.TOO_LARGE: (413, "request_too_large"),
    Kind.FULL: (529, "overloaded_error"),
    Kind.STOPPED: (503, "api_error"),
}
_DELTAS = {"text": "text_delta", "thinking": "thinking_delta"}


@dataclass(frozen=True, slots=True)
class Envelope:
    """What an answer carries. `prompt_tokens` are known before it begins."""

    id: str
    model: str
    prompt_tokens: int

    def message(self, blocks: Sequence[JsonObject], ended: Ended | None) -> JsonObject:
        """Returns the message with these blocks."""
        usage = {"input_tokens": self.prompt_tokens, "output_tokens": ended.completion_tokens if ended else 0}
        head = {"id": self.id, "type": "message", "role": "assistant", "model": self.model}
        return head | {"content": blocks, **_stop(ended), "usage": usage}


def error(refused: Refused) -> tuple[int, JsonObject]:
    """Returns the status and the body of a refusal."""
    status, kind = _ERRORS[refused.kind]
    prefix = "prompt is too long: " if refused.kind is Kind.TOO_LONG else ""
    return status, {"type": "error", "error": {"type": kind, "message": f"{prefix}{refused}"}}


def _stop(ended: Ended | None) -> JsonObject:
    if ended is None:
        return {"stop_reason": None, "stop_sequence": None}
    if ended.stop is not None:
        return {"stop_reason": "stop_sequence", "stop_sequence": ended.stop}
    reasons = {Reason.STOP: "end_turn", Reason.LENGTH: "max_tokens", Reason.CALLS: "tool_use"}
    return {"stop_reason": reasons[ended.reason], "stop_sequence": None}


def whole(envelope: Envelope, said: Sequence[Said]) -> JsonObject:
    """Returns a whole message. This dialect has one answer to a request."""
    events = [each.event for each in said]
    blocks: list[dict[str, object]] = []
    for each in events:
        match each:
            case Ended():
                return envelope.message(blocks, each)
            case Called():
                blocks.append(_call(envelope, len(blocks), each) | {"input": json.loads(each.call.arguments)})
            case Text() | Thought():
                kind = _kind(each)
                if not blocks or blocks[-1]["type"] != kind:
                    blocks.append(_opened(kind) | ({"signature": SIGNATURE} if kind == "thinking" else {}))
                blocks[-1][kind] = f"{blocks[-1][kind]}{each.text}"
    raise AssertionError("an answer has an end")


async def stream(envelope: Envelope, said: Choices) -> AsyncGenerator[bytes, None]:
    """Yields the events of a streamed message."""
    yield _event("message_start", message=envelope.message([], None))
    writer = _Blocks(envelope)
    async for one in said:
        each = one.event
        if isinstance(each, Ended):
            for item in writer.close():
                yield item
            counts = {"input_tokens": each.prompt_tokens, "output_tokens": each.completion_tokens}
            yield _event("message_delta", delta=_stop(each), usage=counts)
            yield _event("message_stop")
            return
        for item in writer.write(each):
            yield item


class _Blocks:
    """Opens, fills and closes one block after the other."""

    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope
        self._index = -1
        self._open = ""

    def write(self, said: Text | Thought | Called) -> Iterator[bytes]:
        """Yields what this event adds."""
        if isinstance(said, Called):
            yield from self.close()
            yield from self._begin(_call(self._envelope, self._index + 1, said), "tool_use")
            yield self._delta({"type": "input_json_delta", "partial_json": said.call.arguments})
            yield from self.close()
            return
        kind = _kind(said)
        if self._open != kind:
            yield from self.close()
            yield from self._begin(_opened(kind), kind)
        yield self._delta({"type": _DELTAS[kind], kind: said.text})

    def close(self) -> Iterator[bytes]:
        """Yields the end of the open block."""
        if self._open == "thinking":
            yield self._delta({"type": "signature_delta", "signature": SIGNATURE})
        if self._open:
            yield _event("content_block_stop", index=self._index)
        self._open = ""

    def _begin(self, block: JsonObject, kind: str) -> Iterator[bytes]:
        self._index, self._open = self._index + 1, kind
        yield _event("content_block_start", index=self._index, content_block=block)

    def _delta(self, delta: JsonObject) -> bytes:
        return _event("content_block_delta", index=self._index, delta=delta)


def _kind(said: Text | Thought) -> str:
    return "text" if isinstance(said, Text) else "thinking"


def _opened(kind: str) -> dict[str, object]:
    block: dict[str, object] = {"type": kind, kind: ""}
    return block | ({"signature": ""} if kind == "thinking" else {})


def _call(envelope: Envelope, number: int, called: Called) -> dict[str, object]:
    return {"type": "tool_use", "id": f"toolu_{envelope.id}_{number}", "name": called.call.name, "input": {}}


def _event(kind: str, **fields: object) -> bytes:
    return event({"type": kind, **fields}, kind)
