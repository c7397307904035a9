"""The proxy reads what the in-house machine signed: each way in which a report proves nothing has its own name."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from routers.attestation import Doubt, Proof, doubt_of, load_proof
from routers.errors import CatalogError
from routers.types import DestinationId
from selfhost.attest.checks import Check, Finding
from selfhost.attest.envelope import Envelope, Statement, write_envelope
from selfhost.attest.keys import make_key
from selfhost.attest.report import Report, write_report

NOW_MS, HOUR_MS = 1_800_000_000_000, 3_600_000
KEY, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))
HOUSE = DestinationId("inhouse-m3")
GOOD = Report(HOUSE, NOW_MS - HOUR_MS, True, "ab" * 32, "a person", (Check("checkpoint", Finding.HOLDS),))
BROKEN = (Check("checkpoint", Finding.BROKEN),)
UNSEEN = (Check("checkpoint", Finding.NOT_CHECKED),)


def written(report: Report, key: Ed25519PrivateKey = KEY) -> Callable[[Path], None]:
    return lambda path: write_report(path, report, key)


def other_type(path: Path) -> None:
    payload = Statement({}, "urn:another", GOOD.statement().predicate).payload()
    write_envelope(path, Envelope(payload, {}).signed(KEY))


def changed(path: Path) -> None:
    write_report(path, replace(GOOD, checks=BROKEN), KEY)
    document = json.loads(path.read_text())
    good = path.with_suffix(".good")
    write_report(good, GOOD, KEY)
    document["payload"] = json.loads(good.read_text())["payload"]
    path.write_text(json.dumps(document))


CASES: dict[str, tuple[Callable[[Path], object], Doubt | None]] = {
    "good": (written(GOOD), None),
    "nothing there": (lambda path: None, Doubt.MISSING),
    "a folder": (lambda path: path.mkdir(), Doubt.UNREADABLE),
    "not JSON": (lambda path: path.write_text("proved"), Doubt.UNREADABLE),
    "no envelope": (lambda path: path.write_text("[]"), Doubt.UNREADABLE),
    "no signature": (lambda path: write_envelope(path, Envelope(GOOD.statement().payload(), {})), Doubt.SIGNATURE),
    "another key": (written(GOOD, OTHER), Doubt.SIGNATURE),
    "changed": (changed, Doubt.SIGNATURE),
    "another statement": (other_type, Doubt.UNREADABLE),
    "another destination": (written(replace(GOOD, destination="inhouse-2")), Doubt.OTHER_DESTINATION),
    "too old": (written(replace(GOOD, at_ms=NOW_MS - 2 * HOUR_MS - 1)), Doubt.STALE),
    "from the future": (written(replace(GOOD, at_ms=NOW_MS + HOUR_MS)), Doubt.STALE),
    "not strict": (written(replace(GOOD, strict=False)), Doubt.NOT_STRICT),
    "says no": (written(replace(GOOD, checks=BROKEN)), Doubt.NOT_PROVED),
    "did not look": (written(replace(GOOD, checks=UNSEEN)), Doubt.NOT_PROVED),
}


@pytest.mark.parametrize(("write", "doubt"), CASES.values(), ids=CASES)
def test_only_a_good_recent_report_proves_anything(
    tmp_path: Path, write: Callable[[Path], object], doubt: Doubt | None
) -> None:
    path = tmp_path / "report.json"
    write(path)
    proof = Proof(path, KEY.public_key(), age_ms=2 * HOUR_MS)
    assert doubt_of(proof, HOUSE, NOW_MS) is doubt


def test_a_key_that_cannot_be_used_is_an_error_at_start(tmp_path: Path) -> None:
    make_key(tmp_path / "key.pem", tmp_path / "key.pub.pem")
    assert load_proof(tmp_path / "report.json", tmp_path / "key.pub.pem", 1).age_ms == 1
    other = generate_private_key(SECP256R1()).public_key()
    (tmp_path / "ec.pem").write_bytes(other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    for name in ("ec.pem", "key.pem", "missing.pem"):
        with pytest.raises(CatalogError):
            load_proof(tmp_path / "report.json", tmp_path / name, 1)
