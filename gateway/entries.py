"""From what happened to what is recorded. Pure functions; nothing here holds text of a request."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.audit.record import (
    BulkCount,
    ConsideredRecord,
    DowngradeChange,
    FindingRecord,
    Intent,
    Outcome,
    Refusal,
    Subject,
)
from gateway.errors import GatewayError
from gateway.ports import Sealed
from gateway.standing.downgrades import SignedDowngrade
from gateway.types import BulkCrossing, Call, Classification, Finding, Identity, RequestId, Restoration, RuleId, Verdict
from routers.types import AttemptId, AttemptOutcome, DestinationId, Failure, Leaf, LeafKind, Target

MAX_FINDINGS = 200
"""Findings listed per record; `findings_total` always says how many there were."""

# fmt: off
_FIELD_NAMES = frozenset(
    {
        "arguments", "audio", "choices", "content", "context", "custom", "data", "default", "description",
        "document", "enum", "examples", "file", "file_data", "file_id", "filename", "format", "function",
        "function_call", "id", "image_url", "input", "input_audio", "input_schema", "instructions", "items",
        "json_schema", "max_tokens", "media_type", "messages", "metadata", "model", "name", "parameters", "prefix",
        "prompt", "properties", "refusal", "response_format", "role", "schema", "signature", "source", "stop",
        "stop_sequences", "stream", "strict", "system", "text", "thinking", "title", "tool_call_id", "tool_calls",
        "tool_choice", "tool_use_id", "tools", "type", "url", "user", "user_id",
    }
)
# fmt: on


_MODEL_NAME = re.compile(r"(?!.*[0-9]{9})[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}(?:@(?:default|latest|[0-9]{1,8}))?")
"""What vendors name models, with a path or a version behind `@`. No address, no sentence, no number of anything."""


@dataclass(frozen=True, slots=True)
class Case:
    """Everything known of one request once it has been judged."""

    identity: Identity
    call: Call
    content: Classification
    purpose: str
    verdicts: tuple[Verdict, ...]
    revision: str
    body_commitment: str


def pointer(leaf: Leaf) -> str:
    """Returns an RFC 6901 pointer to the leaf in which every name that is not a protocol field reads `*`.

    Field names are the caller's: in tool schemas and arguments they can carry personal data themselves.
    """
    names = [str(part) if isinstance(part, int) or part in _FIELD_NAMES else "*" for part in leaf.path]
    if leaf.kind is LeafKind.KEY and names:
        names[-1] = "*"
    return "".join(f"/{name}" for name in names)


def subject(case: Case) -> Subject:
    """Returns who asked, what the request carried, and what was considered."""
    identity, call, labels = case.identity, case.call, case.content.labels
    return Subject(
        request_id=call.request_id,
        tenant=identity.tenant,
        app=identity.app,
        key_id=identity.key_id,
        purpose=case.purpose,
        dialect=call.dialect.value,
        model_requested=call.model,
        level=labels.level.label,
        categories=tuple(sorted(category.value for category in labels.categories)),
        label_reasons=labels.reasons,
        findings=tuple(_finding(call.leaves, found) for found in case.content.findings[:MAX_FINDINGS]),
        findings_total=len(case.content.findings),
        considered=tuple(ConsideredRecord(v.destination, v.allowed, v.rules) for v in case.verdicts),
        policy_revision=case.revision,
        body_bytes=len(call.body),
        body_commitment=case.body_commitment,
        index_root=case.content.index_root,
    )


def _finding(leaves: tuple[Leaf, ...], found: Finding) -> FindingRecord:
    return FindingRecord(
        type=found.type,
        category=found.category.value,
        path=pointer(leaves[found.leaf]),
        start=found.start,
        end=found.end,
        score_milli=found.score_milli,
        detector=found.detector,
    )


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt about to be recorded."""

    id: AttemptId
    number: int
    cause: Failure | None
    target: Target
    verdict: Verdict
    sealed: Sealed
    sent_commitment: str


