"""The words around a finding, as Presidio's context enhancer reads them, without reading the whole text.

The enhancer takes the whole text apart, lists its keywords, and looks at the last six of them up to a finding and at
the first from it on. Tokens never cross white space, so it is enough to take apart the stretches between white space,
going back from the finding until six keywords are found.

Departures, both where spaCy's tokenizer is quadratic (4,096 brackets: 1.2 s): runs of more than 128 signs hold no
words, and a stretch of more than 512 characters is taken apart in pieces.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from typing import NamedTuple, Protocol

KEYWORDS_BEFORE = 6
"""Keywords looked at up to the finding, its own first token counted; one more is looked at from it on."""
LONGEST_CHUNK = 512
_CHUNKS = re.compile(rf"\S{{1,{LONGEST_CHUNK}}}")
_RUNS = re.compile(r"[^\w\s]{129,}")
_SAMPLED = 32
_MAYBE_RUNS = re.compile(r"[^\w\s]{4}")
"""What every 32nd character of a text shows if a run of that length stands anywhere in it."""
WINDOW_BEFORE, WINDOW_BEHIND = 160, 80
"""Characters beside a place in which nearly always all keywords stand that are looked at."""
_NEAR = 64
_NUMBERS = r"[0-9]{1,40}(?:-[0-9]{1,40}){1,5}|[0-9]{1,40}(?:\.[0-9]{1,40}){0,5}"
_WORDS = rf"[A-Za-z]{{1,{LONGEST_CHUNK - 2}}}|[a-z0-9]{{1,60}}(?:[.@][a-z0-9]{{1,60}}){{0,5}}[.@][a-z]{{2,60}}"
_REGULAR = re.compile(rf"({_NUMBERS}|{_WORDS})(?:[,;!?]|(?<=[a-z0-9])\.|)")
"""A word or a number but for a sign at its end: one keyword, or with hyphens several."""
_BLANKS = str.maketrans("\t\n\v\f\r", "     ")
_SIGNS = ",;!?:"
_PIECES = re.compile(r"\S+|[^\S ]\s*|(?<= ) \s*")
"""Stretches, and the white space behind them that is a token: all of it but one leading space."""


class Token(NamedTuple):
    """A token: where it ends in its stretch of text, itself in lower case, and whether it is a keyword by itself."""

    end: int
    lower: str
    is_keyword: bool


class Reader(Protocol):
    """Takes a text apart."""

    @property
    def stop_words(self) -> Set[str]:
        """Words in small letters that are no keywords."""
        ...

    @property
    def irregular(self) -> Set[str]:
        """Words in small letters that may be taken apart although they are letters and a sign alone."""
        ...

    @property
    def unusual(self) -> Set[str]:
        """Both."""
        ...

    def take_apart(self, chunk: str) -> tuple[Token, ...]:
        """Returns the tokens of a stretch of text without white space."""
        ...


class TextWords:
    """The words of one text, read only as far as somebody asks."""

    __slots__ = (
        "_apart", "_by_chunk", "_by_number", "_ends", "_glued", "_irregular", "_lower", "_plain", "_reader", "_starts",
        "_stop_words", "_text",
    )  # fmt: skip

    def __init__(self, text: str, reader: Reader) -> None:
        self._text = without_runs(text)
        self._reader = reader
        self._stop_words = reader.stop_words
        self._irregular = reader.irregular
        self._starts: list[int] | None = None
        self._ends: list[int] = []
        self._apart: dict[str, tuple[Token, ...]] = {}
        self._by_number: dict[int, tuple[str, ...]] = {}
        self._by_chunk: dict[str, tuple[str, ...]] = {}
        self._glued: dict[str, bool] = {}
        self._lower: str | None = None
        self._plain: tuple[list[int], list[int]] | None = None

    def reach(self, place: int) -> tuple[int, int]:
        """Returns a stretch that holds everything that `near` returns for a place, without taking it apart.

        It ends where enough plain words stand that each are a keyword whatever stands between them.
        """
        if self._plain is None:
            self._plain = self._plain_words()
        starts, ends = self._plain
        before, behind = bisect_right(ends, place), bisect_left(starts, place)
        begin = starts[before - KEYWORDS_BEFORE] if before >= KEYWORDS_BEFORE else 0
        return begin, ends[behind] if behind < len(ends) else len(self._text)

    def _plain_words(self) -> tuple[list[int], list[int]]:
        """Where words and numbers begin and end that are keywords, each by itself between white space."""
        words = self._text.translate(_BLANKS).split(" ")
        keywords = frozenset(filter(self._is_plain, set(words)))
        starts: list[int] = []
        ends: list[int] = []
        begin = 0
        for word in words:
            end = begin + len(word)
            if word in keywords:
                starts.append(begin)
                ends.append(end)
            begin = end + 1
        return starts, ends

    def _is_plain(self, word: str) -> bool:
        """Whether what stands between two blanks is a keyword by itself."""
        if word.isalpha():
            keyword = word if word.isascii() and len(word) < LONGEST_CHUNK else ""
        else:
            found = _REGULAR.fullmatch(word)
            keyword = "" if found is None else found[1]
        return bool(keyword) and keyword.lower() not in self._reader.unusual

    def right_before(self, place: int) -> Iterator[str]:
        """Yields plain words, the nearest first, that stand a blank apart before a place at which a stretch begins.

        They are keywords in lower case, of as many words as hold no more keywords than count. Where a word is not plain
        it ends. `near` yields them too, at more cost.
        """
        text = self._text
        if place < 2 or text[place - 1] != " " or text[place : place + 1].isspace():
            return
        begin = max(0, place - _NEAR)
        stretches = text[begin : place - 1].split(" ")
        if begin:
            del stretches[0]  # perhaps not all of it
        for stretch in stretches[:-KEYWORDS_BEFORE:-1]:
            lower = (stretch if stretch.isalpha() else _without_sign(stretch)).lower()
            if not lower or lower in self._irregular or not stretch.isascii():
                return
            if lower not in self._stop_words:
                yield lower

    def holds_keyword(self, start: int, end: int, matches: Callable[[str], object]) -> bool:
        """Whether a keyword of the stretches that a place touches matches; `True` where one is too long to tell."""
        text = self._text
        head, tail = text[max(0, start - _NEAR) : start], text[end : end + _NEAR]
        before = "" if not head or head[-1].isspace() else head.split()[-1]
        behind = "" if not tail or tail[0].isspace() else tail.split()[0]
        if len(before) == _NEAR or len(behind) == _NEAR:
            return True
        pieces = _PIECES.findall(text, start - len(before), end + len(behind))
        return any(matches(keyword) for piece in pieces for keyword in self._keywords_of(piece))

    def is_near(self, place: int, matches: Callable[[str], object]) -> bool:
        """Whether any of the keywords that `near` yields for a place matches."""
        answer = self._is_close(place, matches)
        return any(map(matches, self.near(place))) if answer is None else answer

    def _is_close(self, place: int, matches: Callable[[str], object]) -> bool | None:
        """As `is_near` from a window, in which all keywords mostly stand; `None` where they may not.

        The window is read in one go, and no stretch of the whole text has to be numbered for that.
        """
        text, begin, end = self._text, max(0, place - WINDOW_BEFORE), place + WINDOW_BEHIND
        before = _PIECES.findall(text, begin, place)
        first = place - len(before.pop()) if before and not text[place - 1].isspace() else place
        is_all = not begin and not text[0].isspace()
        if not is_all:
            del before[:1]  # perhaps not all of it
            if not before:
                return None
        if before and first == place and any(map(matches, self._keywords_of(before[-1])[1 - KEYWORDS_BEFORE :])):
            return True
        here = _PIECES.findall(text, first, end)
        if end < len(text):
            del here[-1:]
        if not here or text[first].isspace():
            return None
        return self._is_among(place - first, before, here, matches, is_all=(is_all, end >= len(text)))

    def _is_among(
        self,
        place: int,
        before: Sequence[str],
        here: Sequence[str],
        matches: Callable[[str], object],
        *,
        is_all: tuple[bool, bool],
    ) -> bool | None:
        """The same of the pieces before the stretch that holds a place, and from it on; `is_all` of those there are."""
        tokens = self._taken_apart(here[0])
        number = sum(1 for token in tokens if token.end <= place)
        if number == len(tokens):
            return None
        found = [token.lower for token in tokens[number::-1] if self._is_keyword(token)]
        for piece in reversed(before):
            if len(found) >= KEYWORDS_BEFORE:
                break
            found += self._keywords_of(piece)[::-1]
        if any(map(matches, found[:KEYWORDS_BEFORE])):
            return True
        ahead = [token.lower for token in tokens[number:] if self._is_keyword(token)]
        for piece in here[1:]:
            if ahead:
                break
            ahead += self._keywords_of(piece)
        if any(map(matches, ahead[:1])):
            return True
        is_complete = (is_all[0] or len(found) >= KEYWORDS_BEFORE) and (is_all[1] or ahead)
        return False if is_complete else None

    def _keywords_of(self, piece: str) -> tuple[str, ...]:
        """The keywords of a stretch, or of white space behind one."""
        known = self._by_chunk.get(piece)
        if known is None:
            if piece.isspace():
                known = (piece,)
            elif piece.isalpha() and piece.isascii() and (lower := piece.lower()) not in self._irregular:
                known = (lower,) if lower not in self._stop_words or self._is_glued(lower) else ()
            else:
                known = tuple(token.lower for token in self._taken_apart(piece) if self._is_keyword(token))
            self._by_chunk[piece] = known
        return known

    def near(self, place: int) -> Iterator[str]:
        """Yields the keywords that the enhancer sees for a finding that begins at `place`, as far as somebody asks."""
        number, behind = self._at(place)
        here = self._line(number)
        left = KEYWORDS_BEFORE
        for keyword in self._before(number, here[behind::-1]):
            yield keyword
            left -= 1
            if not left:
                break
        ahead = [token.lower for token in here[behind:] if self._is_keyword(token)]
        while not ahead and number + 1 < len(self._ends):
            number += 1
            ahead += self._keywords(number)
        yield from ahead[:1]

    def _before(self, number: int, here: Iterable[Token]) -> Iterator[str]:
        """The keywords of some tokens, which stand in stretch `number`, and then of all stretches before it."""
        for token in here:
            if self._is_keyword(token):
                yield token.lower
        for earlier in range(number - 1, -2, -1):
            yield from reversed(self._keywords(earlier))

    def _keywords(self, number: int) -> tuple[str, ...]:
        """The keywords of a stretch and of the white space behind it."""
        known = self._by_number.get(number)
        if known is None:
            known = tuple(token.lower for token in self._line(number) if self._is_keyword(token))
            self._by_number[number] = known
        return known

    def _is_keyword(self, token: Token) -> bool:
        """Whether the enhancer counts a token: by itself, or as what stands beside a colon in another token."""
        if ":" in token.lower:
            return False  # its parts are keywords, itself is none
        return token.is_keyword or self._is_glued(token.lower)

    def _at(self, place: int) -> tuple[int, int]:
        """The stretch that holds the first token to end after `place`, and how many of its tokens precede."""
        starts, ends = self._bounds()
        number = bisect_right(starts, place) - 1
        start, tokens = self._stretch(number)
        before = sum(1 for token in tokens if start + token.end <= place)
        if before < len(tokens):
            return number, before
        if self._gap(number)[1]:
            return number, before
        if number + 1 < len(ends):
            return number + 1, 0
        return number, max(before - 1, 0)

    def _line(self, number: int) -> tuple[Token, ...]:
        """The tokens of a stretch and of the white space behind it."""
        return self._stretch(number)[1] + self._gap(number)[1]

    def _bounds(self) -> tuple[list[int], list[int]]:
        if self._starts is None:
            spans = [match.span() for match in _CHUNKS.finditer(self._text)]
            self._starts = [start for start, _ in spans]
            self._ends = [end for _, end in spans]
        return self._starts, self._ends

    def _stretch(self, number: int) -> tuple[int, tuple[Token, ...]]:
        """Where a stretch between white space begins, and its tokens; stretch -1 is the beginning of the text."""
        if number < 0:
            return 0, ()
        start = self._bounds()[0][number]
        return start, self._taken_apart(self._text[start : self._ends[number]])

    def _taken_apart(self, chunk: str) -> tuple[Token, ...]:
        tokens = self._apart.get(chunk)
        if tokens is None:
            tokens = self._apart[chunk] = self._reader.take_apart(chunk)
        return tokens

    def _gap(self, number: int) -> tuple[int, tuple[Token, ...]]:
        """The white space behind a stretch as a token: all of it but one leading space, which belongs to the word."""
        starts = self._bounds()[0]
        begin = self._ends[number] if number >= 0 else 0
        end = starts[number + 1] if number + 1 < len(starts) else len(self._text)
        if number >= 0 and self._text[begin : begin + 1] == " ":
            begin += 1
        if begin >= end:
            return begin, ()
        return begin, (Token(end - begin, self._text[begin:end], is_keyword=True),)

    def _is_glued(self, word: str) -> bool:
        """Whether a token that is a keyword holds the word beside a colon: Presidio splits such tokens once more."""
        known = self._glued.get(word)
        if known is None:
            known = self._glued[word] = self._is_beside_colon(word)
        return known

    def _is_beside_colon(self, word: str) -> bool:
        if self._lower is None:
            self._lower = self._text.lower() if ":" in self._text else ""
        around = (":" + word, word + ":")
        if not any(each in self._lower for each in around):
            return False
        distinct = {self._text[start:end] for start, end in zip(*self._bounds(), strict=True)}
        return any(
            token.is_keyword and ":" in token.lower and word in token.lower.split(":")
            for chunk in distinct
            if any(each in chunk.lower() for each in around)
            for token in self._taken_apart(chunk)
        )


def _without_sign(stretch: str) -> str:
    """The letters of a stretch that is a word and a sign at its end; else nothing."""
    word, sign = stretch[:-1], stretch[-1:]
    return word if word.isalpha() and (sign in _SIGNS or (sign == "." and word[-1].islower())) else ""


def without_runs(text: str) -> str:
    """Returns the text with blanks for its longest runs of signs; places stay as they are."""
    return text if _MAYBE_RUNS.search(text[::_SAMPLED]) is None else _RUNS.sub(_blank_run, text)


def _blank_run(match: re.Match[str]) -> str:
    return " " * len(match.group())
