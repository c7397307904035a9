"""The tables of the log, as the writer makes them. `store_schema` describes the same tables to readers.

`entry.body` is what is hashed; every other column of `entry` and all of `entry_rule` repeat it for searching, and the
verifier checks that they do. `node` and `open_intent` can be derived from `entry` and are never evidence. A column
that does not apply to a kind of record is NULL and takes no room in its index.
"""

from __future__ import annotations

import sqlite3

from gateway.errors import StartupError

SCHEMA_VERSION = 1
APPLICATION_ID = 0x61756474  # "audt"

STATEMENTS = (
    """
    CREATE TABLE entry (
        seq INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        kind TEXT NOT NULL,
        request_id TEXT,
        attempt_id TEXT,
        tenant TEXT,
        app TEXT,
        key_id TEXT,
        destination TEXT,
        level TEXT,
        result TEXT,
        model_requested TEXT,
        leaf BLOB NOT NULL,
        body BLOB NOT NULL
    ) STRICT
    """,
    "CREATE INDEX entry_by_kind ON entry (kind, result)",
    "CREATE INDEX entry_by_request ON entry (request_id) WHERE request_id IS NOT NULL",
    "CREATE INDEX entry_by_app ON entry (tenant, app) WHERE tenant IS NOT NULL",
    "CREATE INDEX entry_by_destination ON entry (destination) WHERE destination IS NOT NULL",
    "CREATE INDEX entry_by_level ON entry (level) WHERE level IS NOT NULL",
    "CREATE TABLE entry_rule (rule TEXT, seq INTEGER, PRIMARY KEY (rule, seq)) STRICT, WITHOUT ROWID",
    "CREATE TABLE node (level INTEGER, position INTEGER, hash BLOB NOT NULL, PRIMARY KEY (level, position)) STRICT,"
    " WITHOUT ROWID",
    "CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, note TEXT NOT NULL) STRICT",
    "CREATE TABLE open_intent (attempt_id TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID",
)


def ensure_schema(connection: sqlite3.Connection) -> None:
    """Makes the tables in an empty database; leaves one of this version alone.

    Raises:
        StartupError: the file is another program's, or of a schema version this release does not know.
    """
    version, application = _pragma(connection, "user_version"), _pragma(connection, "application_id")
    if (version, application) == (SCHEMA_VERSION, APPLICATION_ID):
        return
    if version or application or connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() != (0,):
        raise StartupError("the audit database is not one that this release can write")
    connection.execute("BEGIN EXCLUSIVE")
    for statement in STATEMENTS:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")


def require_durability(connection: sqlite3.Connection) -> None:
    """Sets and reads back what a commit must mean: WAL, and every commit synced to the disk before it returns.

    Raises:
        StartupError: the file system cannot keep that promise.
    """
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",) or _pragma(connection, "synchronous") != 2:
        raise StartupError("the audit database cannot be written durably on this file system")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    (value,) = connection.execute(f"PRAGMA {name}").fetchone()
    return int(value)
