"""One look that says which of many patterns match at the beginning of a stretch of text."""

from __future__ import annotations

from collections.abc import Sequence

import re2

from gateway.classify.prefilter import MAX_MEMORY_BYTES, complete, filled

_LEAST_BYTES = 64 << 10
"""Bound on the automaton of most labels: it begins at one place."""


class ValueGate:
    """The patterns that one label announces, in one automaton. Immutable and safe to share between threads.

    `gateway.classify.prefilter` looks for patterns anywhere and keeps them in several automata; here all begin at one
    place, so they stay in step and one automaton is small.
    """

    __slots__ = ("_match", "_nothing", "_sentinel")

    def __init__(self, patterns: Sequence[str], *, max_memory_bytes: int = MAX_MEMORY_BYTES) -> None:
        """Compiles the patterns (RE2). Raises `PrefilterError` when they do not fit the memory bound."""
        gates = filled(re2.Set.MatchSet, (*patterns, ""), _LEAST_BYTES, max_memory_bytes)
        self._sentinel = len(patterns)
        self._nothing = [self._sentinel]
        self._match = gates._set.Match  # noqa: SLF001  (what the package's own object calls)

    def match(self, text: bytes) -> list[int]:
        """Returns the numbers of the patterns that match where the text begins, in order. Raises `PrefilterError`."""
        hits = self._match(text)
        if hits == self._nothing:
            return []
        return sorted(complete(hits, self._sentinel))
