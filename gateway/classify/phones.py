"""Presidio's phone recognizers with one pass over the text for all regions. The places found are the same.

The matcher of phonenumbers looks for candidates (groups of digits with punctuation) anew for every region, although no
region changes what a candidate is, and parses every part of every candidate under every region's rules. Here a
candidate is taken apart once; which regions accept a part follows from its digits alone
(`gateway.classify.numbering_plan`) unless letters or an extension stand in it, which the library judges as ever.

One departure: the library gives up on a text after 65,535 failed tries, so that enough digits in front hide whatever
follows. This reads to the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from phonenumbers import Leniency, PhoneNumberMatcher
from phonenumbers import phonenumbermatcher as stock

from gateway.classify.numbering_plan import Plan, accepts_with_code, plan_of
from gateway.classify.phone_candidates import (
    FEWEST_IN_A_NUMBER,
    Candidate,
    Candidates,
    Part,
    has_fewer,
    is_bare,
)

__all__ = ["FEWEST_IN_A_NUMBER", "Candidates", "Leniency", "Numbers", "PhoneRegions", "is_bare"]

_BRACKETS = re.compile(r"[()\[\]（）［］]")
_TWO_EXTENSIONS = re.compile(r"(?s)(?<![xX])[xX](?![xX])[^xX]*\d[^xX]*[xX](?![xX])(?=.)")
"""What the library never accepts: to it all digits behind each single `x` are the one extension of the number."""
_NO_NUMBER_BEFORE_IT = re.compile(r"(?s)[^\dxX]*(?:\d[^\dxX]*)?[xX](?![xX])(?=.)")
"""Nor this: an extension stands behind two digits at least."""
_LETTERS_UNREAD = 2
_UNCUT = 20
"""The library cuts no candidate of so few digits: it takes 21 groups of them."""
_BEHIND = 3
"""Characters behind a candidate that say whether it is the beginning of a time (`:30`)."""
_LONG_TEXT = 16_384
"""Characters from which on it pays to ask whether a candidate was met before."""
_REMEMBERED = 8192
"""Candidates of long texts that are remembered while a call is read: its views repeat most of them. Some MB."""
_NUMBERS_REMEMBERED = 32_768
"""Strings of digits that are remembered while a call is read: some MB."""
_BETWEEN_CHECKS = 256
_LEADING = 2
"""Digits by which numbers are told apart before plans are asked: bounds what is remembered to a hundred per size.

