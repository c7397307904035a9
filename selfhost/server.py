"""The OpenAI-compatible port of the in-house model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from selfhost.chat import Answer, BadChat, Chat, JsonObject, answer, read
from selfhost.ngram import MODEL, WordChain

_PIECE_CHARACTERS = 5


@dataclass(frozen=True, slots=True)
class _Turn:
    """One request, its answer, and what goes into the envelope."""

    chat: Chat
    answer: Answer
    id: str
    created_s: int

    @property
    def finish_reason(self) -> str:
        return "tool_calls" if self.answer.call else "stop"

    @property
    def usage(self) -> JsonObject:
        completion = len(self.answer.text.split())
        total = self.chat.prompt_words + completion
        return {"prompt_tokens": self.chat.prompt_words, "completion_tokens": completion, "total_tokens": total}

    def envelope(self, kind: str) -> dict[str, object]:
        return {"id": self.id, "object": kind, "created": self.created_s, "model": MODEL}

    def tool_call(self) -> dict[str, object] | None:
        if self.answer.call is None:
            return None
        name, arguments = self.answer.call
        function = {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
        return {"id": f"call_{self.id}", "type": "function", "function": function}


@dataclass(frozen=True, slots=True)
class ChatServer:
    """Serves one trained chain. Words count as tokens. Stateless apart from the numbering of answers."""

    chain: WordChain = field(repr=False)
    now_s: Callable[[], float] = field(repr=False)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1), repr=False)

    async def completions(self, request: Request) -> Response:
        """POST /v1/chat/completions, streamed and not."""
        try:
            chat = read(_object(await request.body()))
        except BadChat as error:
            return _error(400, None, str(error))
        if chat.model != MODEL:
            return _error(404, "model_not_found", f"this server offers {MODEL} only")
        turn = _Turn(chat, answer(chat, self.chain), f"local-{next(self._numbers):06d}", int(self.now_s()))
        if chat.stream:
            return StreamingResponse(_handed_over(_events(turn)), media_type="text/event-stream")
        return JSONResponse(_whole(turn))

    async def models(self, _: Request) -> Response:
        """GET /v1/models."""
        offered = {"id": MODEL, "object": "model", "created": 0, "owned_by": "in-house"}
        return JSONResponse({"object": "list", "data": [offered]})

    async def health(self, _: Request) -> Response:
        """GET /healthz."""
        return JSONResponse({"status": "ok", "engine": MODEL})


def build(chain: WordChain, now_s: Callable[[], float]) -> Starlette:
    """Returns the application that serves the chain."""
    server = ChatServer(chain, now_s)
    return Starlette(
        routes=[
            Route("/v1/chat/completions", server.completions, methods=["POST"]),
            Route("/v1/models", server.models, methods=["GET"]),
            Route("/healthz", server.health, methods=["GET"]),
        ]
    )


def _object(body: bytes) -> JsonObject:
    try:
        parsed = json.loads(body)
    except ValueError:
        raise BadChat("the request body is not valid JSON") from None
    if not isinstance(parsed, dict):
        raise BadChat("the request body is not a JSON object")
    return parsed


def _error(status: int, code: str | None, message: str) -> Response:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return JSONResponse({"error": error}, status)


def _whole(turn: _Turn) -> JsonObject:
    message: dict[str, object] = {"role": "assistant", "content": turn.answer.text}
    if (call := turn.tool_call()) is not None:
        message["tool_calls"] = [call]
    choice = {"index": 0, "message": message, "finish_reason": turn.finish_reason}
    return turn.envelope("chat.completion") | {"choices": [choice], "usage": turn.usage}


def _events(turn: _Turn) -> Iterator[bytes]:
    for delta in _deltas(turn):
        yield _chunk(turn, [{"index": 0, "delta": delta, "finish_reason": None}])
    yield _chunk(turn, [{"index": 0, "delta": {}, "finish_reason": turn.finish_reason}])
    if turn.chat.include_usage:
        yield _chunk(turn, [], turn.usage)
    yield b"data: [DONE]\n\n"


def _deltas(turn: _Turn) -> Iterator[JsonObject]:
    yield {"role": "assistant", "content": ""}
    yield from ({"content": piece} for piece in _pieces(turn.answer.text))
    if (call := turn.tool_call()) is not None:
        function = call["function"]
        assert isinstance(function, dict)  # noqa: S101  (made by `tool_call`)
        yield {"tool_calls": [call | {"index": 0, "function": {"name": function["name"], "arguments": ""}}]}
        for piece in _pieces(function["arguments"]):
            yield {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}


def _pieces(text: str) -> Iterator[str]:
    return (text[start : start + _PIECE_CHARACTERS] for start in range(0, len(text), _PIECE_CHARACTERS))


def _chunk(turn: _Turn, choices: list[JsonObject], usage: JsonObject | None = None) -> bytes:
    chunk = turn.envelope("chat.completion.chunk") | {"choices": choices}
    if turn.chat.include_usage:
        chunk["usage"] = usage
    return b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n"


async def _handed_over(events: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Each event on its own, so that other requests get their turn and a client that left is noticed."""
    for item in events:
        yield item
        await asyncio.sleep(0)
