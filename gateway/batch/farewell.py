"""The last entry of a batch: its time was over, and nothing of it can be read any more."""

from __future__ import annotations

from functools import partial

from gateway.batch.chronicle import Chronicle
from gateway.batch.documents import DAY_MS, LINGERS_DAYS, Vaulted, label_of, read_batch, shelf_of
from gateway.batch.nouns import BatchId
from gateway.clock import Clock
from gateway.errors import StateUnreadable
from gateway.vault.archive import Archive, Document


class Farewell:
    """Destroys what is left of batches whose time is over and has that recorded, by each gateway that notices it.

    The vault destroys by itself what has expired; a batch is kept a little longer without being shown, so that somebody
    can tell. Raises `VaultUnavailable`, `StateUnreadable` or `AuditUnavailable`; what is left is found the next time.
    """

    def __init__(self, vault: Vaulted, chronicle: Chronicle, clock: Clock) -> None:
        self._vault = vault
        self._chronicle = chronicle
        self._clock = clock

    async def take(self) -> None:
        """Looks once."""
        now_ms = self._clock.now_ms()
        days = range(now_ms // DAY_MS - LINGERS_DAYS, now_ms // DAY_MS + 1)
        for document in await self._vault.archived(
            lambda archive: [one for day in days for one in archive.lingering(shelf_of(day), now_ms)]
        ):
            label = document.label
            await self._vault.archived(partial(_destroy_results, document=document, now_ms=now_ms))
            await self._chronicle.destroyed(label.owner, BatchId(label.name), None)
            await self._vault.archived(partial(Archive.destroy_named, label=label, now_ms=now_ms))


def _destroy_results(archive: Archive, document: Document, now_ms: int) -> None:
    try:
        batch = read_batch(document)
    except StateUnreadable:
        return  # of another release: its results have a time of their own
    for file_id in (batch.output_id, batch.error_id):
        if file_id is not None:
            archive.destroy_named(label_of(document.label.owner, file_id), now_ms)