Three save nothing once a process is warm, and its first text full of digits then costs a second more.
"""


class _Step(NamedTuple):
    """Some regions leave a candidate at its character `end`; with `begin` they found a number that ends there."""

    begin: int | None
    end: int
    regions: int


class Numbers:
    """Which digits are numbers where, as far as somebody asked: the same in every text. Not for two threads at once.

    `read` is what candidates of long texts hold, by what they are and what touches them.
    """

    __slots__ = ("_accepted", "_anywhere", "read")

    def __init__(self) -> None:
        self.read: dict[tuple[int, int, bool, str], tuple[_Step, ...]] = {}
        self._accepted: dict[str, int] = {}
        self._anywhere: dict[str, bool] = {}

    def is_anywhere(self, digits: str, accepting: Callable[[str], Iterator[int]]) -> bool:
        """Whether they are one in any of the regions, whose bits `accepting` yields."""
        known = self._anywhere.get(digits)
        if known is None:
            known = any(accepting(digits))
            if len(self._anywhere) < _NUMBERS_REMEMBERED:
                self._anywhere[digits] = known
                if not known:
                    self._accepted[digits] = 0
        return known

    def mask(self, digits: str, accepting: Callable[[str], Iterator[int]]) -> int:
        """Returns the bits of all regions in which they are one."""
        known = self._accepted.get(digits)
        if known is None:
            known = sum(accepting(digits))
            if len(self._accepted) < _NUMBERS_REMEMBERED:
                self._accepted[digits] = known
        return known


class _Search:
    """What is known so far of one text: the places found, which digits are numbers where, and what candidates hold."""

    __slots__ = ("candidates", "found", "numbers", "outermost", "text")

    def __init__(self, candidates: Candidates, numbers: Numbers, *, outermost: bool) -> None:
        self.candidates = candidates
        self.numbers = numbers
        self.text = candidates.text
        self.outermost = outermost
        self.found: set[tuple[int, int]] = set()


class PhoneRegions:
    """Finds what is a number to somebody in one of some regions. Safe to share between threads."""

    __slots__ = ("_all", "_by_leading", "_fewest", "_is_by_plan", "_leniency", "_names", "_plans")

    def __init__(self, regions: Sequence[str], leniency: int) -> None:
        """Takes regions as ISO 3166-1 alpha-2 codes and a level of `Leniency`."""
        self._names = tuple(dict.fromkeys(regions))
        self._leniency = leniency
        plans = [plan_of(name) for name in self._names]
        self._plans: list[tuple[int, Plan]] = [(1 << i, plan) for i, plan in enumerate(plans) if plan is not None]
        self._is_by_plan = leniency == Leniency.VALID and None not in plans
        self._fewest = FEWEST_IN_A_NUMBER if self._is_by_plan else 0
        self._by_leading: dict[tuple[str, int], list[tuple[int, Plan]]] = {}
        self._all = (1 << len(self._names)) - 1

    def find(
        self,
        candidates: Candidates,
        is_useless: Callable[[int], bool] | None = None,
        *,
        outermost: bool = False,
        known: Numbers | None = None,
        check: Callable[[], None] | None = None,
    ) -> set[tuple[int, int]]:
        """Returns the places that the library's matcher finds for at least one of the regions.

        Those that are bare (`is_bare`) may be left out where `is_useless` says so of the place at which they begin;
        with `outermost` those that lie inside another place may be, too. `known` are numbers that these regions judged
        before. `check` is called between some hundreds of candidates and may raise.
        """
        search = _Search(candidates, known or Numbers(), outermost=outermost and self._is_by_plan)
        # Regions walk the text together until one accepts less than a whole candidate and goes on from inside it.
        index, regions = 0, self._all
        waiting: dict[int, int] = {}
        order: list[int] = []
        steps = 0
        while True:
            steps += 1
            if check is not None and not steps % _BETWEEN_CHECKS:
                check()
            candidate = candidates.after(index, self._fewest)
            if candidate is not None:
                is_left = (
                    is_useless is not None and candidate.bare_starts and all(map(is_useless, candidate.bare_starts))
                )
                is_done = is_left or (search.outermost and regions == self._all and self._is_settled(candidate, search))
                if is_done and not order:
                    index = candidate.end
                    continue
                for end, mask in ((candidate.end, regions),) if is_done else self._ends(candidate, regions, search):
                    if end not in waiting:
                        heappush(order, end)
                    waiting[end] = waiting.get(end, 0) | mask
            if not order:
                return search.found
            index = heappop(order)
            regions = waiting.pop(index)

    def _ends(self, candidate: Candidate, regions: int, search: _Search) -> Iterable[tuple[int, int]]:
        """Reads one candidate for some regions; yields from where they go on."""
        start = candidate.start
        is_long = len(search.text) >= _LONG_TEXT
        for begin, end, mask in (self._known if is_long else self._read)(candidate, regions, search):
            if begin is not None:
                search.found.add((start + begin, start + end))
            yield start + end, mask

    def _known(self, candidate: Candidate, regions: int, search: _Search) -> Iterable[_Step]:
        """As `_read`. Nothing counts but the candidate and what touches it, so what is repeated is read once."""
        start = candidate.start
        touched = search.text[max(0, start - 1) : candidate.end + _BEHIND]
        key = (regions, candidate.end - start, start > 0, touched)
        read = search.numbers.read
        steps = read.get(key)
        if steps is None:
            steps = tuple(self._read(candidate, regions, search))
            if len(read) < _REMEMBERED:
                read[key] = steps
        return steps

    def _read(self, candidate: Candidate, regions: int, search: _Search) -> Iterator[_Step]:
        """Reads one candidate for some regions, which leave it one after the other or all together."""
        start = candidate.start
        for part in search.candidates.parts(candidate, self._fewest):
            mask = self._accepting(part, regions, search)
            if mask:
                begin = part.start - start
                regions &= ~mask
                yield _Step(begin, begin + len(part.text), mask)
            if not regions:
                return
        yield _Step(None, candidate.end - start, regions)

    def _is_settled(self, candidate: Candidate, search: _Search) -> bool:
        """Finds a whole candidate if it is a number in any region, or sees that nothing in it could be one.

        Then the other regions find nothing but what lies inside it: with so few digits it was not cut, so a candidate
        that begins inside it reaches no further than it does.
        """
        if candidate.is_date:
            return True
        digits, is_anywhere = candidate.digits, search.numbers.is_anywhere
        if digits is None or len(digits) < FEWEST_IN_A_NUMBER:
            return False
        if is_anywhere(digits, self._accepted_by) and _stands_alone(candidate, search.text):
            if len(digits) > _UNCUT:
                return False
            search.found.add((candidate.start, candidate.end))
            return True
        return not any(self._may_be_one(each, search) for each in search.candidates.inner_digits(candidate))

    def _may_be_one(self, digits: str | None, search: _Search) -> bool:
        """Whether a part may be a number in any region; `digits` are its own, `None` where more than they counts."""
        if digits is None:
            return True
        return len(digits) >= FEWEST_IN_A_NUMBER and search.numbers.is_anywhere(digits, self._accepted_by)

    def _accepting(self, part: Part, regions: int, search: _Search) -> int:
        """The regions, out of some, in which the part is a number."""
        digits = part.digits if self._is_by_plan else None
        if digits is None:
            return 0 if self._is_by_plan and _is_none(part.text) else self._by_library(part, regions, search.text)
        if len(digits) < FEWEST_IN_A_NUMBER:
            return 0
        mask = search.numbers.mask(digits, self._accepted_by)
        return mask & regions if mask and _stands_alone(part, search.text) else 0

    def _accepted_by(self, digits: str) -> Iterator[int]:
        """Yields the bit of each region in which some digits, after a `+` if they begin so, are a number."""
        if digits[0] != "+":
            for bit, plan in self._plausible(digits[:_LEADING], len(digits)):
                if plan.accepts(digits, has_plus=False):
                    yield bit
            return
        is_number = accepts_with_code(digits[1:])
        for bit, plan in self._plans if is_number is not False else ():
            if is_number or plan.accepts(digits[1:], has_plus=True):
                yield bit

    def _plausible(self, leading: str, size: int) -> list[tuple[int, Plan]]:
        """The plans that could accept digits of this size that begin so: most accept few."""
        plans = self._by_leading.get((leading, size))
        if plans is None:
            plans = [(bit, plan) for bit, plan in self._plans if plan.may_accept(leading, size)]
            self._by_leading[leading, size] = plans
        return plans

    def _by_library(self, part: Part, regions: int, text: str) -> int:
        mask = 0
        for i, name in enumerate(self._names):
            if regions >> i & 1:
                matcher = PhoneNumberMatcher(text, name, leniency=self._leniency)
                mask |= (matcher._parse_and_verify(part.text, part.start) is not None) << i  # noqa: SLF001
        return mask


def _is_none(part: str) -> bool:
    """Whether a part of which more than the digits counts is a number nowhere, as far as that is quickly said."""
    if has_fewer(part, None, FEWEST_IN_A_NUMBER) or _NO_NUMBER_BEFORE_IT.match(part) is not None:
        return True
    if _TWO_EXTENSIONS.search(part) is not None:
        return True
    # Two letters are no word that spells a number.
    return sum(map(str.isdecimal, part)) < FEWEST_IN_A_NUMBER and sum(map(str.isalpha, part)) <= _LETTERS_UNREAD


def _stands_alone(part: Part | Candidate, text: str) -> bool:
    """Whether brackets match and no letter touches the part, as the library asks of a number."""
    candidate = part.text
    if not candidate.isdecimal():
        has_brackets = _BRACKETS.search(candidate) is not None
        if has_brackets and stock._MATCHING_BRACKETS.fullmatch(candidate) is None:  # noqa: SLF001
            return False
        if has_brackets and stock._PUB_PAGES.search(candidate) is not None:  # noqa: SLF001
            return False
    end = part.start + len(candidate)
    if part.start > 0 and candidate[0] not in "([+（［＋" and _touches(text[part.start - 1]):
        return False
    return end >= len(text) or not _touches(text[end])


def _touches(character: str) -> bool:
    """Whether a character beside digits says that they are no number: a Latin letter, a per cent or currency sign."""
    if character.isascii():
        return character.isalpha() or character in "%$"
    matcher = PhoneNumberMatcher
    return bool(
        matcher._is_invalid_punctuation_symbol(character) or matcher._is_latin_letter(character)  # noqa: SLF001
    )
