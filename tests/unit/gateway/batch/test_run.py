"""One batch from where it stands to its end, whatever comes in between."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from gateway.batch.documents import kept_batch
from gateway.batch.files import Upload
from gateway.batch.nouns import WINDOW_MS, Order, Reply, Said, State
from gateway.batch.runner import Runner
from gateway.errors import FileNotKnown, InvalidFile, StateUnreadable
from gateway.vault.archive import Archive
from tests.unit.gateway.batch.bench import KEY, OWNER, TTL_MS, Bench, code_of


def busy(order: Order) -> Reply:
    return Reply(order.request_id, 503, b'{"error":{"code":"keys_unavailable"}}', retryable=True)


async def test_every_line_is_sent_once_under_an_id_of_its_own(bench: Bench) -> None:
    batch = await bench.batch(5)
    done = await bench.run(batch)
    assert (done.state, done.counts.succeeded, done.started_ms, done.ended_ms) == (
        State.COMPLETED, 5, bench.clock.ms, bench.clock.ms,
    )  # fmt: skip
    assert sorted(order.request_id for order in bench.way.asked) == [f"{batch.id}-{number}" for number in range(5)]
    assert {order.key_id for order in bench.way.asked} == {"key-1"}
    assert [*(await bench.results(done.output_id))] == [f"c{number}" for number in range(5)], (
        "in the order of the input"
    )
    with pytest.raises(FileNotKnown):
        await bench.files.get(OWNER, done.error_id or "")


async def test_no_more_lines_are_under_way_than_there_are_slots(bench: Bench) -> None:
    class Meeting:
        """Answers when three lines are under way: with fewer slots never, with more the count would show it."""

        def __init__(self) -> None:
            self.meeting, self.under_way, self.most = asyncio.Barrier(3), 0, 0

        async def send(self, order: Order) -> Reply:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            await self.meeting.wait()
            self.under_way -= 1
            return Reply(order.request_id, 200, b"{}")

        def interrupted(self, order: Order) -> bytes:
            return b"{}"

    sender = Meeting()
    async with asyncio.timeout(20):
        await bench.run(await bench.batch(12), sender=sender, slots=asyncio.Semaphore(3))
    assert sender.most == 3


async def test_a_line_that_failed_for_a_while_is_tried_again_and_each_try_has_its_id(bench: Bench) -> None:
    batch = await bench.batch(1)
    bench.way.answer = lambda order: (
        Reply(order.request_id, 200, b"{}") if order.request_id.endswith("-2") else busy(order)
    )
    assert (await bench.run(batch)).counts.succeeded == 1
    assert [order.request_id for order in bench.way.asked] == [f"{batch.id}-0{end}" for end in ("", "-1", "-2")]


async def test_a_line_is_not_tried_for_ever(bench: Bench) -> None:
    bench.way.answer = busy
    done = await bench.run(await bench.batch(1))
    assert (done.state, done.counts.errored, len(bench.way.asked)) == (State.COMPLETED, 1, bench.settings.tries)


@pytest.mark.parametrize("ends", ["cancelled", "expired"])
async def test_a_line_is_not_tried_again_after_its_batch_was_over(bench: Bench, ends: str) -> None:
    batch = await bench.batch(1)

    class Ending:
        """Fails for a while; meanwhile the batch is over."""

        async def send(self, order: Order) -> Reply:
            bench.way.asked.append(order)
            if ends == "cancelled":
                await bench.batches.cancel(OWNER, batch.surface, batch.id, KEY)
            else:
                bench.clock.ms = batch.deadline_ms
            return busy(order)

        def interrupted(self, order: Order) -> bytes:
            return b"{}"

    done = await bench.run(batch, sender=Ending())
    assert (len(bench.way.asked), done.counts.errored) == (1, 1)
    assert done.state is (State.CANCELLED if ends == "cancelled" else State.COMPLETED)


@pytest.mark.parametrize("end", ["", "-1", "-2"])
async def test_a_line_of_which_any_try_may_have_left_is_never_sent_again(bench: Bench, end: str) -> None:
    batch = await bench.batch(2)
    bench.log.left = {f"{batch.id}-0{end}"}
    done = await bench.run(batch)
    assert [order.request_id for order in bench.way.asked] == [f"{batch.id}-1"]
    errors = await bench.results(done.error_id)
    assert code_of(errors["c0"]) == "batch_line_interrupted"


async def test_while_the_log_cannot_be_read_nothing_is_sent(bench: Bench) -> None:
    batch = await bench.batch(2)
    bench.log.left = None
    with pytest.raises(ExceptionGroup):
        await bench.run(batch)
    assert bench.way.asked == []
    bench.log.left = set()
    assert (await bench.run(await bench.now(batch))).counts.succeeded == 2


async def test_what_has_a_result_is_not_run_again(bench: Bench) -> None:
    batch = await bench.batch(3)
    stopping = asyncio.Event()

    def stop(order: Order) -> Reply:
        stopping.set()
        return Reply(order.request_id, 200, b"{}")

    bench.way.answer = stop
    assert (await bench.run(batch, stopping=stopping, slots=asyncio.Semaphore(1))).state is State.RUNNING
    assert len(bench.way.asked) == 1
    assert (await bench.run(batch)).counts.succeeded == 3
    assert len(bench.way.asked) == 3


async def test_after_its_window_a_batch_sends_nothing_more_and_says_so_of_every_line(bench: Bench) -> None:
    batch = await bench.batch(3)

    def late(order: Order) -> Reply:
        bench.clock.ms = batch.deadline_ms
        return Reply(order.request_id, 200, b"{}")

    bench.way.answer = late
    done = await bench.run(batch, slots=asyncio.Semaphore(1))
    assert (done.state, done.counts.succeeded, done.counts.expired) == (State.EXPIRED, 1, 2)
    assert len(bench.way.asked) == 1
    errors = await bench.results(done.error_id)
    assert {key: code_of(one) for key, one in errors.items()} == dict.fromkeys(("c1", "c2"), "batch_expired")


async def test_a_batch_whose_last_line_ends_after_the_window_is_complete(bench: Bench) -> None:
    batch = await bench.batch(1)

    def late(order: Order) -> Reply:
        bench.clock.ms = batch.deadline_ms
        return Reply(order.request_id, 200, b"{}")

    bench.way.answer = late
    assert (await bench.run(batch)).state is State.COMPLETED


async def test_results_are_kept_as_long_as_was_asked_and_then_not_at_all(bench: Bench) -> None:
    done = await bench.run(await bench.batch(1, output_ttl_ms=3_600_000))
    assert (await bench.files.get(OWNER, done.output_id)).expires_ms == bench.clock.ms + 3_600_000
    assert (await bench.files.get(OWNER, done.input_id)).expires_ms >= bench.clock.ms + TTL_MS
    bench.clock.ms += 3_600_000
    with pytest.raises(FileNotKnown):
        await bench.files.get(OWNER, done.output_id)


async def test_the_runner_takes_up_what_is_its_own_and_ends_what_others_left(bench: Bench) -> None:
    batch = await bench.batch(2)
    other = bench.runner("home-2")
    await looked(other)
    assert (await bench.now(batch)).state is State.WAITING
    bench.clock.ms = batch.deadline_ms + WINDOW_MS // 24
    await looked(other)
    done = await bench.now(batch)
    assert (done.state, done.counts.expired) == (State.EXPIRED, 2)
    assert bench.way.asked == []
    mine = await bench.batch(2)
    await looked(bench.runner())
    assert (await bench.now(mine)).state is State.COMPLETED


async def test_a_batch_that_has_ended_stays_as_it_is(bench: Bench) -> None:
    batch = await bench.batch(2)
    await bench.batches.cancel(OWNER, batch.surface, batch.id, KEY)
    done = await bench.run(batch)
    assert (done.state, done.counts.cancelled) == (State.CANCELLED, 2)
    bench.clock.ms += 1000
    assert await bench.run(batch) == done
    assert (await bench.files.get(OWNER, done.error_id or "")).created_ms == done.ended_ms


async def looked(runner: Runner) -> None:
    """After the runner has looked, and what it took up has ended."""
    task = asyncio.create_task(runner.run())
    await asyncio.sleep(0.3)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_batch_whose_lines_are_gone_has_failed(bench: Bench) -> None:
    batch = await bench.batch(2)

    def destroy(archive: Archive) -> None:
        for document in archive.listed(OWNER, "file", bench.clock.ms):
            archive.destroy(document, bench.clock.ms)

    await bench.vault.archived(destroy)
    done = await bench.run(batch)
    assert (done.state, [problem.code for problem in done.problems]) == (State.FAILED, ["input_lost"])
    assert bench.way.asked == []


async def test_an_app_keeps_so_many_files_and_no_more(bench: Bench) -> None:
    for _ in range(3):
        await bench.batch(1)
    await bench.files.add(OWNER, Upload("a.jsonl", b"{}", Said()))
    with pytest.raises(InvalidFile):
        await bench.files.add(OWNER, Upload("a.jsonl", b"{}", Said()))


async def test_an_older_version_of_a_batch_that_somebody_put_back_is_not_run(bench: Bench, tmp_path: Path) -> None:
    batch = await bench.batch(2)
    before = await asyncio.to_thread(rows, tmp_path)
    assert (await bench.run(batch)).counts.succeeded == 2
    await asyncio.to_thread(put_back, tmp_path, before)
    with pytest.raises(StateUnreadable):
        await bench.run(batch)
    assert len(bench.way.asked) == 2


async def test_a_batch_that_cannot_be_read_does_not_keep_others_from_being_run(bench: Bench, tmp_path: Path) -> None:
    changed, unknown, good = [await bench.batch(1) for _ in range(3)]

    def write(archive: Archive) -> None:
        document, _ = kept_batch(archive, OWNER, unknown.surface, unknown.id, bench.clock.ms)
        archive.write(document, b'{"state": "of a later release"}', bench.clock.ms)

    await bench.vault.archived(write)
    before = await asyncio.to_thread(rows, tmp_path)
    await bench.batches.cancel(OWNER, changed.surface, changed.id, KEY)
    await asyncio.to_thread(put_back, tmp_path, before)
    await looked(bench.runner())
    assert (await bench.now(good)).state is State.COMPLETED
    assert [order.request_id for order in bench.way.asked] == [f"{good.id}-0"]
    for batch in (changed, unknown):
        with pytest.raises(StateUnreadable):
            await bench.now(batch)


Row = tuple[object, ...]


def rows(directory: Path) -> list[Row]:
    connection = sqlite3.connect(directory / "vault.db")
    try:
        return connection.execute("SELECT * FROM conversations").fetchall()
    finally:
        connection.close()


def put_back(directory: Path, before: list[Row]) -> None:
    connection = sqlite3.connect(directory / "vault.db")
    with connection:
        connection.executemany("INSERT OR REPLACE INTO conversations VALUES (?, ?, ?, ?, ?, ?, ?)", before)
    connection.close()
