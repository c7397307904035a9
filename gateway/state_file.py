"""SQLite files of the state directory: opened, made and refused in one way."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import StartupError

_BUSY_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class StateFile:
    """What one file of the state directory is: its name, what errors call it, and its tables.

    `schema` is one script of statements with `IF NOT EXISTS`: what a crash left half made is completed. A file that was
    complete once gets nothing anew, so that what it lost is noticed. With `overwrites` the bytes of what is deleted are
    overwritten.
    """

    name: str
    title: str
    version: int
    schema: str
    overwrites: bool = False

    def open(self, directory: Path, *, read_only: bool = False) -> sqlite3.Connection:
        """Opens or creates the file, readable by its owner only; with `read_only` it must be there already. Blocks.

        The connection is in autocommit mode, durable at every commit, and may be used from any one thread at a time.

        Raises:
            StartupError: the file cannot be opened, or was written by another version.
        """
        try:
            if not read_only:
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
                (directory / self.name).touch(mode=0o600)
            return self._connect(directory / self.name, read_only=read_only)
        except (OSError, sqlite3.Error) as error:
            raise StartupError(f"cannot open {self.title}: {type(error).__name__}") from None

    def _connect(self, path: Path, *, read_only: bool) -> sqlite3.Connection:
        address = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
        with ExitStack() as unless_ready:
            connection = sqlite3.connect(
                address, uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            unless_ready.callback(connection.close)
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version not in (0, self.version):
                raise StartupError(f"{self.title} was written by another version")
            if not read_only:
                self._prepare(connection, is_new=version == 0)
            unless_ready.pop_all()
        return connection

    def _prepare(self, connection: sqlite3.Connection, *, is_new: bool) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        if self.overwrites:
            connection.execute("PRAGMA secure_delete = ON")
        if is_new:
            connection.executescript(self.schema)
            connection.execute(f"PRAGMA user_version = {self.version}")
