"""The groups of digits with punctuation that may be telephone numbers, and their parts, as phonenumbers sees them.

What its matcher does anew for every region is done once here. Which parts a candidate has follows from where its signs
stand, so most are known from another one of the same shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple
from unicodedata import decimal

from phonenumbers import phonenumbermatcher as stock
from phonenumbers import phonenumberutil

from gateway.classify.prefilter import Places

_FIRST_CHARACTER = re.compile(r"[(\[（［+＋\d]")
"""What a candidate can begin with: a bracket, a plus sign or a digit."""
_SIGNS = (
    r"()\[\] ./\-\u00a0\u00ad\u200b\u2010-\u2015\u2060\u2212\u2053\u223c\u3000"
    r"\u30fc\uff08\uff09\uff0d-\uff0f\uff3b\uff3d"
)
_BETWEEN = stock._PUNCTUATION  # noqa: SLF001  (what the library allows between digits)
_PROMISING = re.compile(
    rf"(?i)(?:{stock._LEAD_CLASS}{_BETWEEN}){{0,2}}\d(?:{_BETWEEN}\d){{0,2}}"  # noqa: SLF001
    rf"(?:{_BETWEEN}\d|;ext=|[ \xa0\t,]*(?:e?xt|ｅ?ｘ|доб|anexo|[x#＃~～]|int|ｉｎｔ)|[- ]+\d{{1,6}}#)"
)
"""What a candidate begins with that has four digits or an extension, after the library's own pattern."""
_ASCII_BETWEEN = r"[-x ()\[\]./~]{0,4}"
_ASCII_PROMISING = (
    rf"(?i)(?:[(\[+]{_ASCII_BETWEEN}){{0,2}}\d(?:{_ASCII_BETWEEN}\d){{0,2}}"
    rf"(?:{_ASCII_BETWEEN}\d|;ext=|[ \t,]*(?:e?xt|anexo|[x#~]|int)|[- ]+\d{{1,6}}#)"
)
"""The same for RE2 and text of ASCII."""
_PLAIN = re.compile(rf"[\d{_SIGNS}]*(?:[+＋][\d{_SIGNS}]*)?")
"""What a plan can judge: digits of any script and the library's punctuation, but no letter (`x` is one) and no sign of
an extension (`~` is one)."""
_OPENING = re.compile(r"[(（\[［]")
_NO_SIGNS = str.maketrans("", "", "()[] ./-")
_AS_ZEROS = str.maketrans("123456789", "000000000")
_SHAPES_KNOWN = 4096
"""Shapes of candidates whose parts are known. There is nothing of a text in them but how its digits are grouped."""
_NO_DIGITS = re.compile(rf"[{_SIGNS}]+")
FEWEST_IN_A_NUMBER = 4
"""No valid number of any region, with a prefix or without, has fewer digits (phonenumbers metadata)."""
_BARE = re.compile(r"[0-9]+(?:\.[0-9]+)?")
"""Digits alone, or a decimal. All that the library could find in it are digits alone, or the decimal."""


class Part(NamedTuple):
    """A part of a candidate that may be a number, in the order in which the library tries them.

    `digits` are those of `digits_of`.
    """

    start: int
    text: str
    digits: str | None


class _Cut(NamedTuple):
    """Where a part of a candidate stands, and which of its digits it holds, behind a sign, if any.

    Where the sign is `None` more than the digits counts.
    """

    begin: int
    end: int
    sign: str | None
    first: int
    last: int

    def digits(self, bare: str) -> str | None:
        """Returns the digits of the part, given those of the candidate without a sign."""
        return None if self.sign is None else self.sign + bare[self.first : self.last]


class Candidate:
    """A group of digits with punctuation, and its parts, which are taken out of it when somebody asks."""

    __slots__ = ("bare_starts", "digits", "end", "is_date", "parts", "start", "text")

    def __init__(
        self, start: int, text: str, digits: str | None, bare_starts: tuple[int, ...], *, is_date: bool
    ) -> None:
        self.start = start
        self.end = start + len(text)
        self.text = text
        self.digits = digits
        self.bare_starts = bare_starts
        self.is_date = is_date
        self.parts: tuple[Part, ...] | None = None

    def cuts(self) -> tuple[_Cut, ...] | None:
        """Returns where the parts stand that have digits enough, if nothing but digits and signs between them count."""
        if self.digits is None:
            return None
        shape = self.text.translate(_AS_ZEROS)
        is_one_script = shape.count("0") == len(self.digits) - self.digits.startswith("+")
        return _plain_cuts(shape) if is_one_script else None


