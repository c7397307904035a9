"""The background runner: takes up every open batch of this gateway, a few lines at a time, callers first.

In a fleet it takes over what another gateway has left, too. It holds nothing that the vault and the audit log do not:
after a restart it goes on where they say.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from gateway.batch.farewell import Farewell
from gateway.batch.leases import Leases, Silences
from gateway.batch.nouns import WINDOW_MS, Batch, BatchId, Place
from gateway.batch.progress import Progress
from gateway.batch.run import BatchRun, Means
from gateway.errors import GatewayError
from gateway.types import KeyId

_logger = logging.getLogger(__name__)
LOOK_S = 15.0
"""Pause between two looks for open batches. A change made through this gateway is seen at once."""
_FAREWELL_S = 600.0
"""Pause between two looks for batches whose time is over."""
_ORPHANED_MS = WINDOW_MS // 24
"""How long after its window a batch that this gateway may not run, and whose own may be gone, is ended by this one."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """This gateway among others. `home` is its name; `lease_s` the silence after which others are taken for dead.

    `knows` says whether a key, valid or not, is known here. Without that a line could not be judged as its orderer's.
    """

    home: str
    lease_s: float
    knows: Callable[[KeyId], bool]


class Runner:
    """One per gateway."""

    def __init__(self, progress: Progress, leases: Leases, farewell: Farewell, means: Means, fleet: Fleet) -> None:
        self._progress = progress
        self._leases = leases
        self._farewell = farewell
        self._farewell_due_s = 0.0
        self._means = means
        self._fleet = fleet
        self._silences = Silences(means.clock)
        self._look_s = min(LOOK_S, fleet.lease_s / 2)
        self._changed = asyncio.Event()
        self._running: dict[BatchId, asyncio.Task[None]] = {}

    def look(self) -> None:
        """Has the runner look for open batches now."""
        self._changed.set()

    async def run(self) -> None:
        """Takes up batches until cancelled."""
        while True:
            self._changed.clear()
            try:
                await self._take_up()
                await self._take_leave()
            except GatewayError as error:
                _logger.error("batches could not be looked up: %s", error.code)  # noqa: TRY400
            try:
                async with asyncio.timeout(self._look_s):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def close(self, settle_s: float) -> None:
        """Lets no further line begin, and those under way end within so many seconds; then cancels them."""
        self._means.stopping.set()
        tasks = list(self._running.values())
        if tasks:
            await asyncio.wait(tasks, timeout=settle_s)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _take_up(self) -> None:
        found = await self._progress.open()
        self._silences.forget_others({batch.id for _, batch in found})
        for place, batch in found:
            if batch.id in self._running or self._means.stopping.is_set() or not self._may_take(batch):
                continue
            task = asyncio.create_task(BatchRun(place, self._progress, self._leases, self._means).run(batch.lease))
            self._running[batch.id] = task
            task.add_done_callback(self._ended(place))

    async def _take_leave(self) -> None:
        now_s = self._means.clock.monotonic_s()
        if now_s >= self._farewell_due_s:
            self._farewell_due_s = now_s + _FAREWELL_S
            await self._farewell.take()

    def _may_take(self, batch: Batch) -> bool:
        """What is ours at once; what another gateway left if it can be run here, or else long after its window."""
        lease, fleet = batch.lease, self._fleet
        if (batch.home if lease is None else lease.holder) == fleet.home:
            return True
        left = lease is None or lease.free or self._silences.lasting_s(batch.id, lease) >= fleet.lease_s
        runnable = lease is not None and fleet.knows(batch.key_id)
        return left and (runnable or self._means.clock.now_ms() >= batch.deadline_ms + _ORPHANED_MS)

    def _ended(self, place: Place) -> Callable[[asyncio.Task[None]], None]:
        def note(task: asyncio.Task[None]) -> None:
            self._running.pop(place.id, None)
            error = None if task.cancelled() else task.exception()
            if error is not None:
                # What failed may quote a line; where the batch stands is in the vault, and it is taken up again.
                _logger.error("batch %s stopped: %s", place.id, type(error).__name__)

        return note
