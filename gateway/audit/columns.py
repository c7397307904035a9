"""The searchable columns of a record: a copy of what its body says, one row per record."""

from __future__ import annotations

from typing import NamedTuple, assert_never

from gateway.audit.record import (
    AccessChange,
    BatchChange,
    BulkCount,
    DowngradeChange,
    Intent,
    KeyChange,
    Outcome,
    Record,
    Refusal,
    Subject,
)


class Columns(NamedTuple):
    """In the order of the table. `None` where the kind of record has no such thing.

    `result` is the ending of an outcome, the code of a refusal, the state after an access change, the action on a key,
    a downgrade or a batch, or the band that a bulk count reached.
    """

    kind: str
    request_id: str | None = None
    attempt_id: str | None = None
    tenant: str | None = None
    app: str | None = None
    key_id: str | None = None
    destination: str | None = None
    level: str | None = None
    result: str | None = None
    model_requested: str | None = None


def columns(record: Record) -> Columns:
    """Returns the columns of a record."""
    match record:
        case Intent():
            return _of_subject(record.kind, record.subject, record.attempt_id, record.destination, None)
        case Refusal():
            return _of_subject(record.kind, record.subject, None, record.destination, record.code)
        case Outcome():
            return Columns(
                record.kind,
                record.request_id,
                record.attempt_id,
                record.tenant,
                record.app,
                destination=record.destination or None,
                result=record.ending,
            )
        case _:
            return _of_change(record)


def _of_change(record: AccessChange | KeyChange | DowngradeChange | BulkCount | BatchChange) -> Columns:
    """What changes beside the requests, or because of many of them."""
    match record:
        case AccessChange():
            return Columns(record.kind, destination=record.destination or None, result=record.after)
        case KeyChange():
            return Columns(
                record.kind, tenant=record.tenant, app=record.app, key_id=record.key_id, result=record.action
            )
        case DowngradeChange():
            return Columns(record.kind, tenant=record.tenant, app=record.app, result=record.action)
        case BulkCount():
            return Columns(record.kind, record.request_id, destination=record.destination or None, result=record.band)
        case BatchChange():
            return Columns(
                record.kind,
                record.about,
                tenant=record.tenant,
                app=record.app,
                key_id=record.key_id,
                result=record.action,
            )
        case _:
            assert_never(record)


def rules(record: Record) -> set[str]:
    """Returns the rule ids a record names: those of the refusal and those of every destination considered."""
    if not isinstance(record, (Intent, Refusal)):
        return set()
    named = {rule for considered in record.subject.considered for rule in considered.rules}
    return named.union(record.rules) if isinstance(record, Refusal) else named


def _of_subject(kind: str, subject: Subject, attempt_id: str | None, destination: str, result: str | None) -> Columns:
    return Columns(
        kind,
        subject.request_id,
        attempt_id,
        subject.tenant,
        subject.app,
        subject.key_id,
        destination or None,
        subject.level,
        result,
        subject.model_requested,
    )
