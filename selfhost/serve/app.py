"""The endpoints. Nothing of a request or an answer is ever logged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from selfhost.attest.canary import Status
from selfhost.attest.provenance import Provenance
from selfhost.errors import SelfhostError
from selfhost.serve import anthropic_shape, openai_completions, openai_shape
from selfhost.serve.answers import Answerer
from selfhost.serve.anthropic_request import read_messages
from selfhost.serve.canaries import Canaries
from selfhost.serve.choices import Choices, Said, side_by_side
from selfhost.serve.fields import JsonObject, read_body
from selfhost.serve.openai_completions import read_completion
from selfhost.serve.openai_request import read_chat, wants_usage
from selfhost.serve.refusals import Kind, Refused, refusal_of
from selfhost.serve.sse import ClientLeft, EventStream, event, while_connected

_MOST_BYTES = 16 * 1024 * 1024
_RETRY_AFTER_S = "1"
_LEFT = 499
ErrorShape = Callable[[Refused], tuple[int, JsonObject]]


@dataclass(frozen=True, slots=True)
class Shaped:
    """One response to be, in one dialect."""

    said: Choices = field(repr=False)
    streamed: bool
    stream: Callable[[Choices], AsyncGenerator[bytes, None]] = field(repr=False)
    whole: Callable[[Sequence[Said]], JsonObject] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Served:
    """What is said of the model beside its answers.

    `facts` stand in `/health`, `provenance` in every answer; `checkpoint` is the signed manifest as it lies beside the
    weights, `None` for weights that nobody verified.
    """

    facts: Mapping[str, object]
    provenance: Provenance
    canaries: Canaries = field(repr=False)
    checkpoint: JsonObject | None = field(default=None, repr=False)

    def headers(self) -> Mapping[str, str]:
        """Returns what goes with an answer that begins now."""
        return dict([self.provenance.header(self.canaries.status)])


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Serves one model."""

    answerer: Answerer = field(repr=False)
    served: Served

    def chat(self, body: JsonObject) -> Shaped:
        """POST /v1/chat/completions. Raises `Refused`."""
        self._check_model(body)
        asked, counted = read_chat(body), wants_usage(body)
        envelope = self._envelope("chatcmpl", scoring=asked.draws.logprobs >= 0, counted=counted)
        stream, whole = partial(openai_shape.stream, envelope), partial(openai_shape.whole, envelope)
        return Shaped(side_by_side(self.answerer.converse(asked)), asked.streamed, stream, whole)

    def completions(self, body: JsonObject) -> Shaped:
        """POST /v1/completions. Raises `Refused`."""
        self._check_model(body)
        asked, counted = read_completion(body, self.answerer.text_tokens), wants_usage(body)
        envelope = self._envelope("cmpl", scoring=asked.draws.logprobs >= 0, counted=counted)
        answers = self.answerer.complete(asked.prompt, asked.draws, asked.stops, asked.salt, asked.choices)
        stream, whole = partial(openai_completions.stream, envelope), partial(openai_completions.whole, envelope)
        return Shaped(side_by_side(answers), asked.streamed, stream, whole)

    def messages(self, body: JsonObject) -> Shaped:
        """POST /v1/messages. Raises `Refused`."""
        self._check_model(body)
        asked = read_messages(body)
        count = len(self.answerer.prompt_tokens(asked))
        envelope = anthropic_shape.Envelope(f"msg_{self.answerer.new_id()}", self.answerer.name, count)
        stream, whole = partial(anthropic_shape.stream, envelope), partial(anthropic_shape.whole, envelope)
        return Shaped(side_by_side(self.answerer.converse(asked)), asked.streamed, stream, whole)

    async def count_tokens(self, request: Request) -> Response:
        """POST /v1/messages/count_tokens."""
        try:
            count = await asyncio.to_thread(self._counted, await _body(request))
        except SelfhostError as error:
            return _refused(refusal_of(error), anthropic_shape.error)
        except ClientLeft:
            return Response(status_code=_LEFT)
        return JSONResponse({"input_tokens": count})

    def _counted(self, content: bytes) -> int:
        body = read_body(content)
        self._check_model(body)
        return len(self.answerer.prompt_tokens(read_messages(body, counted=True)))

    async def models(self, _: Request) -> Response:
        """GET /v1/models."""
        engine = self.answerer.running.engine
        offered = {"id": self.answerer.name, "object": "model", "created": 0, "owned_by": "in-house"}
        return JSONResponse({"object": "list", "data": [offered | {"max_model_len": engine.capacity}]})

    async def health(self, _: Request) -> Response:
        """GET /health: 200 while the engine runs and no canary says otherwise, else 503."""
        canaries = self.served.canaries
        bad = {Status.DRIFTED: "drifted", Status.FAILED: "unproved"}.get(canaries.status, "")
        status = "stopped" if self.answerer.running.stopped else bad or "ok"
        state = {
            "status": status,
            "canaries": canaries.status,
            "drifted": canaries.drifted,
            "checked_ms": canaries.checked_ms,
            "free_pages": self.answerer.running.engine.free_pages,
        }
        return JSONResponse({**state, **self.served.facts}, 200 if status == "ok" else 503)

    async def provenance(self, _: Request) -> Response:
        """GET /provenance: where answers come from now, with the signed manifest of the weights."""
        served, canaries = self.served, self.served.canaries
        document = served.provenance.document(canaries.status)
        about = {"drifted": canaries.drifted, "checked_ms": canaries.checked_ms, "checkpoint": served.checkpoint}
        return JSONResponse({**document, **about}, headers=served.headers())

    def _check_model(self, body: JsonObject) -> None:
        if body.get("model") != self.answerer.name:
            raise Refused(Kind.NO_MODEL, f"this server offers {self.answerer.name} only", "model")

    def _envelope(self, prefix: str, *, scoring: bool, counted: bool) -> openai_shape.Envelope:
        answerer = self.answerer
        number, now_s = f"{prefix}-{answerer.new_id()}", int(answerer.now_s())
        return openai_shape.Envelope(number, now_s, answerer.name, scoring, counted)


