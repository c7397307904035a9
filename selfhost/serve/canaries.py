"""The canaries of this very server: hashed when it starts, asked again on a schedule, and what they say now.

They go through the same template and engine as everybody's requests, each under a salt of its own, greedy. They begin
when the engine is idle, and after a while even when it is not: a fault that shows under load only must be seen as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from selfhost.attest.canary import CanaryWatch, Recording, Status, probes_of, read_recording, record, write_recording
from selfhost.attest.errors import AttestError
from selfhost.engine.request import Sampling
from selfhost.errors import EngineFull, SelfhostError
from selfhost.serve.answers import Answerer
from selfhost.serve.template import Thinking

_LOOK_S = 0.05
_AGAIN_S = 5.0
_OVERDUE, _OVERDUE_S = 3, 60.0
"""So many schedules and seconds after the last answer there is none any more."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """`every_s` between two replays; 0 asks nothing, so nothing is proved. `idle_s`: longest wait for an idle engine.

    `file` keeps the hashes beyond this process: the first start writes it, later ones compare with it. `tries` as in
    `attest.canary.CanaryWatch`.
    """

    every_s: float = 300.0
    idle_s: float = 20.0
    file: Path | None = None
    tries: int = 1


class Canaries:
    """What the canaries say. `checked_ms` is when all of them were last asked, Unix milliseconds."""

    def __init__(self, answerer: Answerer, root: str, schedule: Schedule) -> None:
        """`root` is the checkpoint's. Blocks. Raises `AttestError` when the file is not of this checkpoint."""
        self._answerer = answerer
        self._root = root
        self._schedule = schedule
        self._recorded = _kept(schedule.file, root)
        self._watch: CanaryWatch | None = None
        self._last = Status.PENDING
        self.checked_ms: int | None = None

    @property
    def status(self) -> Status:
        """What they say now. Canaries that should have been asked again long ago have no answer: something hangs."""
        overdue_ms = 1000 * (_OVERDUE * self._schedule.every_s + _OVERDUE_S)
        if (
            self._last is Status.HOLDS
            and self._schedule.every_s
            and self._now_ms() - (self.checked_ms or 0) > overdue_ms
        ):
            return Status.FAILED
        return self._last

    @property
    def drifted(self) -> Sequence[str]:
        """The canaries that were answered otherwise."""
        return sorted(self._watch.drifted) if self._watch else ()

    async def run(self) -> None:
        """Asks now and then so often, until cancelled."""
        while self._schedule.every_s:
            again_s = min(_AGAIN_S, self._schedule.every_s)
            await asyncio.sleep(again_s if await self.replay() is Status.FAILED else self._schedule.every_s)

    async def replay(self) -> Status:
        """Asks every canary and returns the status; the first time, each is asked twice and hashed."""
        if self._watch is not None:
            status = await self._watch.replay()
        elif self._last is Status.DRIFTED:  # two answers to one prompt differed: nothing can be compared with them
            status = self._last
        else:
            status = await self._begin()
        self._last, self.checked_ms = status, self._now_ms()
        return status

    def _now_ms(self) -> int:
        return int(self._answerer.now_s() * 1000)

    async def _begin(self) -> Status:
        try:
            hashed_before = self._recorded is not None
            recording = self._recorded or await self._record()
        except AttestError:
            return Status.DRIFTED
        except SelfhostError:  # the engine has stopped, or was full for too long
            return Status.FAILED
        self._watch = CanaryWatch(self.answer, recording, self.chat, tries=self._schedule.tries)
        return await self._watch.replay() if hashed_before else Status.HOLDS

    async def _record(self) -> Recording:
        engine = self._answerer.running.engine
        config = engine.model.config
        probes = probes_of(config, engine.capacity)
        made = await record(config, self._root, self.answer, self.chat, probes=probes, attention=engine.attention.name)
        if self._schedule.file is not None:
            await asyncio.to_thread(write_recording, self._schedule.file, made)
        return made

    async def answer(self, prompt: list[int], tokens: int) -> list[int]:
        """Satisfies `attest.canary.Answer`. Twice `idle_s` is the longest that it waits for room in the engine."""
        clock, engine = asyncio.get_running_loop().time, self._answerer.running.engine
        begin_s = clock() + self._schedule.idle_s
        while True:
            if not engine.busy or clock() >= begin_s:
                try:
                    return await self._drawn(prompt, tokens)
                except EngineFull:
                    if clock() >= begin_s + self._schedule.idle_s:
                        raise
            await asyncio.sleep(_LOOK_S)

    async def chat(self, messages: list[dict[str, str]], tokens: int) -> list[int]:
        """Satisfies `attest.canary.Chat`, with the template that everybody's requests are rendered with."""
        template = self._answerer.template
        rendered = template.encode(template.render(messages, (), Thinking.DISABLED))
        return rendered + await self.answer(rendered, tokens)

    async def _drawn(self, prompt: Sequence[int], tokens: int) -> list[int]:
        salt = self._answerer.new_id()
        async with aclosing(self._answerer.running.generate(prompt, Sampling(tokens), salt)) as drawn:
            return [token.id async for token in drawn]


def _kept(file: Path | None, root: str) -> Recording | None:
    if file is None or not file.exists():
        return None
    recording = read_recording(file)
    if recording.root != root:
        raise AttestError(f"{file.name}: the canaries were hashed with another checkpoint")
    return recording
