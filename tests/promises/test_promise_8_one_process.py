"""One process and its policy engine, no services: secrets and upstreams are all the configuration there has to be."""

from __future__ import annotations

import asyncio
import signal
from ipaddress import ip_address
from pathlib import Path

import psutil

from tests.fakes.upstream import ScriptedUpstream
from tests.integration.composition import OPENAI, verify
from tests.integration.processes import Served, served, write_config

CHAT = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "How do tides work?"}]}


def tree(served: Served) -> list[psutil.Process]:
    parent = psutil.Process(served.process.pid)
    return [parent, *parent.children(recursive=True)]


def addresses(served: Served) -> set[str]:
    """Every address the processes listen on or are connected to."""
    sockets = [socket for process in tree(served) for socket in process.net_connections(kind="inet")]
    return {end.ip for socket in sockets for end in (socket.laddr, socket.raddr) if end}


def serve_one(config: Path, state: Path) -> tuple[int, set[str], set[str], int, int]:
    with served(config, state) as gateway:
        before = addresses(gateway)
        status, _ = gateway.ask(CHAT)
        after, processes = addresses(gateway), len(tree(gateway))
        return status, before, after, processes, gateway.end(signal.SIGTERM)


async def test_gateway_serves_alone_and_speaks_to_nobody_but_its_upstreams(
    tmp_path: Path, upstreams: dict[str, ScriptedUpstream]
) -> None:
    state = tmp_path / "state"
    config = write_config(tmp_path / "gateway.toml", state, {OPENAI: upstreams[OPENAI].base_url})
    status, before, after, processes, code = await asyncio.to_thread(serve_one, config, state)
    assert (status, code) == (200, 0)
    assert processes <= 2
    assert before
    assert all(ip_address(address).is_loopback for address in before | after)
    assert len(upstreams[OPENAI].heard) == 1
    assert (await asyncio.to_thread(verify, state))[0] == 0


def start_and_stop(config: Path, state: Path) -> tuple[set[str], int]:
    with served(config, state) as gateway:
        return addresses(gateway), gateway.end(signal.SIGTERM)


def modes(state: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mode & 0o777 for file in state.iterdir()}


async def test_secret_is_enough_to_start_and_state_is_its_owners_alone(tmp_path: Path) -> None:
    state = tmp_path / "state"
    config = write_config(tmp_path / "gateway.toml", state, {}, demo=False)
    found, code = await asyncio.to_thread(start_and_stop, config, state)
    assert code == 0
    assert all(ip_address(address).is_loopback for address in found)
    assert state.stat().st_mode & 0o777 == 0o700
    exposed = {name: oct(mode) for name, mode in modes(state).items() if mode & 0o077 and not name.endswith(".vkey")}
    assert exposed == {}
