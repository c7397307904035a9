"""One batch from where it stands to its end: line after line, each of them a request of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from gateway.batch.nouns import ENDPOINTS, Batch, Line, Order, Reply, Result, State
from gateway.batch.progress import Place, Progress, request_id_of
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
    quiet: Callable[[], Awaitable[bool]]
    clock: Clock
    slots: asyncio.Semaphore
    tries: int
    pause_s: float
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


class BatchRun:
    """Runs one batch. A slot is waited for line by line, so batches take turns."""

    def __init__(self, place: Place, progress: Progress, means: Means) -> None:
        self._place = place
        self._progress = progress
        self._means = means

    async def run(self, batch: Batch) -> None:
        """Goes on with the batch until it has ended, or the gateway stops.

        Raises `ExceptionGroup` or `GatewayError` when the vault or the log cannot be used. The batch stands where it
        stood and can be run again.
        """
        await self._progress.begin(self._place)
        await self._send_lines(batch.total)
        if not self._means.stopping.is_set():
            await self._progress.finish(self._place, batch.total)

    async def _send_lines(self, total: int) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(total):
                if (await self._progress.step(self._place, number)).line is None:
                    continue
                await self._means.quiet()
                if not await self._began(group, number):
                    break

    async def _began(self, group: asyncio.TaskGroup, number: int) -> bool:
        """Whether the line is under way: the batch is looked at once more, for it may have waited long."""
        slots, task = self._means.slots, None
        await slots.acquire()
        try:
            step = await self._progress.step(self._place, number)
            if step.line is not None and self._goes_on(step.batch):
                task = group.create_task(self._finish_line(step.batch, number, step.line))
                task.add_done_callback(lambda _: slots.release())
        finally:
            if task is None:
                slots.release()
        return task is not None

    def _goes_on(self, batch: Batch) -> bool:
        return (
            batch.state is State.RUNNING
            and self._means.clock.now_ms() < batch.deadline_ms
            and not self._means.stopping.is_set()
        )

    async def _finish_line(self, batch: Batch, number: int, line: Line) -> None:
        await self._progress.settle(self._place, number, await self._result(batch, number, line))

    async def _result(self, batch: Batch, number: int, line: Line) -> Result:
        tries = [request_id_of(batch.id, number, attempt) for attempt in range(self._means.tries)]
        orders = [_order(batch, request_id, line) for request_id in tries]
        if await self._means.sent.may_have_left(tries):
            return interrupted(batch, line, tries[0], self._means.sender.interrupted(orders[0]))
        reply = await self._means.sender.send(orders[0])
        pause_s = self._means.pause_s
        for order in orders[1:]:
            if not reply.retryable or await self._stopped_within(pause_s) or not await self._still_goes_on(number):
                break
            pause_s *= 2
            reply = await self._means.sender.send(order)
        return answered(batch, line, reply)

    async def _still_goes_on(self, number: int) -> bool:
        """A further try is a further sending: not after the batch was cancelled or its window was over."""
        return self._goes_on((await self._progress.step(self._place, number)).batch)

    async def _stopped_within(self, pause_s: float) -> bool:
        try:
            async with asyncio.timeout(pause_s):
                await self._means.stopping.wait()
        except TimeoutError:
            return False
        return True


def _order(batch: Batch, request_id: RequestId, line: Line) -> Order:
    return Order(request_id, batch.key_id, ENDPOINTS[batch.endpoint], line.body, batch.said)
