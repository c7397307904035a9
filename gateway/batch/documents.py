"""Files and batches as documents of the archive: how they are found, written, read and changed.

What takes an `Archive` is part of one transaction; see `gateway.vault.vault.StateVault.archived`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError

from gateway.batch.nouns import Batch, KeptFile, Surface, batch_form, file_form
from gateway.errors import BatchNotKnown, FileNotKnown, InvalidFile, StateUnreadable
from gateway.vault.archive import Archive, Document, Label

FILE = "file"
STEP = 128
"""Pieces that are read or written in one go, so that others have their turn at the vault."""
DRAFT_MS = 3_600_000
"""How long the pieces of a file are kept that never became one, because the process ended."""
DAY_MS = 86_400_000
LINGERS_DAYS = 2
"""How long a batch whose time is over can still be seen to be, so that it is recorded that nothing is left of it."""
T = TypeVar("T")


class Vaulted(Protocol):
    """The vault, as far as it is needed here."""

    async def archived(self, work: Callable[[Archive], T]) -> T:
        """Returns what the work returns, once all that it did is durable."""
        ...


async def keep_draft(vault: Vaulted, owner: str, file: KeptFile, pieces: Sequence[bytes], most: int) -> None:
    """Keeps the pieces of a file that nobody can see before `publish_draft`. Raises `InvalidFile`, see below."""
    draft = replace(file, ready=False, expires_ms=min(file.expires_ms, file.created_ms + DRAFT_MS))

    def begin(archive: Archive) -> None:
        refuse_too_many(archive, owner, most, file.created_ms)
        create_file(archive, owner, draft)

    await vault.archived(begin)
    for first in range(0, len(pieces), STEP):
        await vault.archived(partial(_add, owner=owner, file=draft, first=first, pieces=pieces[first : first + STEP]))


def publish_draft(archive: Archive, owner: str, file: KeptFile) -> None:
    """Makes the file of a draft. Raises `FileNotKnown` when it took too long."""
    change_file(archive, _found(archive, owner, file.id, file.created_ms), file, file.created_ms)


def refuse_too_many(archive: Archive, owner: str, most: int, now_ms: int) -> None:
    """Raises `InvalidFile` when an owner keeps as many files as one may, those of message batches included."""
    if archive.count(owner, FILE) >= most and len(archive.listed(owner, FILE, now_ms)) >= most:
        raise InvalidFile(f"this app keeps {most} files of uploads and results already: delete some")


def create_file(archive: Archive, owner: str, file: KeptFile) -> None:
    """Keeps a new file without pieces."""
    archive.create(label_of(owner, file.id), file_form().dump_json(file), file.expires_ms, file.created_ms)


def seen_file(archive: Archive, owner: str, file_id: str, now_ms: int) -> tuple[Document, KeptFile]:
    """Returns a file that its owner may see. Raises `FileNotKnown`."""
    document = _found(archive, owner, file_id, now_ms)
    file = read_file(document)
    if not is_seen(file):
        raise FileNotKnown("there is no such file")
    return document, file


def is_seen(file: KeptFile) -> bool:
    """Whether its owner may see a file. The requests and results of a message batch are no files of anybody's."""
    return file.ready and file.surface is Surface.OPENAI


def change_file(archive: Archive, document: Document, file: KeptFile, now_ms: int) -> None:
    """Replaces what is known of a file."""
    archive.write(document, file_form().dump_json(file), now_ms, expires_ms=file.expires_ms)


def read_file(document: Document) -> KeptFile:
    """Returns what is known of a file. Raises `StateUnreadable`."""
    return replace(_read(file_form(), document), expires_ms=document.expires_ms)


def label_of(owner: str, file_id: str) -> Label:
    """Returns where a file is found."""
    return Label(owner, FILE, file_id)


def kept_batch(archive: Archive, owner: str, surface: Surface, batch_id: str, now_ms: int) -> tuple[Document, Batch]:
    """Returns a batch of an owner. Raises `BatchNotKnown`."""
    document = archive.read(Label(owner, surface, batch_id), now_ms)
    if document is None:
        raise BatchNotKnown("there is no such batch")
    return document, read_batch(document)


def read_batch(document: Document) -> Batch:
    """Returns the batch that a document holds. Raises `StateUnreadable`."""
    return _read(batch_form(), document)


def change_batch(archive: Archive, document: Document, batch: Batch, now_ms: int) -> None:
    """Replaces what is known of a batch."""
    archive.write(document, batch_form().dump_json(batch), now_ms)


def keep_ended(archive: Archive, document: Document, batch: Batch, until_ms: int, now_ms: int) -> None:
    """Writes a batch that has ended, so that its end of keeping is noticed; `until_ms` is that of its results."""
    expires_ms = max(document.expires_ms, until_ms)
    content = batch_form().dump_json(batch)
    archive.write(document, content, now_ms, expires_ms=expires_ms, lingers_ms=LINGERS_DAYS * DAY_MS)
    archive.put_on(document, shelf_of(expires_ms // DAY_MS))


def shelf_of(day: int) -> str:
    """Returns where batches are found whose time is over on this day, counted from 1970."""
    return f"batches until day {day}"


def _found(archive: Archive, owner: str, file_id: str, now_ms: int) -> Document:
    document = archive.read(label_of(owner, file_id), now_ms)
    if document is None:
        raise FileNotKnown("there is no such file")
    return document


def _add(archive: Archive, *, owner: str, file: KeptFile, first: int, pieces: Sequence[bytes]) -> None:
    archive.add(_found(archive, owner, file.id, file.created_ms), enumerate(pieces, first))


def _read(form: TypeAdapter[T], document: Document) -> T:
    try:
        return form.validate_json(document.content)
    except ValidationError:
        raise StateUnreadable("stored state has a form that is not known") from None
