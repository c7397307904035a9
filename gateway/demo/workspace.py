"""The state directory of a demo: its secrets, its configuration file and its keys."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from gateway.clock import SystemClock
from gateway.demo.cases import INHOUSE, Who
from gateway.identity.keys import KEY_PEPPER, Grant, create_key
from gateway.identity.store import KeyFile
from gateway.settings import SecretSettings
from gateway.types import AppId, Level, PrincipalClass, Role, TenantId

TENANT = "example-corp"
_CATALOG = "catalog/demo.json"
WEIGHTS_KEY = Path(__file__).parents[2] / "selfhost" / "attest" / "demo_public_key.pem"
"""The public half of the key that signed the packaged model, as it ships beside this package."""
_ORIGIN = "demo.gateway.internal/log"
_DAY_MS = 86_400_000
_MASTER_FILE = "master.secret"
_CONFIG_FILE = "gateway.toml"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A prepared state directory. `keys` are the credentials by the name of who holds them."""

    directory: Path
    config: Path
    pepper: bytes = field(repr=False)
    keys: Mapping[str, str] = field(repr=False)


def prepare(directory: Path, upstreams: Mapping[str, str], provider_key: str, everybody: Iterable[Who]) -> Workspace:
    """Writes the configuration and new keys into the directory and returns them. Blocks.

    `upstreams` are addresses by destination id. The master secret is random and written once, so that a directory can
    be used again. Raises `StartupError` when the key file is unusable.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    config = directory / _CONFIG_FILE
    master = _master(directory)
    _write_private(config, _toml(directory, master, upstreams, provider_key))
    pepper = SecretSettings(master=SecretStr(master)).derive(KEY_PEPPER)
    with closing(KeyFile(directory)) as file:
        keys = {who.name: _create(file, pepper, who) for who in everybody}
    return Workspace(directory, config, pepper, keys)


def _create(file: KeyFile, pepper: bytes, who: Who) -> str:
    now_ms = SystemClock().now_ms()
    grant = Grant(
        tenant=TenantId(TENANT),
        app=AppId(who.app),
        principal_class=PrincipalClass(who.principal_class),
        clearance=Level[who.clearance.upper()],
        purposes=frozenset({who.purpose}),
        roles=frozenset({Role(who.role)}),
        expires_ms=None if who.days is None else now_ms + who.days * _DAY_MS,
    )
    return create_key(file, pepper, grant, now_ms=now_ms, random_bytes=secrets.token_bytes).credential


def _master(directory: Path) -> str:
    file = directory / _MASTER_FILE
    if not file.exists():
        _write_private(file, secrets.token_urlsafe(48))
    return file.read_text(encoding="ascii")


def _toml(directory: Path, master: str, upstreams: Mapping[str, str], provider_key: str) -> str:
    """JSON strings are TOML basic strings."""
    sections: dict[str, dict[str, object]] = {
        "server": {"port": 0},
        "state": {"directory": str(directory.absolute())},
        "secrets": {"master": master},
        "policy": {"catalog": _CATALOG},
        "audit": {"origin": _ORIGIN},
    }
    for destination, url in upstreams.items():
        further = {"weights_key": str(WEIGHTS_KEY)} if destination == INHOUSE else {"credential": provider_key}
        sections[f"upstreams.{destination}"] = {"base_url": url, **further}
    blocks = (
        f"[{name}]\n" + "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in fields.items())
        for name, fields in sections.items()
    )
    return "# Written by `gateway demo`.\n" + "\n".join(blocks)


def _write_private(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
