"""The archive: documents of an owner in the vault. Blocking; everything is done inside one `archived` of the vault.

A document is a row: its own data key, a content that changes, and numbered pieces that are written once. It is looked
up by owner, kind and name together, so another owner's document is simply not there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import orjson

from gateway.errors import StateUnreadable
from gateway.vault.rows import Opened, Rows
from gateway.vault.store import VaultStore

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Label:
    """What a document is looked up by. `owner` is one app of one tenant."""

    owner: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Document:
    """A document that could be opened."""

    label: Label
    content: bytes = field(repr=False)
    expires_ms: int
    row: Opened = field(repr=False)


class Archive:
    """Keeps documents. `now_ms` is UTC wall time. Every method raises `VaultUnavailable` or `StateUnreadable`."""

    def __init__(self, rows: Rows, store: VaultStore) -> None:
        self.rows = rows
        self._store = store

    def create(self, label: Label, content: bytes, expires_ms: int, now_ms: int) -> Document:
        """Keeps a document that is not there yet."""
        row = Opened(label.owner, self._id(label), self.rows.new_key(), _head(label, expires_ms, content), now_ms)
        self.rows.put(row, expires_ms, remember=True)
        self._store.shelve(self._shelf(label.owner, label.kind), row.id)
        return Document(label, content, expires_ms, row)

    def read(self, label: Label, now_ms: int) -> Document | None:
        """Returns a document, `None` when there is none or its time is over."""
        row = self.rows.open(label.owner, self._id(label), remember=True)
        return None if row is None else self._living(row, now_ms)

    def write(
        self, document: Document, content: bytes, now_ms: int, *, expires_ms: int | None = None, lingers_ms: int = 0
    ) -> None:
        """Replaces a document's content, and when its time is over. For so long after that `lingering` returns it."""
        until_ms = document.expires_ms if expires_ms is None else expires_ms
        head, version = _head(document.label, until_ms, content), max(document.row.version + 1, now_ms)
        self.rows.put(replace(document.row, head=head, version=version), until_ms + lingers_ms, remember=True)

    def add(self, document: Document, pieces: Iterable[tuple[int, bytes]]) -> None:
        """Adds pieces by number; those that are there already stay."""
        self.rows.add(document.row, [(_piece(number), content) for number, content in pieces])

    def pieces(self, document: Document, numbers: Iterable[int]) -> dict[int, bytes]:
        """Returns those of the pieces with these numbers that are there."""
        names = {_piece(number): number for number in numbers}
        return {names[name]: content for name, content in self.rows.some_items(document.row, names).items()}

    def listed(self, owner: str, kind: str, now_ms: int) -> list[Document]:
        """Returns all documents of one kind that an owner has, in no order."""
        return self._all(self._store.shelved(self._shelf(owner, kind)), now_ms)

    def count(self, owner: str, kind: str) -> int:
        """Returns how many documents of one kind an owner has, with those whose time is over and are still there."""
        return len(self._store.shelved(self._shelf(owner, kind)))

    def pending(self, kind: str, now_ms: int) -> list[Document]:
        """Returns the documents of this kind that were set pending, whoever owns them, in no order.

        One that cannot be opened is left out and logged: it must not keep the others from being done.
        """
        found: list[Document] = []
        for one in self._store.shelved(self._shelf("", kind)):
            try:
                found += self._all([one], now_ms)
            except StateUnreadable:
                _logger.error("a pending %s cannot be opened and is left as it is", kind)  # noqa: TRY400
        return found

    def put_on(self, document: Document, shelf: str) -> None:
        """Lets `lingering` find a document under this word."""
        self._store.shelve(self._shelf("", shelf), document.row.id)

    def lingering(self, shelf: str, now_ms: int) -> list[Document]:
        """Returns the documents that were put on a shelf and whose time is over, whoever owned them, in no order."""
        places = self._store.shelved(self._shelf("", shelf))
        owned = [(one, self.rows.tenant(one)) for one in places]
        opened = [self.rows.open(owner, one) for one, owner in owned if owner is not None]
        documents = [_document(row) for row in opened if row is not None]
        return [document for document in documents if document.expires_ms <= now_ms]

    def set_pending(self, document: Document, *, pending: bool) -> None:
        """Says whether there is still something to be done about a document."""
        shelf = self._shelf("", document.label.kind)
        (self._store.shelve if pending else self._store.unshelve)(shelf, document.row.id)

    def destroy(self, document: Document, now_ms: int) -> None:
        """Destroys the key of a document and everything in it."""
        self.rows.shred(document.row.id, max(now_ms, document.row.version))

    def destroy_named(self, label: Label, now_ms: int) -> None:
        """Destroys a document, be its time over or not, if it is there."""
        row = self.rows.open(label.owner, self._id(label))
        if row is not None:
            self.rows.shred(row.id, max(now_ms, row.version))

    def _all(self, ids: Iterable[bytes], now_ms: int) -> list[Document]:
        owned = [(one, self.rows.tenant(one)) for one in ids]
        opened = [self.rows.open(owner, one) for one, owner in owned if owner is not None]
        living = [self._living(row, now_ms) for row in opened if row is not None]
        return [document for document in living if document is not None]

    def _living(self, row: Opened, now_ms: int) -> Document | None:
        document = _document(row)
        return document if now_ms < document.expires_ms else None

    def _id(self, label: Label) -> bytes:
        return self.rows.digest(b"document " + label.kind.encode(), label.owner, label.name.encode())

    def _shelf(self, owner: str, kind: str) -> bytes:
        return self.rows.digest(b"shelf", owner, kind.encode())


def _document(row: Opened) -> Document:
    about, _, content = row.head.partition(b"\n")
    kind, name, expires_ms = orjson.loads(about)
    return Document(Label(row.tenant, kind, name), content, expires_ms, row)


def _head(label: Label, expires_ms: int, content: bytes) -> bytes:
    return orjson.dumps([label.kind, label.name, expires_ms]) + b"\n" + content


def _piece(number: int) -> bytes:
    return b"piece" + number.to_bytes(8, "big")
