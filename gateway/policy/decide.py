"""The port: a question in, a verdict out. Cached answers cost microseconds, new ones about half a millisecond."""

from __future__ import annotations

import sys
from typing import Protocol

from gateway.policy.bundle import PolicyBundle, load_bundle, policy_directory
from gateway.policy.cache import VerdictCache
from gateway.policy.embedded import EmbeddedRego, UndefinedResult, refuse_late_load
from gateway.policy.preflight import preflight, require_pass
from gateway.policy.question import digest, document, violations
from gateway.policy.verdict import DEFAULT_DENY, INPUT_DENY, denial, read_decision
from gateway.settings import PolicySettings
from gateway.types import HexDigest, Question, Verdict
from routers.catalog import Catalog

_CACHED_VERDICTS = 16_384


class Engine(Protocol):
    """Whatever can evaluate the entrypoint of a bundle. A miss of the cache waits for it."""

    def evaluate(self, document: dict[str, object]) -> object:
        """Returns the value of the entrypoint. Raises `UndefinedResult` or `PolicyUnavailable`."""
        ...


class RegoPolicy:
    """Decides with a Rego engine. Satisfies `gateway.ports.Policy`. Safe to use from any thread.

    A miss is evaluated where it is asked: half a millisecond is less than handing it to another thread and back
    would cost a busy loop, and the engine cannot be cancelled anyway.
    """

    def __init__(self, bundle: PolicyBundle, engine: Engine, cache: VerdictCache) -> None:
        self._revision = bundle.revision
        self._engine = engine
        self._cache = cache

    @property
    def revision(self) -> HexDigest:
        """Digest of the bundle in force."""
        return self._revision

    async def decide(self, question: Question) -> Verdict:
        """Returns the verdict. Raises `PolicyUnavailable` when the engine fails; failures are never cached."""
        found = self._cache.get(self._revision, question)
        if found is None:
            found = self.evaluate(question)
            self._cache.put(question, found)
        return found

    def evaluate(self, question: Question) -> Verdict:
        """Returns the verdict without the cache. Raises `PolicyUnavailable`."""
        question_digest = digest(question)
        if violations(question):
            return denial(question, INPUT_DENY, revision=self._revision, question_digest=question_digest)
        try:
            answer = self._engine.evaluate(document(question))
        except UndefinedResult:
            return denial(question, DEFAULT_DENY, revision=self._revision, question_digest=question_digest)
        return read_decision(answer, question, revision=self._revision, question_digest=question_digest)


def build_policy(settings: PolicySettings, catalog: Catalog) -> RegoPolicy:
    """Returns the policy in force.

    Raises:
        StartupError: the bundle cannot be read, does not pass the preflight, or regopy was loaded too late.
    """
    refuse_late_load(sys.modules)
    bundle = load_bundle(policy_directory(settings), catalog)
    require_pass(preflight(bundle, run_tests=False))
    return RegoPolicy(bundle, EmbeddedRego(bundle), VerdictCache(_CACHED_VERDICTS))
