"""Every other mention of a value that was found once: the place without the telling context leaks it as well.

Mentions are exact, at word boundaries, also as a JSON writer would escape them. The cost is linear in the size of the
text: few values are searched one by one, many through an index of their first words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.redact.json_source import ascii_escaped, escaped
from gateway.redact.spans import Span
from routers.types import Leaf, LeafKind

_FEW = 16
_WORD = re.compile(r"[^\W_\u2e80-\U0010ffff]+")
_IDENTIFIER = re.compile(r"[A-Za-z_]+")
_PROTOCOL_FIELDS = frozenset({"role", "type", "model"})
_SHORTEST_ASCII, _SHORTEST_DIGITS, _SHORTEST_OTHER = 4, 6, 2
_FIRST_UNSPACED = "\u2e80"  # East Asian scripts from here on: words stand without spaces


@dataclass(frozen=True, slots=True)
class Claim:
    """What a value counts as."""

    kind: str
    drop: bool


class Mentions:
    """Finds mentions of a fixed set of values."""

    def __init__(self, values: Mapping[str, Claim]) -> None:
        self._claims: dict[str, Claim] = {}
        for value, claim in values.items():
            if _is_telling(value):
                for form in (value, escaped(value), ascii_escaped(value)):
                    self._claims.setdefault(form, claim)
        self._by_word = _index(self._claims) if len(self._claims) > _FEW else None

    def find(self, leaf: Leaf) -> list[Span]:
        """Returns the mentions in a leaf, possibly overlapping."""
        text = leaf.text
        plain = leaf.kind is LeafKind.KEY or (leaf.path[-1] in _PROTOCOL_FIELDS and leaf.kind is LeafKind.STRING)
        found = self._one_by_one(text) if self._by_word is None else self._through_index(text, self._by_word)
        spans = []
        for start, form in found:
            end = start + len(form)
            if _stands_alone(text, start, end) and not (plain and _IDENTIFIER.fullmatch(form)):
                claim = self._claims[form]
                spans.append(Span(start, end, claim.kind, claim.drop, (0, len(form))))
        return spans

    def _one_by_one(self, text: str) -> Iterator[tuple[int, str]]:
        for form in self._claims:
            start = text.find(form)
            while start >= 0:
                yield start, form
                start = text.find(form, start + 1)

    def _through_index(self, text: str, by_word: Mapping[str, list[str]]) -> Iterator[tuple[int, str]]:
        for word in _WORD.finditer(text):
            for form in by_word.get(word.group(), ()):
                start = word.start() - len(_lead(form))
                if start >= 0 and text.startswith(form, start):
                    yield start, form
        for form in by_word.get("", ()):
            start = text.find(form)
            while start >= 0:
                yield start, form
                start = text.find(form, start + 1)


def _index(forms: Mapping[str, Claim]) -> dict[str, list[str]]:
    """Forms by their first word; those without one, under the empty word, may begin anywhere."""
    index: dict[str, list[str]] = {}
    for form in forms:
        word = _WORD.search(form)
        index.setdefault(word.group() if word else "", []).append(form)
    return index


def _lead(form: str) -> str:
    word = _WORD.search(form)
    return form[: word.start()] if word else ""


def _is_telling(value: str) -> bool:
    """Very short values would be found in unrelated places."""
    if value.isascii():
        return len(value) >= (_SHORTEST_DIGITS if value.isdigit() else _SHORTEST_ASCII)
    return len(value) >= _SHORTEST_OTHER


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether the stretch is not a part of a longer word."""
    return not (
        (start > 0 and _joins(text[start - 1], text[start])) or (end < len(text) and _joins(text[end - 1], text[end]))
    )


def _joins(left: str, right: str) -> bool:
    return left.isalnum() and right.isalnum() and left < _FIRST_UNSPACED and right < _FIRST_UNSPACED
