"""The HTTP side of the gateway, built as in production, with a pipeline that a test writes itself."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from starlette.types import ASGIApp

from gateway.api.batch_parts import BatchParts, Lines, build_batches
from gateway.api.models import ModelEntry
from gateway.api.routes import Parts, build_api
from gateway.audit.record import Record
from gateway.batch.traffic import Traffic
from gateway.errors import AuditUnavailable, MalformedBody, VaultUnavailable
from gateway.exchange import Exchange, TraceSink
from gateway.identity.keys import Grant, Keyring, create_key
from gateway.identity.store import KeyFile
from gateway.ports import Keys, Request
from gateway.settings import LimitSettings, Settings
from gateway.standing.downgrades import Downgrade, SignedDowngrade
from gateway.types import AppId, Call, Level, PrincipalClass, RequestId, Role, TenantId
from gateway.vault.archive import Archive
from routers.revocation import AccessRegistry
from routers.types import DestinationId
from routers.wire import WIRES

PEPPER = bytes(range(32))
MODELS = (
    ModelEntry("gpt-5.5", "GPT 5.5", "simulated-us"),
    ModelEntry("anthropic/claude-opus", "Claude Opus", "simulated-us"),
)
T = TypeVar("T")
Answer = Callable[[Call, TraceSink], Awaitable[Exchange]]


class HandClock:
    """Time that moves when told."""

    def __init__(self) -> None:
        self.ms = 1_800_000_000_000
        self.s = 100.0

    def now_ms(self) -> int:
        return self.ms

    def monotonic_s(self) -> float:
        return self.s


def grant(**changes: object) -> Grant:
    """What an ordinary key may do."""
    fields: dict[str, object] = {
        "tenant": TenantId("acme"),
        "app": AppId("notes"),
        "principal_class": PrincipalClass.EMPLOYEE,
        "clearance": Level.CONFIDENTIAL,
        "purposes": frozenset({"support"}),
        "roles": frozenset({Role.CALL}),
    }
    return Grant(**(fields | changes))


@dataclass
class KeyBench:
    """A key file, its keyring and a clock."""

    directory: Path
    clock: HandClock = field(default_factory=HandClock)

    def __post_init__(self) -> None:
        self.file = KeyFile(self.directory)
        self.ring = Keyring(KeyFile(self.directory), PEPPER, self.clock)

    def issue(self, **changes: object) -> str:
        """Returns the credential of a new key that the keyring knows."""
        issued = create_key(self.file, PEPPER, grant(**changes), now_ms=self.clock.ms, random_bytes=secrets.token_bytes)
        self.ring.refresh()
        return issued.credential

    def close(self) -> None:
        self.ring.close()
        self.file.close()


class OwnPipeline:
    """A pipeline that identifies and reads like any other, and then answers as the test says."""

    def __init__(self, keys: Keys, answer: Answer) -> None:
        self.calls: list[Call] = []
        self._keys = keys
        self._answer = answer

    async def run(self, request: Request, trace: TraceSink) -> Exchange:
        identity = self._keys.identify(request.credential)
        call = await request.read(identity)
        self.calls.append(call)
        return await self._answer(call, trace)


async def hello(call: Call, trace: TraceSink) -> Exchange:
    """The answer of a test that is about the request."""
    trace.destination, trace.decision, trace.record = "sim-us", "allow; level=public", "7"
    headers = (("content-type", "application/json"),)
    return Exchange(200, headers, trace.freeze(), body=b'{"greeting":"hello"}')


def registry(bench: KeyBench) -> AccessRegistry:
    """Access states of nothing yet; changes go nowhere."""
    return AccessRegistry(lambda _: None, now_ms=bench.clock.now_ms, now_s=bench.clock.monotonic_s)


class NoDowngrades:
    """A desk at which nothing lies, for tests about something else."""

    def listed(self) -> tuple[Downgrade, ...]:
        return ()

    def check(self, statement: str, signature: str) -> SignedDowngrade:
        raise MalformedBody("refused")

    def grant(self, signed: SignedDowngrade) -> None:
        raise MalformedBody("refused")

    def revoke(self, downgrade_id: str, now_ms: int) -> SignedDowngrade | None:
        return None


class NoVault:
    """A vault that cannot be used, for tests about something else."""

    async def archived(self, work: Callable[[Archive], T]) -> T:
        raise VaultUnavailable("refused")


class NoLog:
    """A log that nothing is written to."""

    vkey = "log"

    async def append(self, record: Record) -> int:
        raise AuditUnavailable("refused")

    def commitment(self, body: bytes) -> str:
        raise AuditUnavailable("refused")


def no_batches(bench: KeyBench) -> BatchParts:
    """Batches that nobody can keep."""
    settings = Settings(secrets={"master": "Zk4-v9Qw_e7Rt2Yu8Ip5As1Df6Gh3Jk0Lz-Xc7Vb2Nm"})
    traffic = Traffic(OwnPipeline(bench.ring, hello), most=1, wait_s=0)
    return build_batches(settings, NoVault(), bench.ring, Lines(traffic, traffic), NoLog(), bench.clock)


async def unrecorded(signed: SignedDowngrade, action: str, actor: str) -> None:
    """Records nothing: there is nothing to record."""
    raise AssertionError("nothing was granted")


def build(bench: KeyBench, answer: Answer = hello, **changes: object) -> tuple[ASGIApp, OwnPipeline]:
    """Returns the app and its pipeline."""
    pipeline = OwnPipeline(bench.ring, answer)
    numbers = itertools.count(1)
    parts: dict[str, object] = {
        "pipeline": pipeline,
        "keys": bench.ring,
        "desk": registry(bench),
        "downgrades": NoDowngrades(),
        "record_downgrade": unrecorded,
        "destinations": frozenset({DestinationId("sim-us")}),
        "models": lambda: MODELS,
        "checks": {},
        "limits": LimitSettings(body_bytes=200_000, depth=16, body_read_s=0.2),
        "clock": bench.clock,
        "new_request_id": lambda: RequestId(f"req_{next(numbers)}"),
        "wires": WIRES,
        "batch": no_batches(bench),
    }
    return build_api(Parts(**(parts | changes))), pipeline


@dataclass
class Seen:
    """What came back, message by message."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)
    ended: bool = False
    received: int = 0

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)

    def header(self, name: str) -> str | None:
        return dict(self.headers).get(name)


