"""Disks that misbehave, at the far end of the writer's connection."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Disk:
    """Opens connections whose commits can be held up or made to fail. Everything else is SQLite's own."""

    def __init__(self, *, page_limit: int | None = None) -> None:
        self.page_limit = page_limit
        self.broken = False
        self.after_commit: Callable[[], object] = lambda: None
        self.commits = 0
        self.connections: list[sqlite3.Connection] = []
        self.ready = threading.Event()
        self.ready.set()

    def connect(self, path: Path) -> sqlite3.Connection:
        disk = self

        class Connection(sqlite3.Connection):
            def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
                if sql != "COMMIT":
                    return super().execute(sql, *parameters)
                disk.before_commit()
                done = super().execute(sql)
                disk.after_commit()
                return done

        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=Connection)
        if self.page_limit is not None:
            connection.execute(f"PRAGMA max_page_count = {self.page_limit}")
        self.connections.append(connection)
        return connection

    def before_commit(self) -> None:
        self.ready.wait(timeout=30)
        self.commits += 1
        if self.broken:
            raise sqlite3.OperationalError("disk I/O error")
