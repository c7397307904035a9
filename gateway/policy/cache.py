"""Verdicts already given. Equal questions under one revision have equal answers, so nothing ever needs a flush."""

from __future__ import annotations

import threading
from collections import OrderedDict

from gateway.types import HexDigest, Question, Verdict


class VerdictCache:
    """The most recently used verdicts, bounded. Safe to use from any thread."""

    def __init__(self, entries: int) -> None:
        """`entries` is the most verdicts kept; at least 1."""
        self._most = max(1, entries)
        self._kept: OrderedDict[tuple[HexDigest, Question], Verdict] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, revision: HexDigest, question: Question) -> Verdict | None:
        """Returns the verdict given under this revision, or `None`."""
        key = (revision, question)
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, question: Question, verdict: Verdict) -> None:
        """Keeps a verdict, and lets go of the least recently used when full."""
        with self._lock:
            self._kept[(verdict.revision, question)] = verdict
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept)
