"""A gateway of a fleet dies, or seems to: another one goes on with its batch, and no line is sent twice.

Two gateways with a vault in common: a real Redis server, or the file, which has the same port.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gateway.audit.record import BatchChange, Record
from gateway.batch.documents import change_batch, kept_batch
from gateway.batch.nouns import WINDOW_MS, Batch, Order, Reply, State, Surface
from gateway.batch.runner import Runner
from gateway.errors import AuditUnavailable
from gateway.settings import BatchSettings
from gateway.vault.archive import Archive
from tests.unit.gateway.batch.bench import HOME, KEY, OWNER, TTL_MS, Bench, Records, code_of, place_of
from tests.unit.gateway.vault.conftest import DURABLE, Server, server

OTHER, LEASE_S = "home-2", 40.0
ONE_AT_A_TIME = 1


@dataclass
class Fleet:
    """Two gateways: `one`, where batches are made, and `two`."""

    one: Bench
    two: Bench

    def pass_s(self, seconds: float) -> None:
        for bench in (self.one, self.two):
            bench.clock.ms += round(seconds * 1000)

    @property
    def sent(self) -> list[str]:
        """What either has sent."""
        return sorted(order.request_id for bench in (self.one, self.two) for order in bench.way.asked)


@pytest.fixture(name="store", scope="module")
def _store() -> Iterator[Server]:
    with server(*DURABLE) as found:
        yield found


@pytest.fixture(name="fleet", params=["file", "redis"])
async def _fleet(tmp_path: Path, store: Server, request: pytest.FixtureRequest) -> AsyncIterator[Fleet]:
    url = store.url if request.param == "redis" else ""
    await asyncio.to_thread(emptied, store)
    settings = BatchSettings(concurrency=ONE_AT_A_TIME, lease_s=LEASE_S, pause_s=0.001)

    def made(home: str) -> Bench:
        return Bench(tmp_path, settings, redis_url=url, home=home)

    fleet = Fleet(await asyncio.to_thread(made, HOME), await asyncio.to_thread(made, OTHER))
    yield fleet
    await fleet.one.vault.close()
    await fleet.two.vault.close()


def emptied(store: Server) -> None:
    with store.client() as client:
        client.flushall()


async def looked(runner: Runner) -> None:
    """After the runner has looked once, and what it took up has ended."""
    await runner._take_up()
    async with asyncio.timeout(10):
        while runner._running:
            await asyncio.sleep(0.005)


class Dying:
    """Answers so many lines; the next one never, so that its gateway can die with it under way."""

    def __init__(self, bench: Bench, answered: int) -> None:
        self.bench, self.answered, self.reached = bench, answered, asyncio.Event()

    async def send(self, order: Order) -> Reply:
        self.bench.way.asked.append(order)
        if len(self.bench.way.asked) > self.answered:
            self.reached.set()
            await asyncio.Event().wait()
        return Reply(order.request_id, 200, b"{}")

    def interrupted(self, order: Order) -> bytes:
        return b"{}"


async def killed(fleet: Fleet, lines: int, answered: int) -> Batch:
    """A batch whose gateway died after so many lines, with one more under way."""
    batch = await fleet.one.batch(lines)
    dying = Dying(fleet.one, answered)
    task = asyncio.create_task(fleet.one.run(batch, sender=dying))
    async with asyncio.timeout(10):
        await dying.reached.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return await fleet.two.now(batch)


async def test_another_gateway_completes_what_a_dead_one_left(fleet: Fleet) -> None:
    batch = await killed(fleet, 4, answered=1)
    survivor = fleet.two.runner()
    await looked(survivor)
    assert (await fleet.two.now(batch)).lease == batch.lease, "a silence has to last"
    fleet.pass_s(LEASE_S)
    await looked(survivor)
    done = await fleet.two.now(batch)
    assert (done.state, done.counts.succeeded, done.counts.errored) == (State.COMPLETED, 3, 1)
    assert fleet.sent == [f"{batch.id}-{number}" for number in range(4)], "each line once"
    errors = await fleet.two.results(done.error_id)
    assert {key: code_of(one) for key, one in errors.items()} == {"c1": "batch_line_interrupted"}
    taken, ended = fleet.two.records.kept
    assert (taken.action, taken.about, taken.gateway_before, taken.turn) == ("taken", batch.id, HOME, 2)
    assert (ended.action, ended.state, ended.succeeded, ended.errored) == ("ended", "completed", 3, 1)
    assert fleet.one.records.actions(batch.id) == ["ordered", "taken"]


async def test_a_gateway_that_lives_keeps_its_batch(fleet: Fleet) -> None:
    batch = await killed(fleet, 2, answered=0)
    survivor, held = fleet.two.runner(), batch.lease
    assert held is not None
    for _ in range(3):
        await looked(survivor)
        fleet.pass_s(LEASE_S)
        assert await fleet.one.leases()._change(place_of(batch), held, free=False), "a beat"
    assert fleet.two.way.asked == []


async def test_beats_are_seen_without_being_asked_for(fleet: Fleet) -> None:
    fleet.one.settings = fleet.one.settings.model_copy(update={"lease_s": 0.2})
    batch, dying = await fleet.one.batch(1), Dying(fleet.one, 0)
    task = asyncio.create_task(fleet.one.run(batch, sender=dying))
    async with asyncio.timeout(10):
        while (lease := (await fleet.two.now(batch)).lease) is None or lease.beat < 3:
            await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_gateway_that_only_slept_sends_nothing_more_and_changes_no_result(fleet: Fleet) -> None:
    """The first one stands still with a line under way and wakes after the second one has completed the batch."""
    batch, wake, asleep = await fleet.one.batch(3), asyncio.Event(), asyncio.Event()

    class Sleeping:
        async def send(self, order: Order) -> Reply:
            fleet.one.way.asked.append(order)
            asleep.set()
            await wake.wait()
            return Reply(order.request_id, 200, b'{"late": true}')

        def interrupted(self, order: Order) -> bytes:
            return b"{}"

    task = asyncio.create_task(fleet.one.run(batch, sender=Sleeping()))
    await asyncio.wait_for(asleep.wait(), 10)
    survivor = fleet.two.runner()
    await looked(survivor)
    fleet.pass_s(LEASE_S)
    await looked(survivor)
    done = await fleet.two.now(batch)
    assert (done.state, done.counts.succeeded, done.counts.errored) == (State.COMPLETED, 2, 1)
    wake.set()
    assert await task == done
    assert fleet.sent == [f"{batch.id}-{number}" for number in range(3)]
    assert b"late" not in b"".join(str(one).encode() for one in (await fleet.two.results(done.error_id)).values())
    assert fleet.one.records.actions(batch.id) == ["ordered", "taken"], "it did not end what was no longer its own"


class Slow:
    """Answers a line when it is told to, and says that it was asked."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.asked, self.answer = bench, asyncio.Event(), asyncio.Event()

    async def send(self, order: Order) -> Reply:
        self.bench.way.asked.append(order)
        self.asked.set()
        await self.answer.wait()
        return Reply(order.request_id, 200, b"{}")

    def interrupted(self, order: Order) -> bytes:
        return b"{}"


