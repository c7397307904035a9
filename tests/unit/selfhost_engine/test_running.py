"""Many at once over one engine: the tokens given alone, pages back after a cancellation, no silence at the end."""

from __future__ import annotations

import asyncio
import random
import threading

import pytest

from selfhost.engine.engine import Drawn, Engine
from selfhost.engine.request import Finish, Sampling
from selfhost.engine.running import RunningEngine
from selfhost.engine.scheduler import Bounds
from selfhost.errors import BadPrompt, EngineFull, EngineStopped, PromptTooLong
from tests.unit.selfhost_engine.made import Small, engine, prompts


async def answer(running: RunningEngine, prompt: list[int], sampling: Sampling) -> list[int]:
    return [token.id async for token in running.generate(prompt, sampling)]


def idle(run: Engine) -> bool:
    return not run.busy


async def until_idle(run: Engine) -> None:
    async with asyncio.timeout(10):
        while not idle(run):
            await asyncio.sleep(0.01)


def test_answers_at_once_are_those_given_alone() -> None:
    small = Small()
    asked = prompts(random.Random(2), (3, 40, 90, 17, 60))
    sampling = Sampling(8, temperature=0.9, top_k=20, seed=7)
    alone = [engine(small).generate([each], sampling)[0] for each in asked]

    async def together() -> list[list[int]]:
        with RunningEngine(engine(small, bounds=Bounds(pass_tokens=50))) as running:
            return await asyncio.gather(*(answer(running, each, sampling) for each in asked))

    assert asyncio.run(together()) == alone


def test_leaving_an_answer_frees_its_pages() -> None:
    run = engine(Small(), pages=20)

    async def leave() -> None:
        with RunningEngine(run) as running:
            stream = running.generate([1, 2, 3], Sampling(250))
            assert (await anext(stream)).finish is None
            await stream.aclose()
            await until_idle(run)
            assert await answer(running, [4, 5], Sampling(2))

    asyncio.run(leave())
    assert run.free_pages == 19


async def test_who_has_left_takes_no_place_of_those_who_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """One leaves and one comes while a pass runs: the one who comes may wait."""
    run = engine(Small(), bounds=Bounds(requests=1, waiting=1))
    begun, may_go_on, step = threading.Event(), threading.Event(), run.step

    def held() -> list[Drawn]:
        begun.set()
        assert may_go_on.wait(10)
        return step()

    may_go_on.set()
    monkeypatch.setattr(run, "step", held)
    with RunningEngine(run) as running:
        answers, leaving, coming = (running.generate([1, 2, 3], Sampling(200)) for _ in range(3))
        await anext(answers)
        waits = asyncio.ensure_future(anext(leaving))
        async with asyncio.timeout(10):
            while not run.scheduler.waiting:
                await asyncio.sleep(0.001)
        may_go_on.clear()
        begun.clear()
        assert await asyncio.to_thread(begun.wait, 10)
        waits.cancel()
        await asyncio.wait([waits])
        await leaving.aclose()
        comes = asyncio.ensure_future(anext(coming))
        await asyncio.sleep(0)
        may_go_on.set()
        await answers.aclose()
        assert (await comes).finish is None
        await coming.aclose()


def test_the_last_token_says_why() -> None:
    async def finishes() -> list[Finish | None]:
        with RunningEngine(engine(Small())) as running:
            return [token.finish async for token in running.generate([1, 2], Sampling(3))]

    assert asyncio.run(finishes()) == [None, None, Finish.LENGTH]


def test_what_does_not_fit_or_finds_no_room_is_refused_at_once() -> None:
    run = engine(Small(), pages=5, bounds=Bounds(waiting=0))

    async def refused(prompt: list[int]) -> None:
        with RunningEngine(run) as running:
            await anext(running.generate(prompt, Sampling(3)))

    with pytest.raises(PromptTooLong):
        asyncio.run(refused([1] * 64))
    for nonsense in ([], [-1], [1 << 20]):
        run = engine(Small(), pages=5, bounds=Bounds(waiting=0))
        with pytest.raises(BadPrompt):
            asyncio.run(refused(nonsense))
    run = engine(Small(), pages=5, bounds=Bounds(waiting=0))
    with pytest.raises(EngineFull):
        asyncio.run(refused([1]))


def test_who_waits_when_the_engine_ends_hears_of_it() -> None:
    async def ended() -> None:
        with RunningEngine(engine(Small())) as running:
            stream = running.generate([1, 2], Sampling(20_000))
            await anext(stream)
        with pytest.raises(EngineStopped):
            async for _ in stream:
                pass
        with pytest.raises(EngineStopped):
            await anext(running.generate([1], Sampling(1)))

    asyncio.run(ended())
