"""The verifier finds every tampering, and needs nothing of the product."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

import gateway.audit.verify as verifier
from gateway.audit.checkpoint import SigningKey
from gateway.audit.merkle import CompactRange, leaf_hash
from gateway.audit.record import Record, canonical
from tests.unit.gateway.audit.samples import (
    ACCESS,
    BODY,
    KEY,
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

EVERY_KIND: tuple[Record, ...] = (refusal(90), ACCESS, KEY)


def codes(directory: Path, vkey: str, *more: object) -> set[str]:
    found = verify(directory, "--vkey", vkey, "--json", *more)
    assert found.returncode == 1, found.stdout + found.stderr
    return {finding["code"] for finding in json.loads(found.stdout)["findings"]}


def replace_body(directory: Path, seq: int, body: bytes) -> None:
    """Changes a record the way a careful attacker would: the leaf hash with it."""
    edit(directory, "UPDATE entry SET body = ?, leaf = ? WHERE seq = ?", body, leaf_hash(body), seq)


def resign(directory: Path, key: SigningKey) -> None:
    """Replaces every checkpoint by one over what is stored now."""
    tree = CompactRange()
    for (body,) in rows(directory, "SELECT body FROM entry ORDER BY seq"):
        assert isinstance(body, bytes)
        tree.append(leaf_hash(body))
    edit(directory, "DELETE FROM checkpoint")
    edit(directory, "INSERT INTO checkpoint VALUES (?, 0, ?)", tree.size, key.sign(tree.size, tree.root()))


def own_key(directory: Path) -> SigningKey:
    return SigningKey.parse((directory / "audit-signing.key").read_text())


def test_an_untouched_log_of_every_kind_of_record_holds(tmp_path: Path) -> None:
    vkey = finished_log(tmp_path, EVERY_KIND)
    found = verify(tmp_path, "--vkey", vkey)
    assert (found.returncode, found.stderr) == (0, "")
    assert "entries 13, signed 13" in found.stdout
    assert found.stdout.endswith("all holds\n")


def test_the_report_is_also_json(tmp_path: Path) -> None:
    vkey = finished_log(tmp_path)
    report = json.loads(verify(tmp_path, "--vkey", tmp_path / "audit.vkey", "--json").stdout)
    assert report["ok"] is True
    assert (report["entries"], report["signed_entries"], report["findings"]) == (10, 10, [])
    assert vkey.startswith("gateway.internal/log+")


def test_the_verifier_imports_nothing_of_the_product() -> None:
    script = (
        "import runpy, sys\n"
        f"runpy.run_path({verifier.__file__!r}, run_name='verifier')\n"
        "print('\\n'.join(sorted(sys.modules)))\n"
    )
    loaded = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True).stdout
    third_party = {name.split(".")[0] for name in loaded.split()} - set(sys.stdlib_module_names)
    assert not {name for name in third_party if name in {"gateway", "routers", "orjson", "sqlalchemy", "pydantic"}}
    assert "cryptography" in third_party


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE entry SET tenant = 'other' WHERE seq = 4", "column_mismatch"),
        ("UPDATE entry SET at_ms = at_ms + 1 WHERE seq = 4", "column_mismatch"),
        ("UPDATE entry SET destination = 'us-closed' WHERE seq = 4", "column_mismatch"),
        ("UPDATE entry SET level = NULL WHERE seq = 4", "column_mismatch"),
        ("UPDATE entry SET level = 'public' WHERE seq = 5", "column_mismatch"),
        ("UPDATE entry SET result = 'created' WHERE seq = 10", "column_mismatch"),
        ("UPDATE entry SET kind = 'access' WHERE seq = 12", "column_mismatch"),
        ("UPDATE entry SET leaf = zeroblob(32) WHERE seq = 4", "leaf_mismatch"),
        (
            "UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), 'confidential', 'public') AS BLOB) WHERE seq = 4",
            "leaf_mismatch",
        ),
        ("DELETE FROM entry WHERE seq = 4", "seq_not_contiguous"),
        ("DELETE FROM entry WHERE seq = 0", "seq_not_contiguous"),
        ("DELETE FROM entry WHERE seq = 12", "entries_missing"),
        ("DELETE FROM entry_rule WHERE seq = 10 AND rule = 'CN-NIL-7'", "rules_mismatch"),
        ("INSERT INTO entry_rule VALUES ('EU-1', 11)", "rules_mismatch"),
        ("INSERT INTO entry_rule VALUES ('EU-1', 400)", "rule_of_no_entry"),
        ("DELETE FROM checkpoint", "no_checkpoint"),
        ("UPDATE checkpoint SET size = 12", "checkpoint_swapped"),
        ("UPDATE checkpoint SET note = replace(note, char(10) || '13', char(10) || '12')", "checkpoint_not_valid"),
        ("UPDATE checkpoint SET note = 'nothing'", "checkpoint_not_valid"),
    ],
)
def test_an_edited_database_is_found(tmp_path: Path, statement: str, code: str) -> None:
    vkey = finished_log(tmp_path, EVERY_KIND)
    edit(tmp_path, statement)
    assert code in codes(tmp_path, vkey)


def test_a_changed_record_is_found_even_when_its_hash_is_changed_with_it(tmp_path: Path) -> None:
    vkey = finished_log(tmp_path)
    (body,) = rows(tmp_path, "SELECT body FROM entry WHERE seq = 4")[0]
    assert isinstance(body, bytes)
    replace_body(tmp_path, 4, body.replace(b"confidential", b"restricted"))
    assert codes(tmp_path, vkey) == {"root_mismatch", "column_mismatch"}


def test_two_records_that_changed_places_are_found(tmp_path: Path) -> None:
    vkey = finished_log(tmp_path)
    edit(tmp_path, "UPDATE entry SET seq = -1 WHERE seq = 2")
    edit(tmp_path, "UPDATE entry SET seq = 2 WHERE seq = 4")
    edit(tmp_path, "UPDATE entry SET seq = 4 WHERE seq = -1")
    assert {"column_mismatch", "root_mismatch"} <= codes(tmp_path, vkey)


def test_a_checkpoint_forged_with_another_key_is_found(tmp_path: Path) -> None:
    vkey = finished_log(tmp_path)
    edit(tmp_path, "DELETE FROM entry WHERE seq = 9")
    resign(tmp_path, SigningKey.generate("gateway.internal/log"))
    assert codes(tmp_path, vkey) == {"checkpoint_not_valid"}


def test_a_checkpoint_of_another_log_is_found(tmp_path: Path) -> None:
    vkey = finished_log(tmp_path / "a")
    finished_log(tmp_path / "b")
    (note,) = rows(tmp_path / "b", "SELECT note FROM checkpoint")[0]
    edit(tmp_path / "a", "UPDATE checkpoint SET note = ?", note)
    assert "checkpoint_not_valid" in codes(tmp_path / "a", vkey)


async def _two_checkpoints(directory: Path) -> str:
    async with opened(directory) as log:
        await write_exchanges(log, 3)
    async with opened(directory) as log:
        await write_exchanges(log, 2, start=3)
        return log.vkey


def test_an_older_checkpoint_put_in_the_place_of_a_newer_one_is_found(tmp_path: Path) -> None:
    vkey = asyncio.run(_two_checkpoints(tmp_path))
    (old,) = rows(tmp_path, "SELECT note FROM checkpoint WHERE size = 6")[0]
    edit(tmp_path, "UPDATE checkpoint SET note = ? WHERE size = 10", old)
    assert "checkpoint_swapped" in codes(tmp_path, vkey)


def test_a_cut_off_end_is_shown_by_a_checkpoint_kept_elsewhere(tmp_path: Path) -> None:
    vkey = asyncio.run(_two_checkpoints(tmp_path))
    kept = tmp_path / "kept.txt"
    kept.write_text(str(rows(tmp_path, "SELECT note FROM checkpoint WHERE size = 10")[0][0]))
    assert verify(tmp_path, "--vkey", vkey, "--checkpoint", kept).returncode == 0
    for table in ("entry WHERE seq >= 6", "entry_rule WHERE seq >= 6", "checkpoint WHERE size = 10"):
        edit(tmp_path, f"DELETE FROM {table}")
    assert verify(tmp_path, "--vkey", vkey).returncode == 0  # why a checkpoint must be kept elsewhere
    assert codes(tmp_path, vkey, "--checkpoint", kept) == {"entries_missing"}


def test_a_rewritten_history_is_shown_by_a_checkpoint_kept_elsewhere(tmp_path: Path) -> None:
    vkey = finished_log(tmp_path)
    kept = tmp_path / "kept.txt"
    kept.write_text(str(rows(tmp_path, "SELECT note FROM checkpoint")[0][0]))
    (body,) = rows(tmp_path, "SELECT body FROM entry WHERE seq = 4")[0]
    assert isinstance(body, bytes)
    replace_body(tmp_path, 4, body.replace(b'"sent_bytes":27', b'"sent_bytes":28'))
    resign(tmp_path, own_key(tmp_path))  # with the key in hand everything inside agrees again
    assert verify(tmp_path, "--vkey", vkey).returncode == 0
    assert codes(tmp_path, vkey, "--checkpoint", kept) == {"root_mismatch"}


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ((intent(0), outcome(0, 0), outcome(0, 0)), "duplicate_outcome"),
        ((intent(0), intent(0), outcome(0, 1)), "duplicate_intent"),
        ((outcome(0, 0),), "outcome_without_intent"),
        ((intent(0), intent(1), outcome(0, 1)), "outcome_without_intent"),
    ],
)
def test_a_log_that_does_not_pair_up_is_found(tmp_path: Path, records: tuple[Record, ...], code: str) -> None:
    vkey = finished_log(tmp_path, records, exchanges=0)
    assert codes(tmp_path, vkey) == {code}


def test_open_intents_are_reported_and_are_no_tampering(tmp_path: Path) -> None:
    vkey = finished_log(tmp_path, (intent(0), intent(1), outcome(0, 0)), exchanges=0)
    found = verify(tmp_path, "--vkey", vkey, "--json")
    assert found.returncode == 0
    assert json.loads(found.stdout)["open_intents"] == [1]


@pytest.mark.parametrize(
    "body",
    [
        canonical(KEY, seq=0, at_ms=5).replace(b'"action"', b' "action"'),
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a":1.5}',
        b'{"a":null}',
        b'{"a":[null]}',
        b'{"a":NaN}',
        b'"text"',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_a_record_that_is_not_canonical_is_found_even_when_it_is_signed(tmp_path: Path, body: bytes) -> None:
    vkey = finished_log(tmp_path, (KEY,), exchanges=0)
    replace_body(tmp_path, 0, body)
    resign(tmp_path, own_key(tmp_path))
    assert codes(tmp_path, vkey) == {"not_canonical"}


@pytest.mark.parametrize(("old", "new"), [(b'"v":1', b'"v":2'), (b'"kind":"key"', b'"kind":"kee"')])
def test_a_record_of_an_unknown_version_or_kind_is_found(tmp_path: Path, old: bytes, new: bytes) -> None:
    vkey = finished_log(tmp_path, (KEY,), exchanges=0)
    replace_body(tmp_path, 0, canonical(KEY, seq=0, at_ms=5).replace(old, new))
    resign(tmp_path, own_key(tmp_path))
    assert "unknown_record" in codes(tmp_path, vkey)


def test_time_that_runs_backwards_is_a_warning(tmp_path: Path) -> None:
    vkey = finished_log(tmp_path, (KEY, KEY), exchanges=0)
    replace_body(tmp_path, 0, canonical(KEY, seq=0, at_ms=9))
    replace_body(tmp_path, 1, canonical(KEY, seq=1, at_ms=5))
    for seq, at_ms in ((0, 9), (1, 5)):
        edit(tmp_path, "UPDATE entry SET at_ms = ? WHERE seq = ?", at_ms, seq)
    resign(tmp_path, own_key(tmp_path))
    found = verify(tmp_path, "--vkey", vkey)
    assert found.returncode == 0
    assert "warning time_backwards at 1: 4 ms" in found.stdout


async def test_a_log_in_use_is_checked_without_disturbing_it(tmp_path: Path) -> None:
    async with opened(tmp_path, checkpoint_s=60.0) as log:
        dispatch = await log.admit(intent(0), BODY)
        edit_free = await asyncio.to_thread(verify, tmp_path, "--vkey", log.vkey)
        assert "no_checkpoint" in edit_free.stdout  # nothing has been signed yet
        await log.settle(outcome(0, dispatch.intent_seq))
        vkey = log.vkey
    async with opened(tmp_path, checkpoint_s=60.0) as log:
        await log.append(refusal(1))
        found = await asyncio.to_thread(verify, tmp_path, "--vkey", vkey)
        assert found.returncode == 0
        assert "warning not_yet_signed at 2: 1 entries" in found.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("{dir}/absent", "--vkey", "{vkey}"),
        ("{dir}", "--vkey", "nonsense"),
        ("{dir}", "--vkey", "gateway.internal/log+00000000+AWdpKhHdRUNgfw0NkSU1E3fiRF3QRoelL3PfbMFnkuvd"),
        ("{dir}", "--vkey", "{vkey}", "--checkpoint", "{dir}/absent"),
        ("{dir}", "--vkey", "{vkey}", "--checkpoint", "{dir}/audit.vkey"),
        ("{dir}",),
        ("{dir}", "--vkey", "{vkey}", "--proof", "{dir}/audit.vkey"),
        ("--proof", "{dir}/audit.vkey", "--vkey", "{vkey}"),
        ("--vkey", "{vkey}"),
    ],
)
def test_what_cannot_be_checked_is_not_called_fine(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    vkey = finished_log(tmp_path)
    found = verify(*(argument.format(dir=tmp_path, vkey=vkey) for argument in arguments))
    assert (found.returncode, found.stdout) == (2, "")


def test_a_file_that_is_not_a_log_cannot_be_checked(tmp_path: Path) -> None:
    vkey = finished_log(tmp_path)
    (tmp_path / "audit.sqlite3").write_bytes(b"not a database" * 100)
    assert verify(tmp_path, "--vkey", vkey).returncode == 2


def test_a_log_on_read_only_media_can_be_checked(tmp_path: Path) -> None:
    vkey = finished_log(tmp_path)
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "audit.sqlite3").write_bytes((tmp_path / "audit.sqlite3").read_bytes())
    copy.chmod(0o500)
    assert verify(copy, "--vkey", vkey).returncode == 0
    copy.chmod(0o700)
