"""A server asks its own canaries: what they say stands in its health, its provenance and with every answer."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import httpx
import pytest
import torch

from selfhost.attest.canary import Status, read_recording
from selfhost.attest.errors import AttestError
from selfhost.attest.provenance import HEADER, Provenance
from selfhost.checkpoint.writer import random_tensors
from selfhost.config import read_config
from selfhost.engine.attention import TorchAttention
from selfhost.engine.cache import PagedCache
from selfhost.engine.engine import Drawn, Engine
from selfhost.engine.model import M3Model
from selfhost.engine.request import Sampling
from selfhost.engine.running import RunningEngine
from selfhost.engine.scheduler import Bounds
from selfhost.nano import NAME, WEIGHTS
from selfhost.serve.answers import Answerer, Defaults
from selfhost.serve.app import Endpoints, Served, build
from selfhost.serve.canaries import Canaries, Schedule
from selfhost.serve.fields import JsonObject
from selfhost.serve.template import ChatTemplate, Thinking
from selfhost.serve.tokens import Tokens
from tests.unit.selfhost_engine.made import Small
from tests.unit.selfhost_engine.serving import served
from tests.unit.selfhost_engine.test_canaries import LAYER, SharedSelection, TailNotMasked, flipped, stale

SMALL = Small()
TOKENS = Tokens.load(WEIGHTS)
DOCUMENT = {**SMALL.document(), "vocab_size": 4096, "max_position_embeddings": 640}
CONFIG = read_config(DOCUMENT)
PROVENANCE = Provenance("root", "a person", "selfhost", "kernels", "torch", "float32", "float32", "float32")
QUIET = Schedule(every_s=0.0, idle_s=0.2)
SAID = {"model": "small", "prompt": [1, 2, 3], "max_tokens": 2}


class Template(ChatTemplate):
    """The packaged template, until somebody puts another one in its place."""

    def __init__(self) -> None:
        super().__init__((WEIGHTS / "chat_template.jinja").read_text(encoding="utf-8"), TOKENS)
        self.other: ChatTemplate | None = None

    def render(self, messages: Sequence[JsonObject], tools: Sequence[JsonObject], thinking: Thinking) -> str:
        return (self.other.render if self.other else super().render)(messages, tools, thinking)


@dataclass(frozen=True, slots=True)
class House:
    """A model with everything in it that can go wrong while it serves."""

    model: M3Model
    tensors: Mapping[str, torch.Tensor]
    cache: PagedCache
    engine: Engine
    template: Template
    canaries: Canaries
    answerer: Answerer

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        app = build(Endpoints(self.answerer, Served({}, PROVENANCE, self.canaries, {"payload": "signed"})))
        with self.answerer.running:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://house") as client:
                yield client


def house(schedule: Schedule = QUIET, bounds: Bounds | None = None) -> House:
    tensors = random_tensors(CONFIG, SMALL.seed, scale=0.08)
    model, cache = M3Model(CONFIG, tensors), PagedCache(CONFIG, 80, torch.float32, "cpu")
    engine = Engine(model, cache, TorchAttention(CONFIG.sparse), bounds)
    numbers, template = count(), Template()
    answerer = Answerer(
        "small", RunningEngine(engine), TOKENS, template, Defaults(), lambda: 5.0, lambda: f"{next(numbers)}", lambda: 1
    )
    return House(model, tensors, cache, engine, template, Canaries(answerer, "root", schedule), answerer)


def share_selection(at: House) -> None:
    at.engine.attention = SharedSelection(at.engine.attention)


def unmask_tail(at: House) -> None:
    at.engine.attention = TailNotMasked(at.engine.attention)


def flip_byte(at: House) -> None:
    """One bit of an exponent, in what the engine reads from then on."""
    at.engine.model = M3Model(CONFIG, flipped(at.tensors, f"{LAYER}.self_attn.v_proj.weight"))


def swap_template(at: House) -> None:
    source = (WEIGHTS / "chat_template.jinja").read_text(encoding="utf-8")
    at.template.other = ChatTemplate(source.replace("]~b]ai", "]~b]AI"), TOKENS)


FAULTS: dict[str, Callable[[House], None]] = {
    "stale index cache": lambda at: stale(at.cache),
    "tail not masked": unmask_tail,
    "one selection for all heads": share_selection,
    "flipped byte of a weight": flip_byte,
    "swapped template": swap_template,
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_every_fault_while_it_serves_is_said_by_the_server_itself(fault: Callable[[House], None]) -> None:
    at = house()
    async with at.client() as client:
        assert await at.canaries.replay() is Status.HOLDS
        assert await at.canaries.replay() is Status.HOLDS
        fault(at)
        await at.canaries.replay()
        health, about = await client.get("/health"), (await client.get("/provenance")).json()
        answer = await client.post("/v1/completions", json=SAID)
    assert (health.status_code, health.json()["status"], health.json()["canaries"]) == (503, "drifted", "drifted")
    assert about["canaries"] == "drifted"
    assert about["drifted"] == health.json()["drifted"] != []
    assert json.loads(answer.headers[HEADER])["canaries"] == "drifted"


async def test_before_the_first_replay_nothing_is_claimed() -> None:
    at = house()
    async with at.client() as client:
        health, about = await client.get("/health"), (await client.get("/provenance")).json()
    assert (health.status_code, health.json()["canaries"], health.json()["checked_ms"]) == (200, "pending", None)
    assert about == {
        **PROVENANCE.document(Status.PENDING), "drifted": [], "checked_ms": None, "checkpoint": {"payload": "signed"},
    }  # fmt: skip


async def test_what_drifted_stays_so_after_the_fault_is_gone() -> None:
    at = house()
    async with at.client() as client:
        await at.canaries.replay()
        swap_template(at)
        await at.canaries.replay()
        at.template.other = None
        assert await at.canaries.replay() is Status.DRIFTED
        assert (await client.get("/health")).status_code == 503


async def test_an_engine_that_stopped_proves_nothing() -> None:
    at = house()
    async with at.client():
        await at.canaries.replay()
    assert await at.canaries.replay() is Status.FAILED


async def test_canaries_that_nobody_asks_any_more_prove_nothing() -> None:
    """An engine that hangs answers no canary either, and the last good word must not stand for ever."""
    at = house(Schedule(every_s=10.0, idle_s=0.2))
    clock = [1_000.0]
    canaries = Canaries(replace(at.answerer, now_s=lambda: clock[0]), "root", Schedule(every_s=10.0, idle_s=0.2))
    async with at.client():
        found = [await canaries.replay()]
        for later_s in (80.0, 20.0):
            clock[0] += later_s
            found.append(canaries.status)
        found.append(await canaries.replay())
    assert found == [Status.HOLDS, Status.HOLDS, Status.FAILED, Status.HOLDS]


def slow(at: House, patch: pytest.MonkeyPatch) -> None:
    """An answer takes 5 ms a token and more, on whatever machine."""
    step = at.engine.step

    def slowly() -> list[Drawn]:
        time.sleep(0.005)
        return step()

    patch.setattr(at.engine, "step", slowly)


async def test_an_idle_engine_is_waited_for_and_a_busy_one_is_asked_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    at = house(replace(QUIET, idle_s=0.5))
    slow(at, monkeypatch)
    async with at.client():
        stream = at.answerer.running.generate([1, 2, 3], Sampling(600), "somebody")
        began_s = asyncio.get_running_loop().time()
        await anext(stream)
        short = asyncio.ensure_future(at.canaries.answer([5, 6], 2))
        await asyncio.sleep(0.3)
        assert not short.done()
        await asyncio.wait_for(short, 20)
        assert asyncio.get_running_loop().time() - began_s > 0.5
        assert at.engine.busy
        await stream.aclose()


async def test_a_full_engine_is_asked_again_before_it_counts_as_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    at = house(replace(QUIET, idle_s=0.1), Bounds(requests=1, waiting=1))
    slow(at, monkeypatch)
    async with at.client():
        running, waiting = (at.answerer.running.generate([1, 2, 3], Sampling(500), "somebody") for _ in range(2))
        await anext(running)
        second = asyncio.ensure_future(anext(waiting))
        while not at.engine.scheduler.waiting:
            await asyncio.sleep(0.01)
        assert await at.canaries.replay() is Status.FAILED
        await running.aclose()
        await second
        await waiting.aclose()
        assert await at.canaries.replay() is Status.HOLDS


async def test_hashes_that_are_kept_are_compared_with_after_a_restart(tmp_path: Path) -> None:
    kept = replace(QUIET, file=tmp_path / "canaries.json")
    first, again, faulty = house(kept), None, None
    async with first.client():
        assert await first.canaries.replay() is Status.HOLDS
    recording = read_recording(tmp_path / "canaries.json")
    assert (recording.root, recording.attention) == ("root", "torch")
    again = house(kept)
    async with again.client():
        assert await again.canaries.replay() is Status.HOLDS
    faulty = house(kept)
    unmask_tail(faulty)
    async with faulty.client():
        assert await faulty.canaries.replay() is Status.DRIFTED
    with pytest.raises(AttestError):
        Canaries(first.answerer, "another root", kept)


async def test_the_schedule_asks_by_itself_and_ends_when_cancelled() -> None:
    at = house(Schedule(every_s=0.05, idle_s=0.2))
    async with at.client():
        work = asyncio.ensure_future(at.canaries.run())
        async with asyncio.timeout(30):
            while at.canaries.status is not Status.HOLDS:
                await asyncio.sleep(0.02)
            swap_template(at)
            while at.canaries.status is not Status.DRIFTED:
                await asyncio.sleep(0.02)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    assert work.cancelled()


def test_the_packaged_server_proves_itself_over_http() -> None:
    with served("--canary-every", "60") as url, httpx.Client(base_url=url, timeout=30) as client:
        told: set[str] = set()
        while "holds" not in told:
            answer = client.post("/v1/completions", json={**SAID, "model": NAME})
            told.add(json.loads(answer.headers[HEADER])["canaries"])
        assert told <= {"pending", "holds"}
        about, health = client.get("/provenance").json(), client.get("/health").json()
    assert (about["canaries"], about["drifted"], health["canaries"]) == ("holds", [], "holds")
    assert about["root"] == health["checkpoint"]
    assert about["checkpoint"] == json.loads((WEIGHTS / "checkpoint.dsse.json").read_bytes())


SURFACES = {
    "/v1/completions": {"prompt": [1, 2, 3]},
    "/v1/chat/completions": {"messages": [{"role": "user", "content": "Hello."}]},
    "/v1/messages": {"messages": [{"role": "user", "content": "Hello."}]},
}


@pytest.mark.parametrize(("path", "asked"), SURFACES.items())
@pytest.mark.parametrize("streamed", [False, True])
async def test_an_engine_that_stopped_is_said_on_every_surface(path: str, asked: dict, streamed: bool) -> None:
    at = house()
    app = build(Endpoints(at.answerer, Served({}, PROVENANCE, at.canaries)))
    with at.answerer.running:
        pass
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://house") as client:
        answer = await client.post(path, json={"model": "small", "max_tokens": 2, "stream": streamed, **asked})
        health = await client.get("/health")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "error" in answer.json()
    assert (health.status_code, health.json()["status"]) == (503, "stopped")


@pytest.mark.parametrize(("path", "asked"), SURFACES.items())
async def test_an_engine_that_stops_in_the_middle_ends_the_stream_with_an_error(
    path: str, asked: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = house()
    slow(at, monkeypatch)
    app = build(Endpoints(at.answerer, Served({}, PROVENANCE, at.canaries)))
    body = {"model": "small", "max_tokens": 300, "stream": True, "ignore_eos": True, **asked}
    with at.answerer.running:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://house") as client:
            answering = asyncio.ensure_future(client.post(path, json=body))
            while not any(len(request.generated) > 20 for request in at.engine.scheduler.running):
                await asyncio.sleep(0.01)
            await asyncio.to_thread(at.answerer.running.__exit__, None, None, None)
            answer = await answering
    assert answer.status_code == 200
    assert "the engine stopped" in answer.text
    assert "[DONE]" not in answer.text
    assert "message_stop" not in answer.text
