"""One admitted attempt: what is known of it, and that it is settled exactly once, whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TypeVar

from routers.failover import Admission, Gate
from routers.types import AttemptOutcome, Ending, Failure, Usage

T = TypeVar("T")


async def run_to_end(work: Coroutine[object, object, T]) -> tuple[asyncio.Task[T], bool]:
    """Returns the finished task, and whether the caller of this function was cancelled meanwhile.

    A caller who hangs up must not leave an attempt half recorded, so cancellation waits here until the work is done.
    """
    task = asyncio.get_running_loop().create_task(work)
    cancelled = False
    while not task.done():
        done = (
            task.get_loop().create_future()
        )  # `asyncio.wait` does the same for any number of tasks, at twice the cost
        wake = partial(_wake, done)
        task.add_done_callback(wake)
        try:
            await done
        except asyncio.CancelledError:
            cancelled = True
            task.remove_done_callback(wake)
    return task, cancelled


def _wake(sleeper: asyncio.Future[None], task: asyncio.Task[T]) -> None:
    del task
    if not sleeper.done():
        sleeper.set_result(None)


class Attempt:
    """An attempt whose record is durable. Whoever opens one settles it; later calls of `settle` change nothing."""

    def __init__(self, gate: Gate, admission: Admission, now_s: Callable[[], float]) -> None:
        self.admission = admission
        self.gate = gate
        self.status: int | None = None
        self.usage = Usage()
        self.model_returned: str | None = None
        self.provenance = ""
        self.settled = False
        self._now_s = now_s
        self._began_s = now_s()
        self._first_byte_ms: int | None = None
        self._bytes_received = 0

    def received(self, piece: bytes) -> None:
        """Counts bytes of the answer as they arrive."""
        if self._first_byte_ms is None:
            self._first_byte_ms = self._elapsed_ms()
        self._bytes_received += len(piece)

    async def settle(self, ending: Ending, failure: Failure | None = None) -> None:
        """Records how the attempt ended, even while the caller is hanging up. Raises what the gate raises."""
        if self.settled:
            return
        self.settled = True
        task, cancelled = await run_to_end(self.gate.settle(self.admission, self._outcome(ending, failure)))
        error = task.exception()
        if cancelled:
            raise asyncio.CancelledError
        if error is not None:
            raise error

    def _outcome(self, ending: Ending, failure: Failure | None) -> AttemptOutcome:
        return AttemptOutcome(
            ending=ending,
            status=self.status,
            failure=failure,
            usage=self.usage,
            model_returned=self.model_returned,
            bytes_received=self._bytes_received,
            first_byte_ms=self._first_byte_ms,
            total_ms=self._elapsed_ms(),
            provenance=self.provenance,
        )

    def _elapsed_ms(self) -> int:
        return round((self._now_s() - self._began_s) * 1000)
