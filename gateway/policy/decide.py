"""The port: a question in, a verdict out. Cached answers cost microseconds, new ones ask the engine's process."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing

from gateway.errors import PolicyUnavailable, StartupError
from gateway.policy.bundle import PolicyBundle, load_bundle, policy_directory
from gateway.policy.cache import VerdictCache
from gateway.policy.engine_process import EngineProcess, UndefinedResult, deciding
from gateway.policy.preflight import Report, complete, inspect, require_pass
from gateway.policy.question import digest, document, violations
from gateway.policy.trial import Engine
from gateway.policy.verdict import DEFAULT_DENY, INPUT_DENY, denial, read_decision
from gateway.settings import PolicySettings
from gateway.types import HexDigest, Question, Verdict
from routers.catalog import Catalog

_CACHED_VERDICTS = 16_384


class RegoPolicy:
    """Decides with a Rego engine. Satisfies `gateway.ports.Policy`."""

    def __init__(self, bundle: PolicyBundle, engine: Engine, cache: VerdictCache) -> None:
        self._revision = bundle.revision
        self._engine = engine
        self._cache = cache

    @property
    def revision(self) -> HexDigest:
        """Digest of the bundle in force."""
        return self._revision

    @property
    def available(self) -> bool:
        """Whether a question that was not asked before can be answered. A readiness check."""
        return self._engine.usable

    async def decide(self, question: Question) -> Verdict:
        """Returns the verdict. Raises `PolicyUnavailable` when the engine fails; failures are never cached."""
        found = self._cache.get(self._revision, question)
        if found is None:
            found = await self.evaluate(question)
            self._cache.put(question, found)
        return found

    async def evaluate(self, question: Question) -> Verdict:
        """Returns the verdict without the cache. Raises `PolicyUnavailable`."""
        question_digest = digest(question)
        if violations(question):
            return denial(question, INPUT_DENY, revision=self._revision, question_digest=question_digest)
        try:
            answer = await self._engine.evaluate(document(question))
        except UndefinedResult:
            return denial(question, DEFAULT_DENY, revision=self._revision, question_digest=question_digest)
        return read_decision(answer, question, revision=self._revision, question_digest=question_digest)


class StartingPolicy:
    """A bundle that reads well, and its engine, which is compiling. Only `in_force` makes a policy of it."""

    def __init__(self, bundle: PolicyBundle, report: Report, engine: EngineProcess) -> None:
        self._bundle = bundle
        self._report = report
        self._started: EngineProcess | None = engine

    @property
    def limits(self) -> Mapping[str, object]:
        """The bundle's `limits/data.json`: what the gateway itself applies of it is read by `gateway.standing`."""
        limits: Mapping[str, object] = json.loads(self._bundle.data).get("limits", {})
        return limits

    @asynccontextmanager
    async def in_force(self) -> AsyncIterator[RegoPolicy]:
        """Yields the policy, once its engine has passed the rest of the preflight. The engine ends with the context.

        May be entered again, even meanwhile: every time has a cache and a process of its own.

        Raises:
            StartupError: it did not pass.
        """
        engine, self._started = self._started or EngineProcess(deciding(self._bundle)), None
        with closing(engine):
            require_pass(await complete(self._report, self._bundle, engine, all_tests=False))
            yield RegoPolicy(self._bundle, engine, VerdictCache(_CACHED_VERDICTS))

    def close(self) -> None:
        """Ends the engine that `in_force` has not taken yet."""
        if self._started is not None:
            self._started.close()


def build_policy(settings: PolicySettings, catalog: Catalog) -> StartingPolicy:
    """Reads the bundle and starts its engine, which goes on compiling while the caller does other things.

    Raises:
        StartupError: the bundle cannot be read, what can be known by reading it is wrong, or no process can be started.
    """
    bundle = load_bundle(policy_directory(settings), catalog)
    report = inspect(bundle)
    require_pass(report)
    engine = EngineProcess(deciding(bundle))
    try:
        engine.start()
    except PolicyUnavailable:
        raise StartupError("policy: the engine's process cannot be started") from None
    return StartingPolicy(bundle, report, engine)
