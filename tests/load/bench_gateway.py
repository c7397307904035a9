"""What the whole pipeline costs: CPU time of the whole process tree, against a bare forwarder of the same stack.

Method. One upstream (`answering`), one forwarder and one gateway run as separate processes on loopback; this process
drives them. A cell is one prompt size, with or without personal data, streamed or not. In each of `--rounds` rounds
every cell is run against the forwarder and the gateway in turn: `--requests` requests over eight kept-alive
connections, after a warm-up. Each request carries a different prompt, so no cache of results can help. CPU time is
user plus system of the process and its children, from the operating system, divided by requests. Figures are medians
over rounds; ratios are taken inside a round. Time to first byte is measured one request at a time. The machines are
shared: read ratios and CPU time, not wall time.

A whole run is 18,000 requests to the gateway, of which 6,000 carry 32 kB: five to fifteen minutes. Every cell says on
standard error how it went. With `--minutes`, no round begins after that time, and the table says how many there were.

    scripts/bench gateway [--rounds 5] [--requests 300] [--minutes M] [--only TEXT] [--json] [--write FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp
import psutil

CONNECTIONS = 8
TARGETS = {"clean 1 kB": 2.0, "clean 1 kB stream": 3.0}
"""CPU milliseconds per request promised with the whole pipeline on."""

WORDS = """
the of and to in is that for on with as are this be at by from or an which can more about when how time people
water work light number part place made live where after back little only round year came show every good give
our under name very through just form sentence great think say help low line differ turn cause much mean before
move right boy old too same tell does set three want air well also play small end put home read hand port large
spell add
""".split()


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of the table."""

    name: str
    size_bytes: int
    stream: bool
    personal: bool = False


