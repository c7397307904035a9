"""The access states on disk, so that a revocation survives a restart.

A small JSON file, replaced atomically: a reader sees the old or the new one, never half of either. Without the file of
an earlier run nobody knows what was revoked, so every destination starts under suspicion instead of trusted.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

import orjson

from routers.errors import RoutersError
from routers.revocation import AccessState
from routers.types import Access, DestinationId, ModelName, Scope

_VERSION = 1
_FIELDS = {"destination", "model", "access", "scope", "cause", "evidence", "actor", "since_ms"}


class _Root(TypedDict):
    """What the file holds."""

    version: int
    states: list[dict[str, str | int]]


class AccessLost(RoutersError):
    """The states of an earlier run are missing or cannot be read."""


def load_access(path: Path, *, first_start: bool) -> tuple[AccessState, ...]:
    """Returns the states of the earlier run; none on the very first start.

    Raises:
        AccessLost: this is not the first start, and the file is missing or damaged.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        if first_start:
            return ()
        raise AccessLost("the access states of the earlier run are missing") from None
    except OSError:
        raise AccessLost("the access states cannot be read") from None
    try:
        root = json.loads(content)
        return _states(root)
    except (ValueError, TypeError, KeyError):
        raise AccessLost("the access states are damaged") from None


def save_access(path: Path, states: tuple[AccessState, ...]) -> None:
    """Replaces the file and returns when the new one is on disk. Blocks. Raises `OSError`."""
    content = orjson.dumps({"version": _VERSION, "states": [_plain(state) for state in states]})
    fresh = path.with_name(f".{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


class AccessKeeper:
    """Saves the newest states in the background, one write at a time. To be used inside one running loop.

    `on_error` hears of a write that failed; the next change tries again.
    """

    def __init__(
        self, path: Path, states: Callable[[], tuple[AccessState, ...]], on_error: Callable[[OSError], None]
    ) -> None:
        self._path = path
        self._states = states
        self._on_error = on_error
        self._due = False
        self._task: asyncio.Task[None] | None = None

    def changed(self) -> None:
        """Asks for a write. Never blocks."""
        self._due = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._write())

    async def close(self) -> None:
        """Returns when everything asked for is written."""
        if self._task is not None:
            await self._task

    async def _write(self) -> None:
        while self._due:
            self._due = False
            try:
                await asyncio.to_thread(save_access, self._path, self._states())
            except OSError as error:
                self._on_error(error)


def _plain(state: AccessState) -> dict[str, str | int]:
    return {
        "destination": state.destination,
        "model": state.model,
        "access": state.access.value,
        "scope": state.scope.value,
        "cause": state.cause,
        "evidence": state.evidence,
        "actor": state.actor,
        "since_ms": state.since_ms,
    }


def _states(root: _Root) -> tuple[AccessState, ...]:
    if root["version"] != _VERSION:
        raise ValueError("version")
    return tuple(_state(item) for item in root["states"])


def _state(item: dict[str, str | int]) -> AccessState:
    if set(item) != _FIELDS:
        raise ValueError("fields")
    return AccessState(
        destination=DestinationId(str(item["destination"])),
        model=ModelName(str(item["model"])),
        access=Access(str(item["access"])),
        scope=Scope(str(item["scope"])),
        cause=str(item["cause"]),
        evidence=str(item["evidence"]),
        actor=str(item["actor"]),
        since_ms=int(item["since_ms"]),
    )
