"""Finds issued surrogates in a text: whole tokens only, never a part of a longer one, and what of an end may be one.

A surrogate ends at anything but a letter, digit or `_`, or a `.` or `-` that such a character follows: `192.0.2.1` is
not found in `192.0.2.10` nor in `192.0.2.1.5`, but at the end of a sentence it is. In JSON source an escape is such an
end too.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator

CONTEXT = 7
"""How many characters before a text decide whether a surrogate may begin at its first one: a JSON escape and one."""
_LOOK_AHEAD = 2
_FEW = 32
"""So many words are searched one by one; on hostile text that costs no more than about twice as much."""
_HEAD = 4
"""So many characters of a surrogate find it in the index. All are longer."""
_FREE = r"(?<!\w)(?<!\w[.\-])"
_FREE_IN_JSON = rf"(?:{_FREE}|(?<=\\[nrtbf])|(?<=\\u[0-9a-fA-F]{{4}}))"
_NOTHING = re.compile(r"(?!)")
_ENDS = re.compile(r"(?!\w)(?![.\-]\w)")


class Literals:
    """A fixed set of surrogates, `words` in their order."""

    def __init__(self, words: Collection[str]) -> None:
        self.words = sorted(words)
        self._shortest = min(map(len, words), default=0)
        self._longest = max(map(len, words), default=0) + _LOOK_AHEAD
        self._by_head: dict[str, list[str]] = {}
        for word in reversed(self.words):  # a longer one before its own beginning
            self._by_head.setdefault(word[:_HEAD], []).append(word)
        first = f"[{re.escape(''.join(sorted({word[0] for word in words})))}]"
        self._begins = re.compile(_FREE + first) if words else _NOTHING
        self._begins_in_json = re.compile(_FREE_IN_JSON + first) if words else _NOTHING

    def __bool__(self) -> bool:
        return bool(self.words)

    def find(self, text: str, *, in_json: bool) -> Iterator[tuple[int, int]]:
        """Yields where surrogates stand, in order, without overlaps; of two that begin alike the longer one."""
        if len(text) < self._shortest:
            return
        done = 0
        free = self._begins_in_json if in_json else self._begins
        places = self._few(text) if len(self.words) <= _FEW else self._many(text, free)
        for start, end in places:
            if start >= done and free.match(text, start) and _ENDS.match(text, end):
                done = end
                yield start, end

    def _few(self, text: str) -> list[tuple[int, int]]:
        """Every place of every word. While words are few, a search for each is cheaper than a look at all of a text."""
        places = []
        for word in self.words:
            start = text.find(word)
            while start >= 0:
                places.append((start, start + len(word)))
                start = text.find(word, start + 1)
        return sorted(places, key=lambda place: (place[0], -place[1])) if len(places) > 1 else places

    def _many(self, text: str, free: re.Pattern[str]) -> Iterator[tuple[int, int]]:
        for match in free.finditer(text):
            start = match.start()
            for word in self._by_head.get(text[start : start + _HEAD], ()):
                if text.startswith(word, start):
                    yield start, start + len(word)

    def held_from(self, text: str, begin: int, *, in_json: bool) -> int:
        """Returns where the longest end of the text begins, from `begin` on, that may become a surrogate."""
        if not self.words:
            return len(text)
        pattern = self._begins_in_json if in_json else self._begins
        for match in pattern.finditer(text, max(begin, len(text) - self._longest)):
            if self._may_grow(text[match.start() :]):
                return match.start()
        return len(text)

    def _may_grow(self, end: str) -> bool:
        """Whether the end of a text begins a surrogate, or is a whole one of which it is not known what follows."""
        place = bisect_left(self.words, end)
        if place < len(self.words) and self.words[place].startswith(end):
            return True
        return end[-1] in ".-" and self._has(end[:-1])

    def _has(self, word: str) -> bool:
        place = bisect_left(self.words, word)
        return place < len(self.words) and self.words[place] == word
