"""The engine's process: it answers, it is cut off, it dies and comes back, and it never answers wrongly."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.errors import PolicyUnavailable, StartupError
from gateway.policy.bundle import PolicyBundle
from gateway.policy.engine_process import EngineLimits, EngineProcess, UndefinedResult, deciding
from gateway.policy.question import document
from tests.unit.gateway.policy.samples import HARMLESS, program, shipped_bundle, with_module

ENDLESS = "slow := count([1 | some a in numbers.range(1, 3000); some b in numbers.range(1, 3000); a * b == 7])"
ECHO = "echo := input.question"
LIMITS = EngineLimits(answer_s=0.6)


@pytest.fixture(name="engine")
async def _engine() -> AsyncIterator[EngineProcess]:
    """Answers `echo` at once and `slow` never."""
    with closing(EngineProcess(program(f"{ECHO}\n\n{ENDLESS}", "echo", "slow"), LIMITS)) as engine:
        await engine.ready()
        yield engine


@pytest.fixture(name="bundle", scope="module")
def _bundle() -> PolicyBundle:
    return shipped_bundle()


def worker_of(engine: EngineProcess) -> int:
    """The process id of the running worker."""
    assert engine.pid is not None
    return engine.pid


async def test_concurrent_questions_get_their_own_answers(engine: EngineProcess) -> None:
    async def ask(number: int) -> object:
        return await engine.evaluate({"question": number})

    assert await asyncio.gather(*(ask(number) for number in range(200))) == list(range(200))


async def test_a_question_that_never_ends_is_cut_and_the_next_is_answered(engine: EngineProcess) -> None:
    loop, stuck = asyncio.get_running_loop(), worker_of(engine)
    begun = loop.time()
    with pytest.raises(PolicyUnavailable):
        await engine.evaluate({}, "p/slow")

    assert loop.time() - begun < 2 * LIMITS.answer_s
    assert engine.pid is None
    assert await _answered(engine) == "next"
    assert worker_of(engine) != stuck


async def test_a_worker_nobody_waits_for_any_more_ends_by_itself() -> None:
    limits = EngineLimits(answer_s=0.2)
    with closing(EngineProcess(program(f"{ECHO}\n\n{ENDLESS}", "echo", "slow"), limits)) as engine:
        await engine.ready()
        asking = asyncio.create_task(engine.evaluate({}, "p/slow"))
        await asyncio.sleep(0.05)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)

        assert engine.pid is not None
        await _ended(engine)


async def test_a_caller_that_gives_up_leaves_the_next_its_own_answer(engine: EngineProcess) -> None:
    worker = worker_of(engine)
    os.kill(worker, signal.SIGSTOP)
    asking = [asyncio.create_task(engine.evaluate({"question": f"gone {number}"})) for number in range(3)]
    for task in asking:
        await asyncio.sleep(0.02)
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    os.kill(worker, signal.SIGCONT)

    assert await engine.evaluate({"question": "mine"}) == "mine"
    assert engine.pid == worker


async def test_waiting_behind_a_question_does_not_kill_the_worker_that_answers_it(engine: EngineProcess) -> None:
    """The first is held up for most of the time, so the second times out soon after it was sent."""
    worker = worker_of(engine)
    os.kill(worker, signal.SIGSTOP)
    asyncio.get_running_loop().call_later(LIMITS.answer_s * 0.7, os.kill, worker, signal.SIGCONT)
    answers = await asyncio.gather(*(engine.evaluate({"question": number}) for number in range(3)))

    assert answers == [0, 1, 2]
    assert engine.pid == worker


async def test_a_worker_that_dies_over_a_question_is_unavailable_and_then_replaced(engine: EngineProcess) -> None:
    asking = asyncio.create_task(engine.evaluate({}, "p/slow"))
    await asyncio.sleep(0.05)
    os.kill(worker_of(engine), signal.SIGKILL)
    with pytest.raises(PolicyUnavailable):
        await asking

    assert await _answered(engine) == "next"


async def test_a_worker_that_died_between_questions_is_noticed_by_the_log_alone(
    engine: EngineProcess, caplog: pytest.LogCaptureFixture
) -> None:
    os.kill(worker_of(engine), signal.SIGKILL)
    await _ended(engine)

    assert await _answered(engine) == "next"
    assert [record.getMessage() for record in caplog.records] == ["the policy worker ended with status -9"]


async def test_a_terminal_interrupt_and_a_polite_end_leave_the_worker_to_its_parent(engine: EngineProcess) -> None:
    worker = worker_of(engine)
    for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(worker, sent)

    assert await engine.evaluate({"question": 1}) == 1
    assert engine.pid == worker


async def test_a_worker_that_keeps_dying_is_not_started_for_ever() -> None:
    limits = EngineLimits(answer_s=0.6, starts_per_minute=2)
    with closing(EngineProcess(program(ECHO, "echo"), limits)) as engine:
        await engine.ready()
        os.kill(worker_of(engine), signal.SIGKILL)
        await _ended(engine)
        assert engine.usable
        assert await _answered(engine) == "next"
        os.kill(worker_of(engine), signal.SIGKILL)
        await _ended(engine)
        for _ in range(2):
            with pytest.raises(PolicyUnavailable):
                await engine.evaluate({"question": 1})
        assert engine.pid is None
        assert not engine.usable


async def test_a_worker_that_takes_too_much_memory_ends() -> None:
    greedy = 'big := [sprintf("%d", [a + b]) | some a in numbers.range(1, 2000); some b in numbers.range(1, 2000)]'
    limits = EngineLimits(answer_s=30, resident_mb=48)
    with closing(EngineProcess(program(greedy, "big"), limits)) as engine:
        await engine.ready()
        with pytest.raises(PolicyUnavailable):
            async with asyncio.timeout(20):
                await engine.evaluate({})


async def test_after_closing_nothing_is_answered_and_nothing_runs(engine: EngineProcess) -> None:
    worker = worker_of(engine)
    engine.close()
    engine.close()

    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
    with pytest.raises(PolicyUnavailable):
        await engine.evaluate({"question": 1})


async def test_an_entrypoint_without_a_value_is_undefined_not_an_answer() -> None:
    with closing(EngineProcess(program("never if input.level == 99", "never"))) as engine:
        with pytest.raises(UndefinedResult):
            await engine.evaluate({"level": 1})
        assert await engine.evaluate({"level": 99}) is True


async def test_an_unknown_entrypoint_is_never_an_answer(engine: EngineProcess) -> None:
    with pytest.raises((UndefinedResult, PolicyUnavailable)):
        await engine.evaluate({}, "p/nothing")


async def test_an_evaluation_that_conflicts_is_unavailable_and_says_nothing_of_the_question(
    bundle: PolicyBundle,
) -> None:
    text = "package gateway.route\n\nboth := 1 if level == 0\n\nboth := 2 if level == 0\n"
    bundle = with_module(bundle, "route/extra.rego", text)
    both = replace(deciding(bundle), entrypoints=("gateway/route/both",))
    with closing(EngineProcess(both)) as engine:
        with pytest.raises(PolicyUnavailable) as caught:
            await engine.evaluate(document(HARMLESS))
        assert "anthropic" not in str(caught.value)
        with pytest.raises(UndefinedResult):
            await engine.evaluate(document(replace(HARMLESS, level=1)))


async def test_a_bundle_that_does_not_compile_stops_the_start_and_answers_nothing() -> None:
    with closing(EngineProcess(program("x if every y in [1] {\n\ty\n}", "x"), LIMITS)) as engine:
        with pytest.raises(StartupError):
            await engine.ready()
        with pytest.raises(PolicyUnavailable):
            await engine.evaluate({})


async def test_a_program_that_cannot_be_started_stops_the_start() -> None:
    with closing(EngineProcess(program(ECHO, "echo"), LIMITS, command=("/nowhere/python",))) as engine:
        with pytest.raises(PolicyUnavailable):
            await asyncio.to_thread(engine.start)
        with pytest.raises(StartupError):
            await engine.ready()


SAY = """
import os, struct
def say(body): os.write(0, struct.pack(">I", len(body)) + body)
os.read(0, 10**6)
say(b'{"id": 0, "compiled": true}')
os.read(0, 10**6)
"""


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("say(b'nonsense')", id="not JSON"),
        pytest.param("say(b'[1]')", id="not an object"),
        pytest.param("""say(b'{"id": 1}')""", id="no values"),
        pytest.param("""say(b'{"id": 1, "values": true}')""", id="values of the wrong type"),
        pytest.param("""say(b'{"id": 2, "values": [true]}')""", id="another question's answer"),
        pytest.param("""say(b'{"id": 1, "values": [NaN]}')""", id="not a number"),
        pytest.param("say(b'[' * 100_000)", id="deep nesting"),
        pytest.param("os.write(0, b'\\xff\\xff\\xff\\xff')", id="endless length"),
        pytest.param("os.write(0, b'\\x00\\x00')", id="cut off in the length"),
        pytest.param("os.write(0, b'\\x00\\x00\\x00\\x20{')", id="cut off in the body"),
        pytest.param("pass", id="hangs up"),
        pytest.param("import time; time.sleep(60)", id="says nothing"),
    ],
)
async def test_a_malformed_answer_is_unavailable(tmp_path: Path, answer: str) -> None:
    worker = tmp_path / "worker.py"
    worker.write_text(SAY + answer, encoding="utf-8")
    command = (sys.executable, "-I", str(worker))
    with closing(EngineProcess(program(ECHO, "echo"), LIMITS, command=command)) as engine:
        await engine.ready()
        with pytest.raises(PolicyUnavailable):
            await engine.evaluate({"question": 1})


async def _answered(engine: EngineProcess) -> object:
    """Asks as a caller that tries again: on a busy machine compiling can outlast one short deadline."""
    for _ in range(10):
        try:
            return await engine.evaluate({"question": "next"})
        except PolicyUnavailable:
            await asyncio.sleep(0.05)
    raise AssertionError("the engine did not come back")


async def _ended(engine: EngineProcess) -> None:
    for _ in range(500):
        if engine.pid is None:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the worker did not end")
