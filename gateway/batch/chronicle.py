"""What is recorded of a batch as a whole, beside the requests that its lines are. Nothing of a line is in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from gateway.audit.record import BatchChange, Record
from gateway.batch.nouns import Batch, BatchId, FileId, KeptFile
from gateway.types import KeyId
from gateway.vault.vault import names_in


class Log(Protocol):
    """The audit log, as far as it is needed here."""

    async def append(self, record: Record) -> int:
        """Returns the record's number once it is durable. Raises `AuditUnavailable`."""
        ...

    def commitment(self, body: bytes) -> str:
        """Returns a digest under a key of the log."""
        ...


class Chronicle:
    """Writes to the log of this gateway. Every method raises `AuditUnavailable` when that cannot be done."""

    def __init__(self, log: Log) -> None:
        self._log = log

    async def ordered(self, owner: str, batch: Batch, digest: bytes) -> None:
        """Somebody orders a batch. `digest` is the SHA-256 of what it is made of."""
        change = self._change(owner, batch, "ordered")
        await self._log.append(replace(change, input_commitment=self._log.commitment(digest)))

    async def taken(self, owner: str, batch: Batch, before: str) -> None:
        """This gateway goes to work on a batch, which the gateway `before` had until then, if any had."""
        turn = -1 if batch.lease is None else batch.lease.turn
        await self._log.append(replace(self._change(owner, batch, "taken"), turn=turn, gateway_before=before))

    async def cancelled(self, owner: str, batch: Batch, key_id: KeyId) -> None:
        """The holder of this key has cancelled a batch."""
        await self._log.append(replace(self._change(owner, batch, "cancelled"), key_id=key_id))

    async def ended(self, owner: str, batch: Batch, until_ms: int) -> None:
        """A batch ends as it says; what is kept of it is destroyed at `until_ms`, if nobody does before."""
        counts = batch.counts
        change = replace(
            self._change(owner, batch, "ended"),
            succeeded=counts.succeeded,
            errored=counts.errored,
            cancelled=counts.cancelled,
            expired=counts.expired,
            until_ms=until_ms,
        )
        await self._log.append(change)

    async def destroyed(self, owner: str, batch_id: BatchId, key_id: KeyId | None) -> None:
        """The data keys of a batch and its results are gone. Without a key: its time was over."""
        tenant, app = names_in(owner)
        await self._log.append(BatchChange(batch_id, tenant, app, key_id or "", "destroyed"))

    async def file_destroyed(self, owner: str, file: KeptFile, key_id: KeyId) -> None:
        """The data key of one file is gone: an upload, or results of a batch."""
        tenant, app = names_in(owner)
        name = self._name(file.id)
        await self._log.append(BatchChange(file.batch or name, tenant, app, key_id, "destroyed", file=name))

    def _change(self, owner: str, batch: Batch, action: str) -> BatchChange:
        tenant, app = names_in(owner)
        return BatchChange(
            about=batch.id,
            tenant=tenant,
            app=app,
            key_id=batch.key_id,
            action=action,
            endpoint=batch.endpoint,
            state=batch.state,
            lines=batch.total,
            file=self._name(batch.input_id),
        )

    def _name(self, file_id: FileId) -> str:
        return self._log.commitment(file_id.encode())
