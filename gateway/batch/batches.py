"""The batches of an owner: made, looked up, cancelled, deleted. What is done here is durable before it is answered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from gateway.batch.chronicle import Chronicle
from gateway.batch.documents import (
    STEP,
    Vaulted,
    change_batch,
    change_file,
    create_file,
    keep_draft,
    keep_ended,
    kept_batch,
    label_of,
    publish_draft,
    read_batch,
    read_file,
    refuse_too_many,
    seen_file,
)
from gateway.batch.files import RESULTS, UPLOADED, NewId
from gateway.batch.lines import Reading
from gateway.batch.nouns import (
    OPEN,
    WINDOW_MS,
    Batch,
    BatchId,
    FileId,
    KeptFile,
    Lease,
    Said,
    State,
    Surface,
    batch_form,
)
from gateway.clock import Clock
from gateway.errors import BatchConflict, FileNotKnown, InvalidBatch
from gateway.settings import BatchSettings
from gateway.types import KeyId
from gateway.vault.archive import Archive, Label

_PREFIX = {Surface.OPENAI: "batch_", Surface.ANTHROPIC: "msgbatch_"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A batch as it is asked for. `output_ttl_ms` is how long its results shall be kept, `None` for the longest.

    `digest` is the SHA-256 of the requests of a message batch; that of a file is found when it is read.
    """

    key_id: KeyId
    endpoint: str
    said: Said
    metadata: Mapping[str, str] | None = field(default=None, repr=False)
    output_ttl_ms: int | None = None
    digest: bytes = b""