def intent(case: Case, attempt: Attempt) -> Intent:
    """Returns the record that must be durable before the attempt's first byte leaves."""
    destination = attempt.target.destination
    return Intent(
        subject=subject(case),
        attempt_id=attempt.id,
        attempt=attempt.number,
        cause=attempt.cause.failure_class.value if attempt.cause else "",
        destination=destination.id,
        destination_kind=destination.kind.value,
        simulated=destination.simulated,
        operator=destination.facts.operator.value,
        host_country=destination.facts.host_country.value,
        control=destination.facts.control.value,
        model=attempt.target.model,
        stream=case.call.stream,
        question=attempt.verdict.question,
        masked=attempt.sealed.masked,
        dropped=attempt.sealed.dropped,
        sent_bytes=len(attempt.sealed.body),
        sent_commitment=attempt.sent_commitment,
    )


@dataclass(frozen=True, slots=True)
class Sent:
    """What settling an attempt needs to remember of it."""

    attempt_id: AttemptId
    intent_seq: int
    destination: DestinationId


def model_said(name: str | None) -> str:
    """Returns the model that an answer names, `malformed` for what is no name: an answer may say anything there."""
    return "malformed" if name and not _MODEL_NAME.fullmatch(name) else name or ""


def outcome(case: Case, sent: Sent, result: AttemptOutcome, restoration: Restoration) -> Outcome:
    """Returns the record of how an attempt ended. Unknown numbers are -1."""
    failure = result.failure
    return Outcome(
        request_id=case.call.request_id,
        attempt_id=sent.attempt_id,
        intent_seq=sent.intent_seq,
        tenant=case.identity.tenant,
        app=case.identity.app,
        destination=sent.destination,
        ending=result.ending.value,
        status=result.status or 0,
        failure_class=failure.failure_class.value if failure else "",
        signature=failure.signature if failure else "",
        scope=failure.scope.value if failure else "",
        model_returned=model_said(result.model_returned),
        input_tokens=_or_unknown(result.usage.input_tokens),
        output_tokens=_or_unknown(result.usage.output_tokens),
        bytes_received=result.bytes_received,
        first_byte_ms=_or_unknown(result.first_byte_ms),
        total_ms=result.total_ms,
        restored=restoration.restored,
        unresolved=restoration.unknown,
        withheld=restoration.withheld,
        answer_dropped=restoration.dropped,
        provenance=result.provenance,
    )


def bulk_count(case: Case, crossing: BulkCrossing) -> BulkCount:
    """Returns the record that a destination's count of people has reached another band."""
    return BulkCount(
        destination=crossing.destination,
        data=crossing.kind,
        band=crossing.band,
        count=crossing.count,
        limit=crossing.limit,
        request_id=case.call.request_id,
    )


def downgrade_change(signed: SignedDowngrade, action: str, actor: str) -> DowngradeChange:
    """Returns the record that a signed downgrade was granted or revoked by an operator."""
    downgrade = signed.downgrade
    return DowngradeChange(
        downgrade_id=downgrade.id,
        tenant=downgrade.tenant,
        app=downgrade.app,
        types=downgrade.types,
        level=downgrade.level,
        not_after=downgrade.not_after,
        signer=downgrade.signer,
        role=signed.role,
        action=action,
        actor=actor,
        statement=signed.statement,
        signature=signed.signature,
    )


def _or_unknown(count: int | None) -> int:
    return -1 if count is None else count


def refusal(case: Case, error: GatewayError, rules: Iterable[RuleId], destination: str = "") -> Refusal:
    """Returns the record of a refused request, or of one destination refused on a later decision."""
    return Refusal(subject(case), error.code, error.status, tuple(rules), destination)


def attempt_id(request_id: RequestId, number: int) -> AttemptId:
    """Returns the identifier of the request's attempt with this number, counted from 1."""
    return AttemptId(f"{request_id}.{number}")
