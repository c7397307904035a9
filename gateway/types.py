"""The nouns of the gateway: a call as understood, what it carries, who asks, and what was decided.

Values of findings never appear here: a finding says where and what kind, never what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import NewType

from routers.types import DestinationId, Dialect, EgressPermit, Headers, Leaf, ModelName

RequestId = NewType("RequestId", str)
TenantId = NewType("TenantId", str)
AppId = NewType("AppId", str)
KeyId = NewType("KeyId", str)
RuleId = NewType("RuleId", str)
HexDigest = NewType("HexDigest", str)


class Level(IntEnum):
    """Sensitivity, ordered: a higher level is stricter."""

    PUBLIC = 0
    INTERNAL = 1
    CONFIDENTIAL = 2
    RESTRICTED = 3
    REGULATED = 4

    @property
    def label(self) -> str:
        """The name as policy, logs and pages write it."""
        return self.name.lower()


class Category(StrEnum):
    """Independent tags. Each sets a floor level; see `gateway.classify.combine`."""

    PII_DIRECT = "pii.direct"
    PII_QUASI = "pii.quasi"
    PII_SPECIAL = "pii.special"
    PHI = "phi"
    PCI_PAN = "pci.pan"
    PCI_SAD = "pci.sad"
    CREDENTIAL = "credential"
    GOV_ID = "gov_id"
    CN_PERSONAL = "cn_personal"
    SOURCE_CODE = "source_code"
    TRADE_SECRET = "trade_secret"  # noqa: S105  (a category, not a password)
    REGISTERED = "registered"
    MNPI = "mnpi"
    LEGAL_PRIVILEGE = "legal_privilege"
    EXPORT_CONTROL = "export_control"
    CUI = "cui"
    OPAQUE = "opaque"
    UNKNOWN = "unknown"


class PrincipalClass(StrEnum):
    """What kind of principal holds the key."""

    EMPLOYEE = "employee"
    CONTRACTOR = "contractor"
    SERVICE = "service"
    EXTERNAL = "external"


class Role(StrEnum):
    """What a key may do. `CALL` sends requests, `AUDITOR` reads the log, `OPERATOR` changes access states."""

    CALL = "call"
    AUDITOR = "auditor"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Declared:
    """Labels the caller claims. Caller-supplied: they can raise what was detected, never lower it."""

    level: Level | None = None
    categories: frozenset[Category] = frozenset()


@dataclass(frozen=True, slots=True)
class Labels:
    """Effective sensitivity: the maximum of declared, detected and floors. `reasons` are detector or rule names."""

    level: Level
    categories: frozenset[Category]
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Issued:
    """A stand-in that left, and what it stands for: as text, as it stands in JSON source, and whether bare there."""

    token: str
    text: str = field(repr=False)
    json: str = field(repr=False)
    number: bool = False


@dataclass(frozen=True, slots=True)
class Memory:
    """What state that a destination keeps stands for. Verified: it comes from the vault, never from the request.

    `conversation` is the name that `gateway.conversation` gave it when it began; `destination` alone has the state.
    """

    conversation: bytes = field(repr=False)
    destination: DestinationId
    model: ModelName
    labels: Labels
    issued: tuple[Issued, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A request as understood.

    `body` is valid UTF-8 JSON, an object without duplicate keys, within the size and depth limits of the settings;
    `leaves` are all its string, key and long-number tokens in order, so what is checked is what is sent.
    `headers` are the end-to-end headers the dialect forwards. `conversation` is the caller's own identifier, if any.
    `features` are what the body uses: `tools`, `images`, `documents`, `thinking`, `stream`.
    `builds_on` are the ids of stored state that the request refers to; `memory` is what they stand for, once recalled.
    """

    request_id: RequestId
    received_ms: int
    dialect: Dialect
    model: str
    stream: bool
    body: bytes = field(repr=False)
    leaves: tuple[Leaf, ...] = field(repr=False)
    headers: Headers = field(repr=False)
    features: frozenset[str]
    purpose: str | None = None
    declared: Declared = Declared()
    conversation: str | None = field(default=None, repr=False)
    builds_on: tuple[str, ...] = field(default=(), repr=False)
    memory: Memory | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks. Verified: it comes from the key store, never from the request."""

    key_id: KeyId
    tenant: TenantId
    app: AppId
    principal_class: PrincipalClass
    clearance: Level
    purposes: frozenset[str]
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found in `call.leaves[leaf].text[start:end]` (code points). Score is in thousandths, 0 to 1000."""

    leaf: int
    start: int
    end: int
    type: str
    category: Category
    score_milli: int
    detector: str


class Persons(StrEnum):
    """How many people one call names: 0, 1, 2 to 9, 10 to 99, 100 or more."""

    NONE = "none"
    ONE = "one"
    FEW = "few"
    MANY = "many"
    MASS = "mass"
    UNKNOWN = "unknown"


