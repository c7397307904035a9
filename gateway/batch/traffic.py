"""Callers first: a line of a batch begins when few of them wait, or when it has waited long enough itself."""

from __future__ import annotations

import asyncio

from gateway.exchange import Exchange, Pipeline, TraceSink
from gateway.ports import Request


class Traffic:
    """Satisfies `gateway.exchange.Pipeline`: counts the callers whose answers have not begun."""

    def __init__(self, pipeline: Pipeline, *, most: int, wait_s: float) -> None:
        """`most` callers make a line wait, for `wait_s` seconds at most."""
        self._pipeline = pipeline
        self._most = most
        self._wait_s = wait_s
        self._waiting = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    async def run(self, request: Request, trace: TraceSink) -> Exchange:
        """See `Pipeline`."""
        self._count(+1)
        try:
            return await self._pipeline.run(request, trace)
        finally:
            self._count(-1)

    async def quiet(self) -> bool:
        """Returns when a line may begin, and whether that is because callers are few."""
        try:
            async with asyncio.timeout(self._wait_s):
                await self._quiet.wait()
        except TimeoutError:
            return False
        return True

    def _count(self, change: int) -> None:
        self._waiting += change
        if self._waiting < self._most:
            self._quiet.set()
        else:
            self._quiet.clear()