@dataclass
class Sender:
    """A caller who sends pieces, and may hang up or stop sending after them.

    `stalls` promises more and sends nothing; `leaves`, once set, is the moment of hanging up; after `takes` messages of
    the answer the caller takes no more and leaves.
    """

    pieces: Sequence[bytes] = (b"",)
    stalls: bool = False
    leaves: asyncio.Event | None = None
    takes: int | None = None


async def ask(
    app: ASGIApp, method: str, path: str, headers: Sequence[tuple[str, str]] = (), sender: Sender | None = None
) -> Seen:
    """Puts one request to the app, as an ASGI server would, and returns what it sent."""
    seen = Seen()
    sender = sender or Sender()
    waiting = list(sender.pieces)

    async def receive() -> dict[str, object]:
        seen.received += 1
        if waiting:
            piece = waiting.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(waiting) or sender.stalls}
        await (sender.leaves or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            seen.status = message["status"]
            seen.headers = [(n.decode(), v.decode("latin-1")) for n, v in message["headers"]]
        else:
            seen.pieces.append(message.get("body", b""))
            seen.ended = not message.get("more_body", False)
        if sender.leaves is not None and len(seen.pieces) == sender.takes:
            sender.leaves.set()
            await asyncio.Event().wait()

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "root_path": "",
        "headers": [(n.lower().encode(), v.encode("latin-1")) for n, v in headers],
    }
    await app(scope, receive, send)
    return seen


def post_headers(credential: str, **more: str) -> list[tuple[str, str]]:
    """The headers of an ordinary request."""
    return [
        ("authorization", f"Bearer {credential}"),
        ("content-type", "application/json"),
        *((name.replace("_", "-"), value) for name, value in more.items()),
    ]
