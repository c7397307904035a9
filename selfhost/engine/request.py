"""One request as the engine sees it, from its prompt to its last token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from selfhost.engine.pages import PageHash, first_hash


class Finish(StrEnum):
    """Why a request ended."""

    STOP = "stop"
    LENGTH = "length"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn. `temperature` 0 is greedy; `top_k` 0 is all; equal seeds draw equal tokens.

    `logprobs` is how many alternatives are reported with each token, -1 for none at all.
    """

    max_tokens: int
    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0
    stop_tokens: frozenset[int] = frozenset()
    logprobs: int = -1


@dataclass(frozen=True, slots=True)
class Token:
    """One generated token: its id, its log probability, the best alternatives, and whether it was the last."""

    id: int
    logprob: float
    alternatives: tuple[tuple[int, float], ...] = ()
    finish: Finish | None = None


@dataclass(slots=True, eq=False)
class Request:
    """State of one request. `tokens` are prompt and answer; the first `cached` are in the cache, in `pages`."""

    number: int
    tokens: list[int] = field(repr=False)
    prompt_tokens: int
    sampling: Sampling
    salt: str = field(repr=False)
    pages: list[int] = field(default_factory=list, repr=False)
    cached: int = 0
    hashed: int = 0
    last_hash: PageHash = b""
    prefix_hit: int = 0
    finish: Finish | None = None

    def __post_init__(self) -> None:
        self.last_hash = first_hash(self.salt)

    @property
    def pending(self) -> int:
        """Tokens that are not in the cache yet."""
        return len(self.tokens) - self.cached

    @property
    def generated(self) -> Sequence[int]:
        """The answer so far."""
        return self.tokens[self.prompt_tokens :]

    def restart(self) -> None:
        """Forgets what was cached: the pages were taken away. Tokens already drawn stay."""
        self.pages, self.cached, self.hashed, self.last_hash = [], 0, 0, first_hash(self.salt)
