"""Server-sent events whose source is closed when the client leaves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from typing import TypeVar

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

T = TypeVar("T")


def event(data: Mapping[str, object], name: str | None = None) -> bytes:
    """Returns one event with a JSON object."""
    head = b"" if name is None else b"event: " + name.encode() + b"\n"
    return head + b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


class EventStream:
    """An ASGI response. Its events are closed however it ends."""

    def __init__(self, events: AsyncGenerator[bytes, None], headers: Mapping[str, str]) -> None:
        self._events = events
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends every event as it comes; ends when the client has left."""
        del scope
        sending = asyncio.ensure_future(self._send(send))
        leaving = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            if not sending.done():
                sending.cancel()
            with suppress(asyncio.CancelledError):
                await sending
            await self._events.aclose()

    async def _send(self, send: Send) -> None:
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")]
        headers += [(name.encode(), value.encode()) for name, value in self._headers.items()]
        async with aclosing(self._events) as events:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            async for item in events:
                await send({"type": "http.response.body", "body": item, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


class ClientLeft(Exception):
    """Nobody waits for the answer any more."""


async def while_connected(request: Request, work: AsyncGenerator[T, None], most: int = -1) -> list[T]:
    """Returns what the work yields; with `most`, so many items at most, and the work stays open.

    Raises:
        ClientLeft: the client left first; the work is closed.
    """
    gathering = asyncio.ensure_future(_gather(work, most))
    leaving = asyncio.ensure_future(_left(request.receive))
    try:
        await asyncio.wait({gathering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if gathering.done():
            return gathering.result()
        raise ClientLeft
    finally:
        leaving.cancel()
        if not gathering.done():
            gathering.cancel()
            with suppress(asyncio.CancelledError):
                await gathering
            await work.aclose()


async def _gather(work: AsyncGenerator[T, None], most: int) -> list[T]:
    found: list[T] = []
    async for item in work:
        found.append(item)
        if len(found) == most:
            break
    return found


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
