"""The background runner: takes up every open batch of this gateway, a few lines at a time, callers first.

It holds nothing that the vault and the audit log do not: after a restart it goes on where they say.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from gateway.batch.nouns import WINDOW_MS, Batch, BatchId
from gateway.batch.progress import Place, Progress
from gateway.batch.run import BatchRun, Means
from gateway.errors import GatewayError

_logger = logging.getLogger(__name__)
LOOK_S = 15.0
"""Pause between two looks for open batches. A change made through this gateway is seen at once."""
_ORPHANED_MS = WINDOW_MS // 24
"""How long after its window a batch of another gateway, which may be gone for ever, is ended by this one."""


class Runner:
    """One per gateway."""

    def __init__(self, progress: Progress, means: Means, home: str) -> None:
        """`home` is what batches made here name as theirs."""
        self._progress = progress
        self._means = means
        self._home = home
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
            except GatewayError as error:
                _logger.error("open batches could not be looked up: %s", error.code)  # noqa: TRY400
            try:
                async with asyncio.timeout(LOOK_S):
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
        now_ms = self._means.clock.now_ms()
        for place, batch in await self._progress.open():
            if batch.id in self._running or self._means.stopping.is_set() or not self._is_ours(batch, now_ms):
                continue
            task = asyncio.create_task(BatchRun(place, self._progress, self._means).run(batch))
            self._running[batch.id] = task
            task.add_done_callback(self._ended(place))

    def _is_ours(self, batch: Batch, now_ms: int) -> bool:
        return batch.home == self._home or now_ms >= batch.deadline_ms + _ORPHANED_MS

    def _ended(self, place: Place) -> Callable[[asyncio.Task[None]], None]:
        def note(task: asyncio.Task[None]) -> None:
            self._running.pop(place.id, None)
            error = None if task.cancelled() else task.exception()
            if error is not None:
                # What failed may quote a line; where the batch stands is in the vault, and it is taken up again.
                _logger.error("batch %s stopped: %s", place.id, type(error).__name__)

        return note
