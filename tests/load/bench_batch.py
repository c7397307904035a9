"""What keeping a batch costs beside its requests: CPU time, and the longest pause of the event loop.

    python -m tests.load.bench_batch

A file of 10,000 lines and 32 MB in a real vault on disk; nothing is sent.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
import sys
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import TypeVar

import orjson

from gateway.api.multipart import read_form
from gateway.audit.record import Record
from gateway.batch.batches import Batches, Wanted
from gateway.batch.chronicle import Chronicle
from gateway.batch.files import Files, Upload
from gateway.batch.leases import Leases
from gateway.batch.lines import requests_of
from gateway.batch.nouns import Batch, KeptFile, Lease, Place, Reply, Said
from gateway.batch.progress import Progress
from gateway.batch.results import answered
from gateway.clock import SystemClock
from gateway.settings import BatchSettings
from gateway.types import KeyId, RequestId
from gateway.vault.keys import LocalKeys
from gateway.vault.vault import StateVault, build_vault

LINES, TEXT, SETTLED = 10_000, "x y " * 800, 200
CHAT, OWNER, TTL_MS = "/v1/chat/completions", "4:acme:assistant", 30 * 86_400_000
T = TypeVar("T")


class Nowhere:
    """A log that keeps nothing: what recording costs is measured elsewhere, and a batch is some four records."""

    async def append(self, record: Record) -> int:
        del record
        return 0

    def commitment(self, body: bytes) -> str:
        return body.hex()


class Beat:
    """Notices how long the event loop was away."""

    def __init__(self) -> None:
        self.longest_s = 0.0

    async def run(self) -> None:
        last_s = time.perf_counter()
        while True:
            await asyncio.sleep(0.001)
            now_s = time.perf_counter()
            self.longest_s, last_s = max(self.longest_s, now_s - last_s), now_s

    async def timed(self, name: str, work: Awaitable[T]) -> T:
        self.longest_s, cpu_s = 0.0, time.process_time()
        done = await work
        await asyncio.sleep(0.005)
        spent_ms = (time.process_time() - cpu_s) * 1000
        sys.stdout.write(f"| {name} | {spent_ms:,.0f} ms | {self.longest_s * 1000:,.0f} ms |\n")
        return done


def body(number: int) -> dict[str, object]:
    return {"model": "m", "messages": [{"role": "user", "content": f"{TEXT}{number}"}]}


def file_of_lines() -> bytes:
    lines = ({"custom_id": f"c{n}", "method": "POST", "url": CHAT, "body": body(n)} for n in range(LINES))
    return b"".join(orjson.dumps(line) + b"\n" for line in lines)


def list_of_requests() -> bytes:
    return orjson.dumps({"requests": [{"custom_id": f"c{n}", "params": body(n)} for n in range(LINES)]})


def form_of(content: bytes) -> bytes:
    part = b'--b\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n'
    purpose, file = part % (b"purpose", b"", b"batch"), part % (b"file", b'; filename="a.jsonl"', content)
    return purpose + file + b"--b--\r\n"


async def main(directory: Path) -> None:
    clock, settings, numbers = SystemClock(), BatchSettings(file_bytes=1 << 30), itertools.count()

    def made() -> StateVault:
        keys = LocalKeys(secrets.token_bytes(32), [], secrets.token_bytes)
        return build_vault(directory, keys, secrets.token_bytes(32), ttl_ms=TTL_MS, clock=clock)

    def new_id(prefix: str) -> str:
        return f"{prefix}{next(numbers)}"

    vault, beat = await asyncio.to_thread(made), Beat()
    chronicle = Chronicle(Nowhere())
    files = Files(vault, chronicle, clock, settings, ttl_ms=TTL_MS, new_id=new_id)
    batches = Batches(vault, chronicle, clock, settings, ttl_ms=TTL_MS, home="here", new_id=new_id)
    beating = asyncio.create_task(beat.run())
    content = file_of_lines()
    sys.stdout.write(f"{LINES:,} lines, {len(content):,} bytes\n\n| step | CPU | longest pause |\n|---|---|---|\n")
    form = await beat.timed("read the form", asyncio.to_thread(read_form, form_of(content), b"b"))
    file = await beat.timed("keep the file", files.add(OWNER, Upload("a.jsonl", form.content, Said())))
    chat = Wanted(KeyId("key"), CHAT, Said())
    batch = await beat.timed("check it and make a batch", batches.create(OWNER, chat, file.id))
    await beat.timed("read the file back", _read(files, file))
    requests = list_of_requests()
    pieces = await beat.timed("read a message batch", asyncio.to_thread(requests_of, requests, LINES))
    messages = Wanted(KeyId("key"), "/v1/messages", Said())
    await beat.timed("keep and make a message batch", batches.create_of(OWNER, messages, pieces))
    progress = Progress(vault, chronicle, clock, TTL_MS)
    taken = await Leases(vault, clock, "here", 60.0).take(_place(batch), batch.lease)
    assert taken is not None
    assert taken.lease is not None
    await beat.timed(f"keep what became of {SETTLED} lines", _settle(progress, batch, taken.lease))
    rest = progress.finish(_place(batch), batch.total, taken.lease)
    await beat.timed(f"end {LINES - SETTLED:,} lines unsent", rest)
    beating.cancel()
    await vault.close()


def _place(batch: Batch) -> Place:
    return Place(OWNER, batch.surface, batch.id)


async def _read(files: Files, file: KeptFile) -> int:
    return sum([len(piece) async for piece in files.content(OWNER, file)])


async def _settle(progress: Progress, batch: Batch, lease: Lease) -> None:
    """What a run does with the vault for every line: a look, a claim and a result."""
    for number in range(SETTLED):
        await progress.step(_place(batch), number)
        step = await progress.claim(_place(batch), number, lease)
        assert step.line is not None
        reply = Reply(RequestId(f"r{number}"), 200, b'{"choices":[]}')
        await progress.settle(_place(batch), number, answered(step.batch, step.line, reply))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(main(Path(place)))
