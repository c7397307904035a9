"""The outermost boundary of the HTTP side: a key is asked for first, and every failure becomes a typed answer.

Raw ASGI: nothing wraps the stream of an answer, so a piece costs one call on its way out.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from starlette.types import Receive, Scope, Send

from gateway.api.answer import Answer
from gateway.api.caller import Caller
from gateway.api.headers import RequestHeaders, credential_of
from gateway.clock import Clock
from gateway.errors import GatewayError, InternalFault, MethodNotAllowed, UpstreamFailed
from gateway.exchange import TraceSink
from gateway.identity.purposes import require_role
from gateway.ports import Keys
from gateway.types import RequestId, Role
from routers.errors import UpstreamCut
from routers.types import Dialect
from routers.wire.dialect import Wire
from routers.wire.sse import EventTooLarge

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Visit:
    """One HTTP request being answered."""

    path_parameters: Mapping[str, str]
    query: str
    headers: RequestHeaders = field(repr=False)
    caller: Caller = field(repr=False)
    answer: Answer = field(repr=False)
    trace: TraceSink
    dialect: Dialect
    wire: Wire = field(repr=False)
    received_ms: int


Handler = Callable[[Visit], Awaitable[None]]
"""Answers a visit through `visit.answer`, or raises a `GatewayError`."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every endpoint shares."""

    keys: Keys
    clock: Clock
    new_request_id: Callable[[], RequestId]
    wires: Mapping[Dialect, Wire] = field(repr=False)


class Endpoint:
    """An ASGI app for one path. `role` is what a key must have; `None` opens the path to everybody.

    `dialect` is what the path speaks; `None` leaves it to the caller's headers.
    """

    def __init__(
        self, surroundings: Surroundings, role: Role | None, dialect: Dialect | None, handlers: Mapping[str, Handler]
    ) -> None:
        self.role = role
        self._surroundings = surroundings
        self._dialect = dialect
        self._handlers = handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request. Returns silently when the caller has gone: there is nobody to tell."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        try:
            async with asyncio.timeout(None) as hangup:
                await self._answer(scope["method"], self._visit(scope, receive, send, hangup))
        except TimeoutError:
            return

    async def _answer(self, method: str, visit: Visit) -> None:
        try:
            await self._admit(visit)
            await self._handler(method)(visit)
        except MethodNotAllowed as error:
            await visit.answer.fail(error, (("allow", ", ".join(self._handlers)),))
        except GatewayError as error:
            await visit.answer.fail(error)
        except (UpstreamCut, EventTooLarge):
            await visit.answer.fail(UpstreamFailed("the answer of the destination broke off or could not be read"))
        except Exception as error:  # noqa: BLE001  (one of the two outermost boundaries)
            log_fault(error, visit.trace.request_id)
            await visit.answer.fail(InternalFault("a defect of the gateway; quote the request id to its operators"))
        finally:
            visit.caller.stop()

    async def _admit(self, visit: Visit) -> None:
        if self.role is not None:
            require_role(self._surroundings.keys.identify(credential_of(visit.headers)), self.role)

    def _handler(self, method: str) -> Handler:
        handler = self._handlers.get(method)
        if handler is None:
            raise MethodNotAllowed(f"this path answers {', '.join(self._handlers)}")
        return handler

    def _visit(self, scope: Scope, receive: Receive, send: Send, hangup: asyncio.Timeout) -> Visit:
        around = self._surroundings
        headers = RequestHeaders(scope["headers"])
        dialect = self._dialect or dialect_for(scope["path"], headers)
        trace = TraceSink(around.new_request_id())
        caller = Caller(receive, headers, hangup)
        return Visit(
            path_parameters=scope.get("path_params", {}),
            query=scope.get("query_string", b"").decode("latin-1"),
            headers=headers,
            caller=caller,
            answer=Answer(send, around.wires[dialect], trace, caller),
            trace=trace,
            dialect=dialect,
            wire=around.wires[dialect],
            received_ms=around.clock.now_ms(),
        )


def dialect_for(path: str, headers: RequestHeaders) -> Dialect:
    """Returns the dialect a caller reads on a path that has none of its own: what its SDK sends gives it away."""
    if path.startswith("/v1/messages") or headers.values("anthropic-version"):
        return Dialect.ANTHROPIC_MESSAGES
    return Dialect.OPENAI_CHAT


def log_fault(error: BaseException, request_id: RequestId) -> None:
    """Logs where a defect showed, never what it said: the message of an exception may quote the request."""
    frames = traceback.extract_tb(error.__traceback__)[-5:]
    places = " < ".join(f"{Path(f.filename).name}:{f.lineno}:{f.name}" for f in reversed(frames))
    _logger.error("internal fault request=%s error=%s at=%s", request_id, type(error).__name__, places)