PROVEN_MILLI = 1000
"""The score of what a check digit or a fingerprint proves."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What a conversation has carried: the highest score of every type of finding, and the highest level declared."""

    scores: Mapping[str, int] = field(default_factory=dict)
    level: Level = Level.PUBLIC

    def joined(self, other: Carried) -> Carried:
        """Returns both together."""
        if other.scores.items() <= self.scores.items():
            return Carried(self.scores, max(self.level, other.level))
        types = self.scores.keys() | other.scores.keys()
        scores = {kind: max(self.scores.get(kind, 0), other.scores.get(kind, 0)) for kind in types}
        return Carried(scores, max(self.level, other.level))


@dataclass(frozen=True, slots=True)
class Classification:
    """What a call carries. `failed` names detectors that could not finish; their part counts as the highest level.

    `index_root` is the Merkle root of the fingerprint index the call was read with, hexadecimal; empty without one.
    `scores` is the highest score of every type, of findings that overlap a better one too. Once `gateway.standing` has
    seen the call, `carried` is what its conversation carried up to now, and `persons` how many people it names.
    """

    findings: tuple[Finding, ...]
    labels: Labels
    failed: tuple[str, ...] = ()
    index_root: str = ""
    scores: Mapping[str, int] = field(default_factory=dict)
    carried: Carried = field(default_factory=Carried)
    persons: Persons = Persons.UNKNOWN


@dataclass(frozen=True, slots=True)
class BulkCrossing:
    """A destination's count of people has reached another band of the threshold for one kind of data."""

    destination: DestinationId
    kind: str
    band: str
    count: int
    limit: int


@dataclass(frozen=True, slots=True)
class Sight:
    """A call as one destination's policy sees it: what counts there, and how much was sent there before.

    `found` are the labels it would have if everything found counted, which decide what must be masked.
    """

    content: Classification
    found: Labels
    bulk: tuple[str, ...] = ()


class Strategy(StrEnum):
    """How a masked value is written. `PLACEHOLDER` and `SURROGATE` come back; the others are one-way.

    A surrogate has the form of the value and comes from a range that is reserved for examples, so that a schema still
    accepts it; a type without such a range gets a placeholder.
    """

    PLACEHOLDER = "placeholder"
    SURROGATE = "surrogate"
    MASK = "mask"
    GENERALIZE = "generalize"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Obligations:
    """What must be done to a body before it may go, and to its answer before the caller sees it.

    `mask` is reversible unless `strategies` (by type of finding) says otherwise, `drop` is not. Nothing is restored
    into the arguments of `withheld_tools` (`*` stands for every tool). What an answer carries of the categories
    `answer_drop` is removed from it, unless the caller had put the same value in.
    """

    mask: frozenset[Category] = frozenset()
    drop: frozenset[Category] = frozenset()
    log_level: str = "full"
    strategies: Mapping[str, Strategy] = field(default_factory=dict)
    withheld_tools: frozenset[str] = frozenset()
    answer_drop: frozenset[Category] = frozenset()


@dataclass(frozen=True, slots=True)
class MaskedRecord:
    """How many distinct values of one type were masked or dropped. Part of the audit record."""

    type: str
    count: int


@dataclass(frozen=True, slots=True)
class Restoration:
    """What was done to an answer before the caller sees it.

    `restored` values were put back; `unknown` placeholders nobody issued stayed; `withheld` ones stayed in arguments of
    tools that policy names; `dropped` counts distinct values per type that were removed.
    """

    restored: int = 0
    unknown: int = 0
    withheld: int = 0
    dropped: tuple[MaskedRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """The policy input for one destination: enumerations only, never text, user ids or time of day.

    `day` is a UTC date `YYYY-MM-DD`, used only to expire facts. `access` is a `routers.types.Access` value. `persons`
    is a `Persons` value; `bulk` holds one `<kind of data>.<band>` per counted kind, see `gateway.standing.meter`.
    """

    principal_class: str
    clearance: int
    level: int
    categories: tuple[str, ...]
    features: tuple[str, ...]
    purpose: str
    destination: DestinationId
    access: str
    day: str
    persons: str = "unknown"
    bulk: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one destination. A denial always carries at least one rule id."""

    destination: DestinationId
    allowed: bool
    rules: tuple[RuleId, ...]
    obligations: Obligations
    revision: HexDigest
    question: HexDigest


@dataclass(frozen=True, slots=True)
class Considered:
    """One candidate as the audit log and the pages show it."""

    destination: DestinationId
    allowed: bool
    rules: tuple[RuleId, ...]


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A durable intent: its sequence number and the permit to send exactly this body."""

    intent_seq: int
    permit: EgressPermit
