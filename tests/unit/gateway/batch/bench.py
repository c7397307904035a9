"""Batches over a real vault, with a time, a log and a way out that a test owns."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from gateway.audit.record import BatchChange, Record
from gateway.batch.batches import Batches, Wanted
from gateway.batch.chronicle import Chronicle
from gateway.batch.farewell import Farewell
from gateway.batch.files import Files, Upload
from gateway.batch.leases import Leases
from gateway.batch.nouns import Batch, Order, Place, Reply, Said
from gateway.batch.progress import Progress
from gateway.batch.run import BatchRun, Means
from gateway.batch.runner import Fleet, Runner
from gateway.errors import AuditUnavailable
from gateway.settings import BatchSettings
from gateway.types import KeyId, RequestId
from gateway.vault.keys import LocalKeys
from gateway.vault.vault import StateVault, build_vault

OWNER, HOME, CHAT = "4:acme:assistant", "home-1", "/v1/chat/completions"
KEY = KeyId("key-1")
TTL_MS = 30 * 86_400_000


class Hand:
    """Time that moves when told."""

    def __init__(self) -> None:
        self.ms = 1_800_000_000_000

    def now_ms(self) -> int:
        return self.ms

    def monotonic_s(self) -> float:
        return self.ms / 1000


@dataclass
class Way:
    """Answers lines as a test says and remembers them."""

    answer: Callable[[Order], Reply] = lambda order: Reply(order.request_id, 200, b'{"choices":[]}')
    asked: list[Order] = field(default_factory=list)

    async def send(self, order: Order) -> Reply:
        self.asked.append(order)
        await asyncio.sleep(0)
        return self.answer(order)

    def interrupted(self, order: Order) -> bytes:
        return b'{"error":{}}'


@dataclass
class Log:
    """What a test says is on record. `None`: the log cannot be read."""

    left: set[str] | None = field(default_factory=set)

    async def may_have_left(self, request_ids: Iterable[RequestId]) -> bool:
        if self.left is None:
            raise AuditUnavailable("a test")
        return not self.left.isdisjoint(request_ids)


@dataclass
class Records:
    """A log that keeps what is appended, unless a test says that it cannot."""

    kept: list[BatchChange] = field(default_factory=list)
    available: bool = True

    async def append(self, record: Record) -> int:
        if not self.available:
            raise AuditUnavailable("a test")
        assert isinstance(record, BatchChange)
        self.kept.append(record)
        return len(self.kept) - 1

    def commitment(self, body: bytes) -> str:
        return f"keyed {body.hex()}"

    def actions(self, about: str) -> list[str]:
        return [one.action for one in self.kept if one.about == about]


async def at_once() -> bool:
    """Nobody else wants anything."""
    return True


class Bench:
    """Everything about batches but the API. Made and closed off the loop by the fixture."""

    def __init__(self, directory: Path, settings: BatchSettings, *, redis_url: str = "", home: str = HOME) -> None:
        self.clock, self.way, self.log, self.home = Hand(), Way(), Log(), home
        keys = LocalKeys(bytes(range(32)), [], os.urandom)
        self.vault: StateVault = build_vault(
            directory, keys, bytes(32), redis_url=redis_url, ttl_ms=TTL_MS, clock=self.clock
        )
        numbers = itertools.count(1)

        def new_id(prefix: str) -> str:
            return f"{prefix}{next(numbers)}"

        self.records = Records()
        self.chronicle = Chronicle(self.records)
        self.files = Files(self.vault, self.chronicle, self.clock, settings, ttl_ms=TTL_MS, new_id=new_id)
        self.batches = Batches(
            self.vault, self.chronicle, self.clock, settings, ttl_ms=TTL_MS, home=home, new_id=new_id
        )
        self.progress = Progress(self.vault, self.chronicle, self.clock, TTL_MS)
        self.farewell = Farewell(self.vault, self.chronicle, self.clock)
        self.settings = settings

    def means(self, **changes: object) -> Means:
        """What lines are sent with."""
        fields: dict[str, object] = {
            "sender": self.way,
            "sent": self.log,
            "chronicle": self.chronicle,
            "quiet": at_once,
            "clock": self.clock,
            "slots": asyncio.Semaphore(self.settings.concurrency),
            "tries": self.settings.tries,
            "pause_s": 0.0,
        }
        return Means(**(fields | changes))  # type: ignore[arg-type]  # each test names the fields it changes

    def leases(self, home: str = "") -> Leases:
        return Leases(self.vault, self.clock, home or self.home, self.settings.lease_s)

    def runner(self, home: str = "", *, keys: frozenset[str] = frozenset({"key-1"}), **changes: object) -> Runner:
        fleet = Fleet(home or self.home, self.settings.lease_s, lambda key_id: key_id in keys)
        return Runner(self.progress, self.leases(home), self.farewell, self.means(**changes), fleet)

    async def batch(self, lines: int = 3, *, output_ttl_ms: int | None = None) -> Batch:
        """A batch of so many lines, not begun."""
        pieces = [
            orjson.dumps({"custom_id": f"c{number}", "method": "POST", "url": CHAT, "body": {"model": "m"}})
            for number in range(lines)
        ]
        file = await self.files.add(OWNER, Upload("a.jsonl", b"\n".join(pieces), Said()))
        wanted = Wanted(KEY, CHAT, Said(), output_ttl_ms=output_ttl_ms)
        return await self.batches.create(OWNER, wanted, file.id)

    async def run(self, batch: Batch, home: str = "", **changes: object) -> Batch:
        """The batch after it was run."""
        seen = (await self.now(batch)).lease
        await BatchRun(place_of(batch), self.progress, self.leases(home), self.means(**changes)).run(seen)
        return await self.now(batch)

    async def now(self, batch: Batch) -> Batch:
        return await self.batches.get(OWNER, batch.surface, batch.id)

    async def results(self, file_id: str | None) -> dict[str, dict[str, object]]:
        """The lines of a file by their ids."""
        file = await self.files.get(OWNER, file_id or "")
        content = b"".join([piece async for piece in self.files.content(OWNER, file)])
        assert len(content) == file.size_bytes
        lines = [json.loads(line) for line in content.splitlines()]
        return {line["custom_id"]: line for line in lines}


def place_of(batch: Batch) -> Place:
    return Place(OWNER, batch.surface, batch.id)


def code_of(result: dict[str, object]) -> str:
    error = result["error"]
    assert isinstance(error, dict)
    return str(error["code"])
