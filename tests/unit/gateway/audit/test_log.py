"""No durable record, no egress: what the log promises the pipeline."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.audit.log import AuditLog, open_log
from gateway.errors import AuditUnavailable, StartupError
from gateway.settings import AuditSettings
from routers.errors import EgressForbidden
from routers.permit import PermitBook
from routers.types import DestinationId
from tests.unit.gateway.audit.disks import Disk
from tests.unit.gateway.audit.samples import (
    BODY,
    COMMITMENT_KEY,
    CountingIssuer,
    SystemClock,
    intent,
    opened,
    outcome,
    refusal,
    rows,
    verify,
    write_exchanges,
)

INHOUSE = DestinationId("inhouse")


def bodies(directory: Path) -> list[dict[str, object]]:
    return [json.loads(str(body, "utf-8")) for (body,) in rows(directory, "SELECT body FROM entry ORDER BY seq")]


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise TimeoutError


async def test_an_admitted_attempt_is_on_disk_before_its_permit_exists(tmp_path: Path) -> None:
    issuer, disk = CountingIssuer(), Disk()
    async with opened(tmp_path, issuer=issuer, connect=disk.connect) as log:
        disk.ready.clear()
        admission = asyncio.create_task(log.admit(intent(0), BODY))
        await asyncio.sleep(0.05)
        assert not admission.done()
        assert issuer.attempts == []
        assert rows(tmp_path, "SELECT count(*) FROM entry") == [(0,)]
        disk.ready.set()
        dispatch = await admission
        assert rows(tmp_path, "SELECT seq, attempt_id FROM entry") == [(0, "att-0")]
        assert dispatch.intent_seq == 0
        issuer.book.redeem(dispatch.permit, INHOUSE, BODY)


async def test_the_permit_is_good_for_the_recorded_destination_and_body_only(tmp_path: Path) -> None:
    issuer = CountingIssuer()
    async with opened(tmp_path, issuer=issuer) as log:
        dispatch = await log.admit(intent(0), BODY)
        with pytest.raises(EgressForbidden):
            issuer.book.redeem(dispatch.permit, INHOUSE, BODY + b" ")
        dispatch = await log.admit(intent(1), BODY)
        with pytest.raises(EgressForbidden):
            issuer.book.redeem(dispatch.permit, DestinationId("us-closed"), BODY)


async def test_a_writer_that_fails_issues_no_permit_and_never_writes_again(tmp_path: Path) -> None:
    issuer, disk = CountingIssuer(), Disk()
    async with opened(tmp_path, issuer=issuer, connect=disk.connect) as log:
        await log.append(refusal(0))
        disk.broken = True
        with pytest.raises(AuditUnavailable):
            await log.admit(intent(1), BODY)
        disk.broken = False
        commits = disk.commits
        assert not log.available
        for attempt in (log.admit(intent(2), BODY), log.append(refusal(3)), log.settle(outcome(1, 1))):
            with pytest.raises(AuditUnavailable):
                await attempt
        assert disk.commits == commits
        assert issuer.attempts == []
    assert rows(tmp_path, "SELECT count(*) FROM entry") == [(1,)]


async def test_everybody_in_a_failed_group_is_refused(tmp_path: Path) -> None:
    disk = Disk()
    async with opened(tmp_path, connect=disk.connect) as log:
        disk.broken = True
        results = await asyncio.gather(*(log.admit(intent(n), BODY) for n in range(50)), return_exceptions=True)
        assert all(isinstance(result, AuditUnavailable) for result in results)


async def test_a_latched_log_can_be_opened_again_and_keeps_attempts_in_flight_open(tmp_path: Path) -> None:
    disk = Disk()
    async with opened(tmp_path, connect=disk.connect) as log:
        in_flight = await log.admit(intent(0), BODY)
        lost = await log.admit(intent(1), BODY)
        disk.broken = True
        with pytest.raises(AuditUnavailable):
            await log.settle(outcome(1, lost.intent_seq))
        disk.broken = False
        await log.reopen()
        assert log.available
        await log.settle(outcome(0, in_flight.intent_seq))
        vkey = log.vkey
    endings = {body["attempt_id"]: body["ending"] for body in bodies(tmp_path) if body["kind"] == "outcome"}
    assert endings == {"att-0": "complete", "att-1": "unknown"}
    assert verify(tmp_path, "--vkey", vkey).returncode == 0


async def test_a_log_that_still_cannot_be_written_stays_latched(tmp_path: Path) -> None:
    disk = Disk()
    async with opened(tmp_path, connect=disk.connect) as log:
        await log.admit(intent(0), BODY)
        disk.broken = True
        with pytest.raises(AuditUnavailable):
            await log.settle(outcome(0, 0))
        with pytest.raises(StartupError):
            await log.reopen()
        with pytest.raises(AuditUnavailable):
            await log.append(refusal(1))


async def test_a_wait_that_is_too_long_is_refused_and_recorded_as_not_sent(tmp_path: Path) -> None:
    issuer, disk = CountingIssuer(), Disk()
    async with opened(tmp_path, issuer=issuer, connect=disk.connect, wait_s=0.1) as log:
        disk.ready.clear()
        with pytest.raises(AuditUnavailable, match="in time"):
            await log.admit(intent(0), BODY)
        disk.ready.set()
        await until(lambda: rows(tmp_path, "SELECT count(*) FROM entry") == [(2,)])
        assert issuer.attempts == []
    closing = bodies(tmp_path)[1]
    assert (closing["kind"], closing["ending"], closing["signature"]) == ("outcome", "unknown", "audit.not_sent")
    assert (closing["attempt_id"], closing["intent_seq"], closing["recovered"]) == ("att-0", 0, False)


async def test_a_caller_that_hangs_up_while_waiting_gets_no_permit(tmp_path: Path) -> None:
    issuer, disk = CountingIssuer(), Disk()
    async with opened(tmp_path, issuer=issuer, connect=disk.connect) as log:
        disk.ready.clear()
        admission = asyncio.create_task(log.admit(intent(0), BODY))
        await asyncio.sleep(0.05)
        admission.cancel()
        with pytest.raises(asyncio.CancelledError):
            await admission
        disk.ready.set()
        await until(lambda: rows(tmp_path, "SELECT count(*) FROM entry") == [(2,)])
        assert issuer.attempts == []
    assert bodies(tmp_path)[1]["signature"] == "audit.not_sent"


async def test_a_caller_that_hangs_up_just_after_the_commit_is_recorded_as_not_sent(tmp_path: Path) -> None:
    issuer, disk, loop = CountingIssuer(), Disk(), asyncio.get_running_loop()

    def hang_up() -> None:
        time.sleep(0.05)  # the writer's acknowledgement is queued meanwhile, ahead of the cancellation
        loop.call_soon(admission.cancel)

    async with opened(tmp_path, issuer=issuer, connect=disk.connect) as log:
        disk.ready.clear()
        admission = asyncio.create_task(log.admit(intent(0), BODY))
        await asyncio.sleep(0.02)
        disk.after_commit = lambda: loop.call_soon_threadsafe(hang_up)
        disk.ready.set()
        with pytest.raises(asyncio.CancelledError):
            await admission
        disk.after_commit = lambda: None
        await until(lambda: rows(tmp_path, "SELECT count(*) FROM entry") == [(2,)])
        assert issuer.attempts == []
    assert bodies(tmp_path)[1]["signature"] == "audit.not_sent"


async def test_a_record_nobody_waits_for_any_more_is_not_begun(tmp_path: Path) -> None:
    disk = Disk()
    async with opened(tmp_path, connect=disk.connect, wait_s=0.1) as log:
        disk.ready.clear()
        first = asyncio.create_task(log.append(refusal(0)))
        await asyncio.sleep(0.03)  # the writer is now busy with the first
        with pytest.raises(AuditUnavailable):
            await log.admit(intent(1), BODY)
        disk.ready.set()
        await asyncio.gather(first, return_exceptions=True)
    assert [body["kind"] for body in bodies(tmp_path)] == ["refusal"]


async def test_an_outcome_outlives_the_caller_that_reports_it(tmp_path: Path) -> None:
    disk = Disk()
    async with opened(tmp_path, connect=disk.connect) as log:
        dispatch = await log.admit(intent(0), BODY)
        disk.ready.clear()
        settling = asyncio.create_task(log.settle(outcome(0, dispatch.intent_seq)))
        await asyncio.sleep(0.02)
        settling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await settling
        disk.ready.set()
    assert [body["kind"] for body in bodies(tmp_path)] == ["intent", "outcome"]


async def test_a_record_without_canonical_form_is_refused_and_the_log_goes_on(tmp_path: Path) -> None:
    async with opened(tmp_path) as log:
        with pytest.raises(AuditUnavailable):
            await log.append(refusal(0, rule="\ud800"))
        assert await log.append(refusal(1)) == 0
        vkey = log.vkey
    assert verify(tmp_path, "--vkey", vkey).returncode == 0


async def test_sequence_numbers_are_contiguous_whatever_arrives_at_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as log:
        numbers = await asyncio.gather(*(log.append(refusal(n)) for n in range(1500)))
    assert numbers == list(range(1500))


async def test_records_that_arrive_together_share_a_commit(tmp_path: Path) -> None:
    disk = Disk()
    async with opened(tmp_path, connect=disk.connect) as log:
        before = disk.commits
        await asyncio.gather(*(log.append(refusal(n)) for n in range(500)))
        assert disk.commits - before < 50


async def test_a_commitment_is_keyed_and_repeatable(tmp_path: Path) -> None:
    async with opened(tmp_path) as log:
        expected = hmac.new(COMMITMENT_KEY, BODY, hashlib.sha256).hexdigest()
        assert log.commitment(BODY) == expected
        assert log.commitment(BODY) != hashlib.sha256(BODY).hexdigest()
        assert log.commitment(BODY + b" ") != expected


async def test_closing_writes_what_is_queued_and_signs_it(tmp_path: Path) -> None:
    async with opened(tmp_path, checkpoint_s=60.0) as log:
        waiting = [asyncio.create_task(log.append(refusal(n))) for n in range(200)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*waiting) == list(range(200))
    assert rows(tmp_path, "SELECT max(size) FROM checkpoint") == [(200,)]
    with pytest.raises(AuditUnavailable):
        await log.append(refusal(200))


async def test_a_growing_log_is_signed_within_the_interval(tmp_path: Path) -> None:
    async with opened(tmp_path, checkpoint_s=0.05) as log:
        await log.append(refusal(0))
        await until(lambda: rows(tmp_path, "SELECT max(size) FROM checkpoint") == [(1,)])
        await asyncio.sleep(0.15)  # an idle log is not signed again
        assert rows(tmp_path, "SELECT count(*) FROM checkpoint") == [(1,)]
        await log.append(refusal(1))
        await until(lambda: rows(tmp_path, "SELECT max(size) FROM checkpoint") == [(2,)])


async def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    async with opened(tmp_path):
        with pytest.raises(StartupError, match="another process"):
            async with opened(tmp_path):
                pass
    async with opened(tmp_path) as log:
        assert log.available


async def test_the_writer_commits_with_full_synchronisation(tmp_path: Path) -> None:
    disk = Disk()
    async with opened(tmp_path, connect=disk.connect) as log:
        await log.append(refusal(0))
        (connection,) = disk.connections
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_a_full_disk_refuses_the_request_and_loses_nothing_acknowledged(tmp_path: Path) -> None:
    issuer, disk = CountingIssuer(), Disk(page_limit=60)
    acknowledged = 0
    async with opened(tmp_path, issuer=issuer, connect=disk.connect) as log:
        while log.available and acknowledged < 10_000:
            with suppress(AuditUnavailable):
                await log.admit(intent(acknowledged), BODY)
                acknowledged += 1
        assert not log.available
        assert len(issuer.attempts) == acknowledged > 0
    assert rows(tmp_path, "SELECT count(*) FROM entry") == [(acknowledged,)]
    async with opened(tmp_path) as log:  # space has returned
        assert await log.append(refusal(0)) == 2 * acknowledged


def test_a_log_opened_outside_the_loop_serves_inside_it(tmp_path: Path) -> None:
    log = open_log(AuditSettings(), tmp_path, COMMITMENT_KEY, PermitBook(), SystemClock())

    async def use(log: AuditLog) -> int:
        await write_exchanges(log, 2)
        await log.close()
        return (await asyncio.to_thread(rows, tmp_path, "SELECT count(*) FROM entry"))[0][0]  # type: ignore[return-value]

    assert asyncio.run(use(log)) == 4


def test_a_directory_that_cannot_be_written_is_a_startup_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(StartupError, match="cannot be used"):
        open_log(AuditSettings(), tmp_path / "file", COMMITMENT_KEY, PermitBook(), SystemClock())


def test_a_foreign_database_is_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "audit.sqlite3")
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    with pytest.raises(StartupError, match="not one that this release"):
        open_log(AuditSettings(), tmp_path, COMMITMENT_KEY, PermitBook(), SystemClock())