CELLS = tuple(
    Cell(f"{kind} {size} kB{' stream' if stream else ''}", size * 1024, stream, kind == "personal")
    for kind in ("clean", "personal")
    for size in (1, 4, 32)
    for stream in (False, True)
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians of one cell, and its best round. Milliseconds per request."""

    forwarder_cpu_ms: float
    gateway_cpu_ms: float
    best_cpu_ms: float
    ratio: float
    forwarder_ttfb_ms: float
    gateway_ttfb_ms: float


class Server:
    """A child process that printed its URL."""

    def __init__(self, process: subprocess.Popen[str], url: str, started_s: float) -> None:
        self.process = process
        self.url = url
        self.started_s = started_s

    def cpu_s(self) -> float:
        """User plus system time of the process tree, seconds."""
        root = psutil.Process(self.process.pid)
        times = [p.cpu_times() for p in (root, *root.children(recursive=True))]
        return sum(t.user + t.system for t in times)

    def resident_mb(self) -> float:
        """Resident memory of the process tree, MB."""
        root = psutil.Process(self.process.pid)
        return sum(p.memory_info().rss for p in (root, *root.children(recursive=True))) / 1e6


@contextmanager
def served(arguments: list[str], environment: dict[str, str] | None = None) -> Iterator[Server]:
    """Starts a module that announces its URL as JSON on its first line, and ends it."""
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments], stdout=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})}
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{arguments[0]} did not start")
        yield Server(process, json.loads(line)["url"], time.monotonic() - begun)
    finally:
        process.terminate()
        process.wait(timeout=20)


def prompt(cell: Cell, rng: random.Random) -> bytes:
    """Returns a chat request of about the cell's size; no two are alike."""
    words: list[str] = []
    size = 0
    while size < cell.size_bytes - 120:
        word = rng.choice(WORDS)
        if cell.personal and rng.random() < 0.004:
            word = f"{rng.choice(WORDS)}.{rng.randrange(10**6)}@example.com"
        words.append(word)
        size += len(word) + 1
    message = {"role": "user", "content": " ".join(words)}
    return json.dumps({"model": "gpt-5.5", "messages": [message], "stream": cell.stream}).encode()


class Driver:
    """Sends the same kind of traffic to any server."""

    def __init__(self, session: aiohttp.ClientSession, key: str) -> None:
        self._session = session
        self._headers = {"content-type": "application/json", "authorization": f"Bearer {key}"}

    async def one(self, url: str, body: bytes) -> float:
        """Returns the milliseconds to the first byte of one answer, read to its end."""
        begun = time.perf_counter()
        async with self._session.post(f"{url}/v1/chat/completions", data=body, headers=self._headers) as reply:
            if reply.status != 200:
                raise RuntimeError(f"status {reply.status}: {(await reply.text())[:300]}")
            await reply.content.readany()
            first = time.perf_counter()
            async for _ in reply.content.iter_any():
                pass
        return (first - begun) * 1000

    async def many(self, url: str, bodies: list[bytes]) -> None:
        """Sends all bodies over `CONNECTIONS` connections."""
        queue = iter(bodies)

        async def lane() -> None:
            for body in queue:
                await self.one(url, body)

        await asyncio.gather(*(lane() for _ in range(CONNECTIONS)))

    async def cpu_ms(self, server: Server, bodies: list[bytes]) -> float:
        """Returns CPU milliseconds of the server per request."""
        await asyncio.sleep(0.05)
        before = server.cpu_s()
        await self.many(server.url, bodies)
        return (server.cpu_s() - before) * 1000 / len(bodies)


def configuration(directory: Path, upstream: str) -> tuple[Path, str]:
    """Writes a configuration and a key; returns the file and the key's text."""
    master = secrets.token_urlsafe(48)
    file = directory / "gateway.toml"
    file.write_text(
        f'[server]\nport = 0\n[secrets]\nmaster = "{master}"\n[state]\ndirectory = "{directory / "state"}"\n'
        f'[policy]\ncatalog = "catalog/demo.json"\n[upstreams.simulated-openai]\nbase_url = "{upstream}"\n',
        encoding="utf-8",
    )
    created = subprocess.run(
        [
            sys.executable,
            "-m",
            "gateway",
            "keys",
            "create",
            "--config",
            str(file),
            "--tenant",
            "bench",
            "--app",
            "bench",
            "--clearance",
            "restricted",
            "--json",
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    return file, json.loads(created.stdout)["key"]


class Samples:
    """What was measured of one cell, the forwarder's figure before the gateway's."""

    def __init__(self, cell: Cell) -> None:
        self._cell = cell
        self._rng = random.Random(cell.name)
        self._cpu_ms: list[tuple[float, float]] = []
        self._first_byte_ms: list[tuple[float, float]] = []

    async def add_round(self, driver: Driver, forwarder: Server, gateway: Server, requests: int) -> None:
        """Runs the cell once and says on standard error how it went."""
        begun = time.monotonic()
        bodies = [prompt(self._cell, self._rng) for _ in range(requests)]
        cpu_ms = (await driver.cpu_ms(forwarder, bodies), await driver.cpu_ms(gateway, bodies))
        self._cpu_ms.append(cpu_ms)
        alone = [prompt(self._cell, self._rng) for _ in range(20)]
        self._first_byte_ms += [(await driver.one(forwarder.url, b), await driver.one(gateway.url, b)) for b in alone]
        took_s = time.monotonic() - begun
        sys.stderr.write(f"{self._cell.name}: {cpu_ms[0]:.2f} and {cpu_ms[1]:.2f} ms of CPU, {took_s:.0f} s\n")

    def figures(self) -> Figures:
        """Returns the medians."""
        return Figures(
            forwarder_cpu_ms=statistics.median(f for f, _ in self._cpu_ms),
            gateway_cpu_ms=statistics.median(g for _, g in self._cpu_ms),
            best_cpu_ms=min(g for _, g in self._cpu_ms),
            ratio=statistics.median(g / f for f, g in self._cpu_ms),
            forwarder_ttfb_ms=statistics.median(f for f, _ in self._first_byte_ms),
            gateway_ttfb_ms=statistics.median(g for _, g in self._first_byte_ms),
        )


def sync_ms(directory: Path) -> float:
    """Returns the median time, milliseconds, in which 4 kB at the end of a file reach this directory's disk."""
    times = []
    with (directory / "sync").open("wb", buffering=0) as file:
        for _ in range(50):
            begun = time.perf_counter()
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)


async def run(options: argparse.Namespace) -> dict[str, object]:
    """Runs every cell and returns the document that is printed."""
    load = os.getloadavg()[0]
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        upstream = stack.enter_context(served(["tests.load.answering"]))
        forwarder = stack.enter_context(served(["tests.load.forwarder", upstream.url]))
        file, key = configuration(directory, upstream.url)
        gateway = stack.enter_context(served(["gateway", "serve", "--config", str(file), "--announce"]))
        idle_mb = gateway.resident_mb()
        # Servers close what was idle for 5 s, which one server is while the other is measured; a request may meet that.
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=2)
        async with aiohttp.ClientSession(connector=connector) as session:
            driver = Driver(session, key)
            rng = random.Random(0)
            for cell in CELLS[:2]:
                warm = [prompt(cell, rng) for _ in range(100)]
                await driver.many(forwarder.url, warm)
                await driver.many(gateway.url, warm)
            samples = {cell.name: Samples(cell) for cell in CELLS if options.only in cell.name}
            rounds, begun = 0, time.monotonic()
            while rounds < options.rounds and (rounds == 0 or time.monotonic() - begun < options.minutes * 60):
                for each in samples.values():
                    await each.add_round(driver, forwarder, gateway, options.requests)
                rounds += 1
        return {
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
            "date": time.strftime("%Y-%m-%d", time.gmtime()),
            "load": f"{load:.1f} before, {os.getloadavg()[0]:.1f} after",
            "start_s": round(gateway.started_s, 2),
            "idle_mb": round(idle_mb, 1),
            "loaded_mb": round(gateway.resident_mb(), 1),
            "rounds": rounds,
            "sync_ms": round(sync_ms(directory), 1),
            "cells": {name: {k: round(v, 3) for k, v in asdict(s.figures()).items()} for name, s in samples.items()},
        }


def table(document: dict[str, object]) -> str:
    """Returns the document as Markdown."""
    cells = document["cells"]
    assert isinstance(cells, dict)
    lines = [
        f"{document['date']}, {document['machine']}. Load average {document['load']}. {document['rounds']} rounds. "
        f"4 kB reach the disk in {document['sync_ms']} ms. "
        f"Start to ready {document['start_s']} s; resident {document['idle_mb']} MB idle, "
        f"{document['loaded_mb']} MB after the run.",
        "",
        "| prompt | forwarder CPU ms | gateway CPU ms (best round) | ratio | forwarder TTFB ms | gateway TTFB ms "
        "| promised |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in cells.items():
        verdict = _verdict(TARGETS.get(name), row["gateway_cpu_ms"])
        lines.append(
            f"| {name} | {row['forwarder_cpu_ms']} | {row['gateway_cpu_ms']} ({row['best_cpu_ms']}) | {row['ratio']} "
            f"| {row['forwarder_ttfb_ms']} | {row['gateway_ttfb_ms']} | {verdict} |"
        )
    return "\n".join(lines) + "\n"


def _verdict(promised: float | None, measured: float) -> str:
    if promised is None:
        return ""
    return f"<= {promised} ms: {'met' if measured <= promised else 'NOT met'}"


def main() -> int:
    """Parses arguments, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--minutes", type=float, default=60.0, help="no round begins after this time")
    parser.add_argument("--only", default="", help="cells whose name contains this")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", type=Path, help="also write the table to this Markdown file")
    options = parser.parse_args()
    document = asyncio.run(run(options))
    if options.write:
        options.write.write_text(table(document), encoding="utf-8")
    sys.stdout.write((json.dumps(document, indent=2) if options.json else table(document)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
