"""A process that only checks keys can change none."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from gateway.errors import StartupError
from gateway.identity.store import KeyFile
from gateway.types import KeyId


def test_a_key_file_opened_for_reading_refuses_every_change(tmp_path: Path) -> None:
    KeyFile(tmp_path).close()
    file = KeyFile(tmp_path, read_only=True)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        file.revoke(KeyId("gk_0123456789abcdef"), 1)
    assert file.load() == ()
    file.close()


def test_a_key_file_that_is_missing_is_not_made_by_a_reader(tmp_path: Path) -> None:
    with pytest.raises(StartupError):
        KeyFile(tmp_path / "nowhere", read_only=True)
    assert not (tmp_path / "nowhere").exists()
