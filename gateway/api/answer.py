"""The answer to one request: begun once, whole or streamed, and honest about how it ended.

Every answer names the request, the destination, the decision and the audit record. An error before the first byte is
an HTTP error; after it, a typed event inside the stream, with no end mark behind it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import Send

from gateway.api.caller import Caller
from gateway.errors import GatewayError
from gateway.exchange import Exchange, Trace, TraceSink
from routers.provenance import HEADER as PROVENANCE
from routers.provenance import provenance_of
from routers.types import Headers
from routers.wire.dialect import Wire
from routers.wire.sse import SseSplitter

RETRY_AFTER_S = 2
"""What a caller is told to wait after a refusal that may pass."""
NOT_KNOWN = "none"
"""The value of a trace header when the call did not get that far."""
_JSON: Headers = (("content-type", "application/json"),)
_ALWAYS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
_STREAM_ONLY: Headers = (("x-accel-buffering", "no"),)
_KEPT = frozenset({"content-type", "retry-after", "retry-after-ms", "x-should-retry"})
_KEPT_PREFIXES = ("anthropic-ratelimit-", "x-ratelimit-")
_UPSTREAM_REQUEST_ID = frozenset({"request-id", "x-request-id"})


class Answer:
    """One answer on one connection."""

    def __init__(self, send: Send, wire: Wire, trace: TraceSink, caller: Caller) -> None:
        self._send = send
        self._wire = wire
        self._trace = trace
        self._caller = caller
        self._begun = False
        self._content = False

    async def json(self, body: bytes, status: int = 200) -> None:
        """Answers with a JSON document of our own."""
        await self._whole(status, _JSON, body, self._trace.freeze())

    async def content(self, media_type: str, pieces: AsyncIterator[bytes]) -> None:
        """Answers with a document in pieces. One that breaks off has no end, so nobody takes it for whole."""
        first = await anext(pieces, b"")
        self._content = True
        await self._start(200, (("content-type", media_type),), self._trace.freeze())
        await self._body(first, more=True)
        async for piece in pieces:
            await self._body(piece, more=True)
        await self._body(b"", more=False)

    async def exchange(self, exchange: Exchange) -> None:
        """Answers with what the pipeline returned."""
        headers = passed_back(exchange.headers)
        if exchange.chunks is None:
            await self._whole(exchange.status, headers, exchange.body or b"", exchange.trace)
            return
        async with closing(exchange.chunks) as chunks:
            # Started before anything here can be cancelled: the generator's `finally` closes the upstream, and a
            # generator that never ran runs none.
            first = await anext(chunks, b"")
            await self._start(exchange.status, (*headers, *_STREAM_ONLY), exchange.trace)
            await self._relay(first, chunks)

    async def fail(self, error: GatewayError, extra: Headers = ()) -> None:
        """Answers with an error in the caller's dialect, inside the stream if one has begun."""
        status, code, message, request_id = error.status, error.code, str(error), self._trace.request_id
        if self._content:
            return
        if self._begun:
            event = self._wire.error_event(status=status, code=code, message=message, request_id=request_id)
            await self._body(event, more=False)
            return
        body = self._wire.error_body(status=status, code=code, message=message, request_id=request_id)
        await self._whole(status, (*_JSON, *_error_headers(error), *extra), body, self._trace.freeze())

    async def _whole(self, status: int, headers: Headers, body: bytes, trace: Trace) -> None:
        sized = (*headers, ("content-length", str(len(body))))
        if not self._caller.unread:
            await self._start(status, sized, trace)
            await self._body(body, more=False)
            return
        # What is left of the request would be taken in for nothing: say all there is to say, then end the connection.
        await self._start(status, (*sized, ("connection", "close")), trace)
        await self._body(body, more=True)
        await self._caller.drain()
        await self._body(b"", more=False)

    async def _relay(self, first: bytes, rest: AsyncIterator[bytes]) -> None:
        # Cut at event boundaries: after half an event an error event could not be read. An event is of no use before
        # the blank line that ends it, so this delays nobody.
        splitter = SseSplitter()
        if whole := _whole_events(splitter, first):
            await self._body(whole, more=True)
        async for chunk in rest:
            if whole := _whole_events(splitter, chunk):
                await self._body(whole, more=True)
        await self._body(splitter.rest(), more=False)

    async def _start(self, status: int, headers: Headers, trace: Trace) -> None:
        self._begun = True
        raw = [*_encoded(headers + _trace_headers(trace)), *_ALWAYS]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def _body(self, body: bytes, *, more: bool) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": more})


def _whole_events(splitter: SseSplitter, chunk: bytes) -> bytes:
    if splitter.empty and chunk.endswith(b"\n\n"):
        return chunk
    return b"".join([event.raw for event in splitter.feed(chunk)])


def _trace_headers(trace: Trace) -> Headers:
    return (
        ("x-gateway-request-id", trace.request_id),
        # Where the official SDKs look for the id that they show in an exception: OpenAI's, then Anthropic's.
        ("x-request-id", trace.request_id),
        ("request-id", trace.request_id),
        ("x-gateway-destination", trace.destination or NOT_KNOWN),
        ("x-gateway-decision", trace.decision or NOT_KNOWN),
        ("x-audit-record", trace.record or NOT_KNOWN),
    )


def passed_back(headers: Headers) -> Headers:
    """Returns the upstream's headers that a caller may see. Everything else, cookies and servers' names, stays here."""
    kept: list[tuple[str, str]] = []
    for name, value in headers:
        stated = name == PROVENANCE and provenance_of(((name, value),)) == value
        if stated or name in _KEPT or name.startswith(_KEPT_PREFIXES):
            kept.append((name, value))
        elif name in _UPSTREAM_REQUEST_ID:
            kept.append(("x-upstream-request-id", value))
    return tuple(kept)


def _error_headers(error: GatewayError) -> Headers:
    # Both official SDKs obey x-should-retry; without it they repeat every 5xx, also the ones that cannot get better.
    headers: list[tuple[str, str]] = [("x-should-retry", "true" if error.retryable else "false")]
    if error.retryable and error.status == 503:
        headers.append(("retry-after", str(RETRY_AFTER_S)))
    if error.status == 401:
        headers.append(("www-authenticate", "Bearer"))
    return tuple(headers)


def _encoded(headers: Headers) -> list[tuple[bytes, bytes]]:
    # A value with a control character could end the header early; nobody may say anything in our name.
    return [
        (name.encode("ascii"), value.encode("latin-1", "replace")) for name, value in headers if value.isprintable()
    ]


@asynccontextmanager
async def closing(chunks: AsyncIterator[bytes]) -> AsyncIterator[AsyncIterator[bytes]]:
    """Closes a streamed answer in the end, which cancels its upstream. Whoever enters must take the first piece."""
    try:
        yield chunks
    finally:
        close = getattr(chunks, "aclose", None)
        if close is not None:
            await close()
