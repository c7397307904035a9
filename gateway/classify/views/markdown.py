r"""Backslashes that Markdown and regular expressions put before punctuation: `dana\_w@example.com`, `ghp\_a1B2...`.

Converters escape every underscore of a page. In a word without an address only those count: `\.` and `\-` are in every
pattern of a program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.classify.views.rewriting import Substitution

_ALNUM, _BESIDE = "[0-9A-Za-z]", "[!-?A-~]"
GATES = (
    rf"\\+@{_ALNUM}|{_ALNUM}\\+[.+\-]{_BESIDE}*@|@[!-~]*{_ALNUM}\\+[.\-]{_ALNUM}",
    rf"{_ALNUM}\\+_{_ALNUM}",
)
"""RE2: one of them matches wherever a backslash is taken out."""
_WORD = re.compile(r"[!-~]+")
_IN_ADDRESS = re.compile(rf"(?<={_ALNUM})\\+(?=[._@+\-]{_ALNUM})")
_BEFORE_UNDERSCORE = re.compile(rf"(?<={_ALNUM})\\+(?=_{_ALNUM})")


def substitutions(text: str) -> Iterator[Substitution]:
    """Yields an empty one per run of backslashes."""
    for word in _WORD.finditer(text):
        if "\\" in word.group():
            escape = _IN_ADDRESS if "@" in word.group() else _BEFORE_UNDERSCORE
            for match in escape.finditer(text, *word.span()):
                yield Substitution(*match.span(), "")
