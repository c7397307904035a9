"""A proof taken home is checked without the log."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path

import pytest

from gateway.audit.errors import EntryNotFound, LogUnreadable, NotYetSigned
from gateway.audit.export import prove
from tests.unit.gateway.audit.samples import edit, finished_log, opened, refusal, rows, verify


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    directory = tmp_path_factory.mktemp("log")
    return directory, finished_log(directory, tuple(refusal(n) for n in range(600)), exchanges=1)


@pytest.mark.parametrize("seq", [0, 1, 255, 256, 511, 512, 600, 601])
def test_a_proof_holds_on_its_own(long_log: tuple[Path, str], tmp_path: Path, seq: int) -> None:
    directory, vkey = long_log
    file = tmp_path / "proof.json"
    file.write_bytes(prove(directory, seq).as_json())
    found = verify("--proof", file, "--vkey", vkey)
    assert (found.returncode, found.stderr) == (0, "")
    assert json.loads(file.read_text())["record"]["seq"] == seq


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda p: p | {"seq": p["seq"] + 1}, "not_included"),
        (lambda p: p | {"path": p["path"][:-1]}, "not_included"),
        (lambda p: p | {"path": [*p["path"], p["path"][0]]}, "not_included"),
        (lambda p: p | {"path": p["path"][::-1]}, "not_included"),
        (lambda p: p | {"checkpoint": p["checkpoint"].replace("\n602\n", "\n603\n")}, "checkpoint_not_valid"),
        (lambda p: p | {"checkpoint": ""}, "checkpoint_not_valid"),
        (
            lambda p: (
                p
                | {
                    "body": base64.b64encode(
                        base64.b64decode(p["body"]).replace(b"policy_denied", b"policy_agreed")
                    ).decode()
                }
            ),
            "not_included",
        ),
    ],
)
def test_a_changed_proof_does_not_hold(long_log: tuple[Path, str], tmp_path: Path, change: object, code: str) -> None:
    directory, vkey = long_log
    assert callable(change)
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(change(json.loads(prove(directory, 300).as_json()))))
    found = verify("--proof", file, "--vkey", vkey, "--json")
    assert found.returncode == 1
    assert code in {finding["code"] for finding in json.loads(found.stdout)["findings"]}


def test_the_record_shown_beside_a_proof_must_be_the_record_proved(long_log: tuple[Path, str], tmp_path: Path) -> None:
    directory, vkey = long_log
    proof = json.loads(prove(directory, 300).as_json())
    proof["record"]["code"] = "other"
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(proof))
    assert "record_mismatch" in verify("--proof", file, "--vkey", vkey).stdout


def test_an_entry_that_does_not_exist_has_no_proof(long_log: tuple[Path, str]) -> None:
    with pytest.raises(EntryNotFound):
        prove(long_log[0], 602)


def test_a_directory_without_a_log_has_no_proofs(tmp_path: Path) -> None:
    with pytest.raises(LogUnreadable):
        prove(tmp_path, 0)


async def test_an_entry_has_no_proof_before_it_is_signed(tmp_path: Path) -> None:
    async with opened(tmp_path, checkpoint_s=60.0) as log:
        await log.append(refusal(0))
        with pytest.raises(NotYetSigned):
            await asyncio.to_thread(prove, tmp_path, 0)
    assert (await asyncio.to_thread(prove, tmp_path, 0)).path == ()


def test_a_log_that_does_not_lead_to_its_checkpoint_proves_nothing(tmp_path: Path) -> None:
    finished_log(tmp_path)
    edit(tmp_path, "UPDATE entry SET leaf = zeroblob(32) WHERE seq = 2")
    with pytest.raises(LogUnreadable):
        prove(tmp_path, 3)
    edit(tmp_path, "DELETE FROM entry WHERE seq = 2")
    with pytest.raises(LogUnreadable):
        prove(tmp_path, 3)
    assert rows(tmp_path, "SELECT count(*) FROM entry") == [(9,)]
