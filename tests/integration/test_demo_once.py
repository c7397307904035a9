"""`gateway demo --once`: the whole product, five processes, the official SDKs."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

import selfhost.nano
from gateway.demo import samples
from gateway.demo.cases import ANTHROPIC, INHOUSE, MINIMAX, OPENAI, Case
from gateway.demo.scenario import SCENARIO

pytestmark = pytest.mark.timeout(300)

Row = dict[str, object]


@pytest.fixture(scope="module")
def played() -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gateway", "demo", "--once", "--json"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=280)


@pytest.fixture(scope="module")
def report(played: subprocess.CompletedProcess[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(played.stdout)
    return found


@pytest.fixture(scope="module")
def rows(report: dict[str, object]) -> dict[str, Row]:
    requests = report["requests"]
    assert isinstance(requests, list)
    return {row["request"]: row for row in requests}


def test_every_promise_holds(played: subprocess.CompletedProcess[str], report: dict[str, object]) -> None:
    assert report["problems"] == []
    assert (played.returncode, played.stderr) == (0, "")


def test_every_case_is_in_the_table(rows: dict[str, Row]) -> None:
    assert list(rows) == [step.name for step in SCENARIO if isinstance(step, Case)]


def test_log_is_whole_and_signed_to_the_last_entry(report: dict[str, object]) -> None:
    checked = report["verification"]
    assert isinstance(checked, dict)
    assert (checked["exit_code"], checked["findings"], checked["open_intents"]) == (0, [], 0)
    assert checked["signed_entries"] == checked["entries"] > len(SCENARIO)


def test_only_public_text_goes_within_reach_of_compelled_access(rows: dict[str, Row]) -> None:
    assert [row["level"] for row in rows.values() if row["destination"] == MINIMAX] == ["public"]


def test_withdrawn_model_fails_over_once_and_never_wider(rows: dict[str, Row]) -> None:
    attempts = rows["card number, model withdrawn under it"]["attempts"]
    assert isinstance(attempts, list)
    assert [(each["destination"], each["failure_class"]) for each in attempts] == [
        (ANTHROPIC, "revoked"),
        (INHOUSE, ""),
    ]
    after = rows["internal question, model set aside"]["attempts"]
    assert isinstance(after, list)
    assert [each["destination"] for each in after] == [OPENAI]


def test_in_house_answers_are_recorded_with_the_signed_weights_they_came_from(rows: dict[str, Row]) -> None:
    envelope = json.loads((Path(selfhost.nano.__file__).parent / "weights" / "checkpoint.dsse.json").read_bytes())
    signed = json.loads(base64.b64decode(envelope["payload"]))["predicate"]["root"]
    attempts = [each for row in rows.values() for each in row["attempts"] if each["destination"] == INHOUSE]
    assert len(attempts) > 5
    assert {(each["provenance"]["root"], each["provenance"]["canaries"]) for each in attempts} == {(signed, "holds")}


def test_output_holds_no_value_of_any_request(played: subprocess.CompletedProcess[str]) -> None:
    values = (samples.EMAIL, samples.PHONE, samples.CARD, samples.AWS_KEY_ID, samples.CN_RESIDENT_ID, samples.PATIENT)
    assert not any(value in played.stdout + played.stderr for value in values)


def test_second_play_in_the_same_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "audit.sqlite3").touch()
    command = [sys.executable, "-m", "gateway", "demo", "--once", "--state", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "needs a new state directory" in done.stderr
