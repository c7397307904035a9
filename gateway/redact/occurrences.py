"""Every other mention of a value that was found once: the place without the telling context leaks it as well.

Mentions are exact, at word boundaries, also as a JSON writer would escape them. The cost is linear in the size of the
text: few values are searched one by one, many through an index of a word of each.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from gateway.redact.json_source import ascii_escaped, escaped
from gateway.redact.spans import Span
from gateway.types import Strategy
from routers.types import Leaf, LeafKind

_FEW = 32
"""So many searches cost less than the index, and on hostile text no more than about twice as much (150 ms per MB)."""
_WORD = re.compile(r"[^\W_\u2e80-\U0010ffff]+")
_PLAIN = re.compile(r"[ !#-\[\]-~]*")  # what every JSON writer leaves as it is
_IDENTIFIER = re.compile(r"[A-Za-z_]+")
_PROTOCOL_FIELDS = frozenset({"role", "type", "model"})
_SHORTEST_ASCII, _SHORTEST_DIGITS, _SHORTEST_OTHER = 4, 6, 2
_FIRST_UNSPACED = "\u2e80"  # East Asian scripts from here on: words stand without spaces


@dataclass(frozen=True, slots=True)
class Claim:
    """What a value counts as."""

    kind: str
    strategy: Strategy


class Mentions:
    """Finds mentions of a fixed set of values."""

    def __init__(self, values: Mapping[str, Claim]) -> None:
        self._claims: dict[str, Claim] = {}
        for value, claim in values.items():
            if _is_telling(value):
                for form in (value,) if _PLAIN.fullmatch(value) else (value, escaped(value), ascii_escaped(value)):
                    self._claims.setdefault(form, claim)
        self._shortest = min(map(len, self._claims), default=0)
        self._index = _Index(self._claims) if len(self._claims) > _FEW else None

    def find(self, leaf: Leaf) -> list[Span]:
        """Returns the mentions in a leaf, possibly overlapping."""
        text = leaf.text
        if len(text) < self._shortest:
            return []
        plain = _may_be_protocol(leaf)
        found = _one_by_one(text, self._claims) if self._index is None else self._index.find(text)
        spans = []
        for start, form in found:
            end = start + len(form)
            if _stands_alone(text, start, end) and not (plain and _IDENTIFIER.fullmatch(form)):
                claim = self._claims[form]
                spans.append(Span(start, end, claim.kind, claim.strategy, (0, len(form))))
        return spans


def _one_by_one(text: str, forms: Iterable[str]) -> Iterator[tuple[int, str]]:
    for form in forms:
        start = text.find(form)
        while start >= 0:
            yield start, form
            start = text.find(form, start + 1)


class _Index:
    """Many forms, found in one pass: by their rarest word, or by two characters where words stand without spaces."""

    def __init__(self, forms: Collection[str]) -> None:
        self._by_word: dict[str, list[tuple[str, int]]] = {}
        self._by_pair: dict[str, list[str]] = {}
        shared = Counter(word for form in forms for word in _WORD.findall(form))
        for form in forms:
            # Addresses of one company share its name, and many begin with an ordinary word that fills the text.
            word = min(_WORD.finditer(form), key=lambda each: (shared[each.group()], -len(each.group())), default=None)
            if word:
                self._by_word.setdefault(word.group(), []).append((form, word.start()))
            else:
                self._by_pair.setdefault(form[:2], []).append(form)
        self._pairs_are_foreign = not any(pair.isascii() for pair in self._by_pair)

    def find(self, text: str) -> Iterator[tuple[int, str]]:
        """Yields where each form begins."""
        by_word = self._by_word
        for word in _WORD.finditer(text):
            if (group := word.group()) in by_word:
                for form, lead in by_word[group]:
                    start = word.start() - lead
                    if start >= 0 and text.startswith(form, start):
                        yield start, form
        if not self._by_pair or (self._pairs_are_foreign and text.isascii()):
            return
        for start in range(len(text) - 1):
            for form in self._by_pair.get(text[start : start + 2], ()):
                if text.startswith(form, start):
                    yield start, form


def _may_be_protocol(leaf: Leaf) -> bool:
    """Whether a plain word here is the protocol's: a field's name, a role. Metadata and tool input are the caller's."""
    if "metadata" in leaf.path or "input" in leaf.path[1:]:
        return False
    return leaf.kind is LeafKind.KEY or (leaf.path[-1] in _PROTOCOL_FIELDS and leaf.kind is LeafKind.STRING)


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
