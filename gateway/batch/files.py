"""The files of an owner: uploads that batches are made of, and what became of their lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial

from gateway.batch.chronicle import Chronicle
from gateway.batch.documents import (
    FILE,
    STEP,
    Vaulted,
    is_seen,
    keep_draft,
    label_of,
    publish_draft,
    read_file,
    seen_file,
)
from gateway.batch.lines import pieces_of
from gateway.batch.nouns import FileId, KeptFile, Said, Surface
from gateway.clock import Clock
from gateway.errors import BatchConflict, FileNotKnown
from gateway.settings import BatchSettings
from gateway.types import KeyId
from gateway.vault.archive import Archive

UPLOADED, RESULTS = "batch", "batch_output"
"""What a file is for, as the files API names it."""
NewId = Callable[[str], str]
"""Returns an id with this prefix that nobody can guess."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came. `ttl_ms` is how long its owner wants it kept, `None` for as long as it may be."""

    filename: str = field(repr=False)
    content: bytes = field(repr=False)
    said: Said
    ttl_ms: int | None = None


class Files:
    """Keeps files. Every method raises `VaultUnavailable` or `StateUnreadable` when the vault cannot be used."""

    def __init__(
        self, vault: Vaulted, chronicle: Chronicle, clock: Clock, settings: BatchSettings, *, ttl_ms: int, new_id: NewId
    ) -> None:
        """`ttl_ms` is how long a file is kept at most."""
        self._vault = vault
        self._chronicle = chronicle
        self._clock = clock
        self._settings = settings
        self._ttl_ms = ttl_ms
        self._new_id = new_id

    async def add(self, owner: str, upload: Upload) -> KeptFile:
        """Keeps an upload. Raises `InvalidFile`."""
        pieces = await asyncio.to_thread(pieces_of, upload.content, self._settings.lines)
        now_ms = self._clock.now_ms()
        file = KeptFile(
            id=FileId(self._new_id("file-")),
            surface=Surface.OPENAI,
            purpose=UPLOADED,
            filename=upload.filename,
            size_bytes=len(upload.content),
            created_ms=now_ms,
            expires_ms=now_ms + min(self._ttl_ms, upload.ttl_ms or self._ttl_ms),
            pieces=len(pieces),
            said=upload.said,
        )
        await keep_draft(self._vault, owner, file, pieces, self._settings.files)
        await self._vault.archived(lambda archive: publish_draft(archive, owner, file))
        return file

    async def get(self, owner: str, file_id: str) -> KeptFile:
        """Returns a file that its owner may see. Raises `FileNotKnown`."""
        now_ms = self._clock.now_ms()
        return await self._vault.archived(lambda archive: seen_file(archive, owner, file_id, now_ms)[1])

    async def listed(self, owner: str) -> list[KeptFile]:
        """Returns the files that an owner may see, the newest first."""
        now_ms = self._clock.now_ms()
        documents = await self._vault.archived(lambda archive: archive.listed(owner, FILE, now_ms))
        files = [read_file(document) for document in documents]
        return sorted(filter(is_seen, files), key=lambda file: (file.created_ms, file.id), reverse=True)

    async def delete(self, owner: str, file_id: str, key_id: KeyId) -> None:
        """Destroys a file's key and so the file, and has that recorded. `key_id` is who wants it.

        Raises:
            FileNotKnown: there is none.
            BatchConflict: a batch that has not ended reads it.
            AuditUnavailable: it is destroyed, and that could not be recorded.
        """
        now_ms = self._clock.now_ms()

        def work(archive: Archive) -> KeptFile:
            document, file = seen_file(archive, owner, file_id, now_ms)
            if file.readers:
                raise BatchConflict("a batch that has not ended reads this file: cancel it first")
            archive.destroy(document, now_ms)
            return file

        await self._chronicle.file_destroyed(owner, await self._vault.archived(work), key_id)

    async def content(self, owner: str, file: KeptFile) -> AsyncIterator[bytes]:
        """Yields the bytes of a file in order. Raises `FileNotKnown` when it is destroyed meanwhile."""
        for first in range(0, file.pieces, STEP):
            numbers, now_ms = range(first, min(first + STEP, file.pieces)), self._clock.now_ms()
            content = await self._vault.archived(
                partial(_joined, owner=owner, file=file, numbers=numbers, now_ms=now_ms)
            )
            if content:
                yield content


def _joined(archive: Archive, owner: str, file: KeptFile, numbers: range, now_ms: int) -> bytes:
    document = archive.read(label_of(owner, file.id), now_ms)
    if document is None:
        raise FileNotKnown("there is no such file")
    pieces = archive.pieces(document, numbers)
    return b"".join(pieces[number] for number in numbers if number in pieces)
