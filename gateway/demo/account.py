"""What the audit log says of one request, read back from the stored records."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from gateway.audit.reader import Reader
from gateway.demo.reply import JsonObject

_SETTLED_S = 5.0
_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Attempt:
    """One intent and its outcome. `ending` is empty while there is none, `provenance` where no answer stated one."""

    seq: int
    destination: str
    model: str
    masked: Mapping[str, int]
    dropped: Mapping[str, int]
    ending: str = ""
    status: int = 0
    failure_class: str = ""
    restored: int = 0
    provenance: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Account:
    """Everything recorded of one request. `refused` are the rules by destination; `entries` the sequence numbers."""

    level: str = ""
    found: tuple[str, ...] = ()
    refused: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attempts: tuple[Attempt, ...] = ()
    refusal: str = ""
    entries: tuple[int, ...] = ()


NOTHING = Account()
"""A request that never got as far as the log."""


def account_of(reader: Reader, request_id: str) -> Account:
    """Returns what is recorded once every attempt has an outcome, or after five seconds. Blocks.

    Raises:
        LogUnreadable: the log cannot be read.
    """
    deadline_s = time.monotonic() + _SETTLED_S
    while True:
        account = read_account([orjson.loads(entry.body) for entry in reader.of_request(request_id)])
        if all(attempt.ending for attempt in account.attempts) or time.monotonic() > deadline_s:
            return account
        time.sleep(_POLL_S)


def read_account(records: Sequence[JsonObject]) -> Account:
    """Returns the account of one request's records, which are in the order they were written."""
    subjects = [subject for record in records if isinstance(subject := record.get("subject"), dict)]
    outcomes = {str(record["attempt_id"]): record for record in records if record["kind"] == "outcome"}
    refusals = [str(record["code"]) for record in records if record["kind"] == "refusal"]
    if not subjects:
        return Account(entries=tuple(_integer(record["seq"]) for record in records))
    return Account(
        level=str(subjects[-1]["level"]),
        found=tuple(sorted({str(finding["type"]) for finding in _objects(subjects[-1]["findings"])})),
        refused=_refused(records),
        attempts=tuple(_attempt(record, outcomes) for record in records if record["kind"] == "intent"),
        refusal=refusals[-1] if refusals else "",
        entries=tuple(_integer(record["seq"]) for record in records),
    )


def _attempt(intent: JsonObject, outcomes: Mapping[str, JsonObject]) -> Attempt:
    outcome = outcomes.get(str(intent["attempt_id"]), {})
    return Attempt(
        seq=_integer(intent["seq"]),
        destination=str(intent["destination"]),
        model=str(intent["model"]),
        masked=_counts(intent["masked"]),
        dropped=_counts(intent["dropped"]),
        ending=str(outcome.get("ending", "")),
        status=_integer(outcome.get("status", 0)),
        failure_class=str(outcome.get("failure_class", "")),
        restored=_integer(outcome.get("restored", 0)),
        provenance=_provenance(outcome.get("provenance")),
    )


def _refused(records: Sequence[JsonObject]) -> dict[str, tuple[str, ...]]:
    refused: dict[str, tuple[str, ...]] = {}
    for record in records:
        subject = record.get("subject")
        considered = _objects(subject["considered"]) if isinstance(subject, dict) else []
        for candidate in considered:
            if not candidate["allowed"]:
                refused[str(candidate["destination"])] = tuple(_strings(candidate["rules"]))
        if record["kind"] == "refusal" and record["destination"]:
            refused[str(record["destination"])] = tuple(_strings(record["rules"]))
    return refused


def _provenance(stated: object) -> dict[str, str]:
    """Where the answer said it came from. The gateway recorded only what is well-formed, or one word for the rest."""
    if not isinstance(stated, str) or not stated.startswith("{"):
        return {}
    return {str(name): str(value) for name, value in orjson.loads(stated).items()}


def _counts(value: object) -> dict[str, int]:
    return {str(item["type"]): _integer(item["count"]) for item in _objects(value)}


def _objects(value: object) -> list[JsonObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _strings(value: object) -> Iterator[str]:
    return (str(item) for item in value) if isinstance(value, list) else iter(())


def _integer(value: object) -> int:
    return value if isinstance(value, int) else 0
