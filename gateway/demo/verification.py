"""Lets the stand-alone verifier, a program that imports nothing of the product, check the log of the demo."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import orjson

from gateway.audit.state_files import VERIFIER_KEY


@dataclass(frozen=True, slots=True)
class Verification:
    """What the verifier said. `findings` are its codes; `open_intents` are attempts without an outcome."""

    command: str
    exit_code: int
    entries: int = 0
    signed_entries: int = 0
    checkpoints: int = 0
    open_intents: int = 0
    findings: tuple[str, ...] = ()

    def problems(self) -> Iterator[str]:
        """Yields what keeps the log from being proved whole."""
        if self.exit_code != 0:
            yield f"the verifier ended with {self.exit_code}: {', '.join(self.findings) or 'it could not check'}"
        elif self.entries == 0:
            yield "the audit log is empty"
        if self.signed_entries != self.entries:
            yield f"{self.entries - self.signed_entries} entries are covered by no checkpoint"
        if self.open_intents:
            yield f"{self.open_intents} attempts have no outcome"


async def verify(directory: Path) -> Verification:
    """Runs `python -I gateway/audit/verify.py` on the log of a state directory."""
    with resources.as_file(resources.files("gateway.audit") / "verify.py") as program:
        arguments = ["-I", str(program), str(directory), "--vkey", str(directory / VERIFIER_KEY), "--json"]
        process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=PIPE)
        output, _ = await process.communicate()
    command = "python -I gateway/audit/verify.py"
    if process.returncode not in (0, 1):
        return Verification(command, process.returncode or 0)
    report = orjson.loads(output)
    return Verification(
        command,
        process.returncode,
        entries=report["entries"],
        signed_entries=report["signed_entries"],
        checkpoints=report["checkpoints"],
        open_intents=len(report["open_intents"]),
        findings=tuple(finding["code"] for finding in report["findings"]),
    )
