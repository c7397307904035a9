"""Lines of batches wait for callers, but not for ever."""

from __future__ import annotations

import asyncio

import pytest

from gateway.batch.traffic import Traffic
from gateway.errors import InternalFault
from gateway.exchange import Exchange, TraceSink
from gateway.ports import Request
from gateway.types import Call, Identity, RequestId


class Held:
    """A pipeline that answers when it is told."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.fails = False

    async def run(self, request: Request, trace: TraceSink) -> Exchange:
        await self.go.wait()
        if self.fails:
            raise InternalFault("a test")
        return Exchange(200, (), trace.freeze(), body=b"{}")


class Nothing:
    """A request that is never read."""

    credential = None

    async def read(self, identity: Identity) -> Call:
        raise InternalFault("nothing is read here")


def callers(traffic: Traffic, count: int) -> list[asyncio.Task[Exchange]]:
    return [asyncio.create_task(traffic.run(Nothing(), TraceSink(RequestId(f"r{n}")))) for n in range(count)]


@pytest.mark.parametrize("fails", [False, True])
async def test_a_line_begins_when_fewer_callers_wait(fails: bool) -> None:
    held = Held()
    held.fails = fails
    traffic = Traffic(held, most=2, wait_s=20)
    assert await traffic.quiet()
    waiting = callers(traffic, 2)
    await asyncio.sleep(0)
    line = asyncio.create_task(traffic.quiet())
    await asyncio.sleep(0.02)
    assert not line.done()
    held.go.set()
    assert await line
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_line_does_not_wait_longer_than_it_may() -> None:
    held = Held()
    traffic = Traffic(held, most=1, wait_s=0.01)
    (waiting,) = callers(traffic, 1)
    await asyncio.sleep(0)
    assert not await traffic.quiet()
    held.go.set()
    await waiting
    assert await traffic.quiet()
