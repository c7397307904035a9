"""What a simulated provider remembers: every request's raw bytes, and which models it no longer serves."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

_REMEMBERED = 2_000
"""Requests kept per provider; the oldest are forgotten first."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request as it arrived. `number` counts from 1 over the provider's life; `status` is how it was answered."""

    number: int
    path: str
    model: str
    status: int
    body: bytes = field(repr=False)


class Ledger:
    """The memory of one provider. Single event loop; bounded."""

    def __init__(self) -> None:
        self._requests: deque[Recorded] = deque(maxlen=_REMEMBERED)
        self._revoked: set[str] = set()
        self._count = 0

    def next_number(self) -> int:
        """Returns the number of the request that has just arrived."""
        self._count += 1
        return self._count

    def remember(self, recorded: Recorded) -> None:
        """Keeps one request."""
        self._requests.append(recorded)

    @property
    def requests(self) -> tuple[Recorded, ...]:
        """The requests still remembered, oldest first."""
        return tuple(self._requests)

    def revoke(self, model: str) -> None:
        """From now on the model is not served."""
        self._revoked.add(model)

    def reinstate(self, model: str) -> None:
        """From now on the model is served again."""
        self._revoked.discard(model)

    def serves(self, model: str) -> bool:
        """Whether the model is served now."""
        return model not in self._revoked
