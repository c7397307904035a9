"""Time and identifiers as the running process has them. Everything else takes them as arguments."""

from __future__ import annotations

import secrets
import time
from typing import Protocol

from gateway.types import RequestId


class Clock(Protocol):
    """Time, passed in so that tests own it."""

    def now_ms(self) -> int:
        """UTC wall time in milliseconds since 1970."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that never go backwards."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now_ms(self) -> int:
        """UTC wall time in milliseconds since 1970."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """Seconds that never go backwards."""
        return time.monotonic()


def new_request_id() -> RequestId:
    """Returns an identifier with 80 random bits: not guessable, safe in a header, a log and a URL.

    It begins with the time, so that the log's index of requests grows at its end and not all over.
    """
    return RequestId(f"req_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}")
