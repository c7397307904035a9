"""Everything the demo runs, started in the order in which the parts need each other."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from gateway.demo.cases import INHOUSE
from gateway.demo.children import ChildFailed, Children
from gateway.demo.scenario import EVERYBODY
from gateway.demo.workspace import Workspace, prepare
from gateway.errors import StartupError
from routers.live_proof import HttpPages
from routers.upstreams.endpoint import Endpoint
from routers.upstreams.passthrough import Patience, open_session

_PROVED_S = 60.0
_LOOK_S = 0.25


@dataclass(frozen=True, slots=True)
class Stage:
    """The addresses of what runs. `providers` are the simulated ones, by destination id."""

    workspace: Workspace
    providers: Mapping[str, str]
    gateway: str
    admin: str
    children: Children


@asynccontextmanager
async def set_up(directory: Path) -> AsyncIterator[Stage]:
    """Starts four processes on free loopback ports; they keep what they keep in `directory`, and end with the context.

    Raises:
        ChildFailed: one of them could not start.
        StartupError: the directory cannot be used.
    """
    logs = await asyncio.to_thread(_made, directory / "logs")
    provider_key = secrets.token_urlsafe(24)
    async with Children(logs) as children:
        simulated, local = await asyncio.gather(
            children.start("simulated", ["gateway.demo.simulated"], {"SIMULATED_API_KEY": provider_key}),
            children.start("selfhost", ["selfhost", "serve", "--engine", "m3", "--port", "0", "--announce"]),
        )
        house = local.announced["url"]
        await _proved(house)
        upstreams = {**simulated.announced, INHOUSE: house}
        workspace = await asyncio.to_thread(prepare, directory, upstreams, provider_key, EVERYBODY)
        gateway = await children.start("gateway", ["gateway", "serve", "--config", str(workspace.config), "--announce"])
        admin = await children.start(
            "admin",
            ["admin_ui", "--state", str(directory), "--port", "0", "--announce"],
            {"ADMIN_UI_KEY_PEPPER": workspace.pepper.hex()},
        )
        yield Stage(workspace, simulated.announced, gateway.announced["url"], admin.announced["url"], children)


async def _proved(url: str) -> None:
    """Waits until the in-house model has asked its canaries: before that the gateway sends it nothing.

    Raises:
        ChildFailed: it has not within a minute.
    """
    endpoint, tries = Endpoint(url), round(_PROVED_S / _LOOK_S)
    async with open_session(Patience()) as session:
        pages = HttpPages(session)
        for _ in range(tries):
            if orjson.loads(await pages.read(endpoint) or b"{}").get("canaries") == "holds":
                return
            await asyncio.sleep(_LOOK_S)
    raise ChildFailed("the in-house model did not prove itself in time")


def _made(directory: Path) -> Path:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StartupError(f"the state directory cannot be used: {error.strerror}") from None
    return directory
