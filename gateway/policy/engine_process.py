"""Rego in a process of its own: bounded in time and memory, started again when it died, never a danger to the gateway.

Why a process: regopy brings an allocator for the whole process it is loaded into, and then either it leaks or other
libraries do (measured; see docs/decisions/004-embedded-rego.md). The gateway's own process never loads it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.errors import PolicyUnavailable, StartupError
from gateway.policy.bundle import PolicyBundle
from gateway.policy.worker_link import WORKER, LinkLost, WorkerLink

_STARTS_WITHIN_S = 60.0
_logger = logging.getLogger(__name__)


class UndefinedResult(Exception):
    """The entrypoint has no value for this input. Never an answer; the caller must deny."""


@dataclass(frozen=True, slots=True)
class Program:
    """What a worker compiles. Questions that name no entrypoint are for the first."""

    modules: Mapping[str, str]
    data: str = field(repr=False)
    entrypoints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """Bounds of one engine.

    `answer_s` holds for one question, waiting included; `start_s` for compiling; `resident_mb` for the worker;
    `starts_per_minute` for starting again, so that a bundle that kills its worker does not eat the machine.
    """

    answer_s: float = 2.0
    start_s: float = 10.0
    resident_mb: int = 256
    starts_per_minute: int = 6


def deciding(bundle: PolicyBundle) -> Program:
    """Returns what answers in production."""
    return Program(bundle.modules, bundle.data, (bundle.manifest.entrypoint,))


def testing(bundle: PolicyBundle, entrypoints: Sequence[str]) -> Program:
    """Returns what runs the tests of a bundle, over its test data."""
    return Program({**bundle.modules, **bundle.tests}, bundle.test_data, tuple(entrypoints))


class EngineProcess:
    """One program in one worker. Answers one question at a time; may be made and started without an event loop."""

    def __init__(
        self, program: Program, limits: EngineLimits | None = None, *, command: Sequence[str] = WORKER
    ) -> None:
        """`command` starts the worker: something that speaks as `gateway/policy/worker.py` does."""
        self._program = program
        self._limits = limits or EngineLimits()
        self._command = command
        self._link: WorkerLink | None = None
        self._starts: deque[float] = deque(maxlen=self._limits.starts_per_minute)
        self._starting = threading.Lock()
        self._asking = asyncio.Lock()
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Of the worker, while one runs."""
        return self._link.pid if self._link is not None and self._link.alive else None

    @property
    def usable(self) -> bool:
        """Whether a new question can be answered: a worker runs, or one may be started. A readiness check."""
        return self.pid is not None or self._may_start()

    def start(self) -> None:
        """Starts the worker unless it runs; it compiles while the caller goes on. Blocks for a few milliseconds.

        Raises:
            PolicyUnavailable: closed, started too often in the last minute, or the system refuses a process.
        """
        with self._starting:
            if self.pid is not None:
                return
            if self._link is not None:
                _logger.warning("the policy worker ended with status %d", self._link.close())
                self._link = None
            self._count_start()
            try:
                self._link = WorkerLink(self._command, self._bundle(), start_s=self._limits.start_s)
            except LinkLost:
                raise _unavailable() from None

    async def ready(self) -> None:
        """Waits until the program is compiled.

        Raises:
            StartupError: it does not compile, or the worker cannot run here.
        """
        try:
            async with asyncio.timeout(self._limits.start_s), self._asking:
                compiles = await (await self._live_link()).wait_until_compiled()
        except (LinkLost, PolicyUnavailable, TimeoutError):
            raise StartupError("policy: the engine's process does not start, or ends while it compiles") from None
        if not compiles:
            raise StartupError("policy: the bundle does not compile")

    async def evaluate(self, document: dict[str, object], entrypoint: str | None = None) -> object:
        """Returns the value of the entrypoint for this input, a worker that died being replaced first.

        Raises:
            UndefinedResult: there is no value.
            PolicyUnavailable: the engine failed, died while it thought, did not answer in time, or cannot be started.
        """
        try:
            async with asyncio.timeout(self._limits.answer_s), self._asking:
                answer = await self._ask(entrypoint or self._program.entrypoints[0], document)
        except TimeoutError:
            self._end_if_stuck()
            raise _unavailable() from None
        values = answer.get("values")
        if not isinstance(values, list):
            raise _unavailable()
        if len(values) != 1:
            raise UndefinedResult
        return values[0]

    def close(self) -> None:
        """Ends the worker. Nothing is answered any more. May be called twice."""
        with self._starting:
            self._closed = True
            if self._link is not None:
                self._link.close()
                self._link = None

    async def _ask(self, entrypoint: str, document: dict[str, object]) -> dict[str, object]:
        link = await self._live_link()
        try:
            return await link.exchange(entrypoint, document)
        except LinkLost:
            link.kill()
            raise _unavailable() from None

    async def _live_link(self) -> WorkerLink:
        if self._link is None or not self._link.alive:
            await asyncio.to_thread(self.start)
        if self._link is None:
            raise _unavailable()
        return self._link

    def _end_if_stuck(self) -> None:
        """Kills a worker that thinks too long; not one that a queue held up, nor one that still compiles."""
        link = self._link
        if link is None:
            return
        patience_s = self._limits.answer_s / 2 if link.compiled else self._limits.start_s
        if (link.silent_s if link.compiled else link.age_s) >= patience_s:
            link.kill()

    def _may_start(self) -> bool:
        full = len(self._starts) == self._starts.maxlen
        return not self._closed and not (full and time.monotonic() - self._starts[0] < _STARTS_WITHIN_S)

    def _count_start(self) -> None:
        if not self._may_start():
            raise _unavailable()
        self._starts.append(time.monotonic())

    def _bundle(self) -> dict[str, object]:
        """The worker's own limit is later than ours: it is for the case that nobody waits any more."""
        return {
            "modules": dict(self._program.modules),
            "data": self._program.data,
            "entrypoints": list(self._program.entrypoints),
            "start_s": self._limits.start_s,
            "answer_s": self._limits.answer_s + 0.5,
            "resident_mb": self._limits.resident_mb,
        }


def _unavailable() -> PolicyUnavailable:
    return PolicyUnavailable("policy could not be evaluated")
