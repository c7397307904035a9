"""Runs a plan: one admitted attempt after the other until an answer begins, and nothing replayed after that.

The gate is the gateway's side of every attempt: it decides anew, masks, records and permits. A target that the gate
refuses is skipped; a target that withdraws access is reported and set aside; the number of attempts is bounded by the
plan and by `Limits.attempts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self

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


class StreamRestorer(Protocol):
    """Restores one SSE answer, fed in any pieces. The stream's watch reads the pieces as they came, before this."""

    restored: int

    def feed(self, piece: bytes) -> bytes:
        """Returns what can be shown now. Holds back only what may be the start of a placeholder."""
        ...

    def finish(self) -> bytes:
        """Returns what is still held."""
        ...


class Gate(Protocol):
    """What must hold before and after every attempt."""

    async def admit(self, target: Target, number: int, cause: Failure | None) -> Admission | None:
        """Decides anew, masks and records. Returns `None` when this target may not be used now.

        `number` counts from 1; `cause` is the failure that led here, `None` on the first attempt.
        """
        ...

    async def permitted(self, target: Target) -> bool:
        """Whether the target is still allowed: asked after the record is durable, right before bytes leave.

        An attempt that is not permitted any more is settled as failed and nothing of it is sent.
        """
        ...

    def restore(self, admission: Admission, body: bytes) -> bytes:
        """Returns a whole answer with the caller's own values put back. Called before the attempt is settled."""
        ...

    def restorer(self, admission: Admission) -> StreamRestorer:
        """Returns what puts the caller's own values back into a streamed answer. Called at most once per admission."""
        ...

    async def keep(self, admission: Admission, ids: Sequence[str]) -> None:
        """Notes under which ids the destination keeps the answer. Called before the caller learns of them."""
        ...

    async def settle(self, admission: Admission, outcome: AttemptOutcome) -> None:
        """Records how the attempt ended. Called exactly once per admission, also when the caller hangs up."""
        ...

    def report(self, target: Target, failure: Failure, admission: Admission) -> None:
        """Tells the registry what a failure means for later calls. Never blocks."""
        ...


class AnswerStream(Protocol):
    """A streamed answer: whole events, restored. Whoever holds it must read it to its end or close it."""

    def __aiter__(self) -> Self:
        """Returns itself."""
        ...

    async def __anext__(self) -> bytes:
        """Returns the next events. Raises `UpstreamCut` when the answer ends before its end mark."""
        ...

    async def aclose(self) -> None:
        """Cancels the upstream and settles the attempt, once; also before the first event was taken."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """An answer that has begun, in the caller's dialect, restored.

    `body` is a whole answer, or an error that is the caller's own; `chunks` is a streamed one. Exactly one is set.
    """

    admission: Admission
    status: int
    headers: Headers
    body: bytes | None = field(repr=False)
    chunks: AnswerStream | None = field(repr=False)


class Failover(Protocol):
    """The port the pipeline sees. Implemented by `routers.plan_runner.PlanRunner`."""

    async def run(self, plan: Plan, gate: Gate) -> Delivery:
        """Returns the first answer that begins.

        A failure that is the caller's own (bad request, content refusal) is delivered as it came, without failover.

        Raises:
            AttemptsExhausted: every target was refused by the gate or failed before its first byte.
        """
        ...
