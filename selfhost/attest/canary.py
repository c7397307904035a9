"""Canaries: fixed prompts whose greedy answers are hashed once and asked again while the model serves.

Engines that fail do it silently: a stale index cache, a tail that is not masked or a selection shared by all heads
still gives fluent text. A canary that answers otherwise than when it was recorded shows it. The prompts are drawn from
SHA-256, so a recording holds hashes only. One is longer than what the sparse layers select, where the context allows
it; its answer is longer than a block, so that keys written while decoding are selected again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from selfhost.attest.errors import AttestError
from selfhost.config import M3Config
from selfhost.errors import SelfhostError

Answer = Callable[[list[int], int], Awaitable[list[int]]]
"""Greedy tokens after a prompt, so many of them; an earlier answer's prefix must not be taken over (a fresh salt)."""
Chat = Callable[[list[dict[str, str]], int], Awaitable[list[int]]]
"""As `Answer` for messages: the rendered prompt's tokens, then the answer's. Shows which template is in use."""

MESSAGES = (
    {"role": "system", "content": "Answer in one line."},
    {"role": "user", "content": "Which day follows Monday?"},
)
_VERSION = 1
_SHORT, _MIDDLE = 24, 300
_TOKENS = 16


class Status(StrEnum):
    """What the canaries say of a model now."""

    PENDING = "pending"
    HOLDS = "holds"
    DRIFTED = "drifted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Probe:
    """One canary: `length` tokens of prompt, `tokens` of answer. `selects`: longer than what is selected."""

    name: str
    length: int
    tokens: int
    selects: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A canary with the SHA-256 of its answer, in hexadecimal."""

    probe: Probe
    sha256: str


@dataclass(frozen=True, slots=True)
class Recording:
    """What the model answered when it was known to be right. `root` is the checkpoint's.

    `attention` is which one answered, as `/health` names it; empty where nobody said. Another is compared all the same:
    in float32 only the last bits differ.
    """

    root: str
    vocab_size: int
    entries: tuple[Entry, ...]
    attention: str = ""


def probes_of(config: M3Config, capacity: int | None = None) -> tuple[Probe, ...]:
    """Returns the canaries for a model; those that do not fit are shortened or left out.

    `capacity` is how many tokens one request may have, where a server has less room than the model's context.
    """
    room = min(config.context, capacity or config.context)
    reach = config.sparse.topk * config.sparse.block
    crossing = config.sparse.block + _TOKENS
    long = reach + 2 * config.sparse.block + config.sparse.block // 2
    fits = long + crossing < room
    probes = [
        Probe("short", _SHORT, _TOKENS, selects=False),
        Probe("middle", _MIDDLE, _TOKENS, selects=reach < _MIDDLE),
    ]
    last = Probe("selecting", long, crossing, selects=True) if fits else None
    last = last or Probe("full", room - _TOKENS - 1, _TOKENS, selects=False)
    return (*(probe for probe in probes if probe.length + probe.tokens < room), last)


CHAT = Probe("chat", 0, _TOKENS, selects=False)
"""The canary that goes through the template."""


def prompt_of(probe: Probe, vocab_size: int) -> list[int]:
    """Returns the prompt: token i is SHA-256(name, i) modulo the vocabulary."""
    digests = (sha256(f"{probe.name}:{number}".encode()).digest() for number in range(probe.length))
    return [int.from_bytes(digest[:8], "big") % vocab_size for digest in digests]


async def record(
    config: M3Config,
    root: str,
    answer: Answer,
    chat: Chat | None = None,
    *,
    probes: Sequence[Probe] = (),
    attention: str = "",
) -> Recording:
    """Returns the recording of a model known to be right; each canary is asked twice.

    Raises:
        AttestError: two answers to one prompt differ, so nothing could be compared with them.
    """
    chosen = [*(probes or probes_of(config)), *([CHAT] if chat else [])]
    entries = []
    for probe in chosen:
        first, again = [await _ask(probe, config.vocab_size, answer, chat) for _ in range(2)]
        if first != again:
            raise AttestError(f"the canary {probe.name} is answered differently each time")
        entries.append(Entry(probe, first))
    return Recording(root, config.vocab_size, tuple(entries), attention)


async def _ask(probe: Probe, vocab_size: int, answer: Answer, chat: Chat | None) -> str:
    if probe.name != CHAT.name:
        found = await answer(prompt_of(probe, vocab_size), probe.tokens)
    elif chat is None:
        raise AttestError("the recording has a canary for the template, and nothing renders it here")
    else:
        found = await chat([dict(message) for message in MESSAGES], probe.tokens)
    return sha256(",".join(map(str, found)).encode()).hexdigest()


class CanaryWatch:
    """Asks the recorded canaries again. What drifted once stays so until the process ends: a person must look."""

    def __init__(
        self,
        answer: Answer,
        recording: Recording,
        chat: Chat | None = None,
        on_change: Callable[[Status], None] = lambda _: None,
        *,
        tries: int = 1,
    ) -> None:
        """`on_change` hears of every other status, from the loop that replays.

        A canary drifted when `tries` answers in a row are others. One is right for float32; in 16 bits the batch
        decides near ties, so that an answer may differ for no fault.
        """
        self._answer = answer
        self._recording = recording
        self._chat = chat
        self._on_change = on_change
        self._tries = tries
        self.status = Status.PENDING
        self.drifted: frozenset[str] = frozenset()

    async def replay(self) -> Status:
        """Asks every canary once and returns the status. A canary without an answer makes it `FAILED`."""
        status = Status.HOLDS
        for entry in self._recording.entries:
            try:
                holds = await self._holds(entry)
            except SelfhostError:
                status = Status.FAILED
                continue
            if not holds:
                self.drifted |= {entry.probe.name}
        self._set(Status.DRIFTED if self.drifted else status)
        return self.status

    async def _holds(self, entry: Entry) -> bool:
        for _ in range(self._tries):
            if await _ask(entry.probe, self._recording.vocab_size, self._answer, self._chat) == entry.sha256:
                return True
        return False

    async def run(self, every_s: float) -> None:
        """Replays at once and then so often, until cancelled."""
        while True:
            await self.replay()
            await asyncio.sleep(every_s)

    def _set(self, status: Status) -> None:
        if status is not self.status:
            self.status = status
            self._on_change(status)


def write_recording(path: Path, recording: Recording) -> None:
    """Writes a recording. Raises `AttestError`."""
    document = {"version": _VERSION, **asdict(recording)}
    try:
        path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise AttestError(f"{path.name} cannot be written: {error.strerror}") from None


def read_recording(path: Path) -> Recording:
    """Returns a recording. Raises `AttestError`."""
    try:
        document = json.loads(path.read_bytes())
        entries = tuple(Entry(Probe(**each["probe"]), str(each["sha256"])) for each in document["entries"])
        if document["version"] != _VERSION or not entries:
            raise AttestError(f"{path.name} is a recording of another version, or an empty one")
        attention = str(document.get("attention", ""))
        return Recording(str(document["root"]), int(document["vocab_size"]), entries, attention)
    except OSError:
        raise AttestError(f"{path.name} cannot be read") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise AttestError(f"{path.name} is not a recording of canaries") from None
