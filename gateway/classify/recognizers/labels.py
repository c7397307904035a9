"""Finds the words that announce identifiers, in one pass.

Words with Latin letters are sought in the ASCII shadow by RE2; where the shadow flattens a letter (`é` to `a`) it
flattens the word alike. Words of other scripts are sought in the text itself, and only when it is not ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from gateway.classify.detector import Passage
from gateway.classify.prefilter import Places
from gateway.classify.recognizers.rule import Identifier
from gateway.classify.shadow import Shadow

_SEPARATORS = b" ._-"
_DIGITS = b"0123456789"
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Announcing(NamedTuple):
    """The numbers of the rules that a label announces by its own name, which `kinds` are too, and among many others."""

    rules: tuple[int, ...]
    generic: tuple[int, ...]
    kinds: frozenset[int]

    @classmethod
    def of(cls, rules: Iterable[int], generic: Iterable[int]) -> Announcing:
        """Returns them in order."""
        kinds = frozenset(rules)
        return cls(tuple(sorted(kinds)), tuple(sorted(set(generic))), kinds)


class Hit(NamedTuple):
    """A label, and what it announces."""

    start: int
    end: int
    says: Announcing


class LabelIndex:
    """All labels of all rules, and words that only look like one (`order number`): they announce nothing."""

    __slots__ = ("_latin", "_other", "_other_words", "_shadow", "_words", "pattern")

    def __init__(self, rows: Sequence[Identifier], decoys: Sequence[str] = ()) -> None:
        """Takes the rows; a rule is named by its place among them."""
        self._shadow = Shadow()
        words = {**_announced(rows), **{decoy: Announcing.of((), ()) for decoy in decoys}}
        latin = {self._shadow.of(word).lower() for word in words if _has_latin(word)}
        self._words: dict[bytes, Announcing] = {}
        for word, each in words.items():
            if _has_latin(word):
                key = _key(self._shadow.of(word).lower())
                self._words[key] = _both(self._words.get(key), each)
        self._other_words = {form: words[word] for word in words if not _has_latin(word) for form in _forms(word)}
        # Of labels that begin alike the longer one first, and all of them side by side: the engine reads
        # what they share once, where it would build states for each of a thousand.
        ordered = sorted(latin, key=lambda shadow: (shadow.replace(b" ", b""), len(shadow)), reverse=True)
        alternatives = "|".join(_flexible(shadow.decode("ascii")) for shadow in ordered)
        self.pattern = rf"(?i)\b(?:{alternatives})(?:s?\b|\d)"
        self._latin = Places(self.pattern)
        self._other = re.compile("|".join(map(re.escape, sorted(self._other_words, key=len, reverse=True))) or r"(?!)")

    def rule_sets(self) -> frozenset[tuple[int, ...]]:
        """Returns the sets of rules that some label announces together."""
        announced = [*self._words.values(), *self._other_words.values()]
        return frozenset(rules for each in announced for rules in (each.rules, each.generic) if rules)

    def is_in(self, spaced: bytes) -> bool:
        """Whether a label in Latin script may stand in the text; `spaced` as in `find`."""
        return self._latin.first(spaced) is not None

    def has_other(self, text: str) -> bool:
        """Whether a label of another script stands in the text."""
        return not text.isascii() and self._other.search(text) is not None

    def find(self, passage: Passage, spaced: bytes) -> list[Hit]:
        """Returns the labels in order. `spaced` is the shadow with underscores made spaces."""
        hits = list(self._latin_hits(spaced))
        if not passage.text.isascii():
            hits += [Hit(*each.span(), self._other_words[each.group()]) for each in self._other.finditer(passage.text)]
            hits.sort(key=lambda hit: (hit.start, hit.end))
        return hits

    def _latin_hits(self, spaced: bytes) -> Iterator[Hit]:
        for start, end in self._latin.all(spaced):
            word = spaced[start:end].rstrip(_DIGITS)
            key = _key(word.lower())
            each = self._words.get(key) or self._words.get(key.removesuffix(b"s"))
            if each is not None:
                yield Hit(start, start + len(word), each)

    def of_field(self, name: str) -> Hit | None:
        """Returns the longest label in a field name, put before the first character of the value."""
        text = _CAMEL.sub(" ", name[:80])
        passage = Passage.of(text, self._shadow)
        hits = self.find(passage, passage.shadow.replace(b"_", b" "))
        best = max(hits, key=lambda hit: hit.end - hit.start, default=None)
        return None if best is None else Hit(0, 0, best.says)


def _announced(rows: Sequence[Identifier]) -> dict[str, Announcing]:
    """What each label announces. A label that begins with another (`passport number`) announces what that does too."""
    own: dict[str, set[int]] = {}
    generic: dict[str, set[int]] = {}
    for number, row in enumerate(rows):
        for word in row.labels:
            own.setdefault(word, set()).add(number)
        for word in row.generic:
            generic.setdefault(word, set()).add(number)
    words = own.keys() | generic.keys()
    return {word: Announcing.of(_inherited(word, own), _inherited(word, generic)) for word in words}


def _both(first: Announcing | None, second: Announcing) -> Announcing:
    """What two words announce that are one but for accents and separators (`nif`, `N.I.F.`)."""
    if first is None or first == second:
        return second
    return Announcing.of((*first.rules, *second.rules), (*first.generic, *second.generic))


def _inherited(word: str, of_words: Mapping[str, set[int]]) -> Iterator[int]:
    parts = word.split(" ")
    heads = (" ".join(parts[:size]) for size in range(1, len(parts) + 1))
    return (number for head in heads for number in of_words.get(head, ()))


def _forms(word: str) -> frozenset[str]:
    return frozenset((word, word.upper(), word.title()))


def _has_latin(word: str) -> bool:
    return any("a" <= each <= "\u024f" for each in word.lower())


def _key(word: bytes) -> bytes:
    return word.translate(None, _SEPARATORS)


def _flexible(word: str) -> str:
    return r"[ .-]{0,2}".join(re.escape(part) for part in word.split(" "))
