"""The processes of the demo: started, waited for until they announce themselves, and always ended."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

_TAIL_BYTES = 2_000


class ChildFailed(Exception):
    """A process of the demo ended, or did not announce itself in time. The message holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Child:
    """One running process and what it announced on its first line."""

    name: str
    process: Process
    announced: Mapping[str, str]


class Children:
    """Use as a context: leaving it, however that happens, ends every process that was started."""

    def __init__(self, logs: Path, *, start_s: float = 60.0, stop_s: float = 20.0) -> None:
        """`logs` is an existing directory; every process writes its standard error to a file there.

        A process has `start_s` seconds to announce itself, and `stop_s` to end before it is killed.
        """
        self._logs, self._start_s, self._stop_s = logs, start_s, stop_s
        self._running: list[tuple[str, Process]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.shield(self._stop_all())

    async def start(self, name: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> Child:
        """Starts `python -m ARGUMENTS` and returns it once it has announced itself with one JSON line.

        Raises:
            ChildFailed: it ended, or said nothing readable in time.
        """
        log = self._logs / f"{name}.log"
        errors = await asyncio.to_thread(log.open, "wb")
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *arguments,
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=errors,
                env=_inherited() | dict(environment or {}),
                start_new_session=True,
            )
        finally:
            errors.close()
        self._running.append((name, process))
        return Child(name, process, await _announced(name, process, log, self._start_s))

    async def any_ended(self) -> str:
        """Waits until one of the processes ends by itself and returns its name."""
        waiting = {asyncio.create_task(process.wait(), name=name) for name, process in self._running}
        try:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
        return done.pop().get_name()

    async def _stop_all(self) -> None:
        """The last started is the first stopped: nobody loses what it depends on."""
        for _, process in reversed(self._running):
            await _stop(process, self._stop_s)
        self._running.clear()


def _inherited() -> dict[str, str]:
    """The environment without the gateway's own variables: they would win over the demo's configuration."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}


async def _announced(name: str, process: Process, log: Path, start_s: float) -> Mapping[str, str]:
    assert process.stdout is not None  # noqa: S101  (started with a pipe)
    try:
        line = await asyncio.wait_for(process.stdout.readline(), start_s)
        announced = json.loads(line)
    except TimeoutError:
        tail = await asyncio.to_thread(_tail, log)
        raise ChildFailed(f"{name} did not start within {start_s:g} s{tail}") from None
    except ValueError:
        tail = await asyncio.to_thread(_tail, log)
        raise ChildFailed(f"{name} could not start{tail}") from None
    if not isinstance(announced, dict):
        raise ChildFailed(f"{name} announced something unreadable")
    return {str(key): str(value) for key, value in announced.items()}


def _tail(log: Path) -> str:
    text = log.read_bytes()[-_TAIL_BYTES:].decode("utf-8", "replace").strip()
    return f":\n{text}" if text else ""


async def _stop(process: Process, stop_s: float) -> None:
    """Asks, waits, insists."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), stop_s)
    except TimeoutError:
        process.kill()
        await process.wait()