async def test_a_gateway_that_wakes_leaves_the_batch_to_the_one_that_has_it_now(fleet: Fleet) -> None:
    batch, first, second = await fleet.one.batch(4), Slow(fleet.one), Slow(fleet.two)
    sleeper = asyncio.create_task(fleet.one.run(batch, sender=first))
    await asyncio.wait_for(first.asked.wait(), 10)
    taker = asyncio.create_task(fleet.two.run(batch, sender=second))
    await asyncio.wait_for(second.asked.wait(), 10)
    first.answer.set()
    assert (await sleeper).state is State.RUNNING, "neither goes on with it nor ends it"
    assert len(fleet.one.way.asked) == 1
    second.answer.set()
    done = await taker
    assert (done.counts.succeeded, done.counts.errored, done.counts.expired) == (3, 1, 0)
    assert fleet.sent == [f"{batch.id}-{number}" for number in range(4)]


async def test_the_end_of_a_batch_that_was_taken_away_meanwhile_is_not_written(fleet: Fleet) -> None:
    """It is taken between the record of its end and its end."""
    batch = await fleet.one.batch(1)

    class Taking(Records):
        async def append(self, record: Record) -> int:
            if isinstance(record, BatchChange) and record.action == "ended":
                await fleet.two.leases().take(place_of(batch), (await fleet.two.now(batch)).lease)
            return await super().append(record)

    fleet.one.chronicle._log = Taking()
    assert (await fleet.one.run(batch)).state is State.RUNNING
    done = await fleet.two.run(batch)
    assert (done.state, done.counts.succeeded, fleet.sent) == (State.COMPLETED, 1, [f"{batch.id}-0"])


