"""What the log holds of one request, for the process that writes it: the standard library, and nothing else to load.

`gateway.audit.reader` reads for people and pages; it brings SQLAlchemy with it, 14 MB.
"""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass, field
from pathlib import Path

from gateway.audit.errors import LogUnreadable
from gateway.audit.state_files import DATABASE

_OF_REQUEST = "SELECT kind, attempt_id, body FROM entry WHERE request_id = ? ORDER BY seq"


@dataclass(frozen=True, slots=True)
class Written:
    """One entry of a request. `body` is the canonical JSON, the bytes that were hashed."""

    kind: str
    attempt_id: str | None
    body: bytes = field(repr=False)


class RequestLookup:
    """Reads the log of a state directory. Connects on first use; safe to use from several threads."""

    def __init__(self, directory: Path) -> None:
        """`directory` is the state directory."""
        self._path = directory / DATABASE
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    def of_request(self, request_id: str) -> tuple[Written, ...]:
        """Returns all entries of one request in the order they were written. Blocks.

        Raises:
            LogUnreadable: the database is missing or cannot be read.
        """
        try:
            with self._lock:
                if self._connection is None:
                    self._connection = connect_reader(self._path)
                rows = self._connection.execute(_OF_REQUEST, (request_id,)).fetchall()
        except sqlite3.Error:
            self.close()
            raise LogUnreadable("the audit log cannot be read") from None
        return tuple(Written(kind, attempt_id, body) for kind, attempt_id, body in rows)

    def close(self) -> None:
        """Closes the connection; the next use opens another."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None


def connect_reader(path: Path) -> sqlite3.Connection:
    """Opens a log so that nothing in it can be changed: read-only twice over. Raises `sqlite3.Error`."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5.0, check_same_thread=False)
    connection.execute("PRAGMA query_only = ON")
    return connection
