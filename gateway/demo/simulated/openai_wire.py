"""OpenAI chat completions as OpenAI's servers, and vendors who follow them, speak it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import orjson

from gateway.demo.simulated.answer import pieces
from gateway.demo.simulated.heard import Heard, JsonObject, read_openai
from gateway.demo.simulated.wire import Refused, Turn, event

_STATUS = {Refused.KEY: 401, Refused.REQUEST: 400, Refused.MODEL: 404}
_CODE = {Refused.KEY: "invalid_api_key", Refused.REQUEST: None, Refused.MODEL: "model_not_found"}


class OpenAIWire:
    """Chat completions, streamed and not.

    `thinks_aloud` makes reasoning part of every answer: inline between `<think>` tags, or in `reasoning_content` when
    the request asks for `reasoning_split`. `extra` is added to every answer and chunk.
    """

    request_id_header = "x-request-id"

    def __init__(self, *, thinks_aloud: bool = False, extra: JsonObject | None = None) -> None:
        self._thinks_aloud = thinks_aloud
        self._extra = dict(extra or {})

    def read(self, body: JsonObject) -> Heard:
        """Returns the request as understood. Raises `BadRequest`."""
        heard = read_openai(body)
        return heard if self._thinks_aloud else replace(heard, thinking=False)

    def whole(self, turn: Turn) -> JsonObject:
        """Returns a chat completion object."""
        message: dict[str, object] = {"role": "assistant", "content": self._text(turn), "refusal": None}
        if (reasoning := self._split_off(turn)) is not None:
            message["reasoning_content"] = reasoning
        if (call := _tool_call(turn)) is not None:
            message["tool_calls"] = [call]
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish_reason(turn)}
        return _envelope(turn, "chat.completion") | {"choices": [choice], "usage": _usage(turn)} | self._extra

    def stream(self, turn: Turn) -> Iterator[bytes]:
        """Yields chunks, then the usage chunk if it was asked for, then `[DONE]`."""
        for delta in self._deltas(turn):
            yield self._chunk(turn, [_choice(delta, None)])
        yield self._chunk(turn, [_choice({}, _finish_reason(turn))])
        if turn.heard.include_usage:
            yield self._chunk(turn, [], usage=_usage(turn))
        yield b"data: [DONE]\n\n"

    def error(self, refused: Refused, message: str, request_id: str) -> tuple[int, JsonObject]:
        """Returns the error object of the API. The request id travels in the header only."""
        del request_id
        kind = "invalid_request_error"
        return _STATUS[refused], {"error": {"message": message, "type": kind, "param": None, "code": _CODE[refused]}}

    def _deltas(self, turn: Turn) -> Iterator[JsonObject]:
        yield {"role": "assistant", "content": "", "refusal": None}
        if (reasoning := self._split_off(turn)) is not None:
            yield from ({"reasoning_content": piece} for piece in pieces(reasoning))
        yield from ({"content": piece} for piece in pieces(self._text(turn)))
        if (call := _tool_call(turn)) is not None:
            yield from _call_deltas(call)

    def _chunk(self, turn: Turn, choices: list[JsonObject], usage: JsonObject | None = None) -> bytes:
        chunk = _envelope(turn, "chat.completion.chunk") | {"choices": choices} | self._extra
        return event(chunk | {"usage": usage} if turn.heard.include_usage else chunk)

    def _text(self, turn: Turn) -> str:
        if turn.answer.thinking is not None and not turn.heard.reasoning_split:
            return f"<think>\n{turn.answer.thinking}\n</think>\n\n{turn.answer.text}"
        return turn.answer.text

    def _split_off(self, turn: Turn) -> str | None:
        return turn.answer.thinking if turn.heard.reasoning_split else None


def _envelope(turn: Turn, kind: str) -> dict[str, object]:
    return {
        "id": f"chatcmpl-simulated-{turn.number:06d}",
        "object": kind,
        "created": turn.created_s,
        "model": turn.heard.model,
        "system_fingerprint": "fp_simulated",
    }


def _choice(delta: JsonObject, finish_reason: str | None) -> JsonObject:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}


def _tool_call(turn: Turn) -> dict[str, object] | None:
    if turn.answer.call is None:
        return None
    name, arguments = turn.answer.call
    function = {"name": name, "arguments": orjson.dumps(arguments).decode()}
    return {"id": f"call_simulated_{turn.number:06d}", "type": "function", "function": function}


def _call_deltas(call: dict[str, object]) -> Iterator[JsonObject]:
    """The call's name first, then its arguments as pieces of JSON source."""
    function = call["function"]
    assert isinstance(function, dict)  # noqa: S101  (made by `_tool_call`)
    opening = call | {"index": 0, "function": {"name": function["name"], "arguments": ""}}
    yield {"tool_calls": [opening]}
    for piece in pieces(function["arguments"]):
        yield {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}


def _finish_reason(turn: Turn) -> str:
    return "tool_calls" if turn.answer.call else "stop"


def _usage(turn: Turn) -> JsonObject:
    prompt, completion = turn.heard.input_tokens, turn.answer.output_tokens
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
