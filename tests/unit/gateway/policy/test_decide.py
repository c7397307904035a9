"""The port: what is asked is answered, once, and a failure is never an answer."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.errors import PolicyUnavailable, StartupError
from gateway.policy.bundle import PolicyBundle
from gateway.policy.cache import VerdictCache
from gateway.policy.decide import RegoPolicy, StartingPolicy, build_policy
from gateway.policy.engine_process import EngineProcess, deciding
from gateway.policy.preflight import inspect
from gateway.settings import PolicySettings
from gateway.types import Category, Question
from routers.types import DestinationId
from tests.unit.gateway.policy.samples import HARMLESS, catalog, shipped_bundle, with_module


@pytest.fixture(name="policy", scope="module")
def _policy(starting: StartingPolicy) -> Iterator[RegoPolicy]:
    with asyncio.Runner() as runner:
        in_force = starting.in_force()
        yield runner.run(in_force.__aenter__())
        runner.run(in_force.__aexit__(None, None, None))


@pytest.fixture(name="starting", scope="module")
def _starting() -> StartingPolicy:
    return build_policy(PolicySettings(), catalog())


async def test_a_policy_may_be_in_force_twice_and_each_ends_alone(policy: RegoPolicy, starting: StartingPolicy) -> None:
    async with starting.in_force() as second:
        assert await second.decide(HARMLESS) == await policy.decide(HARMLESS)

    with pytest.raises(PolicyUnavailable):
        await second.decide(replace(HARMLESS, purpose="unlisted"))
    assert (await policy.decide(replace(HARMLESS, purpose="unlisted"))).rules


async def test_an_allowed_question_carries_its_obligations(policy: RegoPolicy, bundle: PolicyBundle) -> None:
    verdict = await policy.decide(replace(HARMLESS, level=2, categories=("pii.direct",)))

    assert verdict.allowed
    assert verdict.rules == ("PII-1",)
    assert verdict.obligations.mask == {Category.PII_DIRECT}
    assert verdict.revision == policy.revision == bundle.revision


async def test_a_denied_question_names_its_rules(policy: RegoPolicy) -> None:
    verdict = await policy.decide(replace(HARMLESS, destination=DestinationId("minimax-cn"), level=2))

    assert not verdict.allowed
    assert "CN-NIL-7" in verdict.rules


@pytest.mark.parametrize(
    ("field", "value"),
    [("level", 9), ("categories", ("gossip",)), ("access", "open"), ("day", "soon"), ("purpose", "")],
)
async def test_a_question_outside_the_schema_is_denied_as_input_1(
    policy: RegoPolicy, field: str, value: object
) -> None:
    verdict = await policy.decide(replace(HARMLESS, **{field: value}))  # type: ignore[arg-type]

    assert not verdict.allowed
    assert verdict.rules == ("INPUT-1",)


async def test_an_unknown_destination_is_denied(policy: RegoPolicy) -> None:
    verdict = await policy.decide(replace(HARMLESS, destination=DestinationId("elsewhere")))

    assert not verdict.allowed
    assert "DEST-1" in verdict.rules


@pytest.fixture(name="bundle", scope="module")
def _bundle() -> PolicyBundle:
    return shipped_bundle()


async def test_equal_questions_are_evaluated_once(bundle: PolicyBundle) -> None:
    engine = EngineProcess(deciding(bundle))
    policy = RegoPolicy(bundle, engine, VerdictCache(10))
    first = await policy.decide(HARMLESS)
    engine.close()

    assert await policy.decide(replace(HARMLESS)) is first
    with pytest.raises(PolicyUnavailable):
        await policy.decide(replace(HARMLESS, level=1))


async def test_a_failure_is_raised_and_not_remembered(bundle: PolicyBundle) -> None:
    with closing(EngineProcess(deciding(bundle))) as engine:
        policy = RegoPolicy(bundle, engine, VerdictCache(10))
        await engine.ready()
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGSTOP)
        asking = asyncio.create_task(policy.decide(HARMLESS))
        await asyncio.sleep(0.05)
        os.kill(engine.pid, signal.SIGKILL)
        with pytest.raises(PolicyUnavailable):
            await asking

        assert (await policy.decide(HARMLESS)).allowed


async def test_an_undefined_decision_is_denied_by_default(bundle: PolicyBundle) -> None:
    text = bundle.modules["route/decision.rego"]
    bundle = with_module(
        bundle, "route/decision.rego", text.replace("decision := {", "decision := {} if false\n\nd := {")
    )
    with closing(EngineProcess(deciding(bundle))) as engine:
        verdict = await RegoPolicy(bundle, engine, VerdictCache(10)).decide(HARMLESS)

    assert not verdict.allowed
    assert verdict.rules == ("DEFAULT-1",)


async def test_an_answer_that_is_not_a_decision_is_denied_by_default(bundle: PolicyBundle) -> None:
    text = bundle.modules["route/decision.rego"].replace('"log_level": log_level,', "")
    bundle = with_module(bundle, "route/decision.rego", text)
    with closing(EngineProcess(deciding(bundle))) as engine:
        verdict = await RegoPolicy(bundle, engine, VerdictCache(10)).decide(HARMLESS)

    assert not verdict.allowed
    assert verdict.rules == ("DEFAULT-1",)


def test_a_bundle_that_cannot_be_read_starts_no_engine(tmp_path: Path) -> None:
    with pytest.raises(StartupError):
        build_policy(PolicySettings(directory=tmp_path), catalog())


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (('"log_level": log_level,', ""), "canary"),
        (("decision := {", "x if every y in [1] {\n\ty == 1\n}\n\ndecision := {"), "does-not-compile"),
    ],
)
async def test_a_bundle_that_the_engine_fails_never_becomes_a_policy(
    bundle: PolicyBundle, changed: tuple[str, str], reason: str
) -> None:
    text = bundle.modules["route/decision.rego"].replace(*changed)
    bundle = with_module(bundle, "route/decision.rego", text)
    report = inspect(bundle)
    assert report.passed
    with pytest.raises(StartupError, match=reason):
        async with StartingPolicy(bundle, report, EngineProcess(deciding(bundle))).in_force():
            raise AssertionError("it is in force")


@pytest.mark.parametrize(
    ("question", "first"),
    [
        (HARMLESS, {"anthropic-us", "openai-us", "minimax-intl", "minimax-cn", "inhouse-m3", "google-vertex-us"}),
        (replace(HARMLESS, level=1), {"anthropic-us", "openai-us", "inhouse-m3"}),
        (replace(HARMLESS, level=2, categories=("source_code",)), {"anthropic-us", "openai-us", "inhouse-m3"}),
        (replace(HARMLESS, level=3, categories=("pci.pan",)), {"inhouse-m3"}),
        (replace(HARMLESS, level=3, categories=("pci.sad",)), set()),
        (replace(HARMLESS, level=2, categories=("opaque",)), {"inhouse-m3"}),
        (replace(HARMLESS, level=2, categories=("opaque",), features=("images",)), set()),
        (replace(HARMLESS, level=4), {"inhouse-m3"}),
        (replace(HARMLESS, level=4, clearance=3), set()),
    ],
)
async def test_who_may_receive_what_with_the_shipped_facts(
    policy: RegoPolicy, question: Question, first: set[str]
) -> None:
    asked = ("anthropic-us", "openai-us", "google-vertex-us", "minimax-intl", "minimax-cn", "inhouse-m3")
    allowed = {
        name for name in asked if (await policy.decide(replace(question, destination=DestinationId(name)))).allowed
    }

    assert allowed == first
