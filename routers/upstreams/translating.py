"""The door to destinations that speak another dialect than the caller: translated on the way out and on the way back.

The permit is spent before anything is translated. What was lost in translation is named in the header
`x-gateway-translation` of the reply.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable

import orjson

from routers.errors import DialectUnsupported, UpstreamCut
from routers.permit import PermitDesk
from routers.speech import spoken
from routers.stream_track import StreamTrack
from routers.types import DestinationId, Dialect, EgressPermit, Ending, Headers, Prompt, Reply, Target
from routers.upstreams.litellm_sdk import LiteLLM, Translated, load_litellm
from routers.upstreams.passthrough import Passthrough
from routers.upstreams.responses_request import chat_of_responses
from routers.upstreams.ways_back import Back, FromChat, FromMessages, ToMessages
from routers.wire import WIRES
from routers.wire.reading import read_object
from routers.wire.sse import SseSplitter

TRANSLATION_HEADER = "x-gateway-translation"
_ANSWER_BYTES = 64 * 1024 * 1024
_HEADERS: dict[Dialect, Headers] = {
    Dialect.ANTHROPIC_MESSAGES: (("anthropic-version", "2023-06-01"),),
    Dialect.OPENAI_CHAT: (),
}


class _ReportedError(Exception):
    """The upstream reported an error inside its stream."""

    def __init__(self, body: bytes) -> None:
        super().__init__("an error inside the stream")
        self.body = body


class Translating:
    """Satisfies `routers.types.Upstream`."""

    def __init__(self, wire_door: Passthrough, desk: PermitDesk, load: Callable[[], LiteLLM] = load_litellm) -> None:
        """`load` is called at most once, in a thread, when the first prompt needs it."""
        self._door = wire_door
        self._desk = desk
        self._load = load
        self._loading = asyncio.Lock()
        self._loaded: LiteLLM | None = None

    async def send(self, target: Target, prompt: Prompt, permit: EgressPermit) -> Reply:
        """See `Upstream.send`. Raises `DialectUnsupported` when the request cannot be said there; nothing was sent."""
        self._desk.redeem(permit, target.destination.id, prompt.body)
        theirs = spoken(prompt.dialect, target.destination.dialects)
        if theirs is None:
            raise DialectUnsupported("the destination speaks no dialect that can be translated to")
        request, back = await self._translated(prompt, theirs, target.model)
        reply = await self._door.post(target, theirs, _HEADERS[theirs], request.body, prompt.salt)
        return _Return(back, target, prompt.dialect, theirs, reply).translate(_note(prompt.dialect, theirs, request))

    async def close(self) -> None:
        """Nothing of its own to close."""

    async def _translated(self, prompt: Prompt, theirs: Dialect, model: str) -> tuple[Translated, Back]:
        """The request in their words, and the way back. Responses are told as chat first, whatever comes then."""
        if prompt.dialect is Dialect.OPENAI_RESPONSES:
            made, dropped = await asyncio.to_thread(chat_of_responses, prompt.body, model)
            request = Translated(orjson.dumps(made), dropped)
            asked = orjson.loads(prompt.body)
            if theirs is Dialect.OPENAI_CHAT:
                return request, FromChat(asked)
            sdk = await self._sdk()
            further = await asyncio.to_thread(sdk.to_anthropic, request.body, model)
            return Translated(further.body, (*dropped, *further.dropped)), FromChat(asked, FromMessages(sdk))
        sdk = await self._sdk()
        if theirs is Dialect.ANTHROPIC_MESSAGES:
            return await asyncio.to_thread(sdk.to_anthropic, prompt.body, model), FromMessages(sdk)
        return await asyncio.to_thread(sdk.to_openai, prompt.body, model), ToMessages(sdk, model)

    async def _sdk(self) -> LiteLLM:
        async with self._loading:
            if self._loaded is None:
                self._loaded = await asyncio.to_thread(self._load)
            return self._loaded


class _Return:
    """One reply on its way back into the caller's dialect."""

    def __init__(self, back: Back, target: Target, ours: Dialect, theirs: Dialect, reply: Reply) -> None:
        self._back = back
        self._place: DestinationId = target.destination.id
        self._ours = ours
        self._theirs = theirs
        self._reply = reply

    def translate(self, note: tuple[str, str]) -> Reply:
        reply = self._reply
        if reply.status == 200 and _content_type(reply).startswith("text/event-stream"):
            stream = self._stream()

            async def close() -> None:
                await stream.aclose()
                await reply.close()

            return Reply(reply.status, (*reply.headers, note), stream, close)
        return Reply(reply.status, (*reply.headers, note), self._whole(), reply.close)

    async def _whole(self) -> AsyncGenerator[bytes, None]:
        """An answer in one piece. What is no answer is handed on as it is: whoever judges it needs it so."""
        body = await self._read()
        content = read_object(body)
        if content is None:
            yield body
        elif self._reply.status != 200 or "error" in content or content.get("type") == "error":
            yield _error_body(self._ours, content)
        else:
            try:
                yield self._back.whole(content)
            except self._back.errors:
                raise UpstreamCut(self._place, Ending.GARBLED) from None

    async def _read(self) -> bytes:
        pieces: list[bytes] = []
        size_bytes = 0
        async for piece in self._reply.chunks:
            pieces.append(piece)
            size_bytes += len(piece)
            if size_bytes > _ANSWER_BYTES:
                raise UpstreamCut(self._place, Ending.GARBLED)
        return b"".join(pieces)

    async def _stream(self) -> AsyncGenerator[bytes, None]:
        """A streamed answer. Its end mark is only ever written when the upstream wrote its own."""
        try:
            async for piece in self._back.stream(self._events()):
                yield piece
        except _ReportedError as reported:
            yield self._error_event(reported.body)
        except self._back.errors:
            raise UpstreamCut(self._place, Ending.GARBLED) from None

    async def _events(self) -> AsyncIterator[dict[str, object]]:
        track, splitter = StreamTrack(WIRES[self._theirs]), SseSplitter()
        async for piece in self._reply.chunks:
            for event in splitter.feed(track.feed(piece)):
                content = read_object(event.data or b"")
                if content is not None:
                    yield content
            if track.broken is Ending.FAILED:
                raise _ReportedError(track.watch.error_body or b"{}")
            if track.broken is not None:
                raise UpstreamCut(self._place, track.broken)
        ending = track.ending_at_eof()
        if ending is not Ending.COMPLETE:
            raise UpstreamCut(self._place, ending)

    def _error_event(self, body: bytes) -> bytes:
        name = b"event: error\n" if self._ours is Dialect.ANTHROPIC_MESSAGES else b""
        return name + b"data: " + _error_body(self._ours, read_object(body) or {}) + b"\n\n"


def _note(ours: Dialect, theirs: Dialect, request: Translated) -> tuple[str, str]:
    dropped = f"; dropped={','.join(request.dropped)}" if request.dropped else ""
    return TRANSLATION_HEADER, f"{ours.value} to {theirs.value}{dropped}"


def _error_body(ours: Dialect, content: dict[str, object]) -> bytes:
    """The upstream's error in the caller's dialect, its type, code and message kept: the signatures read them."""
    error = content.get("error")
    fields = dict(error) if isinstance(error, dict) else {"message": str(error or content.get("message") or "")}
    if ours is not Dialect.ANTHROPIC_MESSAGES:
        return orjson.dumps({"error": {"param": None, "code": None, "type": "api_error"} | fields})
    kind = fields.get("type") or "api_error"
    return orjson.dumps({"type": "error", "error": fields | {"type": kind}})


def _content_type(reply: Reply) -> str:
    return next((value for name, value in reply.headers if name == "content-type"), "")
