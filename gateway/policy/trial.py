"""What only the engine can say of a bundle: that it compiles, that it decides, and that its tests are true."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from gateway.errors import PolicyUnavailable, StartupError
from gateway.policy.bundle import PolicyBundle
from gateway.policy.engine_process import EngineProcess, UndefinedResult, testing
from gateway.policy.question import digest, document
from gateway.policy.rego.names import Problem
from gateway.policy.rego.parse import parse_module
from gateway.policy.verdict import DEFAULT_DENY, read_decision
from gateway.types import Question
from routers.types import DestinationId

_ENGINE = "(engine)"
_NOWHERE = DestinationId("not-in-the-catalogue")


class Engine(Protocol):
    """Whatever can evaluate a program."""

    @property
    def usable(self) -> bool:
        """Whether a new question can be answered."""
        ...

    async def ready(self) -> None:
        """Waits until the program is compiled. Raises `StartupError`."""
        ...

    async def evaluate(self, document: dict[str, object], entrypoint: str | None = None) -> object:
        """Returns the value of the entrypoint. Raises `UndefinedResult` or `PolicyUnavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class RuleTest:
    """One embedded test. Undefined counts as failed."""

    path: str
    name: str
    passed: bool


async def canary_problems(bundle: PolicyBundle, engine: Engine) -> list[Problem]:
    """Returns what is wrong with the answers for every destination, and for one that is not in the catalogue."""
    try:
        await engine.ready()
    except StartupError as error:
        return [Problem(_ENGINE, 0, "does-not-compile", str(error))]
    known = json.loads(bundle.data)["catalog"]["destinations"]
    found = [await _canary_problem(bundle, engine, DestinationId(name)) for name in (*known, _NOWHERE)]
    return [Problem(_ENGINE, 0, "canary", reason) for reason in found if reason is not None]


async def _canary_problem(bundle: PolicyBundle, engine: Engine, destination: DestinationId) -> str | None:
    question = Question("employee", 0, 0, (), ("stream",), "general", destination, "active", "2026-01-01", "none")
    try:
        answer = await engine.evaluate(document(question))
    except (UndefinedResult, PolicyUnavailable):
        return f"no decision for {destination}"
    verdict = read_decision(answer, question, revision=bundle.revision, question_digest=digest(question))
    if verdict.rules == (DEFAULT_DENY,):
        return f"the answer for {destination} is not a decision"
    if verdict.allowed and destination == _NOWHERE:
        return "a destination outside the catalogue is allowed"
    return None


async def run_tests(bundle: PolicyBundle) -> tuple[tuple[RuleTest, ...], list[Problem]]:
    """Returns the embedded tests, run in a process of their own, and a problem for each that is not true."""
    named = _test_names(bundle)
    if not named:
        return (), [Problem(_ENGINE, 0, "no-tests", "the bundle has no embedded test")]
    with closing(EngineProcess(testing(bundle, [name for _, name in named]))) as engine:
        try:
            await engine.ready()
        except StartupError as error:
            return (), [Problem(_ENGINE, 0, "does-not-compile", f"with its tests: {error}")]
        results = tuple([RuleTest(path, name, await _is_true(engine, name)) for path, name in named])
    return results, [Problem(r.path, 0, "test-failed", r.name) for r in results if not r.passed]


def _test_names(bundle: PolicyBundle) -> list[tuple[str, str]]:
    modules = [parse_module(path, text) for path, text in bundle.tests.items()]
    return [
        (module.path, "/".join((*module.package, rule.name)))
        for module in modules
        for rule in module.rules
        if rule.name.startswith("test_")
    ]


async def _is_true(engine: Engine, entrypoint: str) -> bool:
    try:
        return await engine.evaluate({}, entrypoint) is True
    except (UndefinedResult, PolicyUnavailable):
        return False
