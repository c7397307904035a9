"""What is recorded, and its canonical bytes.

A record is an envelope (`v`, `seq`, `at_ms`, `kind`) plus the fields of exactly one of the dataclasses below.
Canonical form: UTF-8 JSON, keys sorted, no white space; integers, booleans, strings, arrays and objects only (no
floats, no null).
The bytes that are stored are the bytes that are hashed. No record holds text of a request or an answer.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import ClassVar

import orjson

from gateway.types import MaskedRecord

VERSION = 1


@dataclass(frozen=True, slots=True)
class FindingRecord:
    """A finding without its value. `path` is an RFC 6901 pointer whose object keys are the caller's field names."""

    type: str
    category: str
    path: str
    start: int
    end: int
    score_milli: int
    detector: str


@dataclass(frozen=True, slots=True)
class ConsideredRecord:
    """One candidate destination and why it was allowed or refused."""

    destination: str
    allowed: bool
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """Who asked and what the request carried. Part of every intent and refusal.

    `index_root` is the Merkle root of the fingerprint index that judged the request; empty when there was none.
    """

    request_id: str
    tenant: str
    app: str
    key_id: str
    purpose: str
    dialect: str
    model_requested: str
    level: str
    categories: tuple[str, ...]
    label_reasons: tuple[str, ...]
    findings: tuple[FindingRecord, ...]
    findings_total: int
    considered: tuple[ConsideredRecord, ...]
    policy_revision: str
    body_bytes: int
    body_commitment: str
    index_root: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """One attempt, durable before its first byte leaves."""

    kind: ClassVar[str] = "intent"
    subject: Subject
    attempt_id: str
    attempt: int
    cause: str
    destination: str
    destination_kind: str
    simulated: bool
    operator: str
    host_country: str
    control: str
    model: str
    stream: bool
    question: str
    masked: tuple[MaskedRecord, ...]
    dropped: tuple[MaskedRecord, ...]
    sent_bytes: int
    sent_commitment: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the attempt of one intent ended. `first_byte_ms` and token counts are -1 when unknown.

    `answer_dropped` counts what the answer carried that the caller had not put in and was not shown; `unresolved`
    placeholders that nobody had issued; `withheld` those left in arguments of tools that policy names. `provenance` is
    what an in-house destination stated of its weights and engine: compact JSON, empty when it stated nothing,
    `malformed` when that was of another form, as `model_returned` for what is no name of a model.
    """

    kind: ClassVar[str] = "outcome"
    request_id: str
    attempt_id: str
    intent_seq: int
    tenant: str
    app: str
    destination: str
    ending: str
    status: int
    failure_class: str
    signature: str
    scope: str
    model_returned: str
    input_tokens: int
    output_tokens: int
    bytes_received: int
    first_byte_ms: int
    total_ms: int
    restored: int
    recovered: bool = False
    answer_dropped: tuple[MaskedRecord, ...] = ()
    unresolved: int = 0
    withheld: int = 0
    provenance: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that was refused, or an attempt that was not admitted on a later decision."""

    kind: ClassVar[str] = "refusal"
    subject: Subject
    code: str
    status: int
    rules: tuple[str, ...]
    destination: str


@dataclass(frozen=True, slots=True)
class AccessChange:
    """A change of a destination's access state. `evidence` is the attempt that showed it, or the operator's words."""

    kind: ClassVar[str] = "access"
    destination: str
    model: str
    scope: str
    before: str
    after: str
    cause: str
    evidence: str
    actor: str


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A key was created or revoked. Never holds a secret."""

    kind: ClassVar[str] = "key"
    key_id: str
    tenant: str
    app: str
    action: str
    actor: str


@dataclass(frozen=True, slots=True)
class DowngradeChange:
    """A signed downgrade came into force or was revoked. `statement` is what was signed, `signature` hexadecimal."""

    kind: ClassVar[str] = "downgrade"
    downgrade_id: str
    tenant: str
    app: str
    types: tuple[str, ...]
    level: str
    not_after: str
    signer: str
    role: str
    action: str
    actor: str
    statement: str
    signature: str


@dataclass(frozen=True, slots=True)
class BulkCount:
    """The people counted at a destination reached 50, 80 or 100 percent of the threshold for a kind of data."""

    kind: ClassVar[str] = "bulk"
    destination: str
    data: str
    band: str
    count: int
    limit: int
    request_id: str


@dataclass(frozen=True, slots=True)
class BatchChange:
    """What was done about a batch as a whole. Its lines are requests with records of their own.

    `about` is the id of the batch, with which the ids of its requests begin; of an uploaded file that was destroyed, it
    is what `file` is.
    `action` is `ordered`, before anything of it is kept; `taken` by this gateway, before it sends any line;
    `cancelled`; `ended` in a `state`; or `destroyed`: the data keys of the batch and its results are gone, or that of
    one `file` only. `key_id` is the key of whoever asked for that; that of the order where a gateway acted; empty where
    the time was over. `turn` counts the takings, and `gateway_before` names the gateway that had the batch until then:
    in its log are the lines it sent. `file` is what the batch is made of, else, by the HMAC-SHA256 of its id;
    `input_commitment` is the same of the SHA-256 of its bytes, or of the body that held the requests. `until_ms`: UTC,
    when what is kept is destroyed at last. What is not known at an action is empty, 0 or -1.
    """

    kind: ClassVar[str] = "batch"
    about: str
    tenant: str
    app: str
    key_id: str
    action: str
    endpoint: str = ""
    state: str = ""
    lines: int = -1
    succeeded: int = -1
    errored: int = -1
    cancelled: int = -1
    expired: int = -1
    file: str = ""
    input_commitment: str = ""
    turn: int = -1
    gateway_before: str = ""
    until_ms: int = 0


Record = Intent | Outcome | Refusal | AccessChange | KeyChange | DowngradeChange | BulkCount | BatchChange


def canonical(record: Record, *, seq: int, at_ms: int) -> bytes:
    """Returns the canonical bytes of the record under this sequence number and UTC time in milliseconds.

    Raises:
        TypeError: a field holds what has no canonical form: a float, a null, a map, or a lone surrogate.
    """
    body = _plain(record)
    body |= {"v": VERSION, "seq": seq, "at_ms": at_ms, "kind": record.kind}
    return orjson.dumps(body, default=_plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS)


def _plain(value: object) -> dict[str, object]:
    """One level of a record as a dictionary. orjson asks for the next level, and writes tuples and enums itself."""
    kind: type = type(value)
    plain = {name: getattr(value, name) for name in _field_names(kind)}
    if not _NOT_CANONICAL.isdisjoint(map(type, plain.values())):
        raise TypeError(f"a field of {type(value).__name__} has no canonical form")
    return plain


_NOT_CANONICAL = frozenset((float, type(None), dict, bytes))


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass. Raises `TypeError` for anything else."""
    if not is_dataclass(kind):
        raise TypeError(f"{kind.__name__} has no canonical form")
    return tuple(field.name for field in fields(kind))
