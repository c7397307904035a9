"""The seams between the pipeline and its stages: one small protocol each.

Stages never import this module or each other; they satisfy these shapes, and `gateway.app` wires them together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.audit.record import Intent, Outcome, Record
from gateway.clock import Clock
from gateway.types import (
    BulkCrossing,
    Call,
    Classification,
    Dispatch,
    Identity,
    Issued,
    Labels,
    Level,
    MaskedRecord,
    Obligations,
    Question,
    Restoration,
    Sight,
    Verdict,
)
from routers.failover import Failover
from routers.types import (
    Access,
    AttemptId,
    Destination,
    DestinationId,
    Dialect,
    Failure,
    ModelName,
    Plan,
    Target,
)


class Request(Protocol):
    """A request whose body has not been read yet: nobody reads a body before the key has been checked."""

    @property
    def credential(self) -> str | None:
        """The API key as presented, or `None`."""
        ...

    async def read(self, identity: Identity) -> Call:
        """Reads and validates the body. Raises a `RequestError`."""
        ...


class Keys(Protocol):
    """Who asks."""

    def identify(self, credential: str | None) -> Identity:
        """Returns the verified identity. Raises `Unauthenticated` or `KeyExpired`. In memory; never blocks."""
        ...


class Classifier(Protocol):
    """What a call carries."""

    async def classify(self, call: Call) -> Classification:
        """Never raises for content: a detector that fails is named in `failed` and labels the call `regulated`."""
        ...


class Vault(Protocol):
    """What state that a destination keeps stands for."""

    async def recall(self, identity: Identity, call: Call) -> Call:
        """Returns the call with what it builds on, `memory` being `None` when that is not known here.

        Raises `VaultUnavailable` or `StateUnreadable`.
        """
        ...

    async def keep(
        self,
        identity: Identity,
        call: Call,
        labels: Labels,
        issued: Sequence[Issued],
        target: Target,
        ids: Sequence[str],
    ) -> None:
        """Makes durable what an answer stands for that the target keeps under these ids. Raises as `recall`."""
        ...

    async def concluded(self, identity: Identity, call: Call, status: int | None) -> None:
        """Destroys what was kept when the destination has deleted its part. Raises as `recall`."""
        ...


class Standing(Protocol):
    """What it counts for."""

    async def settle(self, identity: Identity, call: Call, content: Classification) -> Classification:
        """Returns the classification with the labels that count for this caller. Raises `StandingUnavailable`."""
        ...

    def sight(self, identity: Identity, call: Call, content: Classification, destination: Destination) -> Sight:
        """Returns the call as this destination's policy sees it. `content` is what `settle` returned. Never blocks."""
        ...

    async def count(self, call: Call, content: Classification, destination: Destination) -> tuple[BulkCrossing, ...]:
        """Counts the people about to be sent, durably; returns the bands reached. Raises `StandingUnavailable`."""
        ...


class Policy(Protocol):
    """May this destination receive this?"""

    @property
    def revision(self) -> str:
        """Digest of the bundle in force."""
        ...

    async def decide(self, question: Question) -> Verdict:
        """Returns the verdict. Raises `PolicyUnavailable`; an undefined or malformed result is a denial."""
        ...


class Audit(Protocol):
    """The record."""

    async def append(self, record: Record) -> int:
        """Returns the sequence number once the record is durable. Raises `AuditUnavailable`."""
        ...

    async def admit(self, intent: Intent, body: bytes) -> Dispatch:
        """Makes the intent durable and then issues the permit for `body`. Raises `AuditUnavailable`."""
        ...

    async def settle(self, outcome: Outcome) -> int:
        """Records how an admitted attempt ended. Retries within a bound, then raises `AuditUnavailable`."""
        ...

    def commitment(self, body: bytes) -> str:
        """A keyed digest of a body: comparable within this log, not guessable from a dictionary."""
        ...


class StreamRestorer(Protocol):
    """Restores one SSE answer, fed in any pieces."""

    restored: int

    @property
    def restoration(self) -> Restoration:
        """What was done to the answer so far."""
        ...

    def feed(self, piece: bytes) -> bytes:
        """Returns what can be shown now. Holds back only what may be the start of a placeholder."""
        ...

    def finish(self) -> bytes:
        """Returns what is still held."""
        ...


class Restorer(Protocol):
    """Puts the caller's own values back into answers."""

    def whole(self, body: bytes) -> tuple[bytes, Restoration]:
        """Returns the restored JSON body and what was done to it. Raises `RestoreFailed`."""
        ...

    def stream(self, dialect: Dialect) -> StreamRestorer:
        """Returns a restorer for one streamed answer in this dialect."""
        ...


class Sealed(Protocol):
    """A body that may leave, and the way back. `masked` and `dropped` count distinct values per type."""

    @property
    def body(self) -> bytes:
        """What may leave."""
        ...

    @property
    def restorer(self) -> Restorer:
        """The way back, for every answer to this body."""
        ...

    @property
    def issued(self) -> tuple[Issued, ...]:
        """Every stand-in that may come back, those of the state it builds on included."""
        ...

    @property
    def masked(self) -> tuple[MaskedRecord, ...]:
        """What comes back."""
        ...

    @property
    def dropped(self) -> tuple[MaskedRecord, ...]:
        """What is gone for good."""
        ...


class Redactor(Protocol):
    """What must not leave."""

    def redact(self, call: Call, identity: Identity, content: Classification, obligations: Obligations) -> Sealed:
        """Returns the masked body. With no obligation met by a finding the body is `call.body` itself, untouched."""
        ...


class Router(Protocol):
    """Where a prompt may go."""

    def candidates(self, model: str, dialect: Dialect) -> tuple[Target, ...]:
        """Returns the configured targets that can be asked so, in catalogue order. Raises `UnknownModel`."""
        ...

    def access(self, target: Target) -> Access:
        """Returns the access state of the target now."""
        ...

    def report(self, target: Target, failure: Failure, attempt: AttemptId) -> None:
        """Tells the registry and the circuits what a failure means for later calls. Never blocks."""
        ...

    def plan(self, candidates: tuple[Target, ...], allowed: Mapping[tuple[DestinationId, ModelName], bool]) -> Plan:
        """Returns the allowed candidates, best first. Pure and deterministic given the health snapshot."""
        ...


class Salts(Protocol):
    """Whose beginnings an in-house engine may share in its prefix cache."""

    def salt(self, identity: Identity, call: Call, level: Level) -> str:
        """Returns the salt for this call. Never shared among tenants; never empty. Never blocks."""
        ...


@dataclass(frozen=True, slots=True)
class Stages:
    """One implementation of every port. Built once, in `gateway.app`."""

    keys: Keys
    vault: Vault
    classifier: Classifier
    standing: Standing
    policy: Policy
    router: Router
    redactor: Redactor
    audit: Audit
    failover: Failover
    clock: Clock
    salts: Salts
