"""The audit log as the pipeline sees it: no durable record, no egress.

`admit` returns a permit only after the intent of the attempt is on disk. Whatever goes wrong on the way (a full or
failed disk, a wait that is too long, a caller that hangs up) ends without a permit; if the intent turns out to have
become durable all the same, an outcome is written that says nothing was sent.
"""

from __future__ import annotations

import asyncio
import hmac
from contextlib import suppress
from pathlib import Path

from gateway.audit.checkpoint import SigningKey
from gateway.audit.journal import Journal, Ticket
from gateway.audit.opening import open_store
from gateway.audit.record import Intent, Outcome, Record
from gateway.audit.resume import NOT_SENT, OpenIntent, unknown_outcome
from gateway.audit.state_files import WriterLock, prepare_directory
from gateway.audit.store import Connect, connect_writer
from gateway.clock import Clock
from gateway.errors import AuditUnavailable
from gateway.settings import AuditSettings
from gateway.types import Dispatch
from routers.permit import PermitIssuer
from routers.types import AttemptId, DestinationId

SETTLE_WAITS = 5
"""An outcome is worth a longer wait than a request: this many times `audit.wait_s`."""
RETRY_S = 0.05
"""Pause before an outcome that found the queue full is offered again."""


class AuditLog:
    """Satisfies `gateway.ports.Audit`. One event loop; one writer process per state directory."""

    def __init__(
        self,
        settings: AuditSettings,
        directory: Path,
        commitment_key: bytes,
        issuer: PermitIssuer,
        clock: Clock,
        connect: Connect = connect_writer,
    ) -> None:
        """See `open_log`."""
        self._settings = settings
        self._directory = directory
        self._commitment_key = commitment_key
        self._issuer = issuer
        self._clock = clock
        self._connect = connect
        self._in_flight: set[str] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        prepare_directory(directory)
        self._lock = WriterLock(directory)
        try:
            self._journal, self._key = self._start()
        except BaseException:
            self._lock.release()
            raise

    @property
    def available(self) -> bool:
        """False once the log refuses everything: after a failed write, or closed."""
        return self._journal.available

    @property
    def size(self) -> int:
        """The number of records so far."""
        return self._journal.size

    @property
    def vkey(self) -> str:
        """The public key of the checkpoints, in C2SP form. Not a secret: hand it to auditors."""
        return str(self._key.verifier)

    async def append(self, record: Record) -> int:
        """Returns the sequence number once the record is durable.

        Raises:
            AuditUnavailable: not durable within `audit.wait_s`, or not at all.
        """
        return await self._durable(self._submit(record), self._settings.wait_s)

    async def admit(self, intent: Intent, body: bytes) -> Dispatch:
        """Makes the intent durable and then issues the permit for `body`.

        Raises:
            AuditUnavailable: no permit exists and none will be issued for this attempt.
        """
        ticket = self._submit(intent)
        try:
            seq = await self._durable(ticket, self._settings.wait_s)
        except (AuditUnavailable, asyncio.CancelledError):
            self._abandon(ticket)
            raise
        permit = self._issuer.issue(AttemptId(intent.attempt_id), DestinationId(intent.destination), body)
        self._in_flight.add(intent.attempt_id)
        return Dispatch(seq, permit)

    async def settle(self, outcome: Outcome) -> int:
        """Records how an admitted attempt ended. Once queued it is written even if the caller is cancelled.

        Raises:
            AuditUnavailable: not durable within five times `audit.wait_s`. The next opening closes it as unknown.
        """
        deadline_s = self._clock.monotonic_s() + SETTLE_WAITS * self._settings.wait_s
        try:
            ticket = await self._submit_patiently(outcome, deadline_s)
            return await self._durable(ticket, max(0.0, deadline_s - self._clock.monotonic_s()))
        finally:
            self._in_flight.discard(outcome.attempt_id)

    def commitment(self, body: bytes) -> str:
        """HMAC-SHA256 of a body in hex: comparable within this log, not guessable from a dictionary."""
        return hmac.digest(self._commitment_key, body, "sha256").hex()

    async def reopen(self) -> None:
        """Opens a latched log again, checked from disk. Attempts still in flight stay open; lost ones are closed.

        Raises:
            StartupError: the disk still cannot be written, or the log does not agree with itself. It stays latched.
        """
        await asyncio.to_thread(self._journal.close)
        self._journal, self._key = await asyncio.to_thread(self._start)

    async def close(self) -> None:
        """Writes what is queued and a last checkpoint, then frees the state directory."""
        await asyncio.to_thread(self._journal.close)
        self._lock.release()

    def _start(self) -> tuple[Journal, SigningKey]:
        opened = open_store(
            self._directory, self._settings.origin, self._clock, self._connect, frozenset(self._in_flight)
        )
        return Journal(opened.store, self._clock, self._settings.checkpoint_s, self._deliver), opened.key

    def _submit(self, record: Record) -> Ticket:
        self._loop = asyncio.get_running_loop()
        ticket = Ticket(record, self._loop.create_future())
        self._journal.submit(ticket)
        return ticket

    async def _submit_patiently(self, record: Record, deadline_s: float) -> Ticket:
        while True:
            try:
                return self._submit(record)
            except AuditUnavailable:
                if not self._journal.available or self._clock.monotonic_s() >= deadline_s:
                    raise
            await asyncio.sleep(RETRY_S)

    async def _durable(self, ticket: Ticket, wait_s: float) -> int:
        future = ticket.future
        assert future is not None  # noqa: S101  (only tickets of `_abandon` have none)
        timer = future.get_loop().call_later(wait_s, _give_up, future)
        try:
            return await future
        finally:
            timer.cancel()

    def _abandon(self, ticket: Ticket) -> None:
        """The attempt gets no permit. If its intent is durable, or becomes so, the log says that nothing was sent."""
        ticket.abandoned = True
        if ticket.delivered and not ticket.failed:
            self._record_not_sent(ticket)

    def _deliver(self, tickets: list[Ticket]) -> None:
        """In the writer's thread. Nobody is left to tell once the loop is closed."""
        assert self._loop is not None  # noqa: S101  (set before the first ticket)
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._acknowledge, tickets)

    def _acknowledge(self, tickets: list[Ticket]) -> None:
        for ticket in tickets:
            ticket.delivered = True
            if ticket.abandoned and not ticket.failed:
                self._record_not_sent(ticket)
            if ticket.future is None or ticket.future.done():
                continue
            if ticket.failed:
                ticket.future.set_exception(AuditUnavailable("the record could not be made durable"))
            else:
                ticket.future.set_result(ticket.seq)

    def _record_not_sent(self, ticket: Ticket) -> None:
        intent = ticket.record
        if not isinstance(intent, Intent):
            return
        subject = intent.subject
        unsent = OpenIntent(
            ticket.seq, subject.request_id, intent.attempt_id, subject.tenant, subject.app, intent.destination
        )
        with suppress(AuditUnavailable):  # then the next opening closes it
            self._journal.submit(Ticket(unknown_outcome(unsent, signature=NOT_SENT, recovered=False), None))


def open_log(
    settings: AuditSettings,
    directory: Path,
    commitment_key: bytes,
    issuer: PermitIssuer,
    clock: Clock,
    *,
    connect: Connect = connect_writer,
) -> AuditLog:
    """Opens, checks and recovers the log of this state directory. Blocks on the disk: call it off the event loop.

    `connect` opens the database file for the writer.

    Raises:
        StartupError: another writer holds the directory, no durable writing here, key missing or exposed, or what is
            stored does not agree with its last checkpoint.
    """
    return AuditLog(settings, directory, commitment_key, issuer, clock, connect)


def _give_up(future: asyncio.Future[int]) -> None:
    if not future.done():
        future.set_exception(AuditUnavailable("the record did not become durable in time"))
