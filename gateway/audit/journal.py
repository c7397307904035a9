"""The one thread that writes the log, in groups: many records, one synced transaction.

A group is closed when nothing more is waiting, at 512 records, or after 2 ms. The first error of a commit latches the
journal: what the disk holds is then unknown (after a failed sync the kernel may forget what it could not write, and
SQLite would accept the next insert), so nothing is ever written or acknowledged through it again.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from gateway.audit.errors import error_name
from gateway.audit.record import Record
from gateway.audit.store import Store
from gateway.clock import Clock
from gateway.errors import AuditUnavailable

GROUP_RECORDS = 512
GROUP_S = 0.002
QUEUE_RECORDS = 10_000
"""More records waiting than this are refused at once: the disk has fallen behind."""

_log = logging.getLogger(__name__)


class Ticket:
    """One record on its way to disk.

    The event loop sets `abandoned` when nobody waits any more (the writer then skips the record if it has not begun)
    and `delivered` when it has heard from the writer; the writer sets `seq` or `failed` before it delivers.
    """

    __slots__ = ("abandoned", "delivered", "failed", "future", "record", "seq")

    def __init__(self, record: Record, future: asyncio.Future[int] | None) -> None:
        """`future` is what somebody awaits, if anybody does."""
        self.record = record
        self.future = future
        self.seq = -1
        self.failed = False
        self.abandoned = False
        self.delivered = False


Deliver = Callable[[list[Ticket]], None]
"""Called in the writer's thread with tickets that are durable or have failed."""


class Journal:
    """Takes records from any thread and writes them in order of arrival."""

    def __init__(self, store: Store, clock: Clock, checkpoint_s: float, deliver: Deliver) -> None:
        """Takes over the store and starts the thread. `checkpoint_s`: longest time a record stays unsigned."""
        self._store = store
        self._clock = clock
        self._checkpoint_s = checkpoint_s
        self._deliver = deliver
        self._queue: SimpleQueue[Ticket | None] = SimpleQueue()
        self._group: list[Ticket] = []
        self._checkpoint_due_s = clock.monotonic_s() if store.unsigned else None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="audit-writer", daemon=True)
        self._thread.start()

    @property
    def available(self) -> bool:
        """False once latched or closed."""
        return not self._closed

    @property
    def size(self) -> int:
        """Entries so far; the next sequence number."""
        return self._store.size

    def submit(self, ticket: Ticket) -> None:
        """Queues a record. Never blocks.

        Raises:
            AuditUnavailable: latched, closed, or too far behind.
        """
        if self._closed:
            raise AuditUnavailable("the audit log cannot be written")
        if self._queue.qsize() >= QUEUE_RECORDS:
            raise AuditUnavailable("the audit log has fallen behind")
        self._queue.put(ticket)

    def close(self) -> None:
        """Writes what is queued and a last checkpoint, then ends the thread. Blocks; may be called twice."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            while self._gather():
                self._write(closing=False)
            self._write(closing=True)
        except (sqlite3.Error, OSError) as error:
            _log.critical("the audit log cannot be written and refuses all traffic: %s", error_name(error))
        finally:
            self._closed = True
            self._fail_waiting()
            self._store.close()

    def _gather(self) -> bool:
        """Fills the group. Returns false when the journal is to be closed after it."""
        try:
            ticket = self._queue.get(timeout=self._wait_s())
            group_end_s = self._clock.monotonic_s() + GROUP_S
            while ticket is not None:
                if not ticket.abandoned:
                    self._group.append(ticket)
                if len(self._group) >= GROUP_RECORDS or self._clock.monotonic_s() >= group_end_s:
                    return True
                ticket = self._queue.get_nowait()
        except Empty:
            return True
        return False

    def _wait_s(self) -> float | None:
        if self._checkpoint_due_s is None:
            return None
        return max(0.0, self._checkpoint_due_s - self._clock.monotonic_s())

    def _write(self, *, closing: bool) -> None:
        now_ms = self._clock.now_ms()
        staged = 0
        for ticket in self._group:
            try:
                ticket.seq = self._store.stage(ticket.record, now_ms)
                staged += 1
            except TypeError:  # no canonical form: this record is refused, the log is as it was
                ticket.failed = True
        signing = self._is_checkpoint_due(staged, closing=closing)
        if staged or signing:
            self._store.commit(checkpoint_at_ms=now_ms if signing else None)
        if signing:
            self._checkpoint_due_s = None
        self._hand_over()

    def _is_checkpoint_due(self, staged: int, *, closing: bool) -> bool:
        if staged and self._checkpoint_due_s is None:
            self._checkpoint_due_s = self._clock.monotonic_s() + self._checkpoint_s
        if self._checkpoint_due_s is None:
            return False
        return closing or self._clock.monotonic_s() >= self._checkpoint_due_s

    def _hand_over(self) -> None:
        if self._group:
            group, self._group = self._group, []
            self._deliver(group)

    def _fail_waiting(self) -> None:
        """Fails the group whose commit failed and everything behind it."""
        while not self._queue.empty():
            ticket = self._queue.get_nowait()
            if ticket is not None:
                self._group.append(ticket)
        for ticket in self._group:
            ticket.failed = True
        self._hand_over()
