"""Runs a plan: admit, send, judge; deliver the first answer that begins, or settle and go on.

A failure that is the caller's own is delivered as it came. Withdrawn access, a blocked region, an empty balance or a
bad key is never tried twice; a failure in passing at most once more on the same target, within the retry budget.
Nothing is replayed once a byte of an answer has been delivered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from routers.attempt import Attempt, run_to_end
from routers.errors import AttemptsExhausted
from routers.failover import Delivery, Gate, Limits
from routers.retries import RetryBudget
from routers.sending import Sender
from routers.types import Failure, FailureClass, Plan, Target

PASSING = frozenset({FailureClass.THROTTLED, FailureClass.OVERLOADED, FailureClass.NETWORK})
"""Failures that a second try on the same target may mend."""

_LONGEST_PAUSE_S = 1.0
_SHORTEST_PAUSE_S = 0.05


class Pauses(Protocol):
    """Waiting, passed in so that tests own it."""

    async def __call__(self, pause_s: float, /) -> object:
        """Returns after this many seconds."""
        ...


@dataclass(slots=True)
class _Journey:
    """One request on its way through the plan."""

    ends_s: float
    failures: list[Failure] = field(default_factory=list)

    @property
    def number(self) -> int:
        """The number of the next attempt, from 1."""
        return len(self.failures) + 1

    @property
    def cause(self) -> Failure | None:
        """The failure that leads to the next attempt."""
        return self.failures[-1] if self.failures else None


class PlanRunner:
    """Satisfies `routers.failover.Failover`. One per process; holds no state of a request."""

    def __init__(
        self,
        sender: Sender,
        limits: Limits,
        budget: RetryBudget,
        *,
        now_s: Callable[[], float],
        jitter: Callable[[], float],
        pause: Pauses = asyncio.sleep,
    ) -> None:
        """`now_s` never goes backwards; `jitter` returns a random number from 0 to 1."""
        self._sender = sender
        self._limits = limits
        self._budget = budget
        self._now_s = now_s
        self._jitter = jitter
        self._pause = pause

    async def run(self, plan: Plan, gate: Gate) -> Delivery:
        """Returns the first answer that begins. See `Failover.run`.

        Every admission is settled exactly once, also when this call is cancelled. What the gate raises is passed on.
        """
        self._budget.earn()
        journey = _Journey(self._now_s() + self._limits.total_s)
        for target in plan.targets:
            delivery = await self._serve(target, gate, journey)
            if delivery is not None:
                return delivery
        raise AttemptsExhausted(tuple(journey.failures))

    async def _serve(self, target: Target, gate: Gate, journey: _Journey) -> Delivery | None:
        """The answer of one target, `None` when the next one is to be tried."""
        for retry in range(1 + self._limits.retries_same_target):
            if journey.number > self._limits.attempts or self._now_s() >= journey.ends_s:
                return None
            if retry and not await self._may_retry(journey):
                return None
            attempt = await self._admit(target, gate, journey)
            if attempt is None:
                return None
            result = await self._sender.send(attempt, ends_s=journey.ends_s)
            if isinstance(result, Delivery):
                return result
            journey.failures.append(result.failure)
        return None

    async def _admit(self, target: Target, gate: Gate, journey: _Journey) -> Attempt | None:
        """Cancelled in the middle, it still learns whether the attempt was recorded, and then settles it."""
        task, cancelled = await run_to_end(gate.admit(target, journey.number, journey.cause))
        if cancelled and task.exception() is not None:
            raise asyncio.CancelledError
        admission = task.result()
        attempt = None if admission is None else Attempt(gate, admission, self._now_s)
        if cancelled:
            if attempt is not None:
                await self._sender.abandon(attempt)
            raise asyncio.CancelledError
        return attempt

    async def _may_retry(self, journey: _Journey) -> bool:
        """Whether to try the target that just failed once more; if so, after a short pause."""
        failure = journey.cause
        assert failure is not None  # noqa: S101  (a retry follows a failure)
        wanted_s = failure.retry_after_s or 0.0
        if failure.failure_class not in PASSING or wanted_s > _LONGEST_PAUSE_S or not self._budget.spend():
            return False
        spread_s = (_LONGEST_PAUSE_S / 4 - _SHORTEST_PAUSE_S) * self._jitter()
        await self._pause(max(wanted_s, _SHORTEST_PAUSE_S + spread_s))
        return True
