"""The vault's file: one SQLite database. Blocking; used by one thread at a time.

Nothing in it can be read without a key that is not in it: names are keyed digests, contents are sealed. What is deleted
is overwritten, and the write-ahead log is emptied after it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gateway.errors import VaultUnavailable
from gateway.state_file import StateFile
from gateway.vault.keys import Wrapped

FILE_NAME = "vault.db"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (
    id BLOB PRIMARY KEY, tenant TEXT NOT NULL, key_id TEXT NOT NULL, wrapped BLOB NOT NULL,
    version INTEGER NOT NULL, head BLOB NOT NULL, expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS items (
    conversation BLOB NOT NULL, name BLOB NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (conversation, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS names (
    id BLOB PRIMARY KEY, conversation BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shelves (
    shelf BLOB NOT NULL, conversation BLOB NOT NULL, PRIMARY KEY (shelf, conversation)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS names_of ON names (conversation);
CREATE INDEX IF NOT EXISTS shelves_of ON shelves (conversation);
CREATE INDEX IF NOT EXISTS expiring ON conversations (expires_ms);
"""
_FILE = StateFile(FILE_NAME, "the vault", version=1, schema=_SCHEMA, overwrites=True)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as stored. `head` is what changes with every turn, sealed; `version` counts its changes."""

    id: bytes
    tenant: str
    key: Wrapped
    version: int
    head: bytes = field(repr=False)
    expires_ms: int


class VaultStore(Protocol):
    """Where sealed state lies. Every method may block, and raises `VaultUnavailable` when it cannot answer."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Makes what is done inside atomic and durable, and keeps other writers out meanwhile."""
        yield

    def conversation(self, conversation: bytes) -> Conversation | None:
        """Returns a conversation."""
        ...

    def named(self, name: bytes) -> bytes | None:
        """Returns the conversation that this name of something in it leads to."""
        ...

    def items(self, conversation: bytes) -> dict[bytes, bytes]:
        """Returns all sealed items of a conversation by name."""
        ...

    def some_items(self, conversation: bytes, names: Iterable[bytes]) -> dict[bytes, bytes]:
        """Returns those of the named items of a conversation that are there, sealed."""
        ...

    def shelved(self, shelf: bytes) -> list[bytes]:
        """Returns the conversations that stand on a shelf, in no order."""
        ...

    def put(self, conversation: Conversation) -> None:
        """Stores a conversation in place of what it was."""
        ...

    def add(self, conversation: bytes, items: Iterable[tuple[bytes, bytes]], names: Iterable[bytes]) -> None:
        """Adds items and names; those that are there already stay."""
        ...

    def shelve(self, shelf: bytes, conversation: bytes) -> None:
        """Puts a conversation on a shelf, until it is taken off or deleted."""
        ...

    def unshelve(self, shelf: bytes, conversation: bytes) -> None:
        """Takes a conversation off a shelf; it stays."""
        ...

    def shred(self, conversation: bytes) -> None:
        """Deletes everything of a conversation, its key first."""
        ...

    def expired(self, now_ms: int) -> list[bytes]:
        """Returns the conversations whose time is over."""
        ...

    def wrapped_otherwise(self, key_id: str) -> list[bytes]:
        """Returns the conversations whose data key is not wrapped with this key."""
        ...

    def empty_log(self) -> None:
        """Leaves nothing of what was deleted in files beside the database."""
        ...

    def close(self) -> None:
        """Closes the store."""
        ...


class VaultFile:
    """Satisfies `VaultStore` with a file of the state directory, readable by its owner only."""

    def __init__(self, directory: Path) -> None:
        """Opens or creates the file. Raises `StartupError`."""
        self._connection = _FILE.open(directory)

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See `VaultStore`."""
        self._execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        self._execute("COMMIT")

    def conversation(self, conversation: bytes) -> Conversation | None:
        """See `VaultStore`."""
        columns = "tenant, key_id, wrapped, version, head, expires_ms"
        row = self._execute(f"SELECT {columns} FROM conversations WHERE id = ?", conversation).fetchone()  # noqa: S608
        if row is None:
            return None
        tenant, key_id, wrapped, version, head, expires_ms = row
        return Conversation(conversation, tenant, Wrapped(key_id, wrapped), version, head, expires_ms)

    def named(self, name: bytes) -> bytes | None:
        """See `VaultStore`."""
        row = self._execute("SELECT conversation FROM names WHERE id = ?", name).fetchone()
        return None if row is None else bytes(row[0])

    def items(self, conversation: bytes) -> dict[bytes, bytes]:
        """See `VaultStore`."""
        return dict(self._execute("SELECT name, sealed FROM items WHERE conversation = ?", conversation).fetchall())

    def some_items(self, conversation: bytes, names: Iterable[bytes]) -> dict[bytes, bytes]:
        """See `VaultStore`."""
        one = "SELECT name, sealed FROM items WHERE conversation = ? AND name = ?"
        return dict(row for name in names for row in self._execute(one, conversation, name).fetchall())

    def shelved(self, shelf: bytes) -> list[bytes]:
        """See `VaultStore`."""
        found = self._execute("SELECT conversation FROM shelves WHERE shelf = ?", shelf)
        return [row[0] for row in found.fetchall()]

    def put(self, conversation: Conversation) -> None:
        """See `VaultStore`."""
        self._execute(
            "INSERT OR REPLACE INTO conversations VALUES (?, ?, ?, ?, ?, ?, ?)",
            conversation.id,
            conversation.tenant,
            conversation.key.key_id,
            conversation.key.sealed,
            conversation.version,
            conversation.head,
            conversation.expires_ms,
        )

    def add(self, conversation: bytes, items: Iterable[tuple[bytes, bytes]], names: Iterable[bytes]) -> None:
        """See `VaultStore`."""
        for name, sealed in items:
            self._execute("INSERT OR IGNORE INTO items VALUES (?, ?, ?)", conversation, name, sealed)
        for name in names:
            self._execute("INSERT OR IGNORE INTO names VALUES (?, ?)", name, conversation)

    def shelve(self, shelf: bytes, conversation: bytes) -> None:
        """See `VaultStore`."""
        self._execute("INSERT OR IGNORE INTO shelves VALUES (?, ?)", shelf, conversation)

    def unshelve(self, shelf: bytes, conversation: bytes) -> None:
        """See `VaultStore`."""
        self._execute("DELETE FROM shelves WHERE shelf = ? AND conversation = ?", shelf, conversation)

    def shred(self, conversation: bytes) -> None:
        """See `VaultStore`."""
        self._execute("DELETE FROM conversations WHERE id = ?", conversation)
        self._execute("DELETE FROM items WHERE conversation = ?", conversation)
        self._execute("DELETE FROM names WHERE conversation = ?", conversation)
        self._execute("DELETE FROM shelves WHERE conversation = ?", conversation)

    def expired(self, now_ms: int) -> list[bytes]:
        """See `VaultStore`."""
        found = self._execute("SELECT id FROM conversations WHERE expires_ms <= ?", now_ms)
        return [row[0] for row in found.fetchall()]

    def wrapped_otherwise(self, key_id: str) -> list[bytes]:
        """See `VaultStore`."""
        return [row[0] for row in self._execute("SELECT id FROM conversations WHERE key_id <> ?", key_id).fetchall()]

    def empty_log(self) -> None:
        """See `VaultStore`."""
        self._execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _execute(self, statement: str, *values: bytes | str | int) -> sqlite3.Cursor:
        try:
            return self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise VaultUnavailable(f"the vault cannot be used: {type(error).__name__}") from None
