"""Identifiers as source code writes them: `"jane" + "@example.com"`, `4111_1111_1111_1111`, `card4111...`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.classify.narrowed import Narrowed
from gateway.classify.views.rewriting import Substitution

_LABEL = "(?:card|pan|ssn|tel|phone|mobile|fax|iban|ip|cc|nr)"
_BETWEEN = r"[ \t]*(?:\+|\.\.?|\|\||&|<<|\\)?[ \t]*\n?[ \t]*(?:\+ ?)?[bfru]?"
GATES = (
    rf"[0-9A-Za-z@._+\- ()][\"'`]{_BETWEEN}[\"'`][0-9A-Za-z@._+\- ()]",
    rf"(?i)\b{_LABEL}[0-9+(][0-9 ._()\-]{{6}}",
)
UNDERSCORES_GATE = r"_[0-9(+][0-9 ._()\-]{6}|[0-9][0-9 ._()\-]{6,24}_"
"""RE2: one of them matches wherever something is put together; this one where an underscore is rather a space."""
_BESIDE = r"[0-9A-Za-z@._+\- ()]"
_JOINT = Narrowed(re.compile(rf"([\"'`])(?<={_BESIDE}[\"'`]){_BETWEEN}\1(?={_BESIDE})"), GATES[0])
_UNDERSCORE = re.compile(r"_(?:(?<=[0-9A-Za-z)]_)_*(?=[0-9(+])|(?<=[0-9]_)_*(?=[A-Za-z]))")
_BEHIND_LETTER = Narrowed(re.compile(r"[0-9(+](?<=[A-Za-z].)(?=[0-9 ._()\-]{6})"), r"[A-Za-z][0-9(+][0-9 ._()\-]{6}")
"""All three begin with what they look for and look back from there: the engine skips to it."""
_LABEL_BEFORE = re.compile(rf"(?i)\b{_LABEL}$")
_LONGEST_LABEL = 6


def substitutions(text: str) -> Iterator[Substitution]:
    """Yields one per joint between two literals and per label that digits follow."""
    for match in _JOINT.finditer(text):
        yield Substitution(*match.span(), "")
    for match in _BEHIND_LETTER.finditer(text):
        place = match.start()
        if _LABEL_BEFORE.search(text[max(0, place - _LONGEST_LABEL - 1) : place]):
            yield Substitution(place, place, " ")


def underscores(text: str) -> Iterator[Substitution]:
    """Yields one per underscore beside digits. A guess, which tears a token with digits: not for joined literals."""
    for match in _UNDERSCORE.finditer(text):
        yield Substitution(*match.span(), " ")
