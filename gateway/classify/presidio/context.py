"""Presidio's second step: a finding scores higher where a word near by speaks for it. The scores are the same.

The enhancer of Presidio copies every result and searches the tokens of the whole text for each of them. A recognizer
none of whose words stands anywhere in the text has nothing to gain, and a result that is certain cannot become more
so: for these nothing is taken apart. Nor where none of its words stands as near as the keywords looked at may stand.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from gateway.classify.context_words import TextWords
from gateway.classify.prefilter import Places, Prefilter
from gateway.classify.presidio.hits import Hit
from gateway.classify.presidio.library import EntityRecognizer
from gateway.classify.presidio.spans import Reading

RAISE = 0.35
LEAST_WITH_CONTEXT = 0.4
CERTAIN = 1.0
_WORDS_TRIED = 8
"""Words near a place that are looked at to say that none speaks for it: keeps hostile text linear."""


class ContextLists:
    """The context words of some recognizers, compiled. Immutable, and safe to share between threads."""

    __slots__ = ("_others", "_owners", "_prefilter", "finders", "patterns")

    def __init__(self, recognizers: Sequence[EntityRecognizer]) -> None:
        words = [(i, word.lower()) for i, each in enumerate(recognizers) for word in each.context or ()]
        ascii_words = sorted({word for _, word in words if word.isascii()})
        self._prefilter = Prefilter([f"(?i){re.escape(word)}" for word in ascii_words])
        owners: dict[str, set[int]] = {}
        for i, word in words:
            owners.setdefault(word, set()).add(i)
        self._owners = tuple(frozenset(owners[word]) for word in ascii_words)
        self._others = tuple((word, frozenset(found)) for word, found in owners.items() if not word.isascii())
        self.patterns = tuple(_any_of(each.context or ()) for each in recognizers)
        self.finders = tuple(Places(_any_ascii_of(each.context or ())) for each in recognizers)

    def owners_in(self, reading: Reading) -> frozenset[int]:
        """Returns the recognizers at least one of whose words may stand somewhere in the text."""
        found = [self._owners[hit] for hit in self._prefilter.match(reading.shadow)]
        if self._others and not reading.text.isascii():
            lower = reading.text.lower()
            found += [owners for word, owners in self._others if word in lower]
        return frozenset[int]().union(*found)

    def owners_named(self, outside: Sequence[str]) -> frozenset[int]:
        """Returns the recognizers for which words speak that count as standing near every finding."""
        said = "\n".join(outside).lower()
        return frozenset(
            i for i, pattern in enumerate(self.patterns) if said and pattern is not None and pattern.search(said)
        )


class Context:
    """What stands around the findings of one text."""

    __slots__ = ("_from_outside", "_in_text", "_keywords", "_lists", "_places", "_reading", "_seen", "_words")

    def __init__(self, lists: ContextLists, reading: Reading, words: TextWords, named: frozenset[int]) -> None:
        """Takes the words of the text, and the recognizers for which words speak that stand near every finding."""
        self._lists = lists
        self._words = words
        self._reading = reading
        self._in_text = lists.owners_in(reading)
        self._from_outside = named
        self._seen: dict[tuple[int, int], bool] = {}
        self._keywords: dict[tuple[int, int], bool] = {}
        self._places: dict[int, tuple[list[int], list[int]]] = {}

    def may_help(self, owner: int) -> bool:
        """Whether any finding of the recognizer could score higher here."""
        return owner in self._in_text or owner in self._from_outside

    def stands_alone(self, owner: int, place: int) -> bool:
        """Returns `True` only when no word speaks for a finding of the recognizer that begins at `place`."""
        if owner in self._from_outside:
            return False
        if owner not in self._in_text:
            return True
        if not self._reading.text.isascii() or self._is_right_before(owner, place):
            return False
        return self._is_far(owner, place)

    def _is_right_before(self, owner: int, place: int) -> bool:
        """Whether one of the plain words right before a place is one of the recognizer."""
        pattern = self._lists.patterns[owner]
        return pattern is not None and any(map(pattern.search, self._words.right_before(place)))

    def _is_far(self, owner: int, place: int) -> bool:
        """Returns `True` only when no keyword as near as the keywords looked at may stand is one of the recognizer."""
        starts, ends = self._places_of(owner)
        begin, end = self._words.reach(place)
        first = bisect_right(ends, begin)
        last = bisect_left(starts, end, first)
        if last - first > _WORDS_TRIED:
            return False
        return not any(self._is_keyword(owner, number, starts[number], ends[number]) for number in range(first, last))

    def _is_keyword(self, owner: int, number: int, start: int, end: int) -> bool:
        """Whether a word of a recognizer stands in a keyword, which `call` is not."""
        known = self._keywords.get((owner, number))
        if known is None:
            pattern = self._lists.patterns[owner]
            known = pattern is not None and self._words.holds_keyword(start, end, pattern.search)
            self._keywords[owner, number] = known
        return known

    def _places_of(self, owner: int) -> tuple[list[int], list[int]]:
        """Where the words of a recognizer stand; of those that overlap only the first."""
        places = self._places.get(owner)
        if places is None:
            spans = self._lists.finders[owner].all(self._reading.shadow)
            places = self._places[owner] = [start for start, _ in spans], [end for _, end in spans]
        return places

    def raised(self, hits: Iterable[Hit], needing: frozenset[str]) -> list[Hit]:
        """Returns the hits with their final scores; hits of `needing` types learn whether a word supports them."""
        return [
            hit
            if hit.is_settled or (hit.score >= CERTAIN and hit.type not in needing) or not self._speaks_for(hit)
            else Hit(hit.start, hit.end, _raised(hit.score), hit.type, hit.owner, is_supported=True)
            for hit in hits
        ]

    def _speaks_for(self, hit: Hit) -> bool:
        if hit.owner in self._from_outside:
            return True
        if hit.owner not in self._in_text:
            return False
        key = (hit.owner, hit.start)
        seen = self._seen.get(key)
        if seen is None:
            seen = self._seen[key] = self._stands_near(*key)
        return seen

    def _stands_near(self, owner: int, place: int) -> bool:
        """Whether a word of the recognizer is among the keywords looked at for a place."""
        pattern = self._lists.patterns[owner]
        if pattern is None:
            return False
        if self._is_right_before(owner, place):
            return True
        if self._reading.text.isascii() and self._is_far(owner, place):
            return False
        return self._words.is_near(place, pattern.search)


def _raised(score: float) -> float:
    return min(max(score + RAISE, LEAST_WITH_CONTEXT), CERTAIN)


def _any_of(words: Sequence[str]) -> re.Pattern[str] | None:
    """Matches where one of the words stands, in lower case, also inside a longer word."""
    return re.compile("|".join(re.escape(word.lower()) for word in words)) if words else None


def _any_ascii_of(words: Sequence[str]) -> str:
    """The same for the ASCII shadow of a text that is ASCII itself."""
    return "(?i)" + ("|".join(re.escape(word) for word in words if word.isascii()) or r"[^\x00-\xff]")
