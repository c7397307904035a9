"""Finds issued surrogates in a text: whole tokens only, never a part of a longer one, and what of an end may be one.

A surrogate ends at anything but a letter, digit or `_`, or a `.` or `-` that such a character follows: `192.0.2.1` is
not found in `192.0.2.10` nor in `192.0.2.1.5`, but at the end of a sentence it is. In JSON source an escape is such an
end too.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator

CONTEXT = 6
"""How many characters before a text decide whether a surrogate may begin at its first one: the longest JSON escape."""
_LOOK_AHEAD = 2
_RIGHT = r"(?!\w)(?![.\-]\w)"
_JOINED = re.compile(r"\w|\w[.\-]")
_ESCAPED = re.compile(r"\\(?:[nrtbf]|u[0-9a-fA-F]{4})\Z")

_Trie = dict[str, "_Trie"]
_END = ""


class Literals:
    """A fixed set of surrogates. `firsts` are the characters that they begin with."""

    def __init__(self, words: Collection[str]) -> None:
        self._words = sorted(words)
        self.firsts = frozenset(word[0] for word in words)
        self._longest = max(map(len, words), default=0) + _LOOK_AHEAD
        self._plain = re.compile(_pattern(self._words, in_json=False)) if words else None
        self._in_json = re.compile(_pattern(self._words, in_json=True)) if words else None
        self._first = re.compile(f"[{''.join(map(re.escape, sorted(self.firsts)))}]") if words else None

    def __bool__(self) -> bool:
        return bool(self._words)

    def find(self, text: str, *, in_json: bool) -> Iterator[tuple[int, int]]:
        """Yields where surrogates stand."""
        pattern = self._in_json if in_json else self._plain
        if pattern is not None:
            for match in pattern.finditer(text):
                yield match.span()

    def held_from(self, text: str, begin: int, *, in_json: bool) -> int:
        """Returns where the longest end of the text begins, from `begin` on, that may become a surrogate."""
        if self._first is None:
            return len(text)
        for match in self._first.finditer(text, max(begin, len(text) - self._longest)):
            start = match.start()
            if self._may_grow(text[start:]) and not _is_joined(text, start, in_json=in_json):
                return start
        return len(text)

    def _may_grow(self, end: str) -> bool:
        place = bisect_left(self._words, end)
        if place < len(self._words) and self._words[place].startswith(end):
            return True  # a beginning, or a whole one of which it is not known what follows
        return end[-1] in ".-" and self._has(end[:-1])

    def _has(self, word: str) -> bool:
        place = bisect_left(self._words, word)
        return place < len(self._words) and self._words[place] == word


def _is_joined(text: str, start: int, *, in_json: bool) -> bool:
    """Whether what stands before `start` makes the word begin earlier."""
    if not _JOINED.fullmatch(text, max(0, start - 1), start) and not (
        start > 1 and _JOINED.fullmatch(text, start - 2, start)
    ):
        return False
    return not (in_json and _ESCAPED.search(text[max(0, start - CONTEXT) : start]))


def _pattern(words: Iterable[str], *, in_json: bool) -> str:
    """One alternative per first character, so that the search skips to those; what precedes it is checked after it."""
    trie: _Trie = {}
    for word in words:
        node = trie
        for character in word:
            node = node.setdefault(character, {})
        node[_END] = {}
    return "|".join(_begun(first, below, in_json=in_json) for first, below in trie.items())


def _begun(first: str, below: _Trie, *, in_json: bool) -> str:
    written = re.escape(first)
    free = rf"(?<!\w{written})(?<!\w[.\-]{written})"
    if in_json:
        free = rf"(?:{free}|(?<=\\[nrtbf]{written})|(?<=\\u[0-9a-fA-F]{{4}}{written}))"
    return f"{written}{free}{_expression(below)}{_RIGHT}"


def _expression(node: _Trie) -> str:
    """The rest of the words below a node, the longest first. Stretches without a branch are written as they are."""
    written = ""
    while len(node) == 1 and _END not in node:
        character, node = next(iter(node.items()))
        written += re.escape(character)
    branches = [f"{re.escape(character)}{_expression(below)}" for character, below in node.items() if character != _END]
    if not branches:
        return written
    return f"{written}(?:{'|'.join(branches)}){'?' if _END in node else ''}"
