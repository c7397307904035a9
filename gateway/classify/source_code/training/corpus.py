"""Windows of code and of other text, from files on this machine and from made text.

Of sources only what is code is taken: documentation inside them (blocks of comments, docstrings, POD) is left out, and
so is a window of which half the lines are comments or hold no letter. Nothing of the files is kept but the table.
"""

# ruff: noqa: E501  (tables: one row, one line)

from __future__ import annotations

import gzip
import random
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

LANGUAGES = {
    "python": (".py", ".pyx"), "c": (".c", ".h"), "c++": (".cpp", ".cc", ".hpp", ".cxx"), "javascript": (".js", ".mjs", ".jsx"),
    "typescript": (".ts", ".tsx"), "java": (".java",), "go": (".go",), "rust": (".rs",), "ruby": (".rb",), "php": (".php",),
    "kotlin": (".kt",), "swift": (".swift",), "c#": (".cs",), "sql": (".sql",), "shell": (".sh", ".bash"), "perl": (".pl", ".pm"),
    "css": (".css", ".scss"), "rego": (".rego",), "objective-c": (".m", ".mm"), "lua": (".lua",),
}  # fmt: skip
"""Names of files by language."""
OTHERS = {
    "markdown": (".md",), "docs": (".rst", ".txt"), "changelog": ("changelog.gz", "changelog.Debian.gz", "NEWS.gz"),
    "json": (".json",), "yaml": (".yaml", ".yml"), "table": (".csv", ".tsv"), "licence": ("copyright", "LICENSE"),
    "manual": (".man",), "messages": (".po",), "settings": (".conf", ".ini", ".cfg", ".properties", ".desktop", ".service", ".toml"),
}  # fmt: skip
"""Names of files that are no source code."""
_MOST_BYTES = 60_000
_FENCED = re.compile(r"^[ \t]*(?:```|~~~).*?^[ \t]*(?:```|~~~)", re.MULTILINE | re.DOTALL)
_LITERAL = re.compile(r"^(?: {3,}|\t).*\n?", re.MULTILINE)
_BLOCKS = re.compile(r"/\*.*?\*/", re.DOTALL)
_DOCUMENTATION = {
    "python": re.compile(r"^[ \t]*[rbuRBU]*(\"\"\"|\'\'\').*?\1", re.MULTILINE | re.DOTALL),
    "perl": re.compile(r"^=\w.*?(?:^=cut\b.*?$|\Z)|^__(?:END|DATA)__.*", re.MULTILINE | re.DOTALL),
    **dict.fromkeys(("shell", "ruby", "lua", "sql", "rego"), re.compile(r"(?!)")),
}
"""What is no code in the sources of a language; where none is named, `_BLOCKS`."""
_COMMENT = re.compile(
    r"\s*(?://|/\*|\*(?:\s|/|$)|#(?!include|define|if|else|endif|!|\[)|--\s|%|;|\"\"\"|\'\'\'|[^A-Za-z]*$)"
)
"""A line that is a comment, or holds no letter."""
_LONG_LINE = 400
_FOLDS = 5
"""One file in so many is held out, by its name."""


@dataclass(frozen=True, slots=True)
class Window:
    """Neighbouring lines of one kind of text."""

    kind: str
    is_code: bool
    text: str
    is_held_out: bool = False


def read_windows(roots: Sequence[Path], rng: random.Random, per_kind: int, line_counts: Sequence[int]) -> list[Window]:
    """Returns at most `per_kind` windows of each kind under the directories."""
    windows = []
    every = [path for root in roots for path in root.rglob("*") if path.is_file()]
    for is_code, kinds in ((True, LANGUAGES), (False, OTHERS)):
        for kind, endings in kinds.items():
            found = list(_windows(kind, _files(every, endings, rng), rng, line_counts, is_code=is_code, most=per_kind))
            windows += found
    return windows


def _files(every: Sequence[Path], endings: tuple[str, ...], rng: random.Random) -> list[Path]:
    found = [path for path in every if path.name.endswith(endings)]
    rng.shuffle(found)
    return found


def _windows(
    kind: str, files: Sequence[Path], rng: random.Random, line_counts: Sequence[int], *, is_code: bool, most: int
) -> Iterator[Window]:
    left = most
    per_file = max(4, most // max(1, len(files)) + 1)
    for path in files:
        text = _text(path, kind)
        for window in _cut(text, rng, line_counts, per_file):
            if is_code and not _speaks(window):
                continue
            yield Window(kind, is_code, window, zlib.crc32(path.name.encode()) % _FOLDS == 0)
            left -= 1
            if left == 0:
                return


def _text(path: Path, kind: str) -> str:
    raw = path.read_bytes()
    raw = gzip.decompress(raw) if path.suffix == ".gz" else raw
    text = raw[:_MOST_BYTES].decode("utf-8", "replace")
    if kind in LANGUAGES:
        return _DOCUMENTATION.get(kind, _BLOCKS).sub("", text)
    if kind in ("markdown", "docs", "changelog"):
        text = _FENCED.sub("", text)
    return _LITERAL.sub("", text) if kind in ("markdown", "docs") else text


def _speaks(window: str) -> bool:
    lines = window.split("\n")
    return 2 * sum(_COMMENT.match(line) is not None for line in lines) < len(lines)


def _cut(text: str, rng: random.Random, line_counts: Sequence[int], most: int) -> Iterator[str]:
    lines = [line for line in text.splitlines() if line.strip() and len(line) < _LONG_LINE]
    for _ in range(most):
        count = rng.choice(line_counts)
        if len(lines) <= count:
            return
        start = rng.randrange(len(lines) - count)
        yield "\n".join(lines[start : start + count])
