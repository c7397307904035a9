"""The door to destinations that speak the caller's dialect: bytes in, bytes out.

The body leaves as it was masked, but for the model's name; the answer is relayed as it comes. The permit is spent
before a connection is touched. Nothing of the caller's connection leaks: only the dialect's own headers are sent on.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from io import BytesIO

import aiohttp

from routers.errors import EgressForbidden, UpstreamCut, UpstreamUnreachable
from routers.permit import PermitDesk
from routers.provenance import HEADER as PROVENANCE
from routers.types import DestinationId, Dialect, EgressPermit, Ending, Headers, Prompt, Reply, Target
from routers.upstreams.endpoint import Endpoint, endpoint_url
from routers.wire import WIRES
from routers.wire.cache_salt import SALTED, with_salt
from routers.wire.m3_answers import MINIMAX_M3, M3Answers
from routers.wire.model_name import with_model
from routers.wire.state_request import read_state_request

_LARGE_BYTES = 1024 * 1024
"""Bodies above this are written in pieces, so that one of them does not hold up the event loop."""
_ERROR_BYTES = 1024 * 1024
"""Most bytes of an error's body that are read."""
_RETURNED_HEADERS = frozenset({"content-type", "retry-after", "request-id", "x-request-id", PROVENANCE})
_USER_AGENT = ("user-agent", "sovereign-llm-gateway")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a connection may be quiet, in seconds, and how many may be open at once."""

    connect_s: float = 10.0
    idle_s: float = 60.0
    connections: int = 1_000
    keep_alive_s: float = 30.0


@dataclass(frozen=True, slots=True)
class _Outgoing:
    """What goes to an address: method, what is added to the address, body."""

    method: str
    suffix: str
    body: bytes = field(repr=False)


def open_session(patience: Patience) -> aiohttp.ClientSession:
    """Returns the one client session of a process. To be called inside the running loop, and closed there.

    It verifies TLS, follows no proxy of the environment, keeps no cookies and decodes nothing.
    """
    connector = aiohttp.TCPConnector(
        limit=patience.connections, keepalive_timeout=patience.keep_alive_s, ssl=_verifying()
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, connect=patience.connect_s, sock_connect=patience.connect_s),
        trust_env=False,
        auto_decompress=False,
        raise_for_status=False,
        skip_auto_headers=("accept", "user-agent"),
        requote_redirect_url=False,
    )


@cache
def _verifying() -> ssl.SSLContext:
    """The context of every session of this process: the authorities that it trusts are some 150 certificates, 1 MB."""
    return ssl.create_default_context()


class Passthrough:
    """Satisfies `routers.types.Upstream` for a destination that speaks the dialect of the prompt."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        endpoints: Mapping[DestinationId, Endpoint],
        desk: PermitDesk,
        patience: Patience,
    ) -> None:
        """Prepares every URL and key header once.

        Raises:
            CatalogError: a base URL is malformed.
        """
        self._session = session
        self._desk = desk
        self._idle_s = patience.idle_s
        self._credentials = {place: endpoint.credential.encode() for place, endpoint in endpoints.items()}
        self._places: dict[tuple[DestinationId, Dialect], tuple[str, Headers]] = {
            (place, dialect): (endpoint_url(endpoint, wire.path), _own_headers(dialect, endpoint))
            for place, endpoint in endpoints.items()
            for dialect, wire in WIRES.items()
        }

    async def send(self, target: Target, prompt: Prompt, permit: EgressPermit) -> Reply:
        """Spends the permit, sends one attempt and returns once the status line is known.

        The chunks of the reply raise `UpstreamCut` when the connection breaks or stays silent for `Patience.idle_s`.
        The body of an error is read whole, up to 1 MiB, and never holds the destination's key.

        Raises:
            EgressForbidden: the permit is missing, spent, for another destination or body, or nothing is configured.
            UpstreamUnreachable: no connection, or it broke before the status line.
        """
        self._desk.redeem(permit, target.destination.id, prompt.body)
        if prompt.dialect is Dialect.OPENAI_STORED:
            asked = read_state_request(prompt.body)
            return await self._exchange(target, prompt.dialect, (), _Outgoing(asked.method, asked.suffix, b""))
        body = with_model(prompt.body, target.model)
        return await self.post(target, prompt.dialect, prompt.headers, body, prompt.salt)

    async def post(self, target: Target, dialect: Dialect, headers: Headers, body: bytes, salt: str) -> Reply:
        """Sends a body whose permit has been spent. For the doors of this package only. Raises as `send` does."""
        if salt and dialect in SALTED:
            body = with_salt(body, salt)
        reply = await self._exchange(target, dialect, headers, _Outgoing("POST", "", body))
        raw = target.destination.answer_format == MINIMAX_M3 and dialect is Dialect.OPENAI_CHAT
        return _told_apart(reply, body) if raw and reply.status == 200 else reply

    async def _exchange(self, target: Target, dialect: Dialect, headers: Headers, outgoing: _Outgoing) -> Reply:
        place = target.destination.id
        prepared = self._places.get((place, dialect))
        if prepared is None:
            raise EgressForbidden("no endpoint is configured for the destination")
        url, own = prepared
        response = await self._request(place, url, _with_forwarded(own, dialect, headers), outgoing)
        self._watch_silence(response)
        return await self._reply(place, response)

    async def close(self) -> None:
        """Closes every pooled connection."""
        await self._session.close()

    async def _request(
        self, place: DestinationId, url: str, headers: Headers, outgoing: _Outgoing
    ) -> aiohttp.ClientResponse:
        body, address = outgoing.body, url + outgoing.suffix
        data = BytesIO(body) if len(body) > _LARGE_BYTES else body or None
        try:
            return await self._session.request(
                outgoing.method, address, data=data, headers=headers, allow_redirects=False
            )
        except aiohttp.ClientConnectorCertificateError:
            raise UpstreamUnreachable(place, "its certificate is not valid", sent=False) from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise UpstreamUnreachable(place, "no connection", sent=False) from None
        except TimeoutError:
            raise UpstreamUnreachable(place, "no answer in time", sent=True) from None
        except (aiohttp.ClientError, OSError):
            raise UpstreamUnreachable(place, "the connection broke before an answer", sent=True) from None

    def _watch_silence(self, response: aiohttp.ClientResponse) -> None:
        """From here on the connection may not be silent for longer. aiohttp rearms this timer with every piece."""
        protocol = response.connection.protocol if response.connection is not None else None
        if protocol is not None:
            protocol.read_timeout = self._idle_s
            protocol.start_timeout()

    async def _reply(self, place: DestinationId, response: aiohttp.ClientResponse) -> Reply:
        async def close() -> None:
            response.close()

        pieces: AsyncIterator[bytes] = _Pieces(place, response)
        if response.status >= 400:
            try:
                pieces = _One(await self._read_error(place, pieces))
            finally:
                response.close()  # does nothing to a connection whose answer has been read to its end
        returned = tuple((k.lower(), v) for k, v in response.headers.items() if k.lower() in _RETURNED_HEADERS)
        return Reply(status=response.status, headers=returned, chunks=pieces, close=close)

    async def _read_error(self, place: DestinationId, pieces: AsyncIterator[bytes]) -> bytes:
        """Some providers echo the key in the error, so it is removed here, where it is known. A cut body will do."""
        body = b""
        try:
            async for piece in pieces:
                body += piece
                if len(body) > _ERROR_BYTES:
                    body = body[:_ERROR_BYTES]
                    break
        except UpstreamCut:
            pass
        credential = self._credentials[place]
        return body.replace(credential, b"[credential]") if credential else body