async def test_a_line_that_waits_for_its_turn_is_not_sent_after_the_batch_was_taken_away(fleet: Fleet) -> None:
    batch, waiting, go = await fleet.one.batch(2), asyncio.Event(), asyncio.Event()

    async def quiet() -> bool:
        waiting.set()
        return await go.wait()

    task = asyncio.create_task(fleet.one.run(batch, quiet=quiet))
    await asyncio.wait_for(waiting.wait(), 10)
    await fleet.two.run(batch)
    go.set()
    await task
    assert (fleet.one.way.asked, len(fleet.two.way.asked)) == ([], 2)


@pytest.mark.parametrize("failing", [503, 200])
async def test_a_further_try_is_not_made_after_the_batch_was_taken_away(fleet: Fleet, failing: int) -> None:
    batch = await fleet.one.batch(1)

    class Meanwhile:
        async def send(self, order: Order) -> Reply:
            fleet.one.way.asked.append(order)
            if len(fleet.one.way.asked) == 1:
                await fleet.two.run(batch)
            return Reply(order.request_id, failing, b"{}", retryable=failing == 503)

        def interrupted(self, order: Order) -> bytes:
            return b"{}"

    done = await fleet.one.run(batch, sender=Meanwhile())
    assert fleet.sent == [f"{batch.id}-0"]
    assert (done.state, done.counts.errored) == (State.COMPLETED, 1)


async def test_of_two_that_take_at_once_one_has_it(fleet: Fleet) -> None:
    batch = await fleet.one.batch(1)
    takers = [bench.leases().take(place_of(batch), batch.lease) for bench in (fleet.one, fleet.two, fleet.two)]
    taken = [one for one in await asyncio.gather(*takers) if one is not None]
    assert len(taken) == 1
    assert (await fleet.one.now(batch)).lease == taken[0].lease


async def test_what_a_stopped_gateway_gives_back_is_taken_at_once(fleet: Fleet) -> None:
    batch, stopping = await fleet.one.batch(3), asyncio.Event()

    def stop(order: Order) -> Reply:
        stopping.set()
        return Reply(order.request_id, 200, b"{}")

    fleet.one.way.answer = stop
    left = await fleet.one.run(batch, stopping=stopping)
    assert left.lease is not None
    assert left.lease.free
    await looked(fleet.two.runner())
    done = await fleet.two.now(batch)
    assert (done.state, done.counts.succeeded, len(fleet.sent)) == (State.COMPLETED, 3, 3)
    assert fleet.two.records.kept[0].gateway_before == HOME


