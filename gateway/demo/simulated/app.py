"""One simulated provider as an ASGI application: its API, and the `/_simulated/` endpoints beside it."""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from gateway.demo.simulated.answer import compose
from gateway.demo.simulated.heard import BadRequest, Heard, JsonObject
from gateway.demo.simulated.ledger import Ledger, Recorded
from gateway.demo.simulated.wire import Refused, Turn, Wire, model_title

_SUBSTITUTE = "Opus 4.8"
_LEARN_MORE = "https://www.anthropic.com/news/fable-mythos-access"


@dataclass(frozen=True, slots=True)
class Provider:
    """One simulated provider. `title` is how it names itself; `pace_s` is the pause between pieces of a stream."""

    id: str
    title: str
    api_key: str = field(repr=False)
    wires: Mapping[str, Wire] = field(repr=False)
    """The wire format of each path."""
    now_s: Callable[[], float] = field(repr=False)
    pace_s: float = 0.0


class _Refusal(Exception):
    """Ends the reading of a request."""

    def __init__(self, refused: Refused, message: str) -> None:
        super().__init__(message)
        self.refused = refused
        self.message = message


class ProviderApi:
    """Answers the provider's own endpoints and remembers what came."""

    def __init__(self, provider: Provider, ledger: Ledger) -> None:
        self._provider = provider
        self._ledger = ledger

    async def answer(self, request: Request) -> Response:
        """Answers one model request. Every request is remembered, also one that is refused."""
        body = await request.body()
        number = self._ledger.next_number()
        wire = self._provider.wires[request.url.path]
        request_id = f"req_simulated_{self._provider.id.removeprefix('simulated-')}_{number:06d}"
        headers = {wire.request_id_header: request_id}
        try:
            heard = self._admit(wire, request, body)
        except _Refusal as refusal:
            status, content = wire.error(refusal.refused, refusal.message, request_id)
            self._remember(number, request, body, status)
            return _json(content, status, headers)
        self._remember(number, request, body, 200)
        turn = Turn(heard, compose(heard, self._provider.title), number, int(self._provider.now_s()))
        if not heard.stream:
            return _json(wire.whole(turn), 200, headers)
        events = _paced(wire.stream(turn), self._provider.pace_s)
        return StreamingResponse(events, headers=headers, media_type="text/event-stream")

    def _admit(self, wire: Wire, request: Request, body: bytes) -> Heard:
        if not hmac.compare_digest(_credential(request).encode(), self._provider.api_key.encode()):
            raise _Refusal(Refused.KEY, "invalid x-api-key")
        try:
            heard = wire.read(_parsed(body))
        except BadRequest as error:
            raise _Refusal(Refused.REQUEST, str(error)) from None
        if not self._ledger.serves(heard.model):
            raise _Refusal(Refused.MODEL, withdrawal(heard.model))
        return heard

    def _remember(self, number: int, request: Request, body: bytes, status: int) -> None:
        self._ledger.remember(Recorded(number, request.url.path, _model_of(body), status, body))


class Control:
    """The endpoints beside the API: what was received, and which models are withdrawn. Loopback only, no key."""

    def __init__(self, provider: Provider, ledger: Ledger) -> None:
        self._provider = provider
        self._ledger = ledger

    async def requests(self, _: Request) -> Response:
        """Lists the remembered requests with their raw bytes in base64."""
        listed = [
            {
                "provider": self._provider.id,
                "number": recorded.number,
                "path": recorded.path,
                "model": recorded.model,
                "status": recorded.status,
                "body_base64": base64.b64encode(recorded.body).decode(),
            }
            for recorded in self._ledger.requests
        ]
        return _json({"simulated": True, "requests": listed}, 200, {})

    async def revoke(self, request: Request) -> Response:
        """Withdraws the model named in the body: from now on it answers as in June 2026."""
        model = _model_of(await request.body())
        self._ledger.revoke(model)
        return _json({"simulated": True, "revoked": model}, 200, {})

    async def reinstate(self, request: Request) -> Response:
        """Serves the model named in the body again."""
        model = _model_of(await request.body())
        self._ledger.reinstate(model)
        return _json({"simulated": True, "reinstated": model}, 200, {})


def build(provider: Provider) -> Starlette:
    """Returns the application of one provider."""
    ledger = Ledger()
    api, control = ProviderApi(provider, ledger), Control(provider, ledger)
    models = [Route(path, api.answer, methods=["POST"]) for path in provider.wires]
    return Starlette(
        routes=[
            *models,
            Route("/_simulated/requests", control.requests, methods=["GET"]),
            Route("/_simulated/revoke", control.revoke, methods=["POST"]),
            Route("/_simulated/reinstate", control.reinstate, methods=["POST"]),
        ]
    )


def withdrawal(model: str) -> str:
    """The sentence of 13 June 2026 (anthropics/claude-code, report 68312), for any model."""
    return f"{model_title(model)} is not available. Please use {_SUBSTITUTE}. Learn more: {_LEARN_MORE}"


def _credential(request: Request) -> str:
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    return request.headers.get("x-api-key") or bearer


def _parsed(body: bytes) -> JsonObject:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadRequest("the request body is not valid JSON") from None
    if not isinstance(parsed, dict):
        raise BadRequest("the request body is not a JSON object")
    return parsed


def _model_of(body: bytes) -> str:
    try:
        return str(_parsed(body).get("model", ""))
    except BadRequest:
        return ""


def _json(content: JsonObject, status: int, headers: Mapping[str, str]) -> Response:
    return Response(orjson.dumps(content), status, dict(headers), media_type="application/json")


async def _paced(events: Iterator[bytes], pace_s: float) -> AsyncIterator[bytes]:
    """Each event is handed over on its own, so that it leaves as its own piece."""
    for item in events:
        yield item
        await asyncio.sleep(pace_s)
