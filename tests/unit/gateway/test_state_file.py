"""Files of the state directory: made whole, refused, and never left open."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from gateway.errors import StartupError
from gateway.state_file import StateFile
from tests.unit.gateway.held import held_open

SCHEMA = "CREATE TABLE IF NOT EXISTS one (x INTEGER); CREATE TABLE IF NOT EXISTS two (y INTEGER);"
FILE = StateFile("state.db", "the state", version=3, schema=SCHEMA)


def tables(directory: Path) -> set[str]:
    with closing(sqlite3.connect(directory / FILE.name)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}


def spoil(directory: Path, how: str) -> None:
    if how == "no database":
        (directory / FILE.name).write_bytes(b"no database at all, but long enough to look at" * 100)
    elif how == "a directory":
        (directory / FILE.name).mkdir()
    else:
        with closing(sqlite3.connect(directory / FILE.name)) as connection:
            connection.execute("PRAGMA user_version = 4")


def test_a_new_file_is_whole_durable_and_its_owners(tmp_path: Path) -> None:
    directory = tmp_path / "deep" / "state"
    with closing(FILE.open(directory)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA user_version").fetchone() == (3,)
    assert tables(directory) == {"one", "two"}
    assert stat.S_IMODE((directory / FILE.name).stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_what_a_crash_left_half_made_is_completed(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE.name)) as connection:
        connection.execute("CREATE TABLE one (x INTEGER)")
    FILE.open(tmp_path).close()
    assert tables(tmp_path) == {"one", "two"}


def test_a_table_that_was_lost_is_not_made_anew(tmp_path: Path) -> None:
    with closing(FILE.open(tmp_path)) as connection:
        connection.execute("DROP TABLE two")
    FILE.open(tmp_path).close()
    assert tables(tmp_path) == {"one"}


@pytest.mark.parametrize("how", ["no database", "a directory", "another version"])
@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_that_cannot_be_used_is_refused_and_closed(tmp_path: Path, how: str, *, read_only: bool) -> None:
    spoil(tmp_path, how)
    with pytest.raises(StartupError, match="the state"):
        FILE.open(tmp_path, read_only=read_only)
    assert held_open(tmp_path) == []


def test_a_reader_makes_no_file_and_writes_none(tmp_path: Path) -> None:
    with pytest.raises(StartupError):
        FILE.open(tmp_path, read_only=True)
    assert list(tmp_path.iterdir()) == []
    FILE.open(tmp_path).close()
    with closing(FILE.open(tmp_path, read_only=True)) as connection, pytest.raises(sqlite3.OperationalError):
        connection.execute("INSERT INTO one VALUES (1)")


def test_deleted_bytes_are_overwritten_where_that_is_asked_for(tmp_path: Path) -> None:
    file = StateFile("state.db", "the state", version=1, schema=SCHEMA, overwrites=True)
    with closing(file.open(tmp_path)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("CREATE TABLE kept (x TEXT)")
        connection.execute("INSERT INTO kept VALUES ('what nobody may find')")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("DELETE FROM kept")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert b"nobody may find" not in (tmp_path / "state.db").read_bytes()
