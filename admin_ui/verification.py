"""Runs the stand-alone verifier over the log and returns what it says. One run at a time, bounded in time."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from gateway.errors import ServiceError

LONGEST_S = 120.0


class VerifierBusy(ServiceError):
    """A verification is already running."""

    status = 429
    code = "verifier_busy"


@dataclass(frozen=True, slots=True)
class Finding:
    """What the verifier said. `exit_code` 0 is fine, 1 found something, 2 could not run."""

    exit_code: int
    report: object


class Verification:
    """The verifier as a child process that imports nothing of the product."""

    def __init__(self, directory: Path, vkey: str) -> None:
        self._directory = directory
        self._vkey = vkey
        self._running = False

    async def run(self) -> Finding:
        """Verifies the whole log.

        Raises:
            VerifierBusy: another verification is running.
        """
        if self._running:
            raise VerifierBusy("a verification is already running")
        self._running = True
        try:
            return await self._run()
        finally:
            self._running = False

    async def _run(self) -> Finding:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", str(verifier_path()), str(self._directory), "--vkey", self._vkey, "--json",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            output, _ = await asyncio.wait_for(process.communicate(), LONGEST_S)
        except TimeoutError:
            process.kill()
            await process.wait()
            return Finding(2, {"problems": [f"not finished after {LONGEST_S:.0f} s"]})
        return Finding(process.returncode or 0, json.loads(output or b"{}"))


def verifier_path() -> Path:
    """Returns the verifier's file, without importing it."""
    spec = find_spec("gateway.audit")
    assert spec is not None  # noqa: S101  (a package of ours)
    assert spec.submodule_search_locations  # noqa: S101
    return Path(spec.submodule_search_locations[0]) / "verify.py"
