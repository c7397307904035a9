"""Which key changes are on record already. Read once, before the loop runs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from gateway.audit.state_files import DATABASE


def recorded_key_changes(directory: Path) -> frozenset[tuple[str, str]]:
    """Returns the (key id, action) pairs of the log in this state directory. Blocks; raises `sqlite3.Error`."""
    path = (directory / DATABASE).absolute().as_uri()
    with closing(sqlite3.connect(f"{path}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT key_id, result FROM entry WHERE kind = 'key'")
        return frozenset((str(key_id), str(action)) for key_id, action in rows)