class _Pieces:
    """The bytes of an answer as they arrive."""

    __slots__ = ("_content", "_place")

    def __init__(self, place: DestinationId, response: aiohttp.ClientResponse) -> None:
        self._place = place
        self._content = response.content

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            piece = await self._content.readany()
        except TimeoutError:
            raise UpstreamCut(self._place, Ending.STALLED) from None
        except (aiohttp.ClientError, OSError):
            raise UpstreamCut(self._place, Ending.CUT) from None
        if not piece:
            raise StopAsyncIteration
        return piece


class _One:
    """A body that is already here."""

    __slots__ = ("_body",)

    def __init__(self, body: bytes) -> None:
        self._body = body

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        body, self._body = self._body, b""
        if not body:
            raise StopAsyncIteration
        return body


def _told_apart(reply: Reply, asked: bytes) -> Reply:
    """The reply with its thinking and calls out of its text."""
    answers = M3Answers(asked)
    streamed = any(k == "content-type" and v.startswith("text/event-stream") for k, v in reply.headers)
    return replace(reply, chunks=(answers.stream if streamed else answers.whole)(reply.chunks))


def _own_headers(dialect: Dialect, endpoint: Endpoint) -> Headers:
    auth = WIRES[dialect].auth_headers(endpoint.credential) if endpoint.credential else ()
    return (("content-type", "application/json"), ("accept-encoding", "identity"), _USER_AGENT, *auth)


def _with_forwarded(own: Headers, dialect: Dialect, headers: Headers) -> Headers:
    """Our own headers win over the caller's of the same name, so no caller can choose a credential or an encoding."""
    if not headers:
        return own
    taken = {name for name, _ in own}
    allowed = WIRES[dialect].forwarded_headers
    return (*own, *((name, value) for name, value in headers if name in allowed and name not in taken))
