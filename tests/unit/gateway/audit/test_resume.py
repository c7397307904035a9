"""Opening a log where it was left, and refusing one that is not as it was signed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.audit.checkpoint import SigningKey
from gateway.audit.log import open_log
from gateway.errors import StartupError
from gateway.settings import AuditSettings
from routers.permit import PermitBook
from tests.unit.gateway.audit.samples import (
    BODY,
    COMMITMENT_KEY,
    SystemClock,
    edit,
    finished_log,
    intent,
    opened,
    outcome,
    refusal,
    rows,
    verify,
    write_exchanges,
)


def reopen(directory: Path, origin: str = "gateway.internal/log") -> None:
    log = open_log(AuditSettings(origin=origin), directory, COMMITMENT_KEY, PermitBook(), SystemClock())
    asyncio.run(log.close())


@pytest.mark.parametrize("count", [0, 1, 2, 255, 256, 257, 700])
async def test_a_log_goes_on_where_it_was_left(tmp_path: Path, count: int) -> None:
    async with opened(tmp_path) as log:
        await asyncio.gather(*(log.append(refusal(n)) for n in range(count)))
    async with opened(tmp_path) as log:
        assert await log.append(refusal(count)) == count
        vkey = log.vkey
    found = verify(tmp_path, "--vkey", vkey)
    assert found.returncode == 0, found.stdout
    assert rows(tmp_path, "SELECT max(size) FROM checkpoint") == [(count + 1,)]


async def test_intents_without_outcome_are_closed_as_unknown_when_the_log_is_opened(tmp_path: Path) -> None:
    async with opened(tmp_path) as log:
        await log.admit(intent(0), BODY)
        dispatch = await log.admit(intent(1), BODY)
        await log.settle(outcome(1, dispatch.intent_seq))
    async with opened(tmp_path) as log:
        vkey = log.vkey
    assert rows(tmp_path, "SELECT attempt_id, result FROM entry WHERE seq = 3") == [("att-0", "unknown")]
    (body,) = rows(tmp_path, "SELECT CAST(body AS TEXT) FROM entry WHERE seq = 3")[0]
    assert '"recovered":true' in str(body)
    assert rows(tmp_path, "SELECT count(*) FROM open_intent") == [(0,)]
    assert "open intents" not in verify(tmp_path, "--vkey", vkey).stdout


async def test_what_a_crash_left_unsigned_is_signed_on_the_next_run(tmp_path: Path) -> None:
    async with opened(tmp_path) as log:
        await write_exchanges(log, 3)
    edit(tmp_path, "DELETE FROM checkpoint")
    async with opened(tmp_path):
        pass
    assert rows(tmp_path, "SELECT size FROM checkpoint") == [(6,)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), 'acme', 'emca') AS BLOB) WHERE seq = 3",
        "UPDATE entry SET leaf = zeroblob(32) WHERE seq = 3",
        "DELETE FROM entry WHERE seq = 3",
        "DELETE FROM entry WHERE seq = 9",
        "UPDATE checkpoint SET size = 9",
        "UPDATE checkpoint SET note = replace(note, char(10) || '10' || char(10), char(10) || '11' || char(10))",
    ],
)
def test_a_log_whose_end_is_not_as_it_was_signed_is_not_continued(tmp_path: Path, statement: str) -> None:
    finished_log(tmp_path)
    edit(tmp_path, statement)
    with pytest.raises(StartupError, match="does not agree with itself"):
        reopen(tmp_path)


def test_a_lost_node_of_a_long_log_is_noticed(tmp_path: Path) -> None:
    finished_log(tmp_path, tuple(refusal(n) for n in range(300)))
    edit(tmp_path, "DELETE FROM node")
    with pytest.raises(StartupError, match="no node"):
        reopen(tmp_path)


def test_the_signing_key_is_private_and_made_once(tmp_path: Path) -> None:
    vkey = finished_log(tmp_path)
    key_file = tmp_path / "audit-signing.key"
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "audit.sqlite3").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "audit.vkey").read_text().strip() == vkey
    before = key_file.read_bytes()
    reopen(tmp_path)
    assert key_file.read_bytes() == before


def test_a_new_state_directory_is_for_its_owner_only(tmp_path: Path) -> None:
    finished_log(tmp_path / "state")
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_a_signing_key_open_to_others_is_refused(tmp_path: Path) -> None:
    finished_log(tmp_path)
    (tmp_path / "audit-signing.key").chmod(0o640)
    with pytest.raises(StartupError, match="0600"):
        reopen(tmp_path)


def test_a_lost_signing_key_is_not_replaced_silently(tmp_path: Path) -> None:
    finished_log(tmp_path)
    (tmp_path / "audit-signing.key").unlink()
    with pytest.raises(StartupError, match="signing key cannot be read"):
        reopen(tmp_path)
    assert not (tmp_path / "audit-signing.key").exists()


def test_another_signing_key_is_refused(tmp_path: Path) -> None:
    finished_log(tmp_path)
    (tmp_path / "audit-signing.key").write_text(SigningKey.generate("gateway.internal/log").secret_text())
    with pytest.raises(StartupError, match="no signature of this key"):
        reopen(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PRIVATE+KEY+x+00000000+AAAA", b"\xff\xfe"])
def test_a_damaged_signing_key_is_refused_without_showing_it(tmp_path: Path, content: bytes) -> None:
    finished_log(tmp_path)
    (tmp_path / "audit-signing.key").write_bytes(content)
    with pytest.raises(StartupError, match="cannot be used") as error:
        reopen(tmp_path)
    assert "AAAA" not in str(error.value)


def test_another_origin_needs_another_state_directory(tmp_path: Path) -> None:
    finished_log(tmp_path)
    with pytest.raises(StartupError, match="another origin"):
        reopen(tmp_path, origin="gateway.internal/other")


def test_an_origin_that_no_checkpoint_can_carry_is_a_startup_error(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="signing key cannot be used"):
        reopen(tmp_path, origin="two words")


def test_a_failed_start_frees_the_directory(tmp_path: Path) -> None:
    with pytest.raises(StartupError):
        reopen(tmp_path, origin="two words")
    reopen(tmp_path)
    assert (tmp_path / "audit-signing.key").exists()
