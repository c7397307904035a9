"""How a gateway ends, and what the next start makes of it: real processes, real signals."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import URLError

from tests.fakes.answers import openai_events
from tests.fakes.upstream import Fate, ScriptedUpstream, stream
from tests.integration.composition import OPENAI, read_records, verify
from tests.integration.processes import Served, served, write_config

ASKED = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "How do tides work?"}]}


def keep_asking(gateway: Served, body: dict[str, object]) -> int:
    """Asks until the gateway is gone and returns how many answers came."""
    answers = 0
    with contextlib.suppress(URLError, ConnectionError, OSError):
        while True:
            answers += gateway.ask(body)[0] == 200
    return answers


def end_under_load(config: Path, state: Path) -> tuple[int, int]:
    with served(config, state) as gateway, ThreadPoolExecutor(4) as callers:
        asking = [callers.submit(keep_asking, gateway, ASKED | {"stream": number > 1}) for number in range(4)]
        time.sleep(1.0)
        code = gateway.end(signal.SIGTERM)
        return code, sum(each.result() for each in asking)


async def test_sigterm_during_traffic_closes_the_log_cleanly(
    tmp_path: Path, upstreams: dict[str, ScriptedUpstream]
) -> None:
    state, upstream = tmp_path / "state", upstreams[OPENAI]
    whole_answer, streamed = upstream.default, stream(openai_events(), pace_s=0.01)
    assert isinstance(whole_answer, Fate)
    upstream.default = lambda heard: streamed if b'"stream": true' in heard.body else whole_answer
    config = write_config(tmp_path / "gateway.toml", state, {OPENAI: upstream.base_url})
    code, answers = await asyncio.to_thread(end_under_load, config, state)
    assert code == 0
    assert answers > 0
    verified, report = await asyncio.to_thread(verify, state)
    assert (verified, report["findings"], report["open_intents"]) == (0, [], [])
    assert report["signed_entries"] == report["entries"]


def kill_in_mid_answer(config: Path, state: Path, upstream: ScriptedUpstream) -> Served:
    with served(config, state) as gateway, ThreadPoolExecutor(1) as callers:
        asking = callers.submit(keep_asking, gateway, ASKED)
        while not upstream.heard:
            time.sleep(0.01)
        assert gateway.end(signal.SIGKILL) == -signal.SIGKILL
        asking.result()
        return gateway


def start_again(config: Path, state: Path, keys: Served) -> int:
    with served(config, state, keys.keys) as gateway:
        status, _ = gateway.ask(ASKED)
        assert gateway.end(signal.SIGTERM) == 0
        return status


async def test_kill_leaves_an_open_intent_that_the_next_start_closes_as_unknown(
    tmp_path: Path, upstreams: dict[str, ScriptedUpstream]
) -> None:
    state, upstream = tmp_path / "state", upstreams[OPENAI]
    upstream.then(Fate(stall_before=True))
    config = write_config(tmp_path / "gateway.toml", state, {OPENAI: upstream.base_url})
    killed = await asyncio.to_thread(kill_in_mid_answer, config, state, upstream)
    before = await asyncio.to_thread(read_records, state)
    assert [r["kind"] for r in before if r["kind"] in ("intent", "outcome")] == ["intent"]
    assert await asyncio.to_thread(start_again, config, state, killed) == 200
    recovered, complete = await asyncio.to_thread(read_records, state, "outcome")
    assert (recovered["ending"], recovered["recovered"], recovered["intent_seq"]) == (
        "unknown",
        True,
        next(r["seq"] for r in before if r["kind"] == "intent"),
    )
    assert complete["ending"] == "complete"
    verified, report = await asyncio.to_thread(verify, state)
    assert (verified, report["open_intents"]) == (0, [])


def start_twice(config: Path, state: Path) -> str:
    with served(config, state) as first:
        try:
            with served(config, state, first.keys):
                return "the second one started"
        except AssertionError as refused:
            return str(refused)


async def test_second_writer_of_one_state_directory_is_refused(tmp_path: Path) -> None:
    config = write_config(tmp_path / "gateway.toml", tmp_path / "state", {})
    assert "gateway:" in await asyncio.to_thread(start_twice, config, tmp_path / "state")
