"""Where a pattern of Presidio's matches: the same places, without the engine that is quadratic on hostile text.

Presidio's patterns are written for `regex`. Where RE2 reads a pattern unchanged and the text is plain ASCII, RE2 finds
the places itself. Else RE2 names the places where a match can begin (a wider pattern on the ASCII shadow), and `regex`
is asked only there. Where neither can be said, `regex` reads the text in windows, with a time limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import regex  # type: ignore[import-untyped]  # the engine Presidio runs on; ships no types

from gateway.classify.prefilter import Places, is_expressible, superset_of
from gateway.classify.presidio.library import PatternTimeout
from gateway.classify.shadow import OwnLetters
from gateway.classify.windows import windows

_ODD = ("\x0b", "\x1c", "\x1d", "\x1e", "\x1f")
"""White space to Python's patterns and not to RE2's."""
_SOMEWHERE_AHEAD = re.compile(r"\(\?=\.\*\??((?:\[[^\]]+\](?:\{\d+\})?)+)\)")
"""A look-ahead for something anywhere behind: quadratic, and the same for all places up to the last of it."""
_BEGINS_AHEAD = re.compile(rf"(?:\\b|\((?!\?))*(?:{_SOMEWHERE_AHEAD.pattern})+(?!.*\(\?)")
_ANY_LETTER = re.compile(r"\[\^|\\[^dsbtnrfvAzZ\x00-/:-@\[-`{-~]|(?<!\\)(?:\\\\)*\.")
"""What may match a letter beyond ASCII: a full stop, a class of all but some, any escape but those of digits, space,
edges and signs. Else no such letter is part of a match, so any other sign that belongs to a word may stand for it."""
_WITHOUT_END = re.compile(r"[*+]|\{\d*,\}|\)\{|\\[1-9]")
"""What a pattern has none of that is settled after a few steps wherever it begins. To ask the clock how long a match
takes costs ten times what the match does."""
_FREE_SCAN = 65_536
_SCANS = 16
"""How often RE2 may read a text over again, on average, before a pattern goes by windows: keeps hostile text linear."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text to be read, its ASCII shadow, and whether both engines agree on every class of its characters."""

    text: str = field(repr=False)
    shadow: bytes = field(repr=False)
    is_plain: bool
    own: OwnLetters | None = field(default=None, repr=False)
    _made: list[bytes] = field(default_factory=list, repr=False, compare=False)

    def own_letters(self) -> bytes:
        """Returns the shadow without letters that only stand for others, as far as it is known how to tell."""
        if self.own is None:
            return self.shadow
        if not self._made:
            self._made.append(self.own.of(self.text))
        return self._made[0]

    @classmethod
    def of(cls, text: str, shadow: bytes, own: OwnLetters | None = None) -> Reading:
        """Returns the reading of a text."""
        return cls(text, shadow, text.isascii() and not any(odd in text for odd in _ODD), own)


class Finder:
    """Finds the places of one pattern. Safe to share between threads."""

    __slots__ = ("_ahead", "_exact", "_has_own_letters", "_is_linear", "_limit_s", "_timeout_s", "_wider")

    def __init__(self, pattern: str, flags: int, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        is_first = bool(flags & regex.S) and "|" not in pattern and _BEGINS_AHEAD.match(pattern) is not None
        self._ahead = [regex.compile(each, flags) for each in _SOMEWHERE_AHEAD.findall(pattern)] if is_first else []
        if self._ahead:
            pattern = _SOMEWHERE_AHEAD.sub("", pattern)
        self._exact = regex.compile(pattern, flags)
        self._limit_s = timeout_s if _WITHOUT_END.search(pattern) else None
        inlined = inline_flags(flags) + pattern
        self._is_linear = pattern.isascii() and is_expressible(inlined)
        wider = superset_of(inlined)
        self._wider = None if wider is None else Places(wider)
        self._has_own_letters = wider is not None and _ANY_LETTER.search(wider) is None

    def spans(self, reading: Reading) -> Iterable[tuple[int, int]]:
        """Returns the places, in order unless windows were needed. Raises `PatternTimeout`."""
        if self._ahead:
            return self._with_all_ahead(reading)
        if self._is_linear and reading.is_plain and self._wider is not None:
            return self._wider.all(reading.shadow)
        return (match.span() for match in self.matches(reading))

    def _with_all_ahead(self, reading: Reading) -> Iterator[tuple[int, int]]:
        """The places before the last of everything that must stand ahead: what fails at one place fails behind it."""
        lasts = [max((each.start() for each in ahead.finditer(reading.text)), default=-1) for ahead in self._ahead]
        for match in self.matches(reading):
            if match.start() <= min(lasts):
                yield match.span()

    def matches(self, reading: Reading) -> Iterator[regex.Match[str]]:
        """Yields the matches of `regex`. Raises `PatternTimeout`."""
        try:
            if self._wider is None:
                yield from self._by_windows(reading.text, 0)
            else:
                yield from self._where_possible(reading, self._wider)
        except TimeoutError:
            raise PatternTimeout from None

    def finditer(self, text: str, timeout: float | None = None) -> Iterator[regex.Match[str]]:
        """Stands where Presidio keeps a compiled pattern, for recognizers that do more than look for patterns."""
        del timeout
        try:
            yield from self._exact.finditer(text, timeout=self._timeout_s)
        except TimeoutError:
            raise PatternTimeout from None

    def _where_possible(self, reading: Reading, wider: Places) -> Iterator[regex.Match[str]]:
        place, scanned = 0, 0
        shadow = reading.own_letters() if self._has_own_letters else reading.shadow
        while (possible := wider.first(shadow, place)) is not None:
            begin, end = possible
            scanned += end - place
            if scanned > _FREE_SCAN + _SCANS * len(reading.text):
                yield from self._by_windows(reading.text, place)
                return
            match = self._exact.match(reading.text, begin, timeout=self._limit_s)
            if match is None:
                place = begin + 1
            elif match.end() > begin:
                yield match
                place = match.end()
            else:  # an empty match: how the search goes on is the engine's own affair
                yield from self._exact.finditer(reading.text, begin, timeout=self._timeout_s)
                return

    def _by_windows(self, text: str, begin: int) -> Iterator[regex.Match[str]]:
        for start, end in windows(text[begin:]):
            yield from self._exact.finditer(text, begin + start, begin + end, timeout=self._timeout_s)


def inline_flags(flags: int) -> str:
    """Returns the flags as RE2 and `regex` read them at the beginning of a pattern."""
    letters = "".join(letter for letter, flag in zip("ism", (regex.I, regex.S, regex.M), strict=True) if flags & flag)
    return f"(?{letters})" if letters else ""
