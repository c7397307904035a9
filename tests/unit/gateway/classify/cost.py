"""What reading a text costs, for tests that bound it."""

from __future__ import annotations

import time
from collections.abc import Callable


def least_cpu_s(work: Callable[[], object]) -> float:
    """CPU seconds of this thread, the best of three: a collection of garbage in a large process takes one by itself."""
    spent_s = []
    for _ in range(3):
        begun_s = time.thread_time()
        work()
        spent_s.append(time.thread_time() - begun_s)
    return min(spent_s)
