"""Which error a refused request gets. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.errors import NoPermittedRoute, PolicyDenied, UpstreamFailed
from gateway.types import RuleId, Verdict
from routers.types import Failure, FailureClass

ACCESS_RULE = RuleId("ACCESS-1")
"""The rule that denies a destination whose access is withdrawn: the one denial that time can mend."""

Refused = PolicyDenied | NoPermittedRoute | UpstreamFailed

_MAY_PASS = frozenset({FailureClass.THROTTLED, FailureClass.OVERLOADED, FailureClass.NETWORK, FailureClass.UNKNOWN})


def before_attempts(verdicts: tuple[Verdict, ...]) -> PolicyDenied | NoPermittedRoute:
    """Denied for what it carries: 403. Denied somewhere only because access is withdrawn just now: 503."""
    if any(not verdict.allowed and verdict.rules == (ACCESS_RULE,) for verdict in verdicts):
        return NoPermittedRoute(rules_of(verdicts))
    return PolicyDenied(rules_of(verdicts))


def after_attempts(failures: tuple[Failure, ...], verdicts: tuple[Verdict, ...]) -> NoPermittedRoute | UpstreamFailed:
    """A permitted destination that may recover: 502. Nothing left that policy permits: 503 `no_permitted_route`."""
    if any(failure.failure_class in _MAY_PASS for failure in failures):
        return UpstreamFailed("every permitted destination failed")
    return NoPermittedRoute(rules_of(verdicts))


def rules_of(verdicts: Iterable[Verdict]) -> tuple[RuleId, ...]:
    """Returns the distinct rule ids of the denials, sorted."""
    return tuple(sorted({rule for verdict in verdicts if not verdict.allowed for rule in verdict.rules}))
