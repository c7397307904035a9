"""The whole gateway of a test: the real composition behind a real server, scripted upstreams at its far end.

Only what is expensive and without state (classifier, policy, catalogue) is shared between tests; the stores, the log
and the access states are new for every gateway.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import anthropic
import httpx
import openai
import orjson
import uvicorn

from gateway.app import Prepared, endpoints_of, prepare, redactor_of, running, standing_of, vault_of
from gateway.audit.key_history import recorded_key_changes
from gateway.audit.log import open_log
from gateway.audit.reader import Filter, Reader
from gateway.audit.store import Connect, connect_writer
from gateway.clock import SystemClock
from gateway.identity.keys import KEY_PEPPER, Grant, create_key, open_keys
from gateway.identity.store import KeyFile
from gateway.settings import Settings
from gateway.types import AppId, Level, PrincipalClass, Role, TenantId
from gateway.watching import access_path
from routers.access_file import AccessLost, load_access
from routers.permit import PermitBook
from routers.revocation import AccessState
from tests.fakes.answers import anthropic_answer, openai_answer
from tests.fakes.upstream import Fate, Heard, ScriptedUpstream, whole

ANTHROPIC, OPENAI, MINIMAX, INHOUSE = "simulated-anthropic", "simulated-openai", "simulated-minimax", "inhouse-local"
MASTER = "Zk4-v9Qw_e7Rt2Yu8Ip5As1Df6Gh3Jk0Lz-Xc7Vb2Nm"
VERIFIER = Path(__file__).parents[2] / "gateway" / "audit" / "verify.py"
PUBLIC = {"x-gateway-level": "public"}
_DAY_MS = 86_400_000

Record = dict[str, object]
Json = dict[str, object]


def grant(
    clearance: Level = Level.RESTRICTED,
    *,
    app: str = "assistant",
    purposes: tuple[str, ...] = ("general",),
    principal: PrincipalClass = PrincipalClass.EMPLOYEE,
    role: Role = Role.CALL,
    days: int | None = None,
) -> Grant:
    """What a key of the tests may do. `days` until it expires: negative is in the past."""
    expires_ms = None if days is None else SystemClock().now_ms() + days * _DAY_MS
    return Grant(TenantId("acme"), AppId(app), principal, clearance, frozenset(purposes), frozenset({role}), expires_ms)


GRANTS = {
    "employee": grant(),
    "contractor": grant(Level.INTERNAL, app="campaign", purposes=("marketing",), principal=PrincipalClass.CONTRACTOR),
    "public": grant(Level.PUBLIC, app="kiosk"),
    "clinic": grant(Level.REGULATED, app="clinic", purposes=("clinical",)),
    "versatile": grant(app="versatile", purposes=("general", "support")),
    "operator": grant(app="operations", role=Role.OPERATOR),
    "auditor": grant(app="review", role=Role.AUDITOR),
}


def settings_for(directory: Path, upstreams: Mapping[str, str], **sections: Mapping[str, object]) -> Settings:
    """The settings of a gateway in this state directory. `sections` are further ones, by name."""
    reached = {name: {"base_url": url, "credential": f"key-of-{name}"} for name, url in upstreams.items()}
    usual = {"state": {"directory": directory}, "secrets": {"master": MASTER}, "upstreams": reached}
    return Settings(**(usual | {"policy": {"catalog": "catalog/demo.json"}} | sections))


def settled(
    base: Prepared,
    settings: Settings,
    connect: Connect = connect_writer,
    terms: Mapping[str, object] | None = None,
) -> Prepared:
    """What `prepare` would return for these settings, with the costly parts of `base`. Blocks.

    `terms` stand in for the policy's own `limits/data.json`, as far as the gateway itself applies them. `connect` opens
    the database of the log: a test that needs a failing disk brings one.
    """
    directory, clock, permits = settings.state.directory, SystemClock(), PermitBook()
    secret = settings.secrets.derive("audit-commitment")
    log = open_log(settings.audit, directory, secret, permits, clock, connect=connect)
    return replace(
        base,
        settings=settings,
        endpoints=endpoints_of(settings),
        vault=vault_of(settings, clock),
        standing=standing_of(settings, base.policy.limits if terms is None else terms, clock),
        redactor=redactor_of(settings, base.classifier),
        keys=open_keys(directory, settings.secrets.derive(KEY_PEPPER), clock),
        permits=permits,
        log=log,
        recorded_keys=recorded_key_changes(directory),
        access=_access(directory, first_start=log.size == 0),
    )


def _access(directory: Path, *, first_start: bool) -> tuple[AccessState, ...] | None:
    try:
        return load_access(access_path(directory), first_start=first_start)
    except AccessLost:
        return None


def issue_keys(settings: Settings, grants: Mapping[str, Grant]) -> dict[str, str]:
    """Creates keys as the command does and returns their texts. Blocks."""
    pepper, now_ms = settings.secrets.derive(KEY_PEPPER), SystemClock().now_ms()
    with contextlib.closing(KeyFile(settings.state.directory)) as file:
        return {
            name: create_key(file, pepper, what, now_ms=now_ms, random_bytes=secrets.token_bytes).credential
            for name, what in grants.items()
        }


class Announced(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@dataclass(slots=True)
class Gateway:
    """A running gateway, seen from outside: its address, keys that fit it, its upstreams and its log."""

    url: str
    settings: Settings
    keys: Mapping[str, str] = field(repr=False)
    upstreams: Mapping[str, ScriptedUpstream]
    client: httpx.AsyncClient
    prepared: Prepared = field(repr=False)
    closing: AsyncExitStack = field(repr=False)

    @property
    def directory(self) -> Path:
        return self.settings.state.directory

    async def ask(
        self, path: str, body: Json | bytes, *, key: str = "employee", headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Posts a body, as it is when it is bytes."""
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        sent = {"authorization": f"Bearer {self.keys[key]}", "content-type": "application/json"}
        return await self.client.post(self.url + path, content=content, headers=sent | dict(headers or {}))

    def openai(self, key: str = "employee", *, retries: int = 0) -> openai.AsyncOpenAI:
        """The official SDK, closed with the gateway."""
        sdk = openai.AsyncOpenAI(base_url=f"{self.url}/v1", api_key=self.keys[key], max_retries=retries)
        self.closing.push_async_callback(sdk.close)
        return sdk

    def anthropic(self, key: str = "employee", *, retries: int = 0) -> anthropic.AsyncAnthropic:
        """The official SDK, closed with the gateway."""
        sdk = anthropic.AsyncAnthropic(base_url=self.url, api_key=self.keys[key], max_retries=retries)
        self.closing.push_async_callback(sdk.close)
        return sdk

    async def operate(self, destination: str, action: str, *, key: str = "operator", **order: str) -> httpx.Response:
        """Suspends or restores a destination."""
        body = {"action": action, "reason": "a test", **order}
        return await self.ask(f"/operator/providers/{destination}", body, key=key)

    async def access_states(self) -> list[Json]:
        answer = await self.client.get(
            f"{self.url}/operator/providers", headers={"authorization": f"Bearer {self.keys['operator']}"}
        )
        states: list[Json] = answer.json()["states"]
        return states

    async def records(self, kind: str | None = None) -> list[Record]:
        """The records of the log so far, oldest first."""
        return await asyncio.to_thread(read_records, self.directory, kind)

    async def records_once(self, kind: str, count: int, *, within_s: float = 5.0) -> list[Record]:
        """The records of a kind once there are this many: what is recorded after the answer is not there at once."""
        async with asyncio.timeout(within_s):
            while len(found := await self.records(kind)) < count:
                await asyncio.sleep(0.02)
        return found

    def heard(self, name: str) -> list[bytes]:
        """The bodies that reached an upstream."""
        return [heard.body for heard in self.upstreams[name].heard]

    @property
    def heard_by(self) -> dict[str, int]:
        """How many requests reached which upstream; those that got none are left out."""
        return {name: len(upstream.heard) for name, upstream in self.upstreams.items() if upstream.heard}


