"""The log on disk: one SQLite connection, one transaction per group of records, the tree grown with them.

Records are staged one by one (which gives each its sequence number, bytes and leaf hash) and committed together. After
a failed commit the store is spent: what the disk holds is unknown until it has been opened, and so checked, again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from gateway.audit.checkpoint import SigningKey
from gateway.audit.columns import columns, rules
from gateway.audit.ddl import ensure_schema, require_durability
from gateway.audit.merkle import leaf_hash
from gateway.audit.record import Intent, Outcome, Record, canonical
from gateway.audit.resume import OpenIntent, open_intents, resume_tree
from gateway.audit.subtrees import STORED_LEVEL

Connect = Callable[[Path], sqlite3.Connection]
CACHE_KB = 512
"""Pages that the writer keeps in memory. It adds at the right-hand end of every index and needs no others."""

_INSERT_ENTRY = "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_RULE = "INSERT INTO entry_rule VALUES (?, ?)"
_INSERT_NODE = "INSERT INTO node VALUES (?, ?, ?)"
_INSERT_CHECKPOINT = "INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?)"
_OPEN_INTENT = "INSERT OR REPLACE INTO open_intent VALUES (?, ?)"
_CLOSE_INTENT = "DELETE FROM open_intent WHERE attempt_id = ?"

Row = tuple[int | str | bytes | None, ...]


def connect_writer(path: Path) -> sqlite3.Connection:
    """Opens the database for the writer: explicit transactions, usable from the writer's thread."""
    return sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)


class Store:
    """The writer's side of the log. Not thread-safe: one owner at a time."""

    def __init__(self, connection: sqlite3.Connection, key: SigningKey) -> None:
        """Resumes from what is stored and checks that it agrees with the last checkpoint.

        Raises:
            StartupError: not durable here, not our database, or entries and checkpoint disagree.
        """
        self._connection = connection
        self._key = key
        require_durability(connection)
        ensure_schema(connection)
        connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        # Read nothing that only the page cache may hold: move the journal into the database and sync it first.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._tree = resume_tree(connection, key)
        self._signed = _signed_size(connection)
        self._entries: list[Row] = []
        self._rules: list[Row] = []
        self._nodes: list[Row] = []
        self._opened: list[Row] = []
        self._closed: list[Row] = []

    @property
    def size(self) -> int:
        """Entries staged and committed; the next sequence number."""
        return self._tree.size

    @property
    def unsigned(self) -> bool:
        """Whether there are entries that no checkpoint covers yet."""
        return self._tree.size > self._signed

    def stage(self, record: Record, at_ms: int) -> int:
        """Gives the record its sequence number, bytes and place in the tree. Nothing is on disk before `commit`.

        Raises:
            TypeError: the record has no canonical form. The log is as it was.
        """
        seq = self._tree.size
        body = canonical(record, seq=seq, at_ms=at_ms)
        leaf = leaf_hash(body)
        self._entries.append((seq, at_ms, *columns(record), leaf, body))
        self._rules.extend((rule, seq) for rule in rules(record))
        self._nodes.extend(node for node in self._tree.append(leaf) if node.level >= STORED_LEVEL)
        if isinstance(record, Intent):
            self._opened.append((record.attempt_id, seq))
        elif isinstance(record, Outcome):
            self._closed.append((record.attempt_id,))
        return seq

    def commit(self, *, checkpoint_at_ms: int | None) -> None:
        """Makes everything staged durable in one transaction, with a signed checkpoint when a time is given.

        Raises:
            sqlite3.Error: it may or may not be on disk. The store must not be used again.
        """
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        self._insert_staged()
        if checkpoint_at_ms is not None:
            note = self._key.sign(self._tree.size, self._tree.root())
            run(_INSERT_CHECKPOINT, (self._tree.size, checkpoint_at_ms, note))
            self._signed = self._tree.size
        run("COMMIT")

    def open_intents(self) -> list[OpenIntent]:
        """Returns the intents on disk without an outcome, oldest first."""
        return open_intents(self._connection)

    def close(self) -> None:
        """Closes the connection. Staged records that were not committed are gone."""
        self._connection.close()

    def _insert_staged(self) -> None:
        for statement, rows in (
            (_INSERT_ENTRY, self._entries),
            (_INSERT_RULE, self._rules),
            (_INSERT_NODE, self._nodes),
            (_OPEN_INTENT, self._opened),
            (_CLOSE_INTENT, self._closed),
        ):
            if rows:
                self._connection.executemany(statement, rows)
                rows.clear()


def _signed_size(connection: sqlite3.Connection) -> int:
    (size,) = connection.execute("SELECT coalesce(max(size), 0) FROM checkpoint").fetchone()
    return int(size)
