"""The caller's end of one connection: the body as it arrives, and the moment the caller hangs up."""

from __future__ import annotations

import asyncio

from starlette.types import Receive

from gateway.api.headers import RequestHeaders
from gateway.errors import BodyIncomplete, BodyTooLarge, MalformedBody

DRAIN_BYTES = 262_144
"""How much of a refused body is still taken in, so that a caller who is busy sending gets to read the answer."""
_DRAIN_S = 0.5


class Caller:
    """Reads the body once, then watches for the caller to hang up. One per request.

    `hangup` is a timeout scope around everything done for this request: when the caller goes, it fires.
    """

    def __init__(self, receive: Receive, headers: RequestHeaders, hangup: asyncio.Timeout) -> None:
        self._receive = receive
        self._hangup = hangup
        self._watcher: asyncio.Task[None] | None = None
        lengths = headers.values("content-length")
        self._length = lengths[0] if lengths else None
        self.unread = bool(headers.values("transfer-encoding")) or self._length not in (None, "0")

    async def body(self, *, limit_bytes: int, within_s: float) -> bytes:
        """Returns the whole body.

        Raises:
            BodyTooLarge: it is declared or found to be larger than the limit; the rest is not read.
            BodyIncomplete: it did not arrive within the time, or the caller went away.
        """
        self._check_declared(limit_bytes)
        try:
            async with asyncio.timeout(within_s):
                body = await self._read(limit_bytes)
        except TimeoutError:
            raise BodyIncomplete(f"the body did not arrive within {within_s:g} s") from None
        self.unread = False
        return body

    def watch(self) -> None:
        """Starts to watch for the caller to hang up. Only after the body has been read: there is one receiver."""
        self._watcher = asyncio.get_running_loop().create_task(self._until_gone())

    def stop(self) -> None:
        """Stops watching."""
        if self._watcher is not None:
            self._watcher.cancel()

    async def drain(self) -> None:
        """Takes in a little more of a body that was refused, and no more than that."""
        taken = 0
        try:
            async with asyncio.timeout(_DRAIN_S):
                while taken < DRAIN_BYTES:
                    message = await self._receive()
                    if not message.get("more_body", False):
                        return
                    taken += len(message.get("body", b""))
        except TimeoutError:
            return

    def _check_declared(self, limit_bytes: int) -> None:
        if self._length is None:
            return
        if not (self._length.isascii() and self._length.isdigit()):
            raise MalformedBody("content-length is not a number")
        if int(self._length) > limit_bytes:
            raise _too_large(limit_bytes)

    async def _read(self, limit_bytes: int) -> bytes:
        pieces: list[bytes] = []
        size_bytes = 0
        while True:
            message = await self._receive()
            if message["type"] != "http.request":
                raise BodyIncomplete("the body ended early")
            piece: bytes = message.get("body", b"")
            size_bytes += len(piece)
            if size_bytes > limit_bytes:
                raise _too_large(limit_bytes)
            pieces.append(piece)
            if not message.get("more_body", False):
                return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._hangup.reschedule(asyncio.get_running_loop().time())


def _too_large(limit_bytes: int) -> BodyTooLarge:
    return BodyTooLarge(f"the body is larger than {limit_bytes} bytes")