def read_records(directory: Path, kind: str | None = None) -> list[Record]:
    """The records of a log, oldest first. Blocks."""
    reader = Reader(directory)
    try:
        page = reader.page(Filter(kind=kind), limit=500)
    finally:
        reader.close()
    return [json.loads(entry.body) for entry in reversed(page.entries)]


def verify(directory: Path) -> tuple[int, Json]:
    """Runs the stand-alone verifier, isolated from everything of ours. Blocks."""
    vkey = (directory / "audit.vkey").read_text().strip()
    command = [sys.executable, "-I", str(VERIFIER), str(directory), "--vkey", vkey, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, json.loads(done.stdout)


def by_path(heard: Heard) -> Fate:
    """The model in the house speaks both dialects."""
    return whole(anthropic_answer() if heard.path == "/v1/messages" else openai_answer())


@asynccontextmanager
async def upstreams_of(*names: str) -> AsyncIterator[dict[str, ScriptedUpstream]]:
    """One scripted upstream per destination; each answers "Hello." unless told otherwise."""
    async with AsyncExitStack() as stack:
        found = {name: await stack.enter_async_context(ScriptedUpstream()) for name in names}
        for name, upstream in found.items():
            upstream.default = (
                by_path if name == INHOUSE else whole(anthropic_answer() if name == ANTHROPIC else openai_answer())
            )
        yield found


@asynccontextmanager
async def serving(prepared: Prepared) -> AsyncIterator[str]:
    """Runs the composition behind a real server on loopback and yields its address."""
    async with running(prepared) as app:
        server = Announced(uvicorn.Config(app, port=0, http="httptools", ws="none", lifespan="off", log_level="error"))
        serving = asyncio.create_task(server.serve())
        await server.ready.wait()
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        yield f"http://{host}:{port}"
        server.should_exit = True
        await serving


@asynccontextmanager
async def gateway_at(
    directory: Path,
    base: Prepared,
    upstreams: Mapping[str, ScriptedUpstream],
    *,
    keys: Mapping[str, str] | None = None,
    connect: Connect = connect_writer,
    terms: Mapping[str, object] | None = None,
    **sections: Mapping[str, object],
) -> AsyncIterator[Gateway]:
    """A running gateway over a state directory. `keys` are those of an earlier run; without them new ones are made."""
    addresses = {name: upstream.base_url for name, upstream in upstreams.items()}
    settings = settings_for(directory, addresses, **sections)
    prepared = await asyncio.to_thread(settled, base, settings, connect, terms)
    if keys is None:
        keys = await asyncio.to_thread(issue_keys, settings, GRANTS | {"expired": grant(days=-1)})
        await asyncio.to_thread(prepared.keys.refresh)
    async with serving(prepared) as url, httpx.AsyncClient(timeout=30) as client, AsyncExitStack() as closing:
        yield Gateway(url, settings, keys, upstreams, client, prepared, closing)


def prepare_base(directory: Path, **sections: Mapping[str, object]) -> Prepared:
    """The costly parts, once. Its own stores are closed again: nobody uses them."""
    base = prepare(settings_for(directory, {}, **sections))
    base.keys.close()
    base.standing.store.close()
    asyncio.run(base.vault.close())
    asyncio.run(base.log.close())
    return base