@dataclass(frozen=True, slots=True)
class Answering:
    """An ASGI endpoint: reads a request, waits for the first token, and only then says 200."""

    read: Callable[[JsonObject], Shaped]
    error: ErrorShape
    headers: Callable[[], Mapping[str, str]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except SelfhostError as error:
            response = _refused(refusal_of(error), self.error)
        except ClientLeft:
            response = Response(status_code=_LEFT)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response | EventStream:
        content = await _body(request)
        # Parsing, rendering and tokens of a long conversation take long enough for everybody else's streams to stop.
        shaped = await asyncio.to_thread(lambda: self.read(read_body(content)))
        if not shaped.streamed:
            said = await while_connected(request, shaped.said)
            return JSONResponse(shaped.whole(said), headers=self.headers())
        first = await while_connected(request, shaped.said, most=1)
        return EventStream(self._written(shaped, first), self.headers())

    async def _written(self, shaped: Shaped, first: Sequence[Said]) -> AsyncGenerator[bytes, None]:
        try:
            async for item in shaped.stream(_chained(first, shaped.said)):
                yield item
        except SelfhostError as error:
            yield event(self.error(refusal_of(error))[1], "error")
        finally:
            await shaped.said.aclose()


async def _chained(first: Sequence[Said], rest: Choices) -> Choices:
    for each in first:
        yield each
    async for each in rest:
        yield each


def build(endpoints: Endpoints) -> Starlette:
    """Returns the application. While it runs, the canaries are asked."""
    headers = endpoints.served.headers
    chat = Answering(endpoints.chat, openai_shape.error, headers)
    completions = Answering(endpoints.completions, openai_shape.error, headers)
    messages = Answering(endpoints.messages, anthropic_shape.error, headers)

    @asynccontextmanager
    async def asking(_: Starlette) -> AsyncGenerator[None, None]:
        task = asyncio.create_task(endpoints.served.canaries.run())
        try:
            yield
        finally:
            task.cancel()

    return Starlette(
        routes=[
            Route("/v1/chat/completions", chat, methods=["POST"]),
            Route("/v1/completions", completions, methods=["POST"]),
            Route("/v1/messages", messages, methods=["POST"]),
            Route("/v1/messages/count_tokens", endpoints.count_tokens, methods=["POST"]),
            Route("/v1/models", endpoints.models, methods=["GET"]),
            Route("/health", endpoints.health, methods=["GET"]),
            Route("/healthz", endpoints.health, methods=["GET"]),
            Route("/provenance", endpoints.provenance, methods=["GET"]),
        ],
        lifespan=asking,
    )


async def _body(request: Request) -> bytes:
    """The body, never more of it than is allowed. Raises `Refused`, `ClientLeft`."""
    found = bytearray()
    try:
        async for piece in request.stream():
            found += piece
            if len(found) > _MOST_BYTES:
                raise Refused(Kind.TOO_LARGE, f"the request body is larger than {_MOST_BYTES} bytes")
    except ClientDisconnect:
        raise ClientLeft from None
    return bytes(found)


def _refused(refused: Refused, shape: ErrorShape) -> Response:
    status, body = shape(refused)
    waits = status in (429, 503, 529)
    return JSONResponse(body, status, {"retry-after": _RETRY_AFTER_S} if waits else None)
