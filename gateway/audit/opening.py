"""Opens the log for writing: finds or makes its files, checks where it was left, closes what a crash left open."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from gateway.audit.checkpoint import SigningKey
from gateway.audit.errors import error_name
from gateway.audit.resume import RECOVERED, unknown_outcome
from gateway.audit.state_files import prepare_directory, signing_key
from gateway.audit.store import Connect, Store
from gateway.clock import Clock
from gateway.errors import StartupError


@dataclass(frozen=True, slots=True)
class Opened:
    """A log that may be written: checked, recovered, durable."""

    store: Store
    key: SigningKey


def open_store(directory: Path, origin: str, clock: Clock, connect: Connect, in_flight: Collection[str] = ()) -> Opened:
    """Opens the store and closes every open intent as `unknown`, except those of attempts still in flight here.

    Raises:
        StartupError: no durable database can be had here, or what is stored does not agree with its checkpoint.
    """
    try:
        connection = connect(prepare_directory(directory))
        try:
            return _open(connection, directory, origin, clock, in_flight)
        except BaseException:
            connection.close()
            raise
    except (sqlite3.Error, OSError) as error:
        raise StartupError(f"the audit database cannot be used: {error_name(error)}") from None


def _open(
    connection: sqlite3.Connection, directory: Path, origin: str, clock: Clock, in_flight: Collection[str]
) -> Opened:
    key = signing_key(directory, origin, may_create=_is_empty(connection))
    store = Store(connection, key)
    _recover(store, clock, in_flight)
    return Opened(store, key)


def _is_empty(connection: sqlite3.Connection) -> bool:
    tables = connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'entry'").fetchone()
    return tables == (0,) or connection.execute("SELECT 1 FROM entry LIMIT 1").fetchone() is None


def _recover(store: Store, clock: Clock, in_flight: Collection[str]) -> None:
    """A crash must not look like an answer: nobody knows whether these attempts left the house."""
    lost = [intent for intent in store.open_intents() if intent.attempt_id not in in_flight]
    for intent in lost:
        store.stage(unknown_outcome(intent, signature=RECOVERED, recovered=True), clock.now_ms())
    if lost:
        store.commit(checkpoint_at_ms=clock.now_ms())
