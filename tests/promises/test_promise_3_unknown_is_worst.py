"""Unknown is the worst case: a fact, a detector, a label or a purpose that is not known counts as the strictest."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app import Prepared
from gateway.classify.classifier import CallClassifier
from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.secrets import SecretDetector
from gateway.policy.bundle import policy_directory
from gateway.settings import ClassifySettings, PolicySettings
from tests.fakes.upstream import ScriptedUpstream
from tests.integration.composition import (
    ANTHROPIC,
    INHOUSE,
    MINIMAX,
    OPENAI,
    PUBLIC,
    Gateway,
    Json,
    Record,
    gateway_at,
    prepare_base,
)

PLAIN = "How do tides work?"


def chat(text: str = PLAIN, model: str = "auto") -> Json:
    return {"model": model, "messages": [{"role": "user", "content": text}]}


def subject(record: Record) -> Json:
    found = record["subject"]
    assert isinstance(found, dict)
    return found


def refused(record: Record) -> dict[str, list[str]]:
    """The rules that refused each destination."""
    return {each["destination"]: each["rules"] for each in subject(record)["considered"] if not each["allowed"]}  # type: ignore[attr-defined]


class FailingDetector:
    """A detector with a defect."""

    name = "defective"

    def may_find(self, passage: Passage) -> bool:
        return True

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        raise RuntimeError(passage.text)


async def test_text_without_a_label_is_not_public(gateway: Gateway) -> None:
    answer = await gateway.ask("/v1/chat/completions", chat(model="minimax-m3"))
    assert answer.status_code == 200
    assert gateway.heard_by == {INHOUSE: 1}
    (intent,) = await gateway.records("intent")
    assert subject(intent)["level"] == "internal"
    assert "CN-NIL-7" in refused(intent)[MINIMAX]


@pytest.mark.parametrize(
    "detector", [FailingDetector(), SecretDetector()], ids=["a detector that raises", "a detector out of time"]
)
async def test_detector_that_cannot_finish_makes_the_call_regulated(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream], detector: FailingDetector | SecretDetector
) -> None:
    settings = ClassifySettings(timeout_s=30 if isinstance(detector, FailingDetector) else 1e-9)
    blind = replace(base, classifier=CallClassifier([detector], settings, time.monotonic))
    async with gateway_at(tmp_path / "state", blind, upstreams) as gateway:
        answer = await gateway.ask("/v1/chat/completions", chat(), headers=PUBLIC, key="employee")
        assert answer.status_code == 403  # cleared for less than regulated
        (refusal,) = await gateway.records("refusal")
        assert subject(refusal)["level"] == "regulated"
        assert subject(refusal)["categories"] == ["unknown"]
        assert {"UNKNOWN-1", "LEVEL-1"} <= set(refused(refusal)[ANTHROPIC])
        assert "CLEAR-1" in refused(refusal)[INHOUSE]
        cleared = await gateway.ask("/v1/chat/completions", chat(), headers=PUBLIC, key="clinic")
        assert cleared.headers["x-gateway-destination"] == INHOUSE
        assert set(gateway.heard_by) == {INHOUSE}


UNREADABLE = [
    {"x-gateway-level": "publik"},
    {"x-gateway-level": "PUBLIC"},
    {"x-gateway-level": ""},
    {"x-gateway-categories": "pii.direct,unheard-of"},
    {"x-gateway-sensitivity": "public"},
    {"x-gateway-purpose": "Any Thing"},
]


async def test_label_that_cannot_be_read_is_refused_and_never_ignored(gateway: Gateway) -> None:
    for headers in UNREADABLE:
        answer = await gateway.ask("/v1/chat/completions", chat(), headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_header"), headers
    assert gateway.heard_by == {}


async def test_declared_label_raises_and_never_lowers(gateway: Gateway) -> None:
    card = chat("Card number 4111 1111 1111 1111", model="gpt-5.5")
    await gateway.ask("/v1/chat/completions", card, headers=PUBLIC)
    await gateway.ask("/v1/chat/completions", chat(), headers={"x-gateway-level": "restricted"})
    lowered, raised = await gateway.records("intent")
    assert subject(lowered)["level"] == "restricted"
    assert subject(raised)["level"] == "restricted"
    assert not {OPENAI, MINIMAX} & set(gateway.heard_by)


async def test_purpose_that_is_not_listed_stays_in_house_and_one_not_granted_is_refused(gateway: Gateway) -> None:
    stated = await gateway.ask("/v1/chat/completions", chat(), headers={"x-gateway-purpose": "hr"})
    assert (stated.status_code, stated.json()["error"]["code"]) == (403, "permission_denied")
    clinical = await gateway.ask("/v1/chat/completions", chat(), key="clinic")
    assert clinical.headers["x-gateway-destination"] == INHOUSE
    none_stated = await gateway.ask("/v1/chat/completions", chat(), key="versatile")
    assert none_stated.status_code == 403
    assert set(gateway.heard_by) == {INHOUSE}


@pytest.fixture
def doubtful_policy(tmp_path: Path) -> Path:
    """The packaged policy over a catalogue in which nobody knows where OpenAI's host stands."""
    copy = tmp_path / "policies"
    shutil.copytree(policy_directory(PolicySettings()), copy)
    file = copy / "catalog" / "demo.json"
    catalog = json.loads(file.read_text())
    (openai,) = [d for d in catalog["destinations"] if d["id"] == OPENAI]
    openai["facts"]["host_country"]["confidence"] = "unknown"
    (anthropic,) = [d for d in catalog["destinations"] if d["id"] == ANTHROPIC]
    anthropic["facts"]["control"]["retrieved"] = "2026-01-01"
    anthropic["facts"]["control"]["review_by"] = "2026-06-30"
    file.write_text(json.dumps(catalog))
    return copy


async def test_fact_that_is_unknown_or_past_its_review_lets_through_public_text_only(
    tmp_path: Path, upstreams: dict[str, ScriptedUpstream], doubtful_policy: Path
) -> None:
    policy = {"directory": doubtful_policy, "catalog": "catalog/demo.json"}
    first = await asyncio.to_thread(prepare_base, tmp_path / "base", policy=policy)
    async with gateway_at(tmp_path / "state", first, upstreams, policy=policy) as gateway:
        await gateway.ask("/v1/chat/completions", chat(model="gpt-5.5"), headers=PUBLIC)
        assert gateway.heard_by == {OPENAI: 1}
        answer = await gateway.ask("/v1/chat/completions", chat(model="gpt-5.5"))
        assert answer.headers["x-gateway-destination"] == INHOUSE
        _, intent = await gateway.records("intent")
        assert "FACT-1" in refused(intent)[OPENAI]
        assert "FACT-1" in refused(intent)[ANTHROPIC]
        assert gateway.heard_by == {OPENAI: 1, INHOUSE: 1}


async def test_access_states_that_are_lost_put_every_destination_under_suspicion(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    state = tmp_path / "state"
    async with gateway_at(state, base, upstreams) as gateway:
        await gateway.ask("/v1/chat/completions", chat("Agenda of Thursday's meeting"))
        keys = gateway.keys
    (state / "access.json").unlink()
    async with gateway_at(state, base, upstreams, keys=keys) as gateway:
        answer = await gateway.ask("/v1/chat/completions", chat("Agenda of Thursday's meeting"))
        assert answer.headers["x-gateway-destination"] == INHOUSE
        changes = await gateway.records_once("access", 4)
        assert {(c["after"], c["cause"]) for c in changes} >= {("suspect", "state-lost")}
