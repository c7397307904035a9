"""Destinations and gates of the routers' tests."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from routers.failover import Admission
from routers.permit import PermitBook
from routers.types import (
    AttemptId,
    AttemptOutcome,
    Confidence,
    Destination,
    DestinationId,
    Dialect,
    Fact,
    Facts,
    Failure,
    Kind,
    ModelName,
    Price,
    Prompt,
    Target,
)

_DAY = date(2026, 11, 1)


def target(
    name: str = "closed-a",
    *,
    model: str = "gpt-fake",
    dialects: Collection[Dialect] = (Dialect.OPENAI_CHAT,),
    kind: Kind = Kind.CLOSED,
    price: int = 1_000_000,
) -> Target:
    """A simulated destination with a model."""
    facts = Facts(
        operator=Fact("example", "test", _DAY, Confidence.VERIFIED, date(2027, 1, 1)),
        host_country=Fact("us", "test", _DAY, Confidence.VERIFIED, date(2027, 1, 1)),
        control=Fact("us", "test", _DAY, Confidence.VERIFIED, date(2027, 1, 1)),
        retention_days=Fact(0, "test", _DAY, Confidence.VERIFIED, date(2027, 1, 1)),
        trains_on_inputs=Fact(
            value=False, source="test", retrieved=_DAY, confidence=Confidence.VERIFIED, review_by=_DAY
        ),
    )
    destination = Destination(
        id=DestinationId(name),
        title=name,
        kind=kind,
        simulated=True,
        dialects=frozenset(dialects),
        capabilities=frozenset({"stream", "tools"}),
        facts=facts,
        price=Price(price, price),
    )
    return Target(destination, ModelName(model))


class PlainRestorer:
    """Shows what came."""

    restored = 0

    def feed(self, piece: bytes) -> bytes:
        return piece

    def finish(self) -> bytes:
        return b""


@dataclass(slots=True)
class RecordingGate:
    """A gate that issues real permits and remembers what it was told. `denied` are destinations it refuses."""

    prompt: Prompt
    book: PermitBook
    denied: frozenset[str] = frozenset()
    withdrawn: frozenset[str] = frozenset()
    admitted: list[Admission] = field(default_factory=list)
    causes: list[Failure | None] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    settled: list[tuple[Admission, AttemptOutcome]] = field(default_factory=list)
    reported: list[tuple[Target, Failure]] = field(default_factory=list)
    kept: list[tuple[str, ...]] = field(default_factory=list)

    async def admit(self, target: Target, number: int, cause: Failure | None) -> Admission | None:
        if target.destination.id in self.denied:
            return None
        attempt = AttemptId(f"a-{len(self.admitted) + 1}")
        permit = self.book.issue(attempt, target.destination.id, self.prompt.body)
        admission = Admission(attempt, target, self.prompt, permit)
        self.admitted.append(admission)
        self.numbers.append(number)
        self.causes.append(cause)
        return admission

    async def permitted(self, target: Target) -> bool:
        return target.destination.id not in self.withdrawn

    def restore(self, admission: Admission, body: bytes) -> bytes:
        return body

    def restorer(self, admission: Admission) -> PlainRestorer:
        return PlainRestorer()

    async def keep(self, admission: Admission, ids: Sequence[str]) -> None:
        self.kept.append(tuple(ids))

    async def settle(self, admission: Admission, outcome: AttemptOutcome) -> None:
        self.settled.append((admission, outcome))

    def report(self, target: Target, failure: Failure, admission: Admission) -> None:
        self.reported.append((target, failure))

    def endings(self) -> list[str]:
        """How the attempts ended, in the order they were settled."""
        return [outcome.ending.value for _, outcome in self.settled]