class Candidates:
    """The groups of digits of one text, found and taken apart once."""

    __slots__ = ("_found", "_shadow", "text")

    def __init__(self, text: str, shadow: bytes | None = None) -> None:
        """Takes a text, and its shadow where it is known."""
        self.text = text
        self._shadow = shadow if text.isascii() else None
        self._found: dict[tuple[int, int], Candidate] = {}

    def after(self, index: int, fewest: int = 0) -> Candidate | None:
        """Returns the first candidate that begins at or after `index` and has at least `fewest` digits or letters."""
        while (start := self._begin(index, fewest)) is not None:
            found = self._found.get((start, fewest))
            if found is not None:
                return found
            candidate = self._candidate(start)
            if candidate is None:
                index = start + 1
                continue
            digits = digits_of(candidate)
            if fewest and (digits is None or len(digits) <= fewest) and has_fewer(candidate, digits, fewest):
                index = start + len(candidate)
                continue
            made = self._found[start, fewest] = self._made(start, candidate, digits)
            return made
        return None

    def _begin(self, index: int, fewest: int) -> int | None:
        """Where the next candidate may begin."""
        if self._shadow is not None and fewest == FEWEST_IN_A_NUMBER:
            span = _promising().first(self._shadow, index)
            return None if span is None else span[0]
        match = (_PROMISING if fewest == FEWEST_IN_A_NUMBER else _FIRST_CHARACTER).search(self.text, index)
        return None if match is None else match.start()

    def _made(self, start: int, candidate: str, digits: str | None) -> Candidate:
        end = start + len(candidate)
        may_be_bare = digits == candidate or "." in candidate
        bare_starts = self._bare_starts(start, candidate, digits) if may_be_bare else ()
        is_date = ("/" in candidate or self.text[end : end + 1] == ":") and self._is_date(start, candidate)
        return Candidate(start, candidate, digits, bare_starts, is_date=is_date)

    def parts(self, candidate: Candidate, fewest: int = 0) -> tuple[Part, ...]:
        """Returns the parts of a candidate in the library's order, without those with fewer characters."""
        if candidate.parts is None:
            candidate.parts = tuple(self._parts(candidate, fewest))
        return candidate.parts

    def inner_digits(self, candidate: Candidate) -> Iterator[str | None]:
        """Yields the digits of all parts but the whole, `None` where more than the digits counts."""
        cuts = candidate.cuts() if candidate.parts is None else None
        if cuts is None:
            yield from (part.digits for part in self.parts(candidate, FEWEST_IN_A_NUMBER)[1:])
            return
        bare = (candidate.digits or "").removeprefix("+")
        for each in cuts[1:]:
            yield each.digits(bare)

    def _candidate(self, start: int) -> str | None:
        """The candidate that begins at a place, without a second number behind it."""
        match = stock._PATTERN.match(self.text, start)  # noqa: SLF001  (see the docstring)
        if match is None:
            return None
        candidate: str = match.group()
        if "x" not in candidate:
            return candidate
        second = phonenumberutil._SECOND_NUMBER_START_PATTERN.search(candidate)  # noqa: SLF001
        return candidate if second is None else candidate[: second.start()]

    def _bare_starts(self, start: int, candidate: str, digits: str | None) -> tuple[int, ...]:
        """Where bare numbers begin in a candidate that is one; nothing if it is none.

        What a further digit follows was cut: what is read from inside it may reach further than it does.
        """
        if digits != candidate and ("." not in candidate or _BARE.fullmatch(candidate) is None):
            return ()
        end = start + len(candidate)
        if self.text[end : end + 1].isdecimal():
            return ()
        point = candidate.find(".")
        return (start,) if point < 0 else (start, start + point + 1)

    def _parts(self, whole: Candidate, fewest: int) -> Iterator[Part]:
        """The whole candidate, then what stands before and behind each kind of separator."""
        if whole.is_date:
            return
        start, candidate = whole.start, whole.text
        cuts = whole.cuts() if fewest == FEWEST_IN_A_NUMBER else None
        if cuts is not None:
            bare = (whole.digits or "").removeprefix("+")
            for each in cuts:
                yield Part(start + each.begin, candidate[each.begin : each.end], each.digits(bare))
            return
        for begin, end in _parts(candidate):
            if end - begin >= fewest:
                part = candidate[begin:end]
                yield Part(start + begin, part, digits_of(part))

    def _is_date(self, start: int, candidate: str) -> bool:
        """Whether it is rather a date or a time stamp."""
        if "/" in candidate and stock._SLASH_SEPARATED_DATES.search(candidate):  # noqa: SLF001
            return True
        end = start + len(candidate)
        if self.text[end : end + 1] != ":" or not stock._TIME_STAMPS.search(candidate):  # noqa: SLF001
            return False
        return stock._TIME_STAMPS_SUFFIX.match(self.text, end) is not None  # noqa: SLF001


