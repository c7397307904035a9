"""What `gateway policy check|test|explain` show: plain results, no printing. Not for use inside an event loop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from gateway.policy.bundle import STAMP, PolicyBundle, catalog_path, load_bundle, policy_directory
from gateway.policy.cache import VerdictCache
from gateway.policy.decide import RegoPolicy
from gateway.policy.engine_process import EngineProcess, deciding
from gateway.policy.preflight import Report, complete, inspect, preflight, require_pass
from gateway.policy.rego.metadata import Metadata
from gateway.settings import PolicySettings
from gateway.types import Question, RuleId, Verdict
from routers.catalog import load_catalog

OUTSIDE_THE_BUNDLE: Mapping[RuleId, tuple[str, str]] = {
    RuleId("INPUT-1"): ("The question breaks the closed schema", "gateway/policy/question.py"),
    RuleId("DEFAULT-1"): ("The engine gave no answer, or none that is a decision", "gateway/policy/verdict.py"),
}
"""Denials that no rule file gives: id to title and where they are made."""


@dataclass(frozen=True, slots=True)
class RuleNote:
    """One rule in the explanation of one question. `spoke` says that it objected or put an obligation."""

    id: RuleId
    title: str
    legal_basis: str
    owner: str
    spoke: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a question was answered as it was: the verdict, and every rule of the bundle in the order of its id."""

    verdict: Verdict
    rules: tuple[RuleNote, ...]


def check(settings: PolicySettings) -> Report:
    """Returns the full preflight report, embedded tests included.

    Raises:
        StartupError: the policy directory cannot be read at all.
        CatalogError: the catalogue cannot be read.
    """
    bundle = load_bundle(policy_directory(settings), load_catalog(catalog_path(settings)))
    return asyncio.run(preflight(bundle, all_tests=True))


def stamp(settings: PolicySettings) -> Report:
    """As `check`; when it passes, also writes `tested.json`, so that starting need not run the same tests again."""
    directory = policy_directory(settings)
    bundle = load_bundle(directory, load_catalog(catalog_path(settings)))
    report = asyncio.run(preflight(bundle, all_tests=True))
    if report.passed:
        content = json.dumps({"tests_digest": bundle.tests_digest}, indent=2)
        (directory / STAMP).write_text(f"{content}\n", encoding="utf-8")
    return report


def explain(settings: PolicySettings, question: Question) -> Explanation:
    """Returns the verdict on one question with what every rule is about.

    Raises:
        StartupError: the bundle does not pass the preflight.
        CatalogError: the catalogue cannot be read.
        PolicyUnavailable: the engine failed.
    """
    bundle = load_bundle(policy_directory(settings), load_catalog(catalog_path(settings)))
    report, verdict = asyncio.run(_judge(bundle, question))
    notes = [_note(rule, metadata, verdict) for rule, metadata in sorted(report.rules.items())]
    outside = [
        RuleNote(rule, title, f"Built into {where}", "platform", spoke=True)
        for rule, (title, where) in OUTSIDE_THE_BUNDLE.items()
        if rule in verdict.rules
    ]
    return Explanation(verdict, (*outside, *notes))


async def _judge(bundle: PolicyBundle, question: Question) -> tuple[Report, Verdict]:
    with closing(EngineProcess(deciding(bundle))) as engine:
        report = await complete(inspect(bundle), bundle, engine, all_tests=False)
        require_pass(report)
        return report, await RegoPolicy(bundle, engine, VerdictCache(1)).evaluate(question)


def _note(rule: RuleId, metadata: Metadata, verdict: Verdict) -> RuleNote:
    return RuleNote(rule, metadata.title, metadata.legal_basis, metadata.owner, spoke=rule in verdict.rules)
