"""Finds the words that announce identifiers, in one pass.

Words with Latin letters are sought in the ASCII shadow by RE2; where the shadow flattens a letter (`é` to `a`) it
flattens the word alike. Words of other scripts are sought in the text itself, and only when it is not ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.classify.detector import Passage
from gateway.classify.prefilter import compiled
from gateway.classify.shadow import Shadow

_SEPARATORS = b" ._-"
_DIGITS = b"0123456789"
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Hit:
    """A label and the numbers of the rules it announces."""

    start: int
    end: int
    rules: tuple[int, ...]


class LabelIndex:
    """All labels of all rules."""

    __slots__ = ("_by_key", "_by_word", "_latin", "_other", "_shadow", "pattern")

    def __init__(self, labels_of_rules: Mapping[int, tuple[str, ...]]) -> None:
        """Takes the labels of each rule by its number."""
        self._shadow = Shadow()
        by_key: dict[bytes, set[int]] = {}
        by_word: dict[str, set[int]] = {}
        shapes: set[bytes] = set()
        for number, words in labels_of_rules.items():
            for word in words:
                if _has_latin(word):
                    shadow = self._shadow.of(word).lower()
                    shapes.add(shadow)
                    by_key.setdefault(_key(shadow), set()).add(number)
                else:
                    by_word.setdefault(word, set()).add(number)
        self._by_key = {key: tuple(sorted(numbers)) for key, numbers in by_key.items()}
        self._by_word = {word: tuple(sorted(numbers)) for word, numbers in by_word.items()}
        ordered = sorted(shapes, key=lambda shape: (-len(shape), shape))
        alternatives = "|".join(_flexible(shape.decode("ascii")) for shape in ordered)
        self.pattern = rf"(?i)\b(?:{alternatives})(?:s?\b|\d)"
        self._latin = compiled(self.pattern)
        self._other = re.compile("|".join(map(re.escape, sorted(by_word, key=len, reverse=True))))

    def has_other(self, text: str) -> bool:
        """Whether a label of another script stands in the text."""
        return bool(self._by_word) and not text.isascii() and self._other.search(text) is not None

    def find(self, passage: Passage, spaced: bytes) -> list[Hit]:
        """Returns the labels in order. `spaced` is the shadow with underscores made spaces."""
        hits = list(self._latin_hits(spaced))
        if self._by_word and not passage.text.isascii():
            hits += [Hit(*match.span(), self._by_word[match.group()]) for match in self._other.finditer(passage.text)]
            hits.sort(key=lambda hit: (hit.start, hit.end))
        return hits

    def _latin_hits(self, spaced: bytes) -> Iterator[Hit]:
        for match in self._latin.finditer(spaced):
            start, end = match.span()
            word = spaced[start:end].rstrip(_DIGITS)
            rules = self._rules_of(word)
            if rules:
                yield Hit(start, start + len(word), rules)

    def _rules_of(self, word: bytes) -> tuple[int, ...]:
        key = _key(word.lower())
        return self._by_key.get(key) or self._by_key.get(key.removesuffix(b"s"), ())

    def of_field(self, name: str) -> tuple[int, ...]:
        """Returns the rules that a field name or the head of a column announces by any label in it, longest first."""
        text = _CAMEL.sub(" ", name[:80])
        passage = Passage.of(text, self._shadow)
        hits = self.find(passage, passage.shadow.replace(b"_", b" "))
        best = max(hits, key=lambda hit: hit.end - hit.start, default=None)
        return best.rules if best is not None else ()


def _has_latin(word: str) -> bool:
    return any("a" <= each <= "\u024f" for each in word.lower())


def _key(word: bytes) -> bytes:
    return word.translate(None, _SEPARATORS)


def _flexible(word: str) -> str:
    return r"[ .-]{0,2}".join(re.escape(part) for part in word.split(" "))
