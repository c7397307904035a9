"""The nouns of batches: a file, a batch, one of its lines, how that ended. All of it is kept sealed in the vault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import NewType

from pydantic import TypeAdapter

from gateway.types import Category, KeyId, Level, RequestId
from routers.types import Dialect, Headers

FileId = NewType("FileId", str)
BatchId = NewType("BatchId", str)

WINDOW_MS = 86_400_000
"""A batch that has not ended 24 hours after it was made expires. Both vendors offer this window and no other."""
ENDPOINTS: Mapping[str, Dialect] = MappingProxyType(
    {
        "/v1/chat/completions": Dialect.OPENAI_CHAT,
        "/v1/completions": Dialect.OPENAI_COMPLETIONS,
        "/v1/embeddings": Dialect.OPENAI_EMBEDDINGS,
        "/v1/responses": Dialect.OPENAI_RESPONSES,
        "/v1/messages": Dialect.ANTHROPIC_MESSAGES,
    }
)
"""What the lines of a batch may be sent to, as if each had come there by itself."""
MESSAGES = "/v1/messages"


class Surface(StrEnum):
    """Whose manners a batch has: OpenAI's, with files, or Anthropic's, with its requests inline."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"


class State(StrEnum):
    """What has become of a batch. The last four are for ever."""

    WAITING = "waiting"
    RUNNING = "running"
    CANCELLING = "cancelling"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FAILED = "failed"


OPEN = frozenset({State.WAITING, State.RUNNING, State.CANCELLING})


class Ending(StrEnum):
    """How one line ended."""

    SUCCEEDED = "succeeded"
    ERRORED = "errored"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Said:
    """What a caller said of all lines at once. Caller-supplied: labels can raise what is detected, never lower it."""

    purpose: str | None = None
    level: Level | None = None
    categories: frozenset[Category] = frozenset()
    conversation: str | None = field(default=None, repr=False)
    headers: Headers = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file. Its bytes are its pieces in order, one line each. `readers` are the open batches that read it.

    `batch` is the one whose results it holds, if it does.
    """

    id: FileId
    surface: Surface
    purpose: str
    filename: str = field(repr=False)
    size_bytes: int
    created_ms: int
    expires_ms: int
    pieces: int
    ready: bool = True
    said: Said = Said()
    readers: tuple[BatchId, ...] = ()
    batch: BatchId | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a batch failed. `line` is counted from 1, `None` if it is about no line; nothing of the line is in it."""

    code: str
    message: str
    line: int | None
    param: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many lines have ended how, and the bytes of the files about them."""

    succeeded: int = 0
    errored: int = 0
    cancelled: int = 0
    expired: int = 0
    output_bytes: int = 0
    error_bytes: int = 0

    @property
    def ended(self) -> int:
        """How many lines have ended."""
        return self.succeeded + self.errored + self.cancelled + self.expired


@dataclass(frozen=True, slots=True)
class Lease:
    """Who works on a batch. `holder` is the name of a gateway; `turn` grows with every taking, `beat` while it lives.

    `free`: the holder has given it back.
    """

    holder: str
    turn: int
    beat: int = 0
    free: bool = False

    def holds(self, kept: Lease | None) -> bool:
        """Whether what is kept is still this taking."""
        return kept is not None and not kept.free and (kept.holder, kept.turn) == (self.holder, self.turn)


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch. `key_id` is the key it was made with, asked again for every line; `home` the gateway it was made at.

    A batch without a lease is of a release that knew none: no other gateway than its home may send lines of it.
    `error_id` is empty where the manners know one file of results only. Times are UTC milliseconds, `None` before.
    """

    id: BatchId
    surface: Surface
    key_id: KeyId
    home: str
    endpoint: str
    input_id: FileId
    output_id: FileId
    error_id: FileId | None
    total: int
    created_ms: int
    deadline_ms: int
    state: State = State.WAITING
    counts: Counts = Counts()
    started_ms: int | None = None
    cancelling_ms: int | None = None
    ended_ms: int | None = None
    output_ttl_ms: int | None = None
    said: Said = Said()
    problems: tuple[Problem, ...] = ()
    metadata: Mapping[str, str] | None = field(default=None, repr=False)
    lease: Lease | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a batch is kept."""

    owner: str
    surface: Surface
    id: BatchId


@dataclass(frozen=True, slots=True)
class Line:
    """One request of a batch. `body` is what its caller would have sent by itself, byte for byte."""

    custom_id: str = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Order:
    """A line about to be sent: a request whose sender is known by the id of a key that was shown before."""

    request_id: RequestId
    key_id: KeyId
    dialect: Dialect
    body: bytes = field(repr=False)
    said: Said


@dataclass(frozen=True, slots=True)
class Reply:
    """What a line was answered. `retryable` says that the same line may be sent once more."""

    request_id: RequestId
    status: int
    body: bytes = field(repr=False)
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """How a line ended, as a line of the file it belongs in."""

    ending: Ending
    piece: bytes = field(repr=False)


@cache
def file_form() -> TypeAdapter[KeptFile]:
    """Returns what writes and reads a file's description."""
    return TypeAdapter(KeptFile)


@cache
def batch_form() -> TypeAdapter[Batch]:
    """Returns what writes and reads a batch."""
    return TypeAdapter(Batch)
