"""Whatever thresholds, scores and downgrades are mixed: what policy masks anywhere leaves to nobody outside unmasked.

The real stage, the shipped rules in their real engine, and the real redactor. The values are invented words.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gateway import duties
from gateway.classify.combine import label_types
from gateway.classify.taxonomy.table import TYPES, rule_of
from gateway.policy.cache import VerdictCache
from gateway.policy.decide import RegoPolicy
from gateway.policy.engine_process import EngineProcess, deciding
from gateway.policy.question import question_for, with_labels
from gateway.redact.redactor import build_redactor
from gateway.standing.downgrades import Downgrade
from gateway.types import Category, Declared, Labels, Level, Question, Verdict
from routers.types import Access, Destination, Kind
from tests.unit.gateway.policy.samples import HARMLESS, shipped_bundle
from tests.unit.gateway.standing.made import (
    DESTINATIONS,
    NOW_MS,
    Bench,
    call,
    downgrade,
    found,
    identity,
    limits,
)

OUTSIDE = [one for one in DESTINATIONS.values() if one.kind is not Kind.INHOUSE]
TYPE = st.sampled_from([*sorted(TYPES), "SECRET_GENERIC"])
FOUND = st.dictionaries(TYPE, st.integers(350, 1000), min_size=1, max_size=4)
SCORE = st.integers(350, 1000)
THRESHOLDS = st.fixed_dictionaries(
    {
        "version": st.just("t"),
        "default_milli": SCORE,
        "kinds": st.dictionaries(st.sampled_from(["closed", "vendor"]), SCORE),
        "destinations": st.dictionaries(st.sampled_from([one.id for one in OUTSIDE]), SCORE),
    }
)
EVERY: dict[str, object] = {"version": "t", "default_milli": 350, "kinds": {}, "destinations": {}}
LOWERED = st.lists(
    st.builds(
        lambda types: downgrade(types=tuple(sorted(types)), level="public"), st.frozensets(TYPE, min_size=1, max_size=3)
    ),
    max_size=2,
)
Sent = tuple[Verdict, bytes]


@dataclass(frozen=True, slots=True)
class Office:
    """The shipped policy, asked from functions that are no coroutines."""

    runner: asyncio.Runner
    policy: RegoPolicy
    directory: Path

    def decide(self, question: Question, labels: Labels) -> Verdict:
        return self.runner.run(duties.decide(self.policy, question, labels))

    def masks_anywhere(self) -> frozenset[Category]:
        """The categories that it masks, or drops, at some destination outside."""
        all_categories = Labels(Level.REGULATED, frozenset(Category))
        questions = [with_labels(replace(HARMLESS, destination=one.id), all_categories) for one in OUTSIDE]
        verdicts = [self.runner.run(self.policy.decide(question)) for question in questions]
        return frozenset().union(*(each.obligations.mask | each.obligations.drop for each in verdicts))


@pytest.fixture(name="office", scope="module")
def _office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    bundle = shipped_bundle()
    with asyncio.Runner() as runner, closing(EngineProcess(deciding(bundle))) as engine:
        runner.run(engine.ready())
        yield Office(runner, RegoPolicy(bundle, engine, VerdictCache(4096)), tmp_path_factory.mktemp("standing"))


def word(kind: str) -> str:
    """A value of this type."""
    return "zq" + "".join(f"{ord(character) % 32:02d}" for character in kind) + "x"


def sent(
    office: Office,
    scores: Mapping[str, int],
    thresholds: Mapping[str, object],
    lowered: list[Downgrade],
    where: Destination,
) -> Sent:
    """The verdict on a call that carries one value of each type, and what would leave."""
    of = call(*(word(kind) for kind in scores))
    content = found(of, {word(kind): kind for kind in scores})
    findings = tuple(replace(each, score_milli=scores[each.type]) for each in content.findings)
    content = replace(content, findings=findings, scores=scores)
    parts = Bench(office.directory, limits=limits(thresholds=thresholds)).open()
    with closing(parts.store):
        parts.stage.downgrades = tuple(lowered)
        content = office.runner.run(parts.stage.settle(identity(), of, content))
        sight = parts.stage.sight(identity(), of, content, where)
    question = question_for(
        identity=identity(),
        call=of,
        sight=sight,
        purpose="general",
        destination=where.id,
        access=Access.ACTIVE,
        now_ms=NOW_MS,
    )
    verdict = office.decide(question, sight.found)
    redactor = build_redactor(bytes(32), further=lambda kind: rule_of(kind).also)
    return verdict, redactor.redact(of, identity(), content, verdict.obligations).body


def categories(kind: str) -> set[Category]:
    return {rule_of(kind).category, *rule_of(kind).also}


def masked_types(office: Office, scores: Mapping[str, int]) -> set[str]:
    """The types that policy masks somewhere outside, of those that say anything in this company."""
    counting = set(label_types(set(scores), (), Declared()).reasons)
    return {kind for kind in counting if not office.masks_anywhere().isdisjoint(categories(kind))}


def masked_beside(office: Office, scores: Mapping[str, int]) -> set[str]:
    """Those, and what says nothing by itself (a BIC) but is of a category that is masked for another (a MAC address).

    Policy masks categories, not types, so such a value goes masked with the one that counts.
    """
    masked = {each for kind in masked_types(office, scores) for each in categories(kind)} & office.masks_anywhere()
    return {kind for kind in scores if not masked.isdisjoint(categories(kind))}


BOUNDED = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@BOUNDED
@example({"SWIFT_BIC": 350, "MAC_ADDRESS": 350}, EVERY, [], OUTSIDE[0])
@given(FOUND, THRESHOLDS, LOWERED, st.sampled_from(OUTSIDE))
def test_what_policy_masks_anywhere_leaves_masked_and_nothing_else_is(
    office: Office,
    scores: dict[str, int],
    thresholds: dict[str, object],
    lowered: list[Downgrade],
    where: Destination,
) -> None:
    verdict, body = sent(office, scores, thresholds, lowered, where)
    left = {kind for kind in scores if word(kind).encode() in body}
    assert not (verdict.allowed and left & masked_types(office, scores))
    assert left >= scores.keys() - masked_beside(office, scores)


CASES: list[tuple[dict[str, int], int, list[Downgrade]]] = [
    ({"PERSON": 400}, 600, []),
    ({"PERSON": 400, "DATE_OF_BIRTH": 900}, 600, []),
    ({"CREDIT_CARD": 500}, 900, []),
    ({"SECRET_GENERIC": 500}, 600, []),
    ({"PERSON": 900}, 350, [downgrade(types=("PERSON",))]),
]


@pytest.mark.parametrize(("scores", "threshold", "lowered"), CASES)
def test_what_goes_out_because_it_does_not_count_goes_masked(
    office: Office, scores: dict[str, int], threshold: int, lowered: list[Downgrade]
) -> None:
    thresholds = {"version": "t", "default_milli": threshold, "kinds": {}, "destinations": {}}
    for where in OUTSIDE:
        verdict, body = sent(office, scores, thresholds, lowered, where)
        if where.id == "anthropic-us":
            assert verdict.allowed
        assert not (verdict.allowed and any(word(kind).encode() in body for kind in scores))


def test_a_downgrade_that_says_so_lets_values_leave_as_they_are(office: Office) -> None:
    lowered = [downgrade(types=("PERSON",), unmasked=True)]
    thresholds = {"version": "t", "default_milli": 350, "kinds": {}, "destinations": {}}
    where = next(one for one in OUTSIDE if one.id == "anthropic-us")
    verdict, body = sent(office, {"PERSON": 900}, thresholds, lowered, where)
    assert verdict.allowed
    assert json.loads(body)["input"] == [word("PERSON")]
