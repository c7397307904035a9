"""Keys made and taken back while the gateway runs: in effect within about a second, and on record."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

from gateway.app import Prepared
from gateway.identity.credentials import public_part
from tests.fakes.upstream import ScriptedUpstream
from tests.integration.composition import PUBLIC, Gateway, Json, gateway_at
from tests.integration.processes import environment, write_config

ASKED: Json = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "How do tides work?"}]}
IN_EFFECT_S = 2.0
"""The promise is a second; a busy machine gets another."""


def command(config: Path, *arguments: str) -> str:
    """Runs `gateway keys` in a process of its own. Blocks."""
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "keys", *arguments, "--config", str(config)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=environment(),
    )
    return done.stdout


async def status_with(gateway: Gateway, key: str) -> int:
    headers = PUBLIC | {"authorization": f"Bearer {key}"}
    return (await gateway.ask("/v1/chat/completions", ASKED, headers=headers)).status_code


async def until_status(gateway: Gateway, key: str, wanted: int) -> float:
    """The seconds until the key is answered with this status."""
    started_s = time.monotonic()
    async with asyncio.timeout(IN_EFFECT_S + 3):
        while await status_with(gateway, key) != wanted:
            await asyncio.sleep(0.02)
    return time.monotonic() - started_s


async def test_key_is_good_soon_after_it_is_made_and_bad_soon_after_it_is_revoked(
    gateway: Gateway, tmp_path: Path
) -> None:
    config = write_config(tmp_path / "gateway.toml", gateway.directory, {})
    arguments = ("create", "--tenant", "acme", "--app", "new", "--json")
    made = json.loads(await asyncio.to_thread(command, config, *arguments))
    assert await until_status(gateway, made["key"], 200) < IN_EFFECT_S
    assert "revoked" in await asyncio.to_thread(command, config, "revoke", made["key_id"])
    assert await until_status(gateway, made["key"], 401) < IN_EFFECT_S
    mine = [r for r in await gateway.records_once("key", len(gateway.keys) + 2) if r["key_id"] == made["key_id"]]
    assert [(r["action"], r["app"], r["actor"]) for r in mine] == [
        ("created", "new", "gateway keys"),
        ("revoked", "new", "gateway keys"),
    ]


async def test_changes_made_while_nothing_ran_are_recorded_once_at_the_next_start(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    state = tmp_path / "state"
    async with gateway_at(state, base, upstreams) as gateway:
        keys = gateway.keys
        await gateway.records_once("key", len(keys))
    config = write_config(tmp_path / "gateway.toml", state, {})
    made = json.loads(
        await asyncio.to_thread(command, config, "create", "--tenant", "acme", "--app", "night", "--json")
    )
    await asyncio.to_thread(command, config, "revoke", made["key_id"])
    for _ in range(2):
        async with gateway_at(state, base, upstreams, keys=keys) as gateway:
            records = await gateway.records_once("key", len(keys) + 2)
            assert len(records) == len(keys) + 2
            assert [r["action"] for r in records if r["app"] == "night"] == ["created", "revoked"]


async def test_log_and_key_file_hold_no_secret_of_a_key(gateway: Gateway) -> None:
    await gateway.records_once("key", len(gateway.keys))
    key = gateway.keys["employee"]
    secret = key.removeprefix(public_part(key))[1:].encode()
    assert len(secret) > 20
    assert await asyncio.to_thread(_files_holding, gateway.directory, secret) == []


def _files_holding(directory: Path, secret: bytes) -> list[str]:
    return [file.name for file in directory.iterdir() if file.is_file() and secret in file.read_bytes()]
