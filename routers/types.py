"""The nouns of routing. Everything here is immutable and carries no behaviour beyond derived values."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Generic, NewType, Protocol, TypeVar

DestinationId = NewType("DestinationId", str)
ModelName = NewType("ModelName", str)
AttemptId = NewType("AttemptId", str)

Headers = tuple[tuple[str, str], ...]
"""Header names in lower case, in the order they arrived."""

T = TypeVar("T")


JsonPath = tuple[str | int, ...]
"""Where a leaf stands: object keys and array indices from the root."""


class LeafKind(StrEnum):
    """What a JSON token was: a string value, an object key, or a number long enough to identify somebody."""

    STRING = "string"
    KEY = "key"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One JSON token of a body: its bytes are `body[start:end]` (quotes included), `text` is its decoded value."""

    path: JsonPath
    start: int
    end: int
    kind: LeafKind
    text: str = field(repr=False)


class Dialect(StrEnum):
    """A wire format a caller or a destination speaks."""

    OPENAI_CHAT = "openai_chat"
    OPENAI_COMPLETIONS = "openai_completions"
    OPENAI_EMBEDDINGS = "openai_embeddings"
    OPENAI_RESPONSES = "openai_responses"
    OPENAI_INPUT_TOKENS = "openai_input_tokens"
    OPENAI_COMPACT = "openai_compact"
    OPENAI_STORED = "openai_stored"
    ANTHROPIC_MESSAGES = "anthropic_messages"
    ANTHROPIC_COUNT_TOKENS = "anthropic_count_tokens"


class Kind(StrEnum):
    """Who runs the destination."""

    CLOSED = "closed"
    VENDOR = "vendor"
    INHOUSE = "inhouse"


class Confidence(StrEnum):
    """How well a fact is known. `UNKNOWN` counts as the worst value wherever the fact is judged."""

    VERIFIED = "verified"
    SECONDARY = "secondary"
    UNKNOWN = "unknown"


class Access(StrEnum):
    """Whether a destination still lets us in. Only `ACTIVE` may receive new calls without a reason."""

    ACTIVE = "active"
    SUSPECT = "suspect"
    REVOKED = "revoked"
    HELD = "held"


class FailureClass(StrEnum):
    """What an upstream failure means for routing. Source: the catalogue in `routers/signatures.json`."""

    REVOKED = "revoked"
    RETIRED = "retired"
    REGION = "region"
    AUTH = "auth"
    BILLING = "billing"
    TERMS = "terms"
    THROTTLED = "throttled"
    OVERLOADED = "overloaded"
    NETWORK = "network"
    CONTENT = "content"
    CALLER = "caller"
    UNKNOWN = "unknown"


class Scope(StrEnum):
    """How far a failure reaches."""

    KEY = "key"
    ACCOUNT = "account"
    MODEL = "model"
    REGION = "region"
    VENDOR = "vendor"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class Fact(Generic[T]):
    """One dated statement about a destination. Past `review_by` it counts as unknown."""

    value: T
    source: str
    retrieved: date
    confidence: Confidence
    review_by: date


@dataclass(frozen=True, slots=True)
class Facts:
    """What policy may know of a destination. Countries: ISO 3166-1 alpha-2, lower case, or `unknown`."""

    operator: Fact[str]
    host_country: Fact[str]
    control: Fact[str]
    retention_days: Fact[int]
    trains_on_inputs: Fact[bool]


@dataclass(frozen=True, slots=True)
class Price:
    """List price in micro-US-dollars per million tokens."""

    input_micro_usd: int
    output_micro_usd: int


@dataclass(frozen=True, slots=True)
class Destination:
    """One endpoint with its facts. Where it is reached and with which credential is a setting, not a fact.

    `weights` names the licence of the weights that are served there, as the policy's limits know it; empty for none.
    `answer_format` names the raw text format in which a host may pass answers on (`routers.wire.m3_answers`).
    """

    id: DestinationId
    title: str
    kind: Kind
    simulated: bool
    dialects: frozenset[Dialect]
    capabilities: frozenset[str]
    facts: Facts
    price: Price
    weights: str = ""
    answer_format: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """One destination together with the model name to ask for there."""

    destination: Destination
    model: ModelName


@dataclass(frozen=True, slots=True)
class Plan:
    """Ordered targets, best first. Never contains a target that was not allowed."""

    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong at an upstream, as the signature catalogue reads it. `signature` is a rule's id, never text."""

    failure_class: FailureClass
    scope: Scope
    signature: str
    status: int
    certain: bool
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """The masked request of one attempt, in the dialect of the caller.

    `body` is what will leave (before the model name is patched in by the dialect); it must never be logged.
    `headers` are the caller's end-to-end headers that the dialect allows through. `salt` is that of the destination's
    prefix cache (`routers.wire.cache_salt`); empty sends none.
    """

    dialect: Dialect
    body: bytes = field(repr=False)
    headers: Headers = field(repr=False)
    stream: bool
    salt: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """An upstream's answer, in the dialect of the caller. Whoever holds it must call `close` exactly once."""

    status: int
    headers: Headers
    chunks: AsyncIterator[bytes] = field(repr=False)
    close: Callable[[], Awaitable[None]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts as the upstream reported them; `None` where it did not."""

    input_tokens: int | None = None
    output_tokens: int | None = None


class Ending(StrEnum):
    """How an attempt ended."""

    COMPLETE = "complete"
    FAILED = "failed"
    CUT = "cut"
    STALLED = "stalled"
    GARBLED = "garbled"
    CLIENT_CLOSED = "client_closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """What is known when an attempt is over. Times are milliseconds since the attempt was admitted."""

    ending: Ending
    status: int | None
    failure: Failure | None
    usage: Usage
    model_returned: str | None
    bytes_received: int
    first_byte_ms: int | None
    total_ms: int
    provenance: str = ""


class EgressPermit(Protocol):
    """Proof that a durable record of this attempt exists. Only `routers.permit.PermitBook.issue` makes one."""

    @property
    def attempt_id(self) -> AttemptId:
        """The attempt whose intent is on disk."""
        ...

    @property
    def destination_id(self) -> DestinationId:
        """The only destination the permit is good for."""
        ...


class Upstream(Protocol):
    """A door to destinations. The only place where bytes leave."""

    async def send(self, target: Target, prompt: Prompt, permit: EgressPermit) -> Reply:
        """Sends one attempt and returns once the status line is known.

        Raises:
            EgressForbidden: the permit is missing, spent, or for another destination or body.
            UpstreamUnreachable: no connection, or no answer in time.
        """
        ...

    async def close(self) -> None:
        """Closes every pooled connection."""
        ...
