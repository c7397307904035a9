"""How answers look in OpenAI's chat dialect, whole and streamed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field

from selfhost.m3_format import Call
from selfhost.serve.answers import Events
from selfhost.serve.events import Called, Ended, Event, Reason, Scored, Text, Thought
from selfhost.serve.fields import JsonObject
from selfhost.serve.refusals import Kind, Refused
from selfhost.serve.sse import event

DONE = b"data: [DONE]\n\n"
_FINISH = {Reason.STOP: "stop", Reason.LENGTH: "length", Reason.CALLS: "tool_calls"}
_ERRORS = {
    Kind.BAD: (400, "invalid_request_error", None),
    Kind.TOO_LONG: (400, "invalid_request_error", "context_length_exceeded"),
    Kind.NO_MODEL: (404, "invalid_request_error", "model_not_found"),
    Kind.TOO_LARGE: (413, "invalid_request_error", "request_too_large"),
    Kind.FULL: (429, "rate_limit_error", "engine_full"),
    Kind.STOPPED: (503, "server_error", "engine_stopped"),
}


@dataclass(frozen=True, slots=True)
class Envelope:
    """What every part of one answer carries."""

    id: str
    created_s: int
    model: str
    scoring: bool
    usage: bool = field(default=False)

    def head(self, kind: str) -> dict[str, object]:
        """Returns the fields that come first."""
        return {"id": self.id, "object": kind, "created": self.created_s, "model": self.model}


def error(refused: Refused) -> tuple[int, JsonObject]:
    """Returns the status and the body of a refusal."""
    status, kind, code = _ERRORS[refused.kind]
    return status, {"error": {"message": str(refused), "type": kind, "param": None, "code": code}}


def usage(ended: Ended) -> JsonObject:
    """Returns the token counts."""
    total = ended.prompt_tokens + ended.completion_tokens
    return {"prompt_tokens": ended.prompt_tokens, "completion_tokens": ended.completion_tokens, "total_tokens": total}


def whole(envelope: Envelope, events: Sequence[Event]) -> JsonObject:
    """Returns a whole chat completion."""
    ended = _ended(events)
    message: dict[str, object] = {
        "role": "assistant",
        "content": "".join(e.text for e in events if isinstance(e, Text)),
    }
    if thought := "".join(e.text for e in events if isinstance(e, Thought)):
        message["reasoning_content"] = thought
    calls = [each.call for each in events if isinstance(each, Called)]
    if calls:
        message["tool_calls"] = [_call(envelope, number, call) for number, call in enumerate(calls)]
        message["content"] = message["content"] or None
    scored = [each for e in events if isinstance(e, Text) for each in e.scored]
    choice: dict[str, object] = {"index": 0, "message": message, "finish_reason": _FINISH[ended.reason]}
    choice["logprobs"] = {"content": [_scored(each) for each in scored]} if envelope.scoring else None
    return envelope.head("chat.completion") | {"choices": [choice], "usage": usage(ended)}


async def stream(envelope: Envelope, events: Events) -> AsyncGenerator[bytes, None]:
    """Yields the events of a streamed chat completion."""
    yield _chunk(envelope, {"role": "assistant", "content": ""})
    calls = 0
    async for each in events:
        if isinstance(each, Ended):
            yield _chunk(envelope, {}, finish=_FINISH[each.reason])
            if envelope.usage:
                head = envelope.head("chat.completion.chunk")
                yield event(head | {"choices": [], "usage": usage(each)})
        elif isinstance(each, Called):
            for delta in _call_deltas(envelope, calls, each.call):
                yield _chunk(envelope, delta)
            calls += 1
        elif isinstance(each, Thought):
            yield _chunk(envelope, {"reasoning_content": each.text})
        else:
            yield _chunk(envelope, {"content": each.text}, each.scored)
    yield DONE


def _chunk(envelope: Envelope, delta: JsonObject, scored: Sequence[Scored] = (), finish: str | None = None) -> bytes:
    choice: dict[str, object] = {"index": 0, "delta": delta, "finish_reason": finish}
    if scored:
        choice["logprobs"] = {"content": [_scored(each) for each in scored]}
    usage_field = {"usage": None} if envelope.usage else {}
    return event(envelope.head("chat.completion.chunk") | {"choices": [choice]} | usage_field)


def _call(envelope: Envelope, number: int, call: Call) -> dict[str, object]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": f"call_{envelope.id}_{number}", "type": "function", "function": function}


def _call_deltas(envelope: Envelope, number: int, call: Call) -> Iterator[JsonObject]:
    opened = _call(envelope, number, call) | {"index": number, "function": {"name": call.name, "arguments": ""}}
    yield {"tool_calls": [opened]}
    yield {"tool_calls": [{"index": number, "function": {"arguments": call.arguments}}]}


def _scored(scored: Scored) -> JsonObject:
    best = [_token(content, logprob) for content, logprob in scored.alternatives]
    return {**_token(scored.content, scored.logprob), "top_logprobs": best}


def _token(content: bytes, logprob: float) -> JsonObject:
    return {"token": content.decode("utf-8", "replace"), "logprob": logprob, "bytes": list(content)}


def _ended(events: Sequence[Event]) -> Ended:
    last = events[-1]
    assert isinstance(last, Ended)  # noqa: S101  (what every answer ends with)
    return last