@cache
def _promising() -> Places:
    return Places(_ASCII_PROMISING)


@lru_cache(maxsize=_SHAPES_KNOWN)
def _plain_cuts(shape: str) -> tuple[_Cut, ...]:
    """The parts of all candidates of one shape, those with digits enough, each once.

    Where a candidate has nothing but digits and signs between them, nothing counts but where they stand.
    """
    cuts, has_sign = [], "+" in shape or "＋" in shape
    for begin, end in dict.fromkeys(_parts(shape)):
        first, last = shape.count("0", 0, begin), shape.count("0", 0, end)
        if last - first >= FEWEST_IN_A_NUMBER:
            written = digits_of(shape[begin:end]) if has_sign else ""
            cuts.append(_Cut(begin, end, None if written is None else written[: written.startswith("+")], first, last))
    return tuple(cuts)


def _parts(candidate: str) -> Iterator[tuple[int, int]]:
    """Yields where the parts of a candidate stand: all of it, and what stands before and behind separators."""
    yield 0, len(candidate)
    for pattern in stock._INNER_MATCHES:  # noqa: SLF001
        group = pattern.search(candidate)
        if group is not None:
            yield 0, _trimmed(candidate, 0, group.start())
        while group is not None:
            begin, end = group.span(1)
            yield begin, _trimmed(candidate, begin, end)
            group = pattern.search(candidate, group.start() + 1)


def _trimmed(candidate: str, begin: int, end: int) -> int:
    """Where a part of a candidate ends without signs at its end."""
    unwanted = phonenumberutil._UNWANTED_END_CHAR_PATTERN.search(candidate[begin:end])  # noqa: SLF001
    return end if unwanted is None else begin + unwanted.start()


def is_bare(text: str) -> bool:
    """Whether a text is digits alone or a decimal: a count, a measure, an identifier or a time stamp."""
    return text.isdigit() or _BARE.fullmatch(text) is not None


def digits_of(part: str) -> str | None:
    """The digits of a part, after a `+` if it begins so; `None` where more than the digits counts."""
    bare = part.translate(_NO_SIGNS)
    if bare.isascii():
        if bare.isdigit():
            return bare
        if part[:1] == "+" and bare[1:].isdigit() and "(" not in part and "[" not in part:
            return bare
    if _PLAIN.fullmatch(part) is None:
        return None
    digits = _NO_DIGITS.sub("", part)
    if not digits.isascii():
        digits = "".join("+" if each in "+＋" else str(decimal(each)) for each in digits)
    plus = max(part.find("+"), part.find("＋"))
    return None if "+" in digits[1:] or (plus >= 0 and _OPENING.search(part, plus)) else digits


def has_fewer(part: str, digits: str | None, fewest: int) -> bool:
    """Whether a part has fewer digits, were each letter a digit; `digits` are those of `digits_of`."""
    if digits is not None and part.isascii():
        return len(digits) - (digits[:1] == "+") < fewest
    return len(part) < fewest or (not part.isalnum() and sum(map(str.isalnum, part)) < fewest)
