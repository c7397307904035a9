"""Runs a plan: one admitted attempt after the other until an answer begins, and nothing replayed after that.

The gate is the gateway's side of every attempt: it decides anew, masks, records and permits. A target that the gate
refuses is skipped; a target that withdraws access is reported and set aside; the number of attempts is bounded by the
plan and by `Limits.attempts`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol

from routers.types import AttemptId, AttemptOutcome, EgressPermit, Failure, Headers, Plan, Prompt, Target


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one run. Times in seconds, sizes in bytes."""

    attempts: int = 4
    retries_same_target: int = 1
    first_byte_s: float = 60.0
    idle_s: float = 60.0
    total_s: float = 600.0
    answer_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Admission:
    """An attempt that may be sent: its record is durable."""

    attempt_id: AttemptId
    target: Target
    prompt: Prompt
    permit: EgressPermit


class Gate(Protocol):
    """What must hold before and after every attempt."""

    async def admit(self, target: Target, number: int, cause: Failure | None) -> Admission | None:
        """Decides anew, masks and records. Returns `None` when this target may not be used now.

        `number` counts from 1; `cause` is the failure that led here, `None` on the first attempt.
        """
        ...

    async def settle(self, admission: Admission, outcome: AttemptOutcome) -> None:
        """Records how the attempt ended. Called exactly once per admission, also when the caller hangs up."""
        ...

    def report(self, target: Target, failure: Failure, admission: Admission) -> None:
        """Tells the registry what a failure means for later calls. Never blocks."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """An answer that has begun, in the caller's dialect.

    `body` is the whole answer of a call that did not ask for a stream; `chunks` yields a streamed one and raises
    `UpstreamCut` when it ends early. Exactly one of the two is set. Closing `chunks` cancels the upstream.
    """

    admission: Admission
    status: int
    headers: Headers
    body: bytes | None = field(repr=False)
    chunks: AsyncIterator[bytes] | None = field(repr=False)


class Failover(Protocol):
    """The port the pipeline sees. Implemented by `run` bound to the upstream doors and limits."""

    async def run(self, plan: Plan, gate: Gate) -> Delivery:
        """Returns the first answer that begins.

        A failure that is the caller's own (bad request, content refusal) is delivered as it came, without failover.

        Raises:
            AttemptsExhausted: every target was refused by the gate or failed before its first byte.
        """
        ...
