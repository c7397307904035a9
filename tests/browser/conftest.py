"""A real browser against a real admin page over a log that the product wrote."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Page, async_playwright

from admin_ui.app import Parts, create_app
from admin_ui.guard import Guard
from admin_ui.session import Sessions
from admin_ui.verification import Verification
from gateway.audit.log import open_log
from gateway.audit.reader import Reader
from gateway.audit.record import (
    BatchChange,
    ConsideredRecord,
    FindingRecord,
    Intent,
    MaskedRecord,
    Outcome,
    Refusal,
    Subject,
)
from gateway.clock import SystemClock
from gateway.identity.keys import Grant, Keyring, create_key, open_keys
from gateway.identity.store import KeyFile
from gateway.settings import AuditSettings
from gateway.types import AppId, Level, PrincipalClass, Role, TenantId
from routers.permit import PermitBook

PEPPER = b"p" * 32
REQUESTS = 70


@dataclass(frozen=True, slots=True)
class Admin:
    """A running admin page and the keys to try on it."""

    url: str
    auditor_key: str
    caller_key: str
    keys: Keyring
    directory: Path


def subject(number: int) -> Subject:
    """A request as recorded."""
    refused = number % 7 == 6
    return Subject(
        request_id=f"req_{number:024x}",
        tenant="acme",
        app="assistant" if number % 2 else "<b>bold</b>",
        key_id="gk_0123456789abcdef",
        purpose="general",
        dialect="openai_chat",
        model_requested="claude-fable-5",
        level="restricted" if refused else "confidential",
        categories=("credential",) if refused else ("pii.direct",),
        label_reasons=("EMAIL_ADDRESS",),
        findings=(FindingRecord("EMAIL_ADDRESS", "pii.direct", "/messages/0/content", 10, 27, 1000, "presidio"),),
        findings_total=1,
        considered=(
            ConsideredRecord("simulated-anthropic", allowed=not refused, rules=("SEC-1",) if refused else ()),
            ConsideredRecord("simulated-minimax", allowed=False, rules=("CN-NIL-7",)),
        ),
        policy_revision="ab" * 32,
        body_bytes=1000,
        body_commitment="cd" * 32,
    )


async def write_log(directory: Path) -> None:
    """Writes `REQUESTS` requests, every seventh refused."""
    log = await asyncio.to_thread(open_log, AuditSettings(), directory, b"c" * 32, PermitBook(), SystemClock())
    for number in range(REQUESTS):
        who = subject(number)
        if number % 7 == 6:
            await log.append(Refusal(who, "policy_denied", 403, ("SEC-1",), ""))
            continue
        attempt = f"{who.request_id}.1"
        intent = Intent(
            subject=who, attempt_id=attempt, attempt=1, cause="", destination="simulated-anthropic",
            destination_kind="closed", simulated=True, operator="Anthropic", host_country="us", control="us",
            model="claude-fable-5", stream=False, question="ee" * 32, masked=(MaskedRecord("EMAIL_ADDRESS", 1),),
            dropped=(), sent_bytes=900, sent_commitment="ff" * 32,
        )  # fmt: skip
        dispatch = await log.admit(intent, b"{}")
        await log.settle(
            Outcome(
                request_id=who.request_id,
                attempt_id=attempt,
                intent_seq=dispatch.intent_seq,
                tenant="acme",
                app=who.app,
                destination="simulated-anthropic",
                ending="complete",
                status=200,
                failure_class="",
                signature="",
                scope="",
                model_returned="claude-fable-5",
                input_tokens=10,
                output_tokens=20,
                bytes_received=500,
                first_byte_ms=12,
                total_ms=20,
                restored=1,
            )
        )
    await log.close()


async def write_batch(directory: Path, batch: str) -> None:
    """Writes a batch of which one line was refused."""
    log = await asyncio.to_thread(open_log, AuditSettings(), directory, b"c" * 32, PermitBook(), SystemClock())
    ordered = BatchChange(batch, "acme", "assistant", "gk_1", "ordered", endpoint="/v1/chat/completions", lines=3)
    await log.append(ordered)
    await log.append(replace(ordered, action="taken", turn=1))
    await log.append(Refusal(replace(subject(0), request_id=f"{batch}-1"), "policy_denied", 403, ("SEC-1",), ""))
    counts = {"succeeded": 2, "errored": 1, "cancelled": 0, "expired": 0}
    await log.append(replace(ordered, action="ended", state="completed", **counts))
    await log.close()


def issue(directory: Path, role: Role) -> str:
    """Creates a key and returns its text."""
    file = KeyFile(directory)
    try:
        grant = Grant(
            TenantId("acme"), AppId("review"), PrincipalClass.EMPLOYEE, Level.INTERNAL, frozenset({"general"}),
            frozenset({role}),
        )  # fmt: skip
        issued = create_key(file, PEPPER, grant, now_ms=SystemClock().now_ms(), random_bytes=secrets.token_bytes)
    finally:
        file.close()
    return issued.credential


class Announced(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@pytest.fixture
async def admin(tmp_path: Path) -> AsyncIterator[Admin]:
    """The admin page over a fresh log."""
    await write_log(tmp_path)
    auditor = await asyncio.to_thread(issue, tmp_path, Role.AUDITOR)
    caller = await asyncio.to_thread(issue, tmp_path, Role.CALL)
    clock = SystemClock()
    keys = await asyncio.to_thread(open_keys, tmp_path, PEPPER, clock, read_only=True)
    vkey = await asyncio.to_thread((tmp_path / "audit.vkey").read_text)
    reader = Reader(tmp_path)
    guard = Guard(keys, Sessions(b"s" * 32), clock)
    parts = Parts(tmp_path, reader, guard, Verification(tmp_path, vkey.strip()), vkey.strip())
    app = await asyncio.to_thread(create_app, parts)
    server = Announced(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await server.ready.wait()
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Admin(f"http://127.0.0.1:{port}", auditor, caller, keys, tmp_path)
    server.should_exit = True
    await serving
    keys.close()
    reader.close()


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A page of a fresh headless Chromium."""
    chromium = shutil.which("chromium")
    assert chromium, "install Chromium: apt-get install --no-install-recommends chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield await browser.new_page()
        await browser.close()
