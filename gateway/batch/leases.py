"""Which gateway works on a batch: a lease in the batch itself, in the vault that a fleet shares.

The lease says who goes on when somebody dies; it needs no clocks that agree. What keeps a line from being sent twice is
its claim, see `gateway.batch.progress.Progress.claim`: a holder who is only slow, and wakes after somebody else has
taken the batch, claims nothing any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace

from gateway.batch.documents import Vaulted, change_batch, kept_batch
from gateway.batch.nouns import OPEN, Batch, BatchId, Lease, Place, State
from gateway.clock import Clock
from gateway.errors import GatewayError
from gateway.vault.archive import Archive

_BEATS = 4
"""How often a lease is renewed while others wait for it to end."""


class Leases:
    """Takes, renews and gives back. Raises `VaultUnavailable` or `StateUnreadable` when the vault cannot be used."""

    def __init__(self, vault: Vaulted, clock: Clock, home: str, lease_s: float) -> None:
        """`home` names this gateway; `lease_s` is the silence after which others take over, in seconds."""
        self._vault = vault
        self._clock = clock
        self._home = home
        self._lease_s = lease_s

    async def take(self, place: Place, seen: Lease | None) -> Batch | None:
        """Returns the batch with a lease of this gateway; `None` if it has ended or its lease is not the one seen."""
        now_ms = self._clock.now_ms()

        def work(archive: Archive) -> Batch | None:
            document, batch = kept_batch(archive, place.owner, place.surface, place.id, now_ms)
            if batch.state not in OPEN or batch.lease != seen:
                return None
            batch = replace(batch, lease=Lease(self._home, 1 if seen is None else seen.turn + 1))
            if batch.state is State.WAITING:
                batch = replace(batch, state=State.RUNNING, started_ms=now_ms)
            change_batch(archive, document, batch, now_ms)
            return batch

        return await self._vault.archived(work)

    async def keep(self, place: Place, lease: Lease) -> None:
        """Renews a lease until it is somebody else's, or the task is cancelled."""
        held = True
        while held:
            await asyncio.sleep(self._lease_s / _BEATS)
            try:
                held = await self._change(place, lease, free=False)
            except GatewayError:
                continue  # who cannot renew it cannot claim a line either; perhaps the next time

    async def give_back(self, place: Place, lease: Lease) -> None:
        """Lets any gateway take the batch at once."""
        await self._change(place, lease, free=True)

    async def _change(self, place: Place, lease: Lease, *, free: bool) -> bool:
        """Whether the lease was still held. It has another beat then."""
        now_ms = self._clock.now_ms()

        def work(archive: Archive) -> bool:
            document, batch = kept_batch(archive, place.owner, place.surface, place.id, now_ms)
            kept = batch.lease
            if kept is None or not lease.holds(kept) or batch.state not in OPEN:
                return False
            change_batch(archive, document, replace(batch, lease=replace(kept, beat=kept.beat + 1, free=free)), now_ms)
            return True

        return await self._vault.archived(work)


class Silences:
    """For how long leases of others have not been renewed, as seen from here: no clock but ours is asked."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: dict[BatchId, tuple[Lease, float]] = {}

    def lasting_s(self, batch_id: BatchId, lease: Lease) -> float:
        """Returns for how many seconds this lease has been seen as it is."""
        now_s = self._clock.monotonic_s()
        seen, since_s = self._since.get(batch_id, (None, now_s))
        if seen != lease:
            since_s = now_s
        self._since[batch_id] = lease, since_s
        return now_s - since_s

    def forget_others(self, open_batches: Collection[BatchId]) -> None:
        """Forgets what is not among these."""
        self._since = {one: seen for one, seen in self._since.items() if one in open_batches}
