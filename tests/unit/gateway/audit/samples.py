"""Records and logs for the tests of the audit log. All names and texts are made up."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import gateway.audit.verify as verifier
from gateway.audit.log import AuditLog, open_log
from gateway.audit.record import (
    AccessChange,
    ConsideredRecord,
    FindingRecord,
    Intent,
    KeyChange,
    Outcome,
    Record,
    Refusal,
    Subject,
)
from gateway.audit.store import Connect, connect_writer
from gateway.settings import AuditSettings
from routers.permit import PermitBook, PermitIssuer
from routers.types import AttemptId, DestinationId, EgressPermit

BODY = b'{"model":"m","messages":[]}'
COMMITMENT_KEY = b"a synthetic key for tests only.."


class CountingIssuer:
    """Issues real permits and remembers for which attempts."""

    def __init__(self) -> None:
        self.book = PermitBook()
        self.attempts: list[str] = []

    def issue(self, attempt_id: AttemptId, destination_id: DestinationId, body: bytes) -> EgressPermit:
        self.attempts.append(attempt_id)
        return self.book.issue(attempt_id, destination_id, body)


class SystemClock:
    """Real time."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        return time.monotonic()


SUBJECT = Subject(
    request_id="req-0",
    tenant="acme",
    app="notes",
    key_id="key-1",
    purpose="support",
    dialect="openai_chat",
    model_requested="gpt-x",
    level="confidential",
    categories=("pii.direct",),
    label_reasons=("presidio",),
    findings=(FindingRecord("EMAIL_ADDRESS", "pii.direct", "/messages/0/content", 3, 9, 850, "presidio"),),
    findings_total=1,
    considered=(
        ConsideredRecord("us-closed", allowed=False, rules=("US-RES-1",)),
        ConsideredRecord("inhouse", allowed=True, rules=()),
    ),
    policy_revision="ab" * 32,
    body_bytes=27,
    body_commitment="cd" * 32,
)


def subject(number: int) -> Subject:
    return replace(SUBJECT, request_id=f"req-{number}")


def intent(number: int, destination: str = "inhouse") -> Intent:
    return Intent(
        subject=subject(number),
        attempt_id=f"att-{number}",
        attempt=1,
        cause="",
        destination=destination,
        destination_kind="inhouse",
        simulated=True,
        operator="acme",
        host_country="de",
        control="de",
        model="m3",
        stream=False,
        question="ef" * 32,
        masked=(),
        dropped=(),
        sent_bytes=27,
        sent_commitment="01" * 32,
    )


def outcome(number: int, intent_seq: int, ending: str = "complete") -> Outcome:
    return Outcome(
        request_id=f"req-{number}",
        attempt_id=f"att-{number}",
        intent_seq=intent_seq,
        tenant="acme",
        app="notes",
        destination="inhouse",
        ending=ending,
        status=200,
        failure_class="",
        signature="",
        scope="",
        model_returned="m3",
        input_tokens=5,
        output_tokens=7,
        bytes_received=100,
        first_byte_ms=3,
        total_ms=12,
        restored=0,
    )


def refusal(number: int, rule: str = "CN-NIL-7") -> Refusal:
    return Refusal(subject=subject(number), code="policy_denied", status=403, rules=(rule,), destination="")


ACCESS = AccessChange("us-closed", "m", "model", "active", "revoked", "revoked", "att-1", "gateway")
KEY = KeyChange("key-2", "acme", "notes", "created", "operator")


@asynccontextmanager
async def opened(
    directory: Path,
    *,
    issuer: PermitIssuer | None = None,
    connect: Connect = connect_writer,
    wait_s: float = 5.0,
    checkpoint_s: float = 1.0,
) -> AsyncIterator[AuditLog]:
    settings = AuditSettings(wait_s=wait_s, checkpoint_s=checkpoint_s)
    log = await asyncio.to_thread(
        open_log, settings, directory, COMMITMENT_KEY, issuer or PermitBook(), SystemClock(), connect=connect
    )
    try:
        yield log
    finally:
        await log.close()


async def write_exchanges(log: AuditLog, count: int, start: int = 0) -> None:
    """Admits and settles `count` attempts, one after the other."""
    for number in range(start, start + count):
        dispatch = await log.admit(intent(number), BODY)
        await log.settle(outcome(number, dispatch.intent_seq))


def finished_log(directory: Path, records: tuple[Record, ...] = (), exchanges: int = 5) -> str:
    """Writes and closes a log of exchanges, then other records. Returns its verifier key."""

    async def write() -> str:
        async with opened(directory) as log:
            await write_exchanges(log, exchanges)
            for record in records:
                await log.append(record)
            return log.vkey

    return asyncio.run(write())


def edit(directory: Path, statement: str, *parameters: object) -> None:
    """Tampers with a closed log as somebody with the file in hand would."""
    connection = sqlite3.connect(directory / "audit.sqlite3")
    connection.execute(statement, parameters)
    connection.commit()
    connection.close()


def rows(directory: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(directory / "audit.sqlite3")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def verify(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Runs the verifier as an auditor does: isolated, from its file."""
    command = [sys.executable, "-I", str(verifier.__file__), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
