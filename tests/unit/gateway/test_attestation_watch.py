"""Destinations that must prove themselves: held and released as their reports come and go, whoever opens them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.audit.record import Record
from gateway.settings import UpstreamSettings
from gateway.watching import AccessWatch, AttestationWatch, Recorder
from routers.attestation import Proof
from routers.live_proof import LiveProofs
from routers.revocation import EVERY_MODEL, AccessRegistry
from routers.types import Access
from routers.upstreams.endpoint import Endpoint
from selfhost.attest.checks import Check, Finding
from selfhost.attest.keys import make_key, read_private_key, read_public_key
from selfhost.attest.report import Report, write_report
from tests.fakes.targets import target
from tests.unit.routers.test_live_proof import PROOF as LIVE
from tests.unit.routers.test_live_proof import page

HOUSE, OTHER = target("house"), target("other")
AGE_MS = 1_000


class Clock:
    def __init__(self) -> None:
        self.ms = 1_800_000_000_000

    def now_ms(self) -> int:
        return self.ms

    def monotonic_s(self) -> float:
        return self.ms / 1000


class Log:
    def __init__(self) -> None:
        self.records: list[Record] = []

    async def append(self, record: Record) -> int:
        self.records.append(record)
        return len(self.records)


class Bench:
    """A registry with its watch and its log, and a report that the test writes."""

    def __init__(self, folder: Path, live: LiveProofs | None = None, *, reports: bool = True) -> None:
        make_key(folder / "key.pem", folder / "key.pub.pem")
        self.folder, self.clock, self.log = folder, Clock(), Log()
        self.recorder = Recorder(self.log)
        access = AccessWatch(self.recorder)
        self.registry = AccessRegistry(access.changed, now_ms=self.clock.now_ms, now_s=self.clock.monotonic_s)
        proof = Proof(folder / "report.json", read_public_key(folder / "key.pub.pem"), AGE_MS)
        proofs = {HOUSE.destination.id: proof} if reports else {}
        access.attestations = AttestationWatch(proofs, self.registry, self.clock, live)
        self.watch = access.attestations

    def prove(self, finding: Finding = Finding.HOLDS) -> None:
        checks = (Check("checkpoint", finding),)
        report = Report(HOUSE.destination.id, self.clock.ms, True, "ab" * 32, "a person", checks)
        write_report(self.folder / "report.json", report, read_private_key(self.folder / "key.pem"))

    def access(self) -> Access:
        return self.registry.access(HOUSE)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def test_it_is_held_and_released_as_reports_come_grow_old_and_say_no(bench: Bench) -> None:
    await bench.watch.check()
    found = [bench.access()]
    bench.prove()
    await bench.watch.check()
    found.append(bench.access())
    bench.clock.ms += AGE_MS + 1
    await bench.watch.check()
    found.append(bench.access())
    bench.prove(Finding.BROKEN)
    await bench.watch.check()
    found.append(bench.access())
    assert found == [Access.HELD, Access.ACTIVE, Access.HELD, Access.HELD]
    assert bench.registry.access(OTHER) is Access.ACTIVE
    await bench.recorder.close()
    assert [(record.after, record.evidence) for record in bench.log.records] == [  # type: ignore[union-attr]
        ("held", "missing"),
        ("active", "root abababababababab"),
        ("held", "stale"),
    ]


async def test_nobody_opens_what_has_not_proved_itself(bench: Bench) -> None:
    house = bench.registry, HOUSE.destination.id
    await bench.watch.check()
    house[0].restore(house[1], EVERY_MODEL, reason="urgent", actor="operator")
    assert bench.access() is Access.HELD
    bench.prove()
    await bench.watch.check()
    assert bench.access() is Access.ACTIVE
    await bench.recorder.close()


async def test_a_proof_does_not_open_what_an_operator_closed(bench: Bench) -> None:
    bench.prove()
    await bench.watch.check()
    bench.registry.suspend(HOUSE.destination.id, EVERY_MODEL, reason="audit", actor="operator")
    await bench.watch.check()
    assert bench.access() is Access.HELD
    bench.registry.restore(HOUSE.destination.id, EVERY_MODEL, reason="done", actor="operator")
    assert bench.access() is Access.ACTIVE
    await bench.recorder.close()


async def test_whose_kernels_run_is_on_record_from_the_start_and_whenever_it_changes(bench: Bench) -> None:
    """A fall back to stock kernels is no fault, and must be found in the log all the same."""
    for kernels in ("ours", "ours", "stock vllm 0.34 is not known", "stock\r\n<b>"):
        checks = (Check("checkpoint", Finding.HOLDS), Check("kernels", Finding.HOLDS, kernels))
        report = Report(HOUSE.destination.id, bench.clock.ms, True, "ab" * 32, "a person", checks)
        write_report(bench.folder / "report.json", report, read_private_key(bench.folder / "key.pem"))
        await bench.watch.check()
    await bench.recorder.close()
    changes = [(record.before, record.after, record.evidence) for record in bench.log.records]  # type: ignore[union-attr]
    root = "root abababababababab, kernels"
    assert changes == [
        ("active", "active", f"{root} ours"),
        ("active", "active", f"{root} stock vllm 0.34 is not known"),
        ("active", "active", f"{root} stock---b-"),
    ]


class Pages:
    """What the house says of itself."""

    def __init__(self) -> None:
        self.content: bytes | None = page(checked_ms=1_800_000_000_000, canaries="pending")

    async def read(self, endpoint: Endpoint) -> bytes | None:
        return self.content


async def test_live_proof_holds_and_releases_but_a_drift_waits_for_a_person(tmp_path: Path) -> None:
    pages, house = Pages(), HOUSE.destination.id
    bench = Bench(tmp_path, LiveProofs({house: LIVE}, pages), reports=False)
    assert bench.access() is Access.ACTIVE
    found = []
    for status in ("pending", "holds", "drifted", "holds"):
        pages.content = page(checked_ms=bench.clock.ms, canaries=status)
        await bench.watch.check()
        found.append(bench.access())
    assert found == [Access.HELD, Access.ACTIVE, Access.HELD, Access.HELD]
    bench.registry.restore(house, EVERY_MODEL, reason="looked", actor="operator")
    await bench.watch.check()
    assert bench.access() is Access.ACTIVE
    await bench.recorder.close()
    changes = [(record.after, record.cause, record.evidence) for record in bench.log.records]  # type: ignore[union-attr]
    assert changes[:3] == [
        ("held", "attestation", "no_canaries"),
        ("active", "attestation", "root abababababababab, engine None, attention None, canaries holds"),
        ("held", "canaries", "drifted"),
    ]


async def test_a_house_with_two_proofs_needs_both(tmp_path: Path) -> None:
    pages, house = Pages(), HOUSE.destination.id
    bench = Bench(tmp_path, LiveProofs({house: LIVE}, pages))
    pages.content = page(checked_ms=bench.clock.ms)
    await bench.watch.check()
    assert bench.access() is Access.HELD
    bench.prove()
    await bench.watch.check()
    assert bench.access() is Access.ACTIVE
    pages.content = page(checked_ms=bench.clock.ms, canaries="failed")
    await bench.watch.check()
    assert bench.access() is Access.HELD
    await bench.recorder.close()


def test_a_report_without_a_key_is_refused_in_the_settings() -> None:
    with pytest.raises(ValueError, match="go together"):
        UpstreamSettings(base_url="http://127.0.0.1", attestation=Path("report.json"))
