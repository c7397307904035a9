"""A streamed answer under way: relayed, restored, and honest about how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self

from routers.attempt import Attempt
from routers.errors import UpstreamCut
from routers.failover import StreamRestorer
from routers.stream_track import StreamTrack
from routers.types import Ending, Reply


class LiveAnswer:
    """Satisfies `routers.failover.AnswerStream`."""

    def __init__(
        self,
        attempt: Attempt,
        reply: Reply,
        track: StreamTrack,
        head: bytes,
        *,
        is_late: Callable[[], bool],
        conclude: Callable[[Attempt, Ending, bytes | None], Awaitable[None]],
    ) -> None:
        """Goes on from `head`, the events already taken.

        `is_late` tells whether the total time is over. `conclude` settles the attempt: it gets how the answer ended and
        the error found inside it, if any.
        """
        self._attempt = attempt
        self._reply = reply
        self._track = track
        self._is_late = is_late
        self._conclude = conclude
        self._restorer: StreamRestorer = attempt.gate.restorer(attempt.admission)
        self._ready = self._restorer.feed(head)
        self._over = False
        self._kept = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """Returns the next events. See `AnswerStream`."""
        try:
            return await self._next()
        except UpstreamCut as cut:
            await self._end(cut.ending)
            raise
        except asyncio.CancelledError:
            await self._end(Ending.CLIENT_CLOSED)
            raise
        except StopAsyncIteration:
            raise
        except BaseException:
            await self._end(Ending.UNKNOWN)
            raise

    async def aclose(self) -> None:
        """Cancels the upstream unless the answer was complete, and settles the attempt. See `AnswerStream`."""
        await self._end(Ending.COMPLETE if self._track.watch.complete else Ending.CLIENT_CLOSED)

    async def _next(self) -> bytes:
        while not self._ready:
            if self._over:
                raise StopAsyncIteration
            if self._track.broken is not None:
                raise self._cut(self._track.broken)
            self._ready = await self._more()
        await self._keep()
        ready, self._ready = self._ready, b""
        return ready

    async def _keep(self) -> None:
        """What the destination keeps is known here before the caller can ask for it."""
        ids = self._track.watch.kept_ids
        if len(ids) != self._kept:
            self._kept = len(ids)
            await self._attempt.gate.keep(self._attempt.admission, ids)

    async def _more(self) -> bytes:
        """The next bytes to show. Once the end mark has come, an upstream that breaks or says no more is complete."""
        complete = self._track.watch.complete
        try:
            piece = await anext(self._reply.chunks, None)
        except UpstreamCut:
            if not complete:
                raise
            piece = None
        if piece is None:
            return await self._finish()
        self._attempt.received(piece)
        if self._is_late():
            raise self._cut(Ending.STALLED)
        return self._restorer.feed(self._track.feed(piece))

    async def _finish(self) -> bytes:
        ending = self._track.ending_at_eof()
        if ending is not Ending.COMPLETE:
            raise self._cut(ending)
        rest = self._restorer.finish()
        await self._end(ending)
        return rest

    def _cut(self, ending: Ending) -> UpstreamCut:
        return UpstreamCut(self._attempt.admission.target.destination.id, ending)

    async def _end(self, ending: Ending) -> None:
        if self._over:
            return
        self._over = True
        watch, attempt = self._track.watch, self._attempt
        attempt.usage, attempt.model_returned = watch.usage, watch.model
        try:
            await self._reply.close()
        finally:
            await self._conclude(attempt, ending, watch.error_body)
