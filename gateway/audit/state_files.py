"""The files of the log in the state directory, and who may hold them.

audit.sqlite3       the log (0600)
audit.lock          held by the one process that writes
audit-signing.key   Ed25519 private key of the checkpoints (0600, written once, never logged)
audit.vkey          its public half in C2SP form; auditors keep their own copy of it
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from gateway.audit.checkpoint import NoteError, SigningKey
from gateway.errors import StartupError

DATABASE = "audit.sqlite3"
LOCK = "audit.lock"
SIGNING_KEY = "audit-signing.key"
VERIFIER_KEY = "audit.vkey"


class WriterLock:
    """Held while this process writes the log. The kernel frees it when the process dies, however it dies."""

    def __init__(self, directory: Path) -> None:
        """Takes the lock. Raises `StartupError` when another writer holds it."""
        self._descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._descriptor)
            raise StartupError("another process writes the audit log in this state directory") from None

    def release(self) -> None:
        """Lets the next writer in. To be called once, after the last write."""
        os.close(self._descriptor)


def prepare_directory(directory: Path) -> Path:
    """Makes the state directory (0700) and an empty database file (0600) where absent; returns the database path.

    Raises:
        StartupError: the directory cannot be made or written.
    """
    database = directory / DATABASE
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(database, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StartupError(f"the state directory cannot be used: {error.strerror}") from None
    return database


def signing_key(directory: Path, origin: str, *, may_create: bool) -> SigningKey:
    """Returns the key of the log, made and written once.

    `may_create` is false when the log already has entries: a new key would orphan every checkpoint.

    Raises:
        StartupError: the key is missing, unreadable, open to other users, or of another origin.
    """
    path = directory / SIGNING_KEY
    try:
        if may_create and not path.exists():
            _write_new(directory, SigningKey.generate(origin))
        if path.stat().st_mode & 0o077:
            raise StartupError("the log's signing key must be readable by its owner only (mode 0600)")
        key = SigningKey.parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StartupError(f"the log's signing key cannot be read: {error.strerror}") from None
    except (NoteError, UnicodeDecodeError) as error:
        raise StartupError(f"the log's signing key cannot be used: {error}") from None
    if key.name != origin:
        raise StartupError("the log was begun under another origin; a new origin needs a new state directory")
    return key


def _write_new(directory: Path, key: SigningKey) -> None:
    """Writes both halves so that a crash leaves either no key or a whole one."""
    pending = directory / f"{SIGNING_KEY}.new"
    descriptor = os.open(pending, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(key.secret_text() + "\n")
        file.flush()
        os.fsync(file.fileno())
    (directory / VERIFIER_KEY).write_text(f"{key.verifier}\n", encoding="utf-8")
    pending.rename(directory / SIGNING_KEY)
    folder = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
