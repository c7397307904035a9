"""Which error a refused request gets."""

from __future__ import annotations

import pytest

from gateway.errors import NoPermittedRoute, PolicyDenied, UpstreamFailed
from gateway.policy.bundle import policy_directory
from gateway.refusals import ACCESS_RULE, after_attempts, before_attempts, rules_of
from gateway.settings import PolicySettings
from gateway.types import HexDigest, Obligations, RuleId, Verdict
from routers.types import DestinationId, Failure, FailureClass, Scope


def verdict(*rules: str) -> Verdict:
    """A denial by these rules; without any, a permission."""
    ids = tuple(RuleId(rule) for rule in rules)
    return Verdict(DestinationId("d"), not rules, ids, Obligations(), HexDigest("r"), HexDigest("q"))


def failure(kind: FailureClass) -> Failure:
    return Failure(kind, Scope.CALL, "S", 500, certain=True)


BEFORE = [
    ((verdict("SEC-1"),), PolicyDenied),
    ((verdict("SEC-1", "ACCESS-1"),), PolicyDenied),
    ((verdict("SEC-1"), verdict("ACCESS-1")), NoPermittedRoute),
    ((verdict("ACCESS-1"),), NoPermittedRoute),
    ((), PolicyDenied),
]
AFTER = [
    ((FailureClass.REVOKED,), NoPermittedRoute),
    ((FailureClass.BILLING, FailureClass.AUTH, FailureClass.REGION, FailureClass.TERMS), NoPermittedRoute),
    ((FailureClass.REVOKED, FailureClass.OVERLOADED), UpstreamFailed),
    ((FailureClass.NETWORK,), UpstreamFailed),
    ((FailureClass.THROTTLED,), UpstreamFailed),
    ((FailureClass.UNKNOWN,), UpstreamFailed),
    ((), NoPermittedRoute),
]


@pytest.mark.parametrize(("verdicts", "error"), BEFORE)
def test_denied_before_any_attempt(verdicts: tuple[Verdict, ...], error: type) -> None:
    assert type(before_attempts(verdicts)) is error


@pytest.mark.parametrize(("classes", "error"), AFTER)
def test_failed_after_the_attempts(classes: tuple[FailureClass, ...], error: type) -> None:
    assert type(after_attempts(tuple(map(failure, classes)), (verdict("SEC-1"),))) is error


def test_every_rule_that_spoke_is_named_once() -> None:
    assert rules_of((verdict("B-1", "A-1"), verdict("A-1"), verdict())) == ("A-1", "B-1")


def test_the_access_rule_is_one_of_the_policy() -> None:
    rules = policy_directory(PolicySettings()) / "rules"
    text = "".join(file.read_text(encoding="utf-8") for file in rules.glob("*/*.rego"))
    assert f"id: {ACCESS_RULE}\n" in text
    assert f'deny contains "{ACCESS_RULE}"' in text
