"""Everything about batches, put together: what callers reach, and what works on it in the background."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from gateway.api.batch_lines import LineSender
from gateway.api.batches import BatchDesk
from gateway.api.files import FileDesk
from gateway.api.message_batches import MessageBatchDesk
from gateway.audit.log import AuditLog
from gateway.batch.batches import Batches
from gateway.batch.chronicle import Chronicle
from gateway.batch.documents import Vaulted
from gateway.batch.farewell import Farewell
from gateway.batch.files import Files
from gateway.batch.leases import Leases
from gateway.batch.ledger import Ledger
from gateway.batch.progress import Progress
from gateway.batch.run import Means
from gateway.batch.runner import Fleet, Runner
from gateway.batch.traffic import Traffic
from gateway.clock import Clock
from gateway.exchange import Pipeline
from gateway.ports import Keys
from gateway.settings import Settings
from gateway.types import KeyId
from routers.wire import WIRES

_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class BatchParts:
    """The desks, and the runner behind them. `settle_s` is for lines under way when the gateway stops."""

    files: FileDesk
    batches: BatchDesk
    messages: MessageBatchDesk
    runner: Runner
    ledger: Ledger
    settle_s: float

    async def close(self) -> None:
        """Stops the runner. What it was at is in the vault and in the log."""
        await self.runner.close(self.settle_s)
        self.ledger.close()


class KnownKeys(Keys, Protocol):
    """The keys, and which there are."""

    def knows(self, key_id: KeyId) -> bool:
        """Whether there is such a key, valid or not, and revocations are known up to now."""
        ...


@dataclass(frozen=True, slots=True)
class Lines:
    """How lines are sent: by a pipeline that takes the id of a key for a credential, when `traffic` lets them."""

    pipeline: Pipeline
    traffic: Traffic


def build_batches(
    settings: Settings, vault: Vaulted, keys: KnownKeys, lines: Lines, log: AuditLog, clock: Clock
) -> BatchParts:
    """Returns the parts. `log` is that of this gateway; its public key gives the gateway its name among others."""
    limits, batch, ttl_ms = settings.limits, settings.batch, settings.vault.ttl_days * _DAY_MS
    home, new_id, chronicle = sha256(log.vkey.encode()).hexdigest()[:16], _new_id, Chronicle(log)
    files = Files(vault, chronicle, clock, batch, ttl_ms=ttl_ms, new_id=new_id)
    batches = Batches(vault, chronicle, clock, batch, ttl_ms=ttl_ms, home=home, new_id=new_id)
    ledger = Ledger(settings.state.directory)
    means = Means(
        sender=LineSender(lines.pipeline, WIRES, limits, clock),
        sent=ledger,
        chronicle=chronicle,
        quiet=lines.traffic.quiet,
        clock=clock,
        slots=asyncio.Semaphore(batch.concurrency),
        tries=batch.tries,
        pause_s=batch.pause_s,
    )
    leases, farewell = Leases(vault, clock, home, batch.lease_s), Farewell(vault, chronicle, clock)
    runner = Runner(
        Progress(vault, chronicle, clock, ttl_ms), leases, farewell, means, Fleet(home, batch.lease_s, keys.knows)
    )
    batches.on_change = runner.look
    return BatchParts(
        files=FileDesk(files, keys, batch, limits),
        batches=BatchDesk(batches, keys, limits),
        messages=MessageBatchDesk(batches, files, keys, batch, limits),
        runner=runner,
        ledger=ledger,
        settle_s=batch.settle_s,
    )


def _new_id(prefix: str) -> str:
    return prefix + secrets.token_hex(16)
