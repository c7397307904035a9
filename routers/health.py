"""Failures in passing, remembered for a while: which targets to try last. In this process only.

A target that failed several times in a row counts as unhealthy until some time has passed or it answers; it is never
excluded for that, only ordered last. Withdrawn access is another matter: see `routers.revocation`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from routers.types import DestinationId, Failure, FailureClass, ModelName, Target

Place = tuple[DestinationId, ModelName]

_PASSING = frozenset({FailureClass.THROTTLED, FailureClass.OVERLOADED, FailureClass.NETWORK, FailureClass.UNKNOWN})
_DAY_S = 86_400.0


@dataclass(slots=True)
class _Circuit:
    failures: int = 0
    rests_until_s: float = 0.0
    answered_s: float | None = None


class Circuits:
    """One small record per target that was ever used. Single event loop; `now_s` never goes backwards."""

    def __init__(self, now_s: Callable[[], float], *, failures: int = 3, rest_s: float = 15.0) -> None:
        """After `failures` in a row a target rests for `rest_s` seconds, or as long as the upstream asked."""
        self._now_s = now_s
        self._failures = failures
        self._rest_s = rest_s
        self._circuits: dict[Place, _Circuit] = {}

    def succeeded(self, target: Target) -> None:
        """Notes an answer."""
        circuit = self._of(target)
        circuit.failures, circuit.rests_until_s, circuit.answered_s = 0, 0.0, self._now_s()

    def failed(self, target: Target, failure: Failure) -> None:
        """Notes a failure in passing; others are not this module's."""
        if failure.failure_class not in _PASSING:
            return
        circuit = self._of(target)
        circuit.failures += 1
        asked_s = min(failure.retry_after_s or 0.0, 60.0)
        rest_s = max(asked_s, self._rest_s if circuit.failures >= self._failures else 0.0)
        circuit.rests_until_s = max(circuit.rests_until_s, self._now_s() + rest_s)

    def is_healthy(self, target: Target) -> bool:
        """Whether the target may be tried in its usual place."""
        circuit = self._circuits.get((target.destination.id, target.model))
        return circuit is None or self._now_s() >= circuit.rests_until_s

    def worked_recently(self, target: Target) -> bool:
        """Whether the target answered within the last day, as far as this process remembers."""
        circuit = self._circuits.get((target.destination.id, target.model))
        if circuit is None or circuit.answered_s is None:
            return False
        return self._now_s() - circuit.answered_s <= _DAY_S

    def _of(self, target: Target) -> _Circuit:
        return self._circuits.setdefault((target.destination.id, target.model), _Circuit())
