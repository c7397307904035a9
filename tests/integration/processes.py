"""`gateway serve` as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import Request, urlopen

from tests.integration.composition import GRANTS, MASTER, issue_keys, settings_for


@dataclass(slots=True)
class Served:
    """A gateway in its own process."""

    url: str
    process: subprocess.Popen[str]
    keys: Mapping[str, str] = field(repr=False)
    directory: Path
    config: Path

    def ask(self, body: Mapping[str, object], *, key: str = "employee", public: bool = True) -> tuple[int, bytes]:
        """Posts a chat completion. Blocks."""
        headers = {"authorization": f"Bearer {self.keys[key]}", "content-type": "application/json"}
        if public:
            headers["x-gateway-level"] = "public"
        request = Request(f"{self.url}/v1/chat/completions", data=json.dumps(body).encode(), headers=headers)
        with urlopen(request, timeout=20) as answer:
            return int(answer.status), answer.read()

    def end(self, how: signal.Signals) -> int:
        """Sends the signal and returns the exit code."""
        self.process.send_signal(how)
        return self.process.wait(timeout=20)


def environment() -> dict[str, str]:
    """Ours, without the gateway's variables."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}


def write_config(file: Path, state: Path, upstreams: Mapping[str, str], *, demo: bool = True) -> Path:
    """The smallest configuration: secrets and upstreams, and where the state lives."""
    lines = ["[server]", "port = 0", "[state]", f'directory = "{state}"', "[secrets]", f'master = "{MASTER}"']
    if demo:
        lines += ["[policy]", 'catalog = "catalog/demo.json"']
    for name, url in upstreams.items():
        lines += [f"[upstreams.{name}]", f'base_url = "{url}"', 'credential = "key"']
    file.write_text("\n".join(lines) + "\n")
    return file


@contextmanager
def served(config: Path, directory: Path, keys: Mapping[str, str] | None = None) -> Iterator[Served]:
    """Starts `gateway serve` and kills it in the end, if it still runs. `keys` are those of an earlier run. Blocks."""
    if keys is None:
        directory.mkdir(mode=0o700, exist_ok=True)
        keys = issue_keys(settings_for(directory, {}), GRANTS)
    command = [sys.executable, "-m", "gateway", "serve", "--config", str(config), "--announce"]
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment(), start_new_session=True
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                errors.seek(0)
                raise AssertionError(f"the gateway did not start: {errors.read()[-2000:]}")
            yield Served(json.loads(line)["url"], process, keys, directory, config)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            assert process.stdout is not None
            process.stdout.close()
