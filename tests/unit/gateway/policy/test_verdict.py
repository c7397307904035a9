"""Whatever is not exactly a decision is a denial."""

from __future__ import annotations

import pytest

from gateway.policy.verdict import DEFAULT_DENY, read_decision
from gateway.types import Category, HexDigest, Obligations, Strategy, Verdict
from tests.unit.gateway.policy.samples import HARMLESS

ALLOWED = {
    "allow": True,
    "deny": [],
    "mask": ["pii.direct"],
    "drop": [],
    "duties": ["PII-1"],
    "log_level": "full",
    "strategies": {"EMAIL_ADDRESS": "surrogate"},
    "withheld_tools": ["send_mail"],
    "answer_drop": ["credential"],
}
DENIED = {**ALLOWED, "allow": False, "deny": ["SEC-1", "LEVEL-1"]}


def read(value: object) -> Verdict:
    """The verdict on the harmless question."""
    return read_decision(value, HARMLESS, revision=HexDigest("r"), question_digest=HexDigest("q"))


def test_an_allowed_decision_carries_obligations_and_the_rules_that_asked_for_them() -> None:
    verdict = read(ALLOWED)

    assert verdict.allowed
    assert verdict.rules == ("PII-1",)
    assert verdict.obligations == Obligations(
        mask=frozenset({Category.PII_DIRECT}),
        log_level="full",
        strategies={"EMAIL_ADDRESS": Strategy.SURROGATE},
        withheld_tools=frozenset({"send_mail"}),
        answer_drop=frozenset({Category.CREDENTIAL}),
    )
    assert (verdict.destination, verdict.revision, verdict.question) == (HARMLESS.destination, "r", "q")


def test_a_denied_decision_names_the_rules_that_object() -> None:
    verdict = read(DENIED)

    assert not verdict.allowed
    assert verdict.rules == ("LEVEL-1", "SEC-1")


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        [],
        {},
        "allow",
        {**ALLOWED, "allow": "true"},
        {**ALLOWED, "allow": 1},
        {**ALLOWED, "deny": ["SEC-1"]},
        {**ALLOWED, "allow": False},
        {**ALLOWED, "deny": None},
        {**ALLOWED, "deny": {}},
        {**DENIED, "deny": [7]},
        {**DENIED, "deny": [""]},
        {**ALLOWED, "mask": ["gossip"]},
        {**ALLOWED, "mask": "pii.direct"},
        {**ALLOWED, "drop": [None]},
        {**ALLOWED, "log_level": "none"},
        {**ALLOWED, "strategies": {"EMAIL_ADDRESS": "magic"}},
        {**ALLOWED, "strategies": {"": "drop"}},
        {**ALLOWED, "strategies": []},
        {**ALLOWED, "withheld_tools": "send_mail"},
        {**ALLOWED, "withheld_tools": [""]},
        {**ALLOWED, "answer_drop": ["gossip"]},
        {**ALLOWED, "log_level": ["full"]},
        {**ALLOWED, "surprise": 1},
        {key: value for key, value in ALLOWED.items() if key != "mask"},
    ],
)
def test_anything_else_is_denied(value: object) -> None:
    verdict = read(value)

    assert not verdict.allowed
    assert verdict.rules == (DEFAULT_DENY,)
    assert verdict.obligations == Obligations()
