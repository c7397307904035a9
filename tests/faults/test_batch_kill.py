"""No line of a batch is sent twice and none is lost, whenever the process dies.

Real processes, killed while they work:

    pytest -m slow tests/faults/test_batch_kill.py
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import openai
import pytest

from tests.fakes.answers import openai_answer
from tests.fakes.upstream import Fate, Heard, ScriptedUpstream
from tests.integration.batches import begun, ended, jsonl, line, results
from tests.integration.composition import OPENAI, read_records, verify
from tests.integration.processes import Served, served, write_config

pytestmark = pytest.mark.slow
LINES, KILLS = 120, 5


def configured(path: Path, state: Path, upstream: ScriptedUpstream) -> Path:
    config = write_config(path, state, {OPENAI: upstream.base_url})
    with config.open("a") as file:
        file.write("[batch]\nconcurrency = 4\nsettle_s = 0.0\n")
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
