"""The words around a finding, as Presidio's context enhancer reads them, without reading the whole text.

The enhancer looks at the last six keywords up to a finding and at the next one. Taking 2,560 characters apart for that
cost five times as much as finding anything in them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import Protocol

KEYWORDS_BEFORE = 5
"""Keywords looked at before the finding, its own first word not counted."""
_REACH = 96
"""Characters read before a finding at first: about twelve words. A quarter as many are read behind it."""
_MARGIN = 6
"""Tokens at a cut that are not counted on: emoticons of several signs are joined after the text is taken apart."""
_RUNS = re.compile(r"[^\w\s]{24,}")
"""TRAP: the tokenizer is quadratic on runs of punctuation (4,096 brackets: 1.2 s). No word stands in such a run."""


@dataclass(frozen=True, slots=True)
class Words:
    """Some words of a text, with their places in the whole text."""

    tokens: list[str] = field(repr=False)
    tokens_indices: list[int] = field(repr=False)
    lemmas: list[str] = field(repr=False)
    keywords: frozenset[str] = field(repr=False)


class Reader(Protocol):
    """Takes a text apart. Tokens never cross white space, and no token depends on what stands beyond it."""

    def words(self, text: str, offset: int = 0) -> Words:
        """Returns the words of a text; `offset` is added to their places."""
        ...


class TextWords:
    """The words of one text, read only as far as somebody asks. As a whole it stands in for `NlpArtifacts`."""

    __slots__ = ("_glued", "_reader", "_text", "_whole")

    def __init__(self, text: str, reader: Reader) -> None:
        self._text = _RUNS.sub(_blank_run, text)
        self._reader = reader
        self._whole: Words | None = None
        self._glued: frozenset[str] | None = None

    @property
    def tokens(self) -> list[str]:
        """All tokens."""
        return self.whole().tokens

    @property
    def tokens_indices(self) -> list[int]:
        """Their places."""
        return self.whole().tokens_indices

    @property
    def lemmas(self) -> list[str]:
        """The tokens in lower case."""
        return self.whole().lemmas

    @property
    def keywords(self) -> frozenset[str]:
        """The lemmas that are no fillers."""
        return self.whole().keywords

    def whole(self) -> Words:
        """Returns all words of the text."""
        if self._whole is None:
            self._whole = self._reader.words(self._text)
        return self._whole

    def around(self, place: int) -> Words:
        """Returns words around a place, enough for the enhancer to see what it would see in the whole text."""
        reach = _REACH
        while reach < len(self._text) and self._whole is None:
            begin, end = _piece(self._text, place - reach, place + reach // 4)
            words = self._reader.words(self._text[begin:end], begin)
            words = replace(words, keywords=words.keywords | self._glued_keywords())
            if _suffices(words, place, is_start=begin == 0, is_end=end == len(self._text)):
                return words
            reach *= 4
        return self.whole()

    def _glued_keywords(self) -> frozenset[str]:
        """Keywords that tokens with a colon inside lend to the whole text: Presidio splits such tokens once more."""
        if self._glued is None:
            glued = " ".join([chunk for chunk in self._text.split() if ":" in chunk]) if ":" in self._text else ""
            self._glued = self._reader.words(glued).keywords if glued else frozenset()
        return self._glued


def token_at(place: int, tokens: list[str], tokens_indices: list[int]) -> int:
    """Returns the number of the first token that ends after a place of the text, else of the last."""
    number = max(bisect_right(tokens_indices, place) - 1, 0)
    return number if place < tokens_indices[number] + len(tokens[number]) else min(number + 1, len(tokens) - 1)


def _blank_run(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _piece(text: str, begin: int, end: int) -> tuple[int, int]:
    """Widens `[begin, end)` to where a run of white space ends and to where one begins."""
    begin, end = max(begin, 0), min(end, len(text))
    while begin > 0 and not (text[begin - 1].isspace() and not text[begin].isspace()):
        begin -= 1
    while end < len(text) and not (text[end].isspace() and not text[end - 1].isspace()):
        end += 1
    return begin, end


def _suffices(words: Words, place: int, *, is_start: bool, is_end: bool) -> bool:
    """Whether the enhancer, which stops at a number of keywords on each side, stops inside these words."""
    if not words.tokens:
        return False
    at = token_at(place, words.tokens, words.tokens_indices)
    before = words.lemmas[0 if is_start else _MARGIN : at + 1]
    behind = words.lemmas[at : len(words.lemmas) - (0 if is_end else _MARGIN)]
    return (is_start or sum(word in words.keywords for word in before) > KEYWORDS_BEFORE) and (
        is_end or any(word in words.keywords for word in behind)
    )
