"""No line of a batch is sent twice and none is lost, whenever the process dies: of one gateway, and of a fleet.

Real processes, killed while they work, and a real Redis server for the fleet:

    pytest -m slow tests/faults/test_batch_kill.py
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path

import openai
import pytest

from tests.fakes.answers import openai_answer
from tests.fakes.upstream import Fate, Heard, ScriptedUpstream
from tests.integration.batches import begun, ended, jsonl, line, results
from tests.integration.composition import OPENAI, read_records, verify
from tests.integration.processes import Served, served, write_config
from tests.unit.gateway.vault.conftest import DURABLE, server

pytestmark = pytest.mark.slow
LINES, KILLS = 120, 5


def configured(path: Path, state: Path, upstream: ScriptedUpstream, *, redis_url: str = "") -> Path:
    config = write_config(path, state, {OPENAI: upstream.base_url})
    with config.open("a") as file:
        file.write("[batch]\nconcurrency = 4\nsettle_s = 0.0\nlease_s = 1.0\n")
        if redis_url:
            file.write(f'[vault]\nredis_url = "{redis_url}"\n')
    return config


def kill_after(gateway: Served, upstream: ScriptedUpstream, lines: int, after_s: float) -> None:
    """Kills the gateway when so many lines more have arrived, and a moment later."""
    until = len(upstream.heard) + lines
    while len(upstream.heard) < until:
        time.sleep(0.005)
    time.sleep(after_s)
    assert gateway.end(signal.SIGKILL) == -signal.SIGKILL


def slow_echo(heard: Heard) -> Fate:
    body = openai_answer(json.loads(heard.body)["messages"][0]["content"])
    return Fate(pieces=(body[:9], body[9:]), pace_s=0.01)


@pytest.mark.timeout(300)
async def test_every_line_is_sent_at_most_once_and_answered_for_exactly_once(tmp_path: Path) -> None:
    chance, state = random.Random(11), tmp_path / "state"
    async with ScriptedUpstream(default=slow_echo) as upstream, off_loop() as stack:
        config = configured(tmp_path / "gateway.toml", state, upstream)
        running = await asyncio.to_thread(stack.enter_context, served(config, state))
        keys = running.keys
        async with client_of(running) as client:
            batch = await begun(client, jsonl([line(f"c{n}", f"text {n}") for n in range(LINES)]))
        for _ in range(KILLS):
            await asyncio.to_thread(kill_after, running, upstream, 10, chance.uniform(0.0, 0.05))
            running = await asyncio.to_thread(stack.enter_context, served(config, state, keys))
        async with client_of(running) as client:
            done = await ended(client, batch.id, within_s=120)
            answered = await results(client, done.output_file_id)
            failed = await results(client, done.error_file_id)
        assert await asyncio.to_thread(running.end, signal.SIGTERM) == 0
        told = Counter(json.loads(heard.body)["messages"][0]["content"] for heard in upstream.heard)
    assert max(told.values()) == 1, "no line twice"
    assert answered.keys() | failed.keys() == {f"c{n}" for n in range(LINES)}
    assert not answered.keys() & failed.keys()
    assert {code(one) for one in failed.values()} == {"batch_line_interrupted"}
    assert KILLS <= len(failed) <= KILLS * 4 + KILLS, "those under way, and no others"
    assert {f"text {key[1:]}" for key in answered} <= told.keys()
    intents = await asyncio.to_thread(read_records, state, "intent")
    assert len(intents) == LINES
    assert (await asyncio.to_thread(verify, state))[0] == 0


@pytest.mark.timeout(300)
async def test_in_a_fleet_the_others_go_on_with_what_a_dead_gateway_left(tmp_path: Path) -> None:
    chance, names = random.Random(12), ("a", "b", "c")
    states = {name: tmp_path / name for name in names}
    async with ScriptedUpstream(default=slow_echo) as upstream, off_loop() as stack:
        store = await asyncio.to_thread(stack.enter_context, server(*DURABLE))
        configs = {
            name: configured(tmp_path / f"{name}.toml", states[name], upstream, redis_url=store.url) for name in names
        }
        first = await asyncio.to_thread(stack.enter_context, served(configs["a"], states["a"]))
        for name in ("b", "c"):
            await asyncio.to_thread(same_keys, states["a"], states[name])
        running = [first] + [
            await asyncio.to_thread(stack.enter_context, served(configs[name], states[name], first.keys))
            for name in ("b", "c")
        ]
        async with client_of(first) as client:
            batch = await begun(client, jsonl([line(f"c{n}", f"text {n}") for n in range(LINES)]))
        for gateway in running[:2]:  # for good: neither comes back
            await asyncio.to_thread(kill_after, gateway, upstream, 20, chance.uniform(0.0, 0.05))
        async with client_of(running[2]) as client:
            done = await ended(client, batch.id, within_s=120)
            answered = await results(client, done.output_file_id)
            failed = await results(client, done.error_file_id)
        assert await asyncio.to_thread(running[2].end, signal.SIGTERM) == 0
        told = Counter(json.loads(heard.body)["messages"][0]["content"] for heard in upstream.heard)
    assert max(told.values()) == 1, "no line twice"
    assert answered.keys() | failed.keys() == {f"c{n}" for n in range(LINES)}
    assert not answered.keys() & failed.keys()
    assert {code(one) for one in failed.values()} == {"batch_line_interrupted"}
    assert len(failed) <= 2 * 4, "those under way, and no others"
    records = {name: await asyncio.to_thread(read_records, states[name]) for name in names}
    intents = [one["subject"]["request_id"] for found in records.values() for one in found if one["kind"] == "intent"]  # type: ignore[index]  # JSON
    assert len(intents) == len(set(intents)), "by the logs of all, no line twice"
    assert {f"{batch.id}-{key[1:]}" for key in answered} <= set(intents)
    assert LINES - len(failed) <= len(intents) <= LINES
    acts = {name: [str(one["action"]) for one in found if one["kind"] == "batch"] for name, found in records.items()}
    assert acts["a"] == ["ordered", "taken"]
    assert sorted((acts["b"], acts["c"])) in ([["taken"], ["taken", "ended"]], [[], ["taken", "ended"]])
    assert {(await asyncio.to_thread(verify, state))[0] for state in states.values()} == {0}


def same_keys(one: Path, other: Path) -> None:
    """Gives another gateway the keys of the first, as whoever runs a fleet does."""
    other.mkdir(mode=0o700)
    with closing(sqlite3.connect(one / "keys.db")) as source, closing(sqlite3.connect(other / "keys.db")) as target:
        source.backup(target)


@asynccontextmanager
async def off_loop() -> AsyncIterator[ExitStack]:
    """A stack of things that block when they end."""
    stack = ExitStack()
    try:
        yield stack
    finally:
        await asyncio.to_thread(stack.close)


def client_of(gateway: Served) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=gateway.keys["employee"], max_retries=0)


def code(result: dict[str, object]) -> str:
    error = result["error"]
    assert isinstance(error, dict)
    return str(error["code"])
