"""A safe over a real file, with keys and a time that a test owns."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.types import Category, Issued, Labels, Level, Memory
from gateway.vault.keys import LocalKeys
from gateway.vault.safe import Safe
from gateway.vault.store import VaultFile
from routers.types import DestinationId, ModelName

WRAPPING, OTHER_WRAPPING, INDEX = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))
DAY_MS = 86_400_000
NOW_MS = 1_800_000_000_000
TENANT = "acme"


def memory(
    *values: str,
    conversation: bytes = b"named c-1",
    level: Level = Level.CONFIDENTIAL,
    destination: str = "closed-us",
) -> Memory:
    """What an answer stands for in which these values were masked."""
    issued = tuple(Issued(f"[[EMAIL_{place:05}]]", value, value) for place, value in enumerate(values))
    labels = Labels(level, frozenset({Category.PII_DIRECT}), ("EMAIL_ADDRESS",))
    return Memory(conversation, DestinationId(destination), ModelName("gpt-fake"), labels, issued)


@dataclass(slots=True)
class Bench:
    """One vault file, opened with the keys given."""

    directory: Path
    current: bytes = WRAPPING
    retired: Sequence[bytes] = ()
    index: bytes = INDEX
    opened: list[VaultFile] = field(default_factory=list)
    store: VaultFile = field(init=False)
    safe: Safe = field(init=False)

    def __post_init__(self) -> None:
        self.store = VaultFile(self.directory)
        self.opened.append(self.store)
        keys = LocalKeys(self.current, self.retired, os.urandom)
        self.safe = Safe(self.store, keys, self.index, ttl_ms=30 * DAY_MS, random_bytes=os.urandom)

    def again(self, **keys: object) -> Bench:
        """The same file in a process that has just started."""
        self.store.close()
        return Bench(self.directory, opened=self.opened, **keys)

    def close(self) -> None:
        """Closes it, however often it was opened."""
        for store in self.opened:
            store.close()
