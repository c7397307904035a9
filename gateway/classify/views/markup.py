"""Emphasis and tags inside a value: `**4111** 1111`, `4111<wbr>1111`, `dana@<b>example</b>.com`.

Only in numbers and in words with an `@`: everywhere else what they hold is read as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.classify.views.rewriting import Substitution

_COMMENT = r"<!--[^<>\n]{0,60}-->"
_MARK = rf"(?:\*{{1,3}}|__|~~|`|</?[A-Za-z][^<>\n]{{0,60}}>|{_COMMENT})"
GATES = (
    rf"[0-9]{_MARK}{{1,2}}[ \-]?{_MARK}{{0,2}}[0-9]|[0-9][ \-]{_MARK}{{1,2}}[0-9]",
    rf"[0-9A-Za-z]{_MARK}@|@{_MARK}[0-9A-Za-z]|@[0-9A-Za-z.\-]+{_MARK}\.[A-Za-z]",
)
"""RE2: one of them matches wherever something is taken out."""
_NUMBER = re.compile(rf"[0-9](?:{_MARK}{{0,2}}[ \-]?{_MARK}{{0,2}}[0-9]){{6,}}")
_WORD = re.compile(rf"(?:{_COMMENT}|[!-~])+")
_EACH = re.compile(_MARK)


def substitutions(text: str) -> Iterator[Substitution]:
    """Yields an empty one per mark."""
    for number in _NUMBER.finditer(text):
        yield from _without_marks(number)
    for word in _WORD.finditer(text):
        if "@" in word.group():
            yield from _without_marks(word)


def _without_marks(stretch: re.Match[str]) -> Iterator[Substitution]:
    for mark in _EACH.finditer(stretch.string, *stretch.span()):
        yield Substitution(*mark.span(), "")
