"""What happens in one answer, in no dialect."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from selfhost.m3_format import Call


class Reason(StrEnum):
    """Why an answer ended."""

    STOP = "stop"
    LENGTH = "length"
    CALLS = "calls"


@dataclass(frozen=True, slots=True)
class Scored:
    """A token with its log probability and the best alternatives, as the bytes they stand for."""

    content: bytes = field(repr=False)
    logprob: float
    alternatives: tuple[tuple[bytes, float], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer's text, and the tokens it was made of when they were asked for."""

    text: str = field(repr=False)
    scored: tuple[Scored, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Thought:
    """A piece of the model's thinking."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Called:
    """A whole tool call."""

    call: Call


@dataclass(frozen=True, slots=True)
class Ended:
    """The end. `stop` is the stop string that ended it."""

    reason: Reason
    prompt_tokens: int
    completion_tokens: int
    stop: str | None = field(default=None, repr=False)


Event = Text | Thought | Called | Ended
