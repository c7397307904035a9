"""`gateway demo`: the whole product on one machine, with simulated providers that say so."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TextIO

from gateway.audit.reader import Reader
from gateway.audit.state_files import DATABASE
from gateway.demo.children import ChildFailed
from gateway.demo.providers import Providers
from gateway.demo.report import Report, welcome
from gateway.demo.scenario import SCENARIO
from gateway.demo.stage import Stage, set_up
from gateway.demo.verification import verify
from gateway.errors import StartupError

FINE, FOUND_SOMETHING, COULD_NOT_RUN = 0, 1, 2


async def run_demo(*, once: bool, state: Path | None = None, as_json: bool = False, out: TextIO | None = None) -> int:
    """Runs the demo and returns the exit code: 0 fine, 1 a promise did not hold, 2 it could not run.

    With `once` it plays the scenario, prints what went where and why, and ends. Otherwise it prints where everything is
    and runs until it is interrupted. `state` is a directory that is kept; without it a temporary one is used.

    Raises:
        StartupError: the directory cannot be used, the scenario was to begin in one that holds a log already, or the
            official SDKs are not installed.
    """
    task, target = asyncio.current_task(), out or sys.stdout
    assert task is not None  # noqa: S101  (a coroutine always runs in a task)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with _directory(state) as directory:
        try:
            return await (_play(directory, target, as_json=as_json) if once else _stay(directory, target))
        except ChildFailed as error:
            sys.stderr.write(f"gateway demo: {error}\n")
            return COULD_NOT_RUN
        except asyncio.CancelledError:  # by Ctrl-C or SIGTERM; every process has ended by now
            sys.stderr.write("gateway demo: interrupted\n")
            return COULD_NOT_RUN


@contextlib.asynccontextmanager
async def _directory(state: Path | None) -> AsyncIterator[Path]:
    """The state directory that was asked for, or one that is gone afterwards."""
    if state is not None:
        yield state
        return
    directory = await asyncio.to_thread(tempfile.mkdtemp, prefix="gateway-demo-")
    try:
        yield Path(directory)
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, directory, ignore_errors=True))


async def _play(directory: Path, out: TextIO, *, as_json: bool) -> int:
    """Plays the scenario, ends every process, and only then has the log verified."""
    if await asyncio.to_thread((directory / DATABASE).exists):
        raise StartupError("the scenario needs a new state directory: models may be withdrawn in this one")
    report = await _report(directory)
    if as_json:
        out.write(json.dumps(report.as_json(), indent=2, ensure_ascii=False) + "\n")
    else:
        colour = out.isatty() and "NO_COLOR" not in os.environ
        out.writelines(f"{line}\n" for line in report.as_text(colour=colour))
    return FOUND_SOMETHING if report.problems else FINE


async def _report(directory: Path) -> Report:
    try:
        from gateway.demo.play import Play  # noqa: PLC0415  (nothing else needs the SDKs)
    except ModuleNotFoundError as error:
        raise StartupError(f"{error.name} is not installed: install this package with its extra `demo`") from None

    async with set_up(directory) as stage:
        with contextlib.closing(Reader(directory)) as reader:
            providers = Providers(stage.providers)
            try:
                play = Play(stage.gateway, stage.workspace.keys, providers, reader)
                await play.run(SCENARIO, _show_progress)
            finally:
                await providers.close()
    verification = await verify(directory)
    return Report(tuple(play.results.values()), [*play.problems, *verification.problems()], verification)


async def _stay(directory: Path, out: TextIO) -> int:
    """Prints where everything is and waits for an interrupt, which is the way it is meant to end."""
    async with set_up(directory) as stage:
        out.writelines(f"{line}\n" for line in welcome(stage))
        out.flush()
        return await _until_interrupted(stage)


async def _until_interrupted(stage: Stage) -> int:
    try:
        ended = await stage.children.any_ended()
    except asyncio.CancelledError:
        return FINE
    sys.stderr.write(f"gateway demo: {ended} ended by itself; see {stage.workspace.directory / 'logs'}\n")
    return COULD_NOT_RUN


def _show_progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done}/{total} " if done < total else "\r\x1b[K")
        sys.stderr.flush()
