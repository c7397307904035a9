"""No durable record, no egress, whenever the process dies."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from gateway.audit.log import open_log
from gateway.settings import AuditSettings
from routers.permit import PermitBook
from tests.unit.gateway.audit.samples import COMMITMENT_KEY, SystemClock, rows, verify

KILLS = 20
CONTROL_KILLS = 30


def run_and_kill(directory: Path, sent: Path, first: int, order: str, after_s: float) -> None:
    command = [sys.executable, "-m", "tests.faults.audit_sender", str(directory), str(sent), str(first), order]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sender:
        assert sender.stdout is not None
        assert sender.stdout.readline() == "ready\n"
        already = sent.stat().st_size
        while sent.stat().st_size == already and sender.poll() is None:
            time.sleep(0.001)
        time.sleep(after_s)
        sender.send_signal(signal.SIGKILL)
        assert sender.wait(timeout=10) == -signal.SIGKILL


def sent_attempts(sent: Path) -> set[str]:
    return set(sent.read_text().splitlines())


def recorded_attempts(directory: Path, kind: str) -> list[str]:
    return [str(a) for (a,) in rows(directory, f"SELECT attempt_id FROM entry WHERE kind = '{kind}'")]


def recover(directory: Path) -> str:
    """Opens and closes the log, as the next start of the gateway does."""
    log = open_log(AuditSettings(), directory, COMMITMENT_KEY, PermitBook(), SystemClock())
    asyncio.run(log.close())
    return log.vkey


def test_nothing_is_sent_without_an_intent_on_disk_however_often_the_process_is_killed(tmp_path: Path) -> None:
    chance, sent = random.Random(7), tmp_path / "sent"
    for kill in range(KILLS):
        run_and_kill(tmp_path, sent, kill * 1_000_000, "admit-first", chance.uniform(0.0, 0.2))
        assert sent_attempts(sent) <= set(recorded_attempts(tmp_path, "intent"))
    vkey = recover(tmp_path)
    intents, outcomes = recorded_attempts(tmp_path, "intent"), recorded_attempts(tmp_path, "outcome")
    assert len(sent_attempts(sent)) > KILLS
    assert sorted(intents) == sorted(outcomes)  # every intent is closed, exactly once
    found = verify(tmp_path, "--vkey", vkey, "--json")
    assert found.returncode == 0, found.stdout
    report = json.loads(found.stdout)
    assert report["open_intents"] == []
    assert report["signed_entries"] == report["entries"] == len(intents) + len(outcomes)
    assert rows(tmp_path, "SELECT count(*) FROM entry WHERE CAST(body AS TEXT) LIKE '%\"recovered\":true%'")[0][0]


def test_the_same_trial_shows_a_sender_that_does_not_wait_for_its_record(tmp_path: Path) -> None:
    sent, leaked = tmp_path / "sent", 0
    for kill in range(CONTROL_KILLS):
        run_and_kill(tmp_path, sent, kill * 1_000_000, "send-first", kill / 1000)
        leaked = len(sent_attempts(sent) - set(recorded_attempts(tmp_path, "intent")))
        if leaked:
            break
    assert leaked > 0
