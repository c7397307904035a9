"""The key file: one SQLite table. Blocking; used at start, by the commands, and off the event loop by the keyring.

No secret is ever in it, only its keyed hash: without the pepper, which is derived from the master secret and is not in
the state directory, a stolen file lets nobody in and cannot be searched by dictionary.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from gateway.state_file import StateFile
from gateway.types import AppId, Identity, KeyId, Level, PrincipalClass, Role, TenantId

FILE_NAME = "keys.db"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    tenant TEXT NOT NULL,
    app TEXT NOT NULL,
    principal_class TEXT NOT NULL,
    clearance INTEGER NOT NULL,
    purposes TEXT NOT NULL,
    roles TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER,
    revoked_ms INTEGER
) STRICT, WITHOUT ROWID;
"""
_FILE = StateFile(FILE_NAME, "the key file", version=1, schema=_SCHEMA)
_COLUMNS = "id, digest, tenant, app, principal_class, clearance, purposes, roles, created_ms, expires_ms, revoked_ms"
_Row = tuple[str, bytes, str, str, str, int, str, str, int, int | None, int | None]


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key as stored. Times are UTC milliseconds; `None` means never."""

    identity: Identity
    digest: bytes = field(repr=False)
    created_ms: int
    expires_ms: int | None
    revoked_ms: int | None


class KeyFile:
    """The key file of one state directory. One thread at a time."""

    def __init__(self, directory: Path, *, read_only: bool = False) -> None:
        """Opens or creates the file, readable by its owner only; with `read_only` it must be there already.

        Raises:
            StartupError: the file cannot be opened, or was written by another version.
        """
        self._connection = _FILE.open(directory, read_only=read_only)

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def insert(self, key: StoredKey) -> None:
        """Adds a key, durably. The id must be new."""
        who = key.identity
        row: _Row = (
            who.key_id,
            key.digest,
            who.tenant,
            who.app,
            who.principal_class.value,
            int(who.clearance),
            json.dumps(sorted(who.purposes)),
            json.dumps(sorted(who.roles)),
            key.created_ms,
            key.expires_ms,
            key.revoked_ms,
        )
        self._connection.execute(f"INSERT INTO keys ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?)", row)  # noqa: S608

    def revoke(self, key_id: KeyId, at_ms: int) -> bool:
        """Revokes a key, durably. Returns whether there was such a key that was not revoked."""
        done = self._connection.execute(
            "UPDATE keys SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL", (at_ms, key_id)
        )
        return done.rowcount == 1

    def load(self) -> tuple[StoredKey, ...]:
        """Returns every key, oldest first, the revoked and expired ones too.

        Raises:
            sqlite3.Error, ValueError: the file cannot be read or holds what no version of ours wrote.
        """
        rows = self._connection.execute(f"SELECT {_COLUMNS} FROM keys ORDER BY created_ms, id")  # noqa: S608
        return tuple(_stored(row) for row in rows)

    def version(self) -> int:
        """Returns a number that changes when another connection has changed the file."""
        (number,) = self._connection.execute("PRAGMA data_version").fetchone()
        return int(number)


def _stored(row: _Row) -> StoredKey:
    key_id, digest, tenant, app, principal_class, clearance, purposes, roles, created, expires, revoked = row
    identity = Identity(
        key_id=KeyId(key_id),
        tenant=TenantId(tenant),
        app=AppId(app),
        principal_class=PrincipalClass(principal_class),
        clearance=Level(clearance),
        purposes=frozenset(json.loads(purposes)),
        roles=frozenset(Role(role) for role in json.loads(roles)),
    )
    return StoredKey(identity, digest, created, expires, revoked)
