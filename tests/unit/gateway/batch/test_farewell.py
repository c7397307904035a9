"""A batch whose time is over: nothing of it can be read, and the log says so."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from gateway.batch.batches import Wanted
from gateway.batch.files import Upload
from gateway.batch.nouns import WINDOW_MS, Batch, Said, State, Surface
from gateway.errors import AuditUnavailable, BatchNotKnown, FileNotKnown
from tests.unit.gateway.batch.bench import CHAT, HOME, KEY, OWNER, TTL_MS, Bench


def rows(directory: Path) -> int:
    connection = sqlite3.connect(directory / "vault.db")
    try:
        (count,) = connection.execute("SELECT count(*) FROM conversations").fetchone()
        return int(count)
    finally:
        connection.close()


async def over(bench: Bench) -> Batch:
    """A batch that ended, and whose time is over."""
    done = await bench.run(await bench.batch(2))
    bench.clock.ms = done.created_ms + WINDOW_MS + TTL_MS
    return done


async def test_a_batch_whose_time_is_over_is_destroyed_and_that_is_recorded_once(bench: Bench, tmp_path: Path) -> None:
    done = await over(bench)
    with pytest.raises(BatchNotKnown):
        await bench.now(done)
    assert await bench.batches.listed(OWNER, Surface.OPENAI) == []
    await bench.farewell.take()
    await bench.farewell.take()
    last = bench.records.kept[-1]
    assert bench.records.actions(done.id) == ["ordered", "taken", "ended", "destroyed"]
    assert (last.key_id, last.tenant, last.app) == ("", "acme", "assistant")
    assert await asyncio.to_thread(rows, tmp_path) == 2, "the upload, and the key of names"


async def test_before_its_time_a_batch_is_left_alone_though_its_results_are_gone(bench: Bench) -> None:
    done = await bench.run(await bench.batch(1, output_ttl_ms=3_600_000))
    bench.clock.ms += 3_600_000
    await bench.farewell.take()
    assert (await bench.now(done)).state is State.COMPLETED
    with pytest.raises(FileNotKnown):
        await bench.files.get(OWNER, done.output_id)
    assert bench.records.actions(done.id) == ["ordered", "taken", "ended"]


async def test_what_could_not_be_recorded_is_found_again(bench: Bench) -> None:
    done = await over(bench)
    bench.records.available = False
    with pytest.raises(AuditUnavailable):
        await bench.farewell.take()
    bench.records.available = True
    bench.clock.ms += 86_400_000
    await bench.farewell.take()
    assert bench.records.actions(done.id)[-1] == "destroyed"


async def test_a_batch_that_failed_at_once_is_destroyed_in_its_time_too(bench: Bench) -> None:
    file = await bench.files.add(OWNER, Upload("a.jsonl", b"no line", Said()))
    batch = await bench.batches.create(OWNER, Wanted(KEY, CHAT, Said()), file.id)
    bench.clock.ms += WINDOW_MS + TTL_MS
    await bench.farewell.take()
    assert bench.records.actions(batch.id) == ["ordered", "ended", "destroyed"]


async def test_what_was_destroyed_by_its_owner_is_not_destroyed_again(bench: Bench) -> None:
    wanted = Wanted(KEY, "/v1/messages", Said())
    line = b'{"custom_id":"a","method":"POST","url":"/v1/messages","body":{}}\n'
    batch = await bench.batches.create_of(OWNER, wanted, [line])
    await bench.run(batch)
    await bench.batches.delete(OWNER, Surface.ANTHROPIC, batch.id, KEY)
    bench.clock.ms += WINDOW_MS + TTL_MS
    await bench.farewell.take()
    assert bench.records.actions(batch.id).count("destroyed") == 1


async def test_the_runner_looks_by_itself(bench: Bench) -> None:
    done = await over(bench)
    task = asyncio.create_task(bench.runner(HOME).run())
    async with asyncio.timeout(10):
        while "destroyed" not in bench.records.actions(done.id):
            await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
