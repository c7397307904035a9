"""A server of the in-house model, started as anybody would start it, on loopback."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import BinaryIO


@contextlib.contextmanager
def served(*arguments: str, errors: BinaryIO | None = None) -> Iterator[str]:
    """The address of a server with these options. It computes for real, whatever Triton does in this process."""
    command = [sys.executable, "-m", "selfhost", "serve", "--engine", "m3", "--port", "0", "--announce", *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()