@pytest.mark.parametrize("within_window", [True, False])
async def test_a_batch_of_a_key_that_is_not_known_here_is_not_run_and_ended_long_after(
    fleet: Fleet, within_window: bool
) -> None:
    batch = await killed(fleet, 3, answered=0)
    survivor = fleet.two.runner(keys=frozenset())
    await looked(survivor)
    fleet.pass_s(LEASE_S if within_window else (WINDOW_MS + WINDOW_MS // 24) / 1000)
    await looked(survivor)
    now = await fleet.two.now(batch)
    assert now.state is (State.RUNNING if within_window else State.EXPIRED)
    assert fleet.two.way.asked == []
    if not within_window:
        codes = {key: code_of(one) for key, one in (await fleet.two.results(now.error_id)).items()}
        assert codes == {"c0": "batch_line_interrupted", "c1": "batch_expired", "c2": "batch_expired"}


async def test_a_batch_without_a_lease_is_run_by_its_home_alone(fleet: Fleet) -> None:
    """An earlier release kept no claims: only the log of its home says what was sent."""
    batch = await fleet.one.batch(2)

    def of_old(archive: Archive) -> None:
        document, kept = kept_batch(archive, OWNER, batch.surface, batch.id, fleet.one.clock.ms)
        change_batch(archive, document, replace(kept, lease=None), fleet.one.clock.ms)

    await fleet.one.vault.archived(of_old)
    survivor = fleet.two.runner()
    for _ in range(2):
        await looked(survivor)
        fleet.pass_s(LEASE_S)
    assert fleet.sent == []
    fleet.one.log.left = {f"{batch.id}-1"}
    await looked(fleet.one.runner())
    assert fleet.sent == [f"{batch.id}-0"]
    assert (await fleet.one.now(batch)).counts.errored == 1


@pytest.mark.parametrize("who", ["one", "two"])
@pytest.mark.parametrize("end", ["cancelled", "expired"])
async def test_of_a_line_that_was_under_way_nobody_says_that_it_was_not_sent(fleet: Fleet, end: str, who: str) -> None:
    batch = await killed(fleet, 2, answered=0)
    fleet.one.log.left = {f"{batch.id}-0"}
    if end == "cancelled":
        await fleet.two.batches.cancel(OWNER, Surface.OPENAI, batch.id, KEY)
    else:
        fleet.pass_s(WINDOW_MS / 1000)
    done = await (fleet.one if who == "one" else fleet.two).run(batch)
    codes = {key: code_of(one) for key, one in (await fleet.two.results(done.error_id)).items()}
    assert codes == {"c0": "batch_line_interrupted", "c1": f"batch_{end}"}
    assert fleet.sent == [f"{batch.id}-0"]


async def test_what_this_gateway_claimed_and_its_log_says_was_not_sent_is_sent(fleet: Fleet) -> None:
    batch = await killed(fleet, 2, answered=0)
    fleet.one.way.asked.clear()
    fleet.one.log.left = set()
    done = await fleet.one.run(batch)
    assert (done.counts.succeeded, fleet.sent) == (2, [f"{batch.id}-0", f"{batch.id}-1"])


async def test_a_batch_whose_time_is_over_is_seen_off_by_whoever_lives(fleet: Fleet) -> None:
    done = await fleet.one.run(await fleet.one.batch(2))
    fleet.pass_s((WINDOW_MS + TTL_MS) / 1000)
    await fleet.two.farewell.take()
    await fleet.one.farewell.take()
    assert fleet.two.records.actions(done.id) == ["destroyed"]
    assert fleet.one.records.actions(done.id) == ["ordered", "taken", "ended"], "nothing is left to be seen off"


async def test_a_batch_that_cannot_be_recorded_is_not_begun_and_not_ended(fleet: Fleet) -> None:
    batch = await fleet.one.batch(1)
    fleet.one.records.available = False
    with pytest.raises(AuditUnavailable):
        await fleet.one.run(batch)
    assert fleet.sent == []
    fleet.one.records.available = True
    fleet.one.way.answer = lambda order: _latched(fleet.one, order)
    with pytest.raises(AuditUnavailable):
        await fleet.one.run(batch)
    assert (await fleet.one.now(batch)).state is State.RUNNING
    fleet.one.records.available = True
    assert (await fleet.one.run(batch)).state is State.COMPLETED
    assert len(fleet.sent) == 1


def _latched(bench: Bench, order: Order) -> Reply:
    bench.records.available = False
    return Reply(order.request_id, 200, b"{}")
