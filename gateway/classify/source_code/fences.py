"""Code that is marked as such: fences with a programming language, and diffs."""

# ruff: noqa: E501  (tables: one row, one line)

from __future__ import annotations

from collections.abc import Iterator

from gateway.classify.prefilter import compiled

_FENCE = r"^[ \t>]*(?:```|~~~)[ \t]*([\w+#.-]*)[^\n`]*\n((?s:.*?))(?:^[ \t>]*(?:```|~~~)|\z)"
_PLAIN_FENCES = frozenset(
    b"text txt plain none output prompt mermaid math latex plaintext md markdown json jsonl yaml yml toml csv tsv log logs output console xml".split()
)
_DIFF = (
    r"(?m)^(?:diff --git .*|--- (?:a/|/dev/null).*\n\+\+\+ .*|@@ -\d+(?:,\d+)? \+\d+.*@@.*)$"
    r"(?:\n(?:[-+ @\\]|index |new |deleted |similarity |rename |old |Binary |diff ).*|\n)*"
)


class Fences:
    """Finds marked code. Immutable and safe to share between threads."""

    def __init__(self) -> None:
        """Compiles the expressions."""
        self._fence = compiled(f"(?m){_FENCE}")
        self._diff = compiled(_DIFF)

    def find(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Yields the insides of fences whose language is a programming language, and diffs."""
        if b"```" in text or b"~~~" in text:
            for match in self._fence.finditer(text):
                language = match.group(1).lower()
                if language and language not in _PLAIN_FENCES:
                    yield match.span(2)
        if b"@@ -" in text or b"diff --git " in text or b"--- " in text:
            for match in self._diff.finditer(text):
                yield match.span()
