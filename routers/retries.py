"""How many second tries the whole process may make: a share of its traffic, so that retries never become a storm."""

from __future__ import annotations


class RetryBudget:
    """A token bucket: every request adds `share` of a token, every retry takes one. Single event loop."""

    def __init__(self, share: float = 0.1, burst: float = 10.0) -> None:
        """Starts full. `share` is the part of the traffic that may be retries, `burst` the most saved up."""
        self._share = share
        self._burst = burst
        self._tokens = burst

    def earn(self) -> None:
        """Counts a request."""
        self._tokens = min(self._burst, self._tokens + self._share)

    def spend(self) -> bool:
        """Takes one retry. Returns whether there was one."""
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
