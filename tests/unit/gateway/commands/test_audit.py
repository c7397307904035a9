"""`gateway audit`."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from gateway.audit import verify as verifier
from tests.unit.gateway.audit.samples import opened, refusal, write_exchanges
from tests.unit.gateway.commands.conftest import Run


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A state directory with a closed log of three exchanges and a refusal."""

    async def write() -> None:
        async with opened(tmp_path / "log") as log:
            await write_exchanges(log, 3)
            await log.append(refusal(9))

    asyncio.run(write())
    return tmp_path / "log"


def test_show_prints_one_record_a_line_newest_first(run: Run, log: Path) -> None:
    done = run("audit", "show", "--state", log)
    records = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 0
    assert [record["seq"] for record in records] == list(range(6, -1, -1))
    assert [
        json.loads(line)["kind"] for line in run("audit", "show", "--state", log, "--kind", "refusal").out.splitlines()
    ] == ["refusal"]
    assert len(run("audit", "show", "--state", log, "--limit", "2", "--before", "5").out.splitlines()) == 2


def test_proof_of_an_entry_holds_for_the_verifier(run: Run, log: Path, tmp_path: Path) -> None:
    done = run("audit", "prove", "2", "--state", log)
    assert done.code == 0
    proof = tmp_path / "proof.json"
    proof.write_text(done.out)
    vkey = (log / "audit.vkey").read_text().strip()
    command = [sys.executable, "-I", verifier.__file__, "--proof", str(proof), "--vkey", vkey]
    assert subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
    altered = json.loads(done.out)
    altered["seq"] = 1
    proof.write_text(json.dumps(altered))
    assert subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 1


def test_verify_is_zero_for_a_whole_log_and_one_for_a_foreign_key(log: Path) -> None:
    assert gateway_audit_verify(log) == 0
    foreign = "other/log+00000000+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    assert gateway_audit_verify(log, "--vkey", foreign) == 2


def gateway_audit_verify(log: Path, *more: str) -> int:
    command = [sys.executable, "-m", "gateway", "audit", "verify", "--state", str(log), *more]
    return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode


@pytest.mark.parametrize("action", [("verify",), ("show",), ("prove", "0"), ("checkpoint",)])
def test_directory_without_a_log_is_two(run: Run, tmp_path: Path, action: tuple[str, ...]) -> None:
    done = run("audit", *action, "--state", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("gateway: ")


def test_entry_that_is_not_there_is_two(run: Run, log: Path) -> None:
    assert run("audit", "prove", "99", "--state", log).code == 2


def test_the_newest_checkpoint_can_be_kept_and_shows_a_log_that_was_cut(run: Run, log: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text(run("audit", "checkpoint", "--state", log).out)
    assert gateway_audit_verify(log, "--checkpoint", str(kept)) == 0
    with closing(sqlite3.connect(log / "audit.sqlite3")) as connection, connection:
        (last,) = connection.execute("SELECT max(seq) FROM entry").fetchone()
        connection.execute("DELETE FROM entry WHERE seq = ?", (last,))
        connection.execute("DELETE FROM entry_rule WHERE seq = ?", (last,))
        connection.execute("DELETE FROM checkpoint WHERE size > ?", (last,))
    assert gateway_audit_verify(log, "--checkpoint", str(kept)) == 1