class Batches:
    """Keeps batches, and has it recorded what is done with them.

    Every method raises `VaultUnavailable` or `StateUnreadable` when the vault cannot be used; those that change
    something raise `AuditUnavailable` when it cannot be recorded.
    """

    def __init__(
        self,
        vault: Vaulted,
        chronicle: Chronicle,
        clock: Clock,
        settings: BatchSettings,
        *,
        ttl_ms: int,
        home: str,
        new_id: NewId,
    ) -> None:
        """`ttl_ms` is how long what belongs to an ended batch is kept; `home` names this gateway."""
        self._vault = vault
        self._chronicle = chronicle
        self._clock = clock
        self._settings = settings
        self._ttl_ms = ttl_ms
        self._home = home
        self._new_id = new_id
        self.on_change: Callable[[], None] = _nobody

    async def create(self, owner: str, wanted: Wanted, input_id: str) -> Batch:
        """Makes a batch of an uploaded file; one whose lines are not in form has failed at once and says why.

        Raises:
            FileNotKnown: there is no such file.
            InvalidBatch, InvalidFile: the app has as many open batches, or files, as it may have.
        """
        now_ms = self._clock.now_ms()
        file = await self._vault.archived(lambda archive: seen_file(archive, owner, input_id, now_ms)[1])
        if file.purpose != UPLOADED:
            raise InvalidBatch("input_file_id: this is no file of the purpose batch")
        reading = await self._read(owner, file, wanted.endpoint)
        batch = self._made(Surface.OPENAI, wanted, file.id, file.pieces)
        if reading.problems:
            problems = tuple(reading.problems)
            batch = replace(batch, state=State.FAILED, ended_ms=batch.created_ms, problems=problems, total=0)
        async with self._recorded(owner, batch, reading.digest):
            await self._vault.archived(lambda archive: self._begin(archive, owner, batch))
        self.on_change()
        return batch

    async def create_of(self, owner: str, wanted: Wanted, pieces: Sequence[bytes]) -> Batch:
        """Makes a message batch of these lines, see `lines.requests_of`. Raises `InvalidBatch` or `InvalidFile`."""
        file_id = FileId(self._new_id("file-"))
        batch = self._made(Surface.ANTHROPIC, wanted, file_id, len(pieces))
        requests = replace(
            _file_of(batch, file_id, "", self._kept_until(batch)),
            size_bytes=sum(map(len, pieces)),
            pieces=len(pieces),
            ready=True,
        )

        def work(archive: Archive) -> None:
            self._refuse_many_open(archive, owner)
            publish_draft(archive, owner, requests)
            self._create(archive, owner, batch)

        async with self._recorded(owner, batch, wanted.digest):
            await keep_draft(self._vault, owner, requests, pieces, self._settings.files)
            await self._vault.archived(work)
        self.on_change()
        return batch

    async def get(self, owner: str, surface: Surface, batch_id: str) -> Batch:
        """Returns a batch. Raises `BatchNotKnown`."""
        now_ms = self._clock.now_ms()
        return await self._vault.archived(lambda archive: kept_batch(archive, owner, surface, batch_id, now_ms)[1])

    async def listed(self, owner: str, surface: Surface) -> list[Batch]:
        """Returns an owner's batches, the newest first."""
        now_ms = self._clock.now_ms()
        documents = await self._vault.archived(lambda archive: archive.listed(owner, surface, now_ms))
        return sorted(map(read_batch, documents), key=lambda batch: (batch.created_ms, batch.id), reverse=True)

    async def cancel(self, owner: str, surface: Surface, batch_id: str, key_id: KeyId) -> Batch:
        """Lets no further line of a batch begin; lines under way end by themselves. `key_id` is who wants it.

        Raises:
            BatchNotKnown: there is none.
            BatchConflict: it has ended.
        """
        now_ms = self._clock.now_ms()

        def work(archive: Archive) -> Batch:
            document, batch = kept_batch(archive, owner, surface, batch_id, now_ms)
            if batch.state not in OPEN:
                raise BatchConflict("the batch has ended")
            if batch.state is not State.CANCELLING:
                batch = replace(batch, state=State.CANCELLING, cancelling_ms=now_ms)
                change_batch(archive, document, batch, now_ms)
            return batch

        batch = await self._vault.archived(work)
        self.on_change()
        await self._chronicle.cancelled(owner, batch, key_id)
        return batch

    async def delete(self, owner: str, surface: Surface, batch_id: str, key_id: KeyId) -> None:
        """Destroys the keys of an ended batch, of its requests and of its results. `key_id` is who wants it.

        Raises:
            BatchNotKnown: there is none.
            BatchConflict: it has not ended.
        """
        now_ms = self._clock.now_ms()

        def work(archive: Archive) -> None:
            document, batch = kept_batch(archive, owner, surface, batch_id, now_ms)
            if batch.state in OPEN:
                raise BatchConflict("the batch has not ended: cancel it first")
            for file_id in (batch.input_id, batch.output_id):
                file = archive.read(label_of(owner, file_id), now_ms)
                if file is not None:
                    archive.destroy(file, now_ms)
            archive.destroy(document, now_ms)

        await self._vault.archived(work)
        await self._chronicle.destroyed(owner, BatchId(batch_id), key_id)

    async def results(self, owner: str, batch: Batch) -> KeptFile:
        """Returns the file with the results of an ended message batch.

        Raises:
            BatchConflict: it has not ended.
            FileNotKnown: the results are not kept any more.
        """
        if batch.state in OPEN:
            raise BatchConflict("the batch has not ended")
        now_ms = self._clock.now_ms()
        document = await self._vault.archived(lambda archive: archive.read(label_of(owner, batch.output_id), now_ms))
        if document is None:
            raise FileNotKnown("the results are not kept any more")
        return read_file(document)

    @asynccontextmanager
    async def _recorded(self, owner: str, batch: Batch, digest: bytes) -> AsyncIterator[None]:
        """That a batch is ordered is on record before it is kept; and that it has failed, if it cannot be."""
        await self._chronicle.ordered(owner, batch, digest)
        try:
            yield
        except BaseException:
            await self._chronicle.ended(owner, replace(batch, state=State.FAILED), 0)
            raise
        if batch.state is State.FAILED:
            await self._chronicle.ended(owner, batch, self._kept_until(batch))

    async def _read(self, owner: str, file: KeptFile, endpoint: str) -> Reading:
        reading = Reading(endpoint)
        for first in range(0, file.pieces, STEP):
            now_ms, numbers = self._clock.now_ms(), range(first, min(first + STEP, file.pieces))
            await self._vault.archived(
                partial(_check, owner=owner, file=file, reading=reading, numbers=numbers, now_ms=now_ms)
            )
        return reading

    def _made(self, surface: Surface, wanted: Wanted, input_id: FileId, total: int) -> Batch:
        now_ms = self._clock.now_ms()
        return Batch(
            id=BatchId(self._new_id(_PREFIX[surface])),
            surface=surface,
            key_id=wanted.key_id,
            home=self._home,
            endpoint=wanted.endpoint,
            input_id=input_id,
            output_id=FileId(self._new_id("file-")),
            error_id=FileId(self._new_id("file-")) if surface is Surface.OPENAI else None,
            total=total,
            created_ms=now_ms,
            deadline_ms=now_ms + WINDOW_MS,
            output_ttl_ms=wanted.output_ttl_ms,
            said=wanted.said,
            metadata=wanted.metadata,
            lease=Lease(self._home, 0),
        )

    def _begin(self, archive: Archive, owner: str, batch: Batch) -> None:
        """The file is read again: it may have been destroyed while its lines were looked at."""
        document, file = seen_file(archive, owner, batch.input_id, batch.created_ms)
        if batch.state in OPEN:
            self._refuse_many_open(archive, owner)
            refuse_too_many(archive, owner, self._settings.files, batch.created_ms)
            lasting = max(file.expires_ms, self._kept_until(batch))
            said = joined_said(file.said, batch.said)
            readers = (*file.readers, batch.id)
            change_file(archive, document, replace(file, readers=readers, expires_ms=lasting), batch.created_ms)
            batch = replace(batch, said=said)
        self._create(archive, owner, batch)

    def _create(self, archive: Archive, owner: str, batch: Batch) -> None:
        until_ms = self._kept_until(batch)
        label = Label(owner, batch.surface, batch.id)
        document = archive.create(label, batch_form().dump_json(batch), until_ms, batch.created_ms)
        if batch.state not in OPEN:
            keep_ended(archive, document, batch, until_ms, batch.created_ms)
            return
        archive.set_pending(document, pending=True)
        create_file(archive, owner, _file_of(batch, batch.output_id, "output", until_ms))
        if batch.error_id is not None:
            create_file(archive, owner, _file_of(batch, batch.error_id, "error", until_ms))

    def _refuse_many_open(self, archive: Archive, owner: str) -> None:
        now_ms = self._clock.now_ms()
        pending = [one for surface in Surface for one in archive.pending(surface, now_ms)]
        if sum(document.label.owner == owner for document in pending) >= self._settings.open_batches:
            raise InvalidBatch(f"this app has {self._settings.open_batches} batches that have not ended")

    def _kept_until(self, batch: Batch) -> int:
        return batch.deadline_ms + self._ttl_ms


def joined_said(one: Said, other: Said) -> Said:
    """Returns what was said at the upload and at the making of a batch: the higher level, all categories."""
    levels = [level for level in (one.level, other.level) if level is not None]
    return replace(other, level=max(levels, default=None), categories=one.categories | other.categories)


def _check(archive: Archive, owner: str, file: KeptFile, reading: Reading, numbers: range, now_ms: int) -> None:
    document, _ = seen_file(archive, owner, file.id, now_ms)
    pieces = archive.pieces(document, numbers)
    reading.check((pieces[number] for number in numbers), numbers.start + 1)


def _file_of(batch: Batch, file_id: FileId, name: str, expires_ms: int) -> KeptFile:
    return KeptFile(
        id=file_id,
        surface=batch.surface,
        purpose=RESULTS,
        filename=f"{batch.id}_{name}.jsonl",
        size_bytes=0,
        created_ms=batch.created_ms,
        expires_ms=expires_ms,
        pieces=batch.total,
        ready=False,
        batch=batch.id,
    )


def _nobody() -> None:
    """Until a runner listens, nobody is told."""
