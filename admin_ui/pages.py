"""What the templates show: entries as plain text and numbers, made from the stored records. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from gateway.audit.reader import StoredEntry

Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the log."""

    seq: int
    at: str
    kind: str
    who: str
    what: str
    level: str
    destination: str
    result: str
    rules: tuple[str, ...]
    refused: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a request's timeline."""

    seq: int
    at: str
    title: str
    detail: str


def utc(at_ms: int) -> str:
    """Returns a time for people: UTC to the millisecond."""
    stamp = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{stamp:%Y-%m-%d %H:%M:%S}.{at_ms % 1000:03d}"


def record_of(stored: StoredEntry) -> dict[str, object]:
    """Returns the record's fields."""
    record: dict[str, object] = orjson.loads(stored.body)
    return record


def line(stored: StoredEntry) -> Line:
    """Returns the row that stands for an entry."""
    record = record_of(stored)
    subject = _mapping(record.get("subject"))
    return Line(
        seq=stored.seq,
        at=utc(stored.at_ms),
        kind=stored.kind,
        who=" / ".join(part for part in (stored.tenant, stored.app) if part),
        what=_what(stored.kind, record, subject),
        level=stored.level or "",
        destination=_place(stored, record),
        result=stored.result or "",
        rules=rules_of(record),
        refused=stored.kind == "refusal" or stored.result in ("revoked", "failed", "cut", "garbled", "stalled"),
    )


def rules_of(record: Fields) -> tuple[str, ...]:
    """Returns the rules that refused something in this record."""
    considered = _rows(_mapping(record.get("subject")).get("considered"))
    refused = [row for row in considered if row.get("allowed") is not True]  # an allowed one names its obligations
    named = [*_texts(record.get("rules")), *(rule for row in refused for rule in _texts(row.get("rules")))]
    return tuple(dict.fromkeys(named))


def found_types(subject: Fields) -> str:
    """Returns the types that were found, each once."""
    return ", ".join(sorted({str(row.get("type")) for row in _rows(subject.get("findings"))}))


def step(stored: StoredEntry) -> Step:
    """Returns the timeline entry."""
    record = record_of(stored)
    return Step(stored.seq, utc(stored.at_ms), _title(stored, record), _detail(stored.kind, record))


def _what(kind: str, record: Fields, subject: Fields) -> str:
    match kind:
        case "intent" | "refusal":
            what = found_types(subject) or "nothing found"
        case "outcome":
            what = f"{record.get('total_ms')} ms, {record.get('bytes_received')} bytes"
        case "access":
            what = f"{record.get('before')} → {record.get('after')}: {record.get('cause')}"
        case "bulk":
            what = f"{record.get('count')} of {record.get('limit')} people, {record.get('data')} data"
        case "downgrade":
            types = ", ".join(_texts(record.get("types")))
            what = f"{types} until {record.get('not_after')}, signed by {record.get('signer')}"
        case "batch":
            what = f"{record.get('about')} {_of_batch(record)}".rstrip()
        case _:
            what = str(record.get("action", ""))
    return what


def _place(stored: StoredEntry, record: Fields) -> str:
    place = stored.destination or ""
    return f"{place} (simulated)" if record.get("simulated") is True and "simulated" not in place else place


def _title(stored: StoredEntry, record: Fields) -> str:
    titles = {
        "intent": f"attempt {record.get('attempt')} at {stored.destination}: recorded before anything was sent",
        "outcome": f"{stored.destination} answered: {record.get('ending')}",
        "refusal": f"refused: {record.get('code')}",
        "access": f"access to {stored.destination}: {record.get('after')}",
        "bulk": f"{stored.destination}: {record.get('band')} % of the bulk threshold for {record.get('data')} data",
        "downgrade": f"downgrade {record.get('downgrade_id')}: {record.get('action')}",
        "batch": f"batch {record.get('action')}",
    }
    return titles.get(stored.kind, stored.kind)


def _detail(kind: str, record: Fields) -> str:
    if kind == "intent":
        cause = record.get("cause")
        masked = sum(_count(row) for row in _rows(record.get("masked")))
        dropped = sum(_count(row) for row in _rows(record.get("dropped")))
        because = f"after a failure of class {cause}; " if cause else ""
        return f"{because}values masked: {masked}, removed: {dropped}; {record.get('sent_bytes')} bytes permitted"
    if kind == "outcome":
        failure = f"{record.get('failure_class')} ({record.get('signature')}); " if record.get("failure_class") else ""
        return f"{failure}status {record.get('status')}, values restored: {record.get('restored')}"
    if kind == "batch":
        return _of_batch(record)
    return ", ".join(rules_of(record))


def _of_batch(record: Fields) -> str:
    if record.get("action") == "ended":
        names = ("succeeded", "errored", "cancelled", "expired")
        return f"{record.get('state')}: " + ", ".join(f"{record.get(name)} {name}" for name in names)
    if record.get("action") == "ordered":
        return f"{record.get('lines')} lines for {record.get('endpoint')}"
    before = record.get("gateway_before")
    return f"from gateway {before}" if before else ""


def _count(row: Fields) -> int:
    count = row.get("count")
    return count if isinstance(count, int) else 0


def _mapping(value: object) -> Fields:
    return value if isinstance(value, dict) else {}


def _rows(value: object) -> Sequence[Fields]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
