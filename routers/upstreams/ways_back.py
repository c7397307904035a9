"""From a destination's dialect back into the caller's, one class a way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Protocol

import orjson

from routers.upstreams.litellm_sdk import Json, LiteLLM
from routers.upstreams.responses_answer import ResponseTale, response_of_chat
from routers.wire.reading import read_object
from routers.wire.sse import SseSplitter

_UNREADABLE: tuple[type[Exception], ...] = (ValueError, TypeError, KeyError, AttributeError)


class Back(Protocol):
    """One answer on its way back. `errors` are what its methods raise for an answer that is none."""

    errors: tuple[type[Exception], ...]

    def whole(self, content: Json) -> bytes:
        """Returns a whole answer."""
        ...

    def stream(self, events: AsyncIterator[Json]) -> AsyncIterator[bytes]:
        """Yields a streamed answer. Its end mark is written once `events` has ended without raising."""
        ...


class FromMessages:
    """Messages into Chat Completions."""

    def __init__(self, sdk: LiteLLM) -> None:
        self.errors: tuple[type[Exception], ...] = sdk.errors
        self._sdk = sdk

    def whole(self, content: Json) -> bytes:
        """See `Back`."""
        return self._sdk.answer_to_openai(content)

    def stream(self, events: AsyncIterator[Json]) -> AsyncIterator[bytes]:
        """See `Back`."""
        return self._sdk.stream_to_openai(events)


class ToMessages:
    """Chat Completions into Messages."""

    def __init__(self, sdk: LiteLLM, model: str) -> None:
        self.errors: tuple[type[Exception], ...] = sdk.errors
        self._sdk = sdk
        self._model = model

    def whole(self, content: Json) -> bytes:
        """See `Back`."""
        return self._sdk.answer_to_anthropic(content)

    def stream(self, events: AsyncIterator[Json]) -> AsyncIterator[bytes]:
        """See `Back`."""
        return self._sdk.stream_to_anthropic(events, self._model)


class FromChat:
    """Chat Completions into Responses; with `first`, what becomes Chat Completions only by that."""

    def __init__(self, asked: Mapping[str, object], first: FromMessages | None = None) -> None:
        """`asked` is the request as it left, of which a response repeats a part."""
        self.errors = first.errors if first else _UNREADABLE
        self._asked = asked
        self._first = first

    def whole(self, content: Json) -> bytes:
        """See `Back`."""
        chat = content if self._first is None else orjson.loads(self._first.whole(content))
        return response_of_chat(chat, self._asked)

    async def stream(self, events: AsyncIterator[Json]) -> AsyncIterator[bytes]:
        """See `Back`."""
        tale = ResponseTale(self._asked)
        async for chunk in events if self._first is None else _chunks(self._first.stream(events)):
            for event in tale.tell(chunk):
                yield event
        for event in tale.end():
            yield event


async def _chunks(pieces: AsyncIterator[bytes]) -> AsyncIterator[Mapping[str, object]]:
    splitter = SseSplitter()
    async for piece in pieces:
        for event in splitter.feed(piece):
            content = read_object(event.data or b"")
            if content is not None:
                yield content
