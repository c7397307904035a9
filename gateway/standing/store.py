"""What standing must remember, in one SQLite file: bulk counters, high-water marks, and downgrades. Blocking.

No personal data is in it: counters hold keyed hashes or registers, marks the names of types under a keyed hash.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from gateway.errors import StandingUnavailable
from gateway.state_file import StateFile

FILE_NAME = "standing.db"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS counter (
    destination TEXT, kind TEXT, month TEXT, members BLOB NOT NULL, PRIMARY KEY (destination, kind, month)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mark (
    conversation BLOB PRIMARY KEY, types TEXT NOT NULL, level INTEGER NOT NULL, at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS mark_by_age ON mark (at_ms);
CREATE TABLE IF NOT EXISTS downgrade (
    id TEXT PRIMARY KEY, statement TEXT NOT NULL, signature TEXT NOT NULL, revoked_ms INTEGER
) STRICT, WITHOUT ROWID;
"""
_FILE = StateFile(FILE_NAME, FILE_NAME, version=1, schema=_SCHEMA)
Counter = tuple[str, str, str, bytes]
"""Destination, kind of data, month `YYYY-MM`, members as `Distinct.dump` gives them."""
Mark = tuple[str, int, int]
"""`TYPE=score` with a space between, declared level, UTC milliseconds of the last rise."""


class StandingStore:
    """The file of one state directory. Safe to use from several threads; every write is on disk when it returns."""

    def __init__(self, directory: Path) -> None:
        """Opens or creates the file, readable by its owner only.

        Raises:
            StartupError: it cannot be opened, or was written by another version.
        """
        self._lock = Lock()
        self._connection = _FILE.open(directory)

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def counters(self) -> list[Counter]:
        """Returns every counter. Raises `StandingUnavailable`."""
        with self._guarded() as connection:
            return list(connection.execute("SELECT destination, kind, month, members FROM counter"))

    def put_counters(self, rows: Iterable[Counter]) -> None:
        """Writes counters in one transaction. Raises `StandingUnavailable`."""
        with self._guarded() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT OR REPLACE INTO counter VALUES (?,?,?,?)", rows)
            connection.execute("COMMIT")

    def drop_counters_before(self, month: str) -> None:
        """Forgets counters of months before this one. Raises `StandingUnavailable`."""
        with self._guarded() as connection:
            connection.execute("DELETE FROM counter WHERE month < ?", (month,))

    def mark(self, conversation: bytes) -> Mark | None:
        """Returns the mark of a conversation. Raises `StandingUnavailable`."""
        with self._guarded() as connection:
            row: Mark | None = connection.execute(
                "SELECT types, level, at_ms FROM mark WHERE conversation = ?", (conversation,)
            ).fetchone()
            return row

    def put_mark(self, conversation: bytes, mark: Mark) -> None:
        """Writes the mark of a conversation. Raises `StandingUnavailable`."""
        with self._guarded() as connection:
            connection.execute("INSERT OR REPLACE INTO mark VALUES (?,?,?,?)", (conversation, *mark))

    def drop_marks_before(self, at_ms: int) -> None:
        """Forgets marks that have not risen since. Raises `StandingUnavailable`."""
        with self._guarded() as connection:
            connection.execute("DELETE FROM mark WHERE at_ms < ?", (at_ms,))

    def downgrades(self) -> list[tuple[str, str]]:
        """Returns statement and signature of every downgrade not revoked. Raises `StandingUnavailable`."""
        with self._guarded() as connection:
            return list(
                connection.execute("SELECT statement, signature FROM downgrade WHERE revoked_ms IS NULL ORDER BY id")
            )

    def put_downgrade(self, downgrade_id: str, statement: str, signature: str) -> bool:
        """Adds a downgrade; an id that was ever used is refused. Returns whether it was new.

        Raises:
            StandingUnavailable: see the class.
        """
        with self._guarded() as connection:
            done = connection.execute(
                "INSERT OR IGNORE INTO downgrade VALUES (?,?,?,NULL)", (downgrade_id, statement, signature)
            )
            return done.rowcount == 1

    def knows_downgrade(self, downgrade_id: str) -> bool:
        """Whether this id was ever used. Raises `StandingUnavailable`."""
        with self._guarded() as connection:
            return connection.execute("SELECT 1 FROM downgrade WHERE id = ?", (downgrade_id,)).fetchone() is not None

    def revoke_downgrade(self, downgrade_id: str, at_ms: int) -> bool:
        """Ends a downgrade; returns whether one was in force. Raises `StandingUnavailable`."""
        with self._guarded() as connection:
            done = connection.execute(
                "UPDATE downgrade SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL", (at_ms, downgrade_id)
            )
            return done.rowcount == 1

    @contextmanager
    def _guarded(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error:
                self._roll_back()
                raise StandingUnavailable("what is remembered of labels and counts cannot be read or written") from None

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            return
