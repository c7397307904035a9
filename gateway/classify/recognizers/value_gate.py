"""One look that says which of many patterns match at the beginning of a stretch of text."""

from __future__ import annotations

from collections.abc import Sequence

import re2

from gateway.classify.prefilter import MAX_MEMORY_BYTES, PrefilterError, complete


class ValueGate:
    """The patterns that one label announces, in one automaton. Immutable and safe to share between threads.

    `gateway.classify.prefilter` looks for patterns anywhere and keeps them in several automata; here all begin at one
    place, so they stay in step and one automaton is small.
    """

    __slots__ = ("_match", "_nothing", "_sentinel")

    def __init__(self, patterns: Sequence[str], *, max_memory_bytes: int = MAX_MEMORY_BYTES) -> None:
        """Compiles the patterns (RE2). Raises `PrefilterError` when they do not fit the memory bound."""
        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.log_errors = False
        options.max_mem = max_memory_bytes
        gates = re2.Set.MatchSet(options)
        for pattern in patterns:
            gates.Add(pattern.encode("ascii"))
        # TRAP: as in the prefilter, a pattern that always matches tells "nothing" from "out of memory".
        self._sentinel = gates.Add(b"")
        self._nothing = [self._sentinel]
        try:
            gates.Compile()
        except re2.error:
            raise PrefilterError("the patterns do not fit the memory bound") from None
        self._match = gates._set.Match  # noqa: SLF001  (what the package's own object calls)

    def match(self, text: bytes) -> list[int]:
        """Returns the numbers of the patterns that match where the text begins, in order. Raises `PrefilterError`."""
        hits = self._match(text)
        if hits == self._nothing:
            return []
        return sorted(complete(hits, self._sentinel))
