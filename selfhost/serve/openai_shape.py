"""How answers look in OpenAI's chat dialect, whole and streamed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field

from selfhost.m3_format import Call
from selfhost.serve.choices import Choices, Said
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
    return status, {"error": {"message": str(refused), "type": kind, "param": refused.field, "code": code}}


def usage_of(ended: Sequence[Ended]) -> JsonObject:
    """Returns the token counts of all answers: the prompt counts once."""
    prompt, completion = ended[0].prompt_tokens, sum(each.completion_tokens for each in ended)
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def by_choice(said: Sequence[Said]) -> dict[int, list[Event]]:
    """Returns the events of each answer, by its number, in order."""
    found: dict[int, list[Event]] = {number: [] for number in sorted({each.choice for each in said})}
    for each in said:
        found[each.choice].append(each.event)
    return found


def ended_of(events: Sequence[Event]) -> Ended:
    """Returns how an answer ended."""
    last = events[-1]
    assert isinstance(last, Ended)  # noqa: S101  (what every answer ends with)
    return last


def whole(envelope: Envelope, said: Sequence[Said]) -> JsonObject:
    """Returns a whole chat completion."""
    answers = by_choice(said)
    choices = [_whole_choice(envelope, number, events) for number, events in answers.items()]
    counts = usage_of([ended_of(events) for events in answers.values()])
    return envelope.head("chat.completion") | {"choices": choices, "usage": counts}


def _whole_choice(envelope: Envelope, number: int, events: Sequence[Event]) -> JsonObject:
    message: dict[str, object] = {
        "role": "assistant",
        "content": "".join(e.text for e in events if isinstance(e, Text)),
    }
    if thought := "".join(e.text for e in events if isinstance(e, Thought)):
        message["reasoning_content"] = thought
    calls = [each.call for each in events if isinstance(each, Called)]
    if calls:
        message["tool_calls"] = [_call(envelope, number, place, call) for place, call in enumerate(calls)]
        message["content"] = message["content"] or None
    scored = [each for e in events if isinstance(e, Text) for each in e.scored]
    logprobs = {"content": [_scored(each) for each in scored]} if envelope.scoring else None
    finish = _FINISH[ended_of(events).reason]
    return {"index": number, "message": message, "finish_reason": finish, "logprobs": logprobs}


async def stream(envelope: Envelope, said: Choices) -> AsyncGenerator[bytes, None]:
    """Yields the events of a streamed chat completion."""
    writers: dict[int, _Writer] = {}
    ended: list[Ended] = []
    async for each in said:
        writer = writers.get(each.choice)
        if writer is None:
            writer = writers[each.choice] = _Writer(envelope, each.choice)
            yield writer.chunk({"role": "assistant", "content": ""})
        for chunk in writer.write(each.event):
            yield chunk
        if isinstance(each.event, Ended):
            ended.append(each.event)
    if envelope.usage:
        yield event(envelope.head("chat.completion.chunk") | {"choices": [], "usage": usage_of(ended)})
    yield DONE


class _Writer:
    """Writes the chunks of one answer."""

    def __init__(self, envelope: Envelope, number: int) -> None:
        self._envelope = envelope
        self._number = number
        self._calls = 0

    def write(self, said: Event) -> Iterator[bytes]:
        """Yields what this event adds."""
        if isinstance(said, Ended):
            yield self.chunk({}, finish=_FINISH[said.reason])
        elif isinstance(said, Called):
            for delta in _call_deltas(self._envelope, self._number, self._calls, said.call):
                yield self.chunk(delta)
            self._calls += 1
        elif isinstance(said, Thought):
            yield self.chunk({"reasoning_content": said.text})
        else:
            yield self.chunk({"content": said.text}, said.scored)

    def chunk(self, delta: JsonObject, scored: Sequence[Scored] = (), finish: str | None = None) -> bytes:
        """Returns one chunk."""
        choice: dict[str, object] = {"index": self._number, "delta": delta, "finish_reason": finish}
        if scored:
            choice["logprobs"] = {"content": [_scored(each) for each in scored]}
        usage_field = {"usage": None} if self._envelope.usage else {}
        return event(self._envelope.head("chat.completion.chunk") | {"choices": [choice]} | usage_field)


def _call(envelope: Envelope, choice: int, place: int, call: Call) -> dict[str, object]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": f"call_{envelope.id}_{choice}_{place}", "type": "function", "function": function}


def _call_deltas(envelope: Envelope, choice: int, place: int, call: Call) -> Iterator[JsonObject]:
    empty = {"name": call.name, "arguments": ""}
    yield {"tool_calls": [_call(envelope, choice, place, call) | {"index": place, "function": empty}]}
    yield {"tool_calls": [{"index": place, "function": {"arguments": call.arguments}}]}


def _scored(scored: Scored) -> JsonObject:
    best = [_token(content, logprob) for content, logprob in scored.alternatives]
    return {**_token(scored.content, scored.logprob), "top_logprobs": best}


def _token(content: bytes, logprob: float) -> JsonObject:
    return {"token": content.decode("utf-8", "replace"), "logprob": logprob, "bytes": list(content)}
