"""One batch from where it stands to its end: line after line, each of them a request of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from gateway.batch.chronicle import Chronicle
from gateway.batch.leases import Leases
from gateway.batch.nouns import ENDPOINTS, Batch, Lease, Line, Order, Place, Reply, Result
from gateway.batch.progress import Progress, request_id_of, runs
from gateway.batch.results import answered, interrupted
from gateway.clock import Clock
from gateway.types import RequestId


class Sender(Protocol):
    """The whole way of a request, from identity to the last record."""

    async def send(self, order: Order) -> Reply:
        """Returns the answer, be it an error. Never raises for what a request meets."""
        ...

    def interrupted(self, order: Order) -> bytes:
        """Returns the error body for a line that is not sent because it may have been sent before."""
        ...


class Sent(Protocol):
    """What is on record."""

    async def may_have_left(self, request_ids: Iterable[RequestId]) -> bool:
        """Whether any of these requests may have left the gateway. Raises `AuditUnavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class Means:
    """What all batches of a gateway share. `quiet` returns when a line may begin, `slots` are the lines at a time."""

    sender: Sender
    sent: Sent
    chronicle: Chronicle
    quiet: Callable[[], Awaitable[bool]]
    clock: Clock
    slots: asyncio.Semaphore
    tries: int
    pause_s: float
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


class BatchRun:
    """Runs one batch. A slot is waited for line by line, so batches take turns."""

    def __init__(self, place: Place, progress: Progress, leases: Leases, means: Means) -> None:
        self._place = place
        self._progress = progress
        self._leases = leases
        self._means = means

    async def run(self, seen: Lease | None) -> None:
        """Goes on with the batch until it has ended, the gateway stops, or another one has taken it.

        `seen` is the lease that the batch had when it was looked at: if it has changed since, nothing is done.

        Raises `ExceptionGroup` or `GatewayError` when the vault or the log cannot be used. The batch stands where it
        stood and can be run again.
        """
        batch = await self._leases.take(self._place, seen)
        if batch is None or batch.lease is None:
            return
        beating = asyncio.create_task(self._leases.keep(self._place, batch.lease))
        try:
            others = seen is not None and seen.holder != batch.lease.holder
            await self._means.chronicle.taken(self._place.owner, batch, seen.holder if seen and others else "")
            await self._go_on(batch, batch.lease)
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
            if self._means.stopping.is_set():
                await self._leases.give_back(self._place, batch.lease)

    async def _go_on(self, batch: Batch, lease: Lease) -> None:
        await self._end_leftovers(batch)
        await self._send_lines(batch.total, lease)
        if not self._means.stopping.is_set():
            await self._progress.finish(self._place, batch.total, lease)

    async def _end_leftovers(self, batch: Batch) -> None:
        """What was under way when the batch was last left ends now: what may have been sent is not sent again."""
        async for left in self._progress.leftovers(self._place, batch.total):
            tries = self._tries(batch, left.number)
            ours = batch.lease is not None and left.claimant == batch.lease.holder
            if not ours or await self._means.sent.may_have_left(tries):
                body = self._means.sender.interrupted(_order(batch, tries[0], left.line))
                result = interrupted(batch, left.line, tries[0], body)
                await self._progress.settle(self._place, left.number, result)

    async def _send_lines(self, total: int, lease: Lease) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(total):
                if (await self._progress.step(self._place, number)).line is None:
                    continue
                await self._means.quiet()
                if not await self._began(group, number, lease):
                    break

    async def _began(self, group: asyncio.TaskGroup, number: int, lease: Lease) -> bool:
        """Whether the batch goes on, with this line under way: it is looked at again, for it may have waited long."""
        slots, task = self._means.slots, None
        await slots.acquire()
        try:
            if self._means.stopping.is_set():
                return False
            step = await self._progress.claim(self._place, number, lease)
            if step.line is not None:
                task = group.create_task(self._finish_line(step.batch, number, step.line))
                task.add_done_callback(lambda _: slots.release())
        finally:
            if task is None:
                slots.release()
        return runs(step.batch, lease, self._means.clock.now_ms())

    async def _finish_line(self, batch: Batch, number: int, line: Line) -> None:
        await self._progress.settle(self._place, number, await self._result(batch, number, line))

    async def _result(self, batch: Batch, number: int, line: Line) -> Result:
        tries = self._tries(batch, number)
        orders = [_order(batch, request_id, line) for request_id in tries]
        if await self._means.sent.may_have_left(tries):
            return interrupted(batch, line, tries[0], self._means.sender.interrupted(orders[0]))
        reply = await self._means.sender.send(orders[0])
        pause_s = self._means.pause_s
        for order in orders[1:]:
            if not reply.retryable or await self._stopped_within(pause_s) or not await self._goes_on(batch, number):
                break
            pause_s *= 2
            reply = await self._means.sender.send(order)
        return answered(batch, line, reply)

    async def _goes_on(self, batch: Batch, number: int) -> bool:
        """A further try is a further sending: not after the batch was cancelled, taken away, or its window was over."""
        now = (await self._progress.step(self._place, number)).batch
        return batch.lease is not None and runs(now, batch.lease, self._means.clock.now_ms())

    def _tries(self, batch: Batch, number: int) -> list[RequestId]:
        return [request_id_of(batch.id, number, attempt) for attempt in range(self._means.tries)]

    async def _stopped_within(self, pause_s: float) -> bool:
        try:
            async with asyncio.timeout(pause_s):
                await self._means.stopping.wait()
        except TimeoutError:
            return False
        return True


def _order(batch: Batch, request_id: RequestId, line: Line) -> Order:
    return Order(request_id, batch.key_id, ENDPOINTS[batch.endpoint], line.body, batch.said)
