"""Presidio's phone recognizer with one pass over the text for all regions. The matches are the same.

The matcher of phonenumbers looks for candidates (groups of digits with punctuation) anew for every region, although no
region changes what a candidate is, and then parses every candidate under every region's rules, although most groups of
digits are too short for most regions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

import phonenumbers
from phonenumbers import Leniency, PhoneNumberMatch, phonenumberutil
from phonenumbers import phonenumbermatcher as stock

_NEVER_TOO_SHORT = 0
_FIRST_CHARACTER = re.compile(r"[(\[（［+＋\d]")
"""What a candidate can begin with: a bracket, a plus sign or a digit."""
__all__ = ["Candidates", "Leniency", "PhoneNumberMatch", "fewest_digits", "phone_matches"]

_GROUP_ONLY = re.compile(r"\\\d")
"""A rewriting rule that keeps a part of the number and adds nothing."""


class Candidates:
    """The groups of digits of one text, found once and shared by the matchers of all regions."""

    __slots__ = ("_found", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._found: dict[int, tuple[int, str] | None] = {}

    def after(self, index: int) -> tuple[int, str] | None:
        """Returns the first candidate at or after `index` with its place, if there is one."""
        if index not in self._found:
            self._found[index] = self._next(index)
        return self._found[index]

    def _next(self, index: int) -> tuple[int, str] | None:
        for first in _FIRST_CHARACTER.finditer(self.text, index):
            match = stock._PATTERN.match(self.text, first.start())  # noqa: SLF001  (see the docstring)
            if match is not None:
                candidate: str = match.group()
                second = phonenumberutil._SECOND_NUMBER_START_PATTERN.search(candidate)  # noqa: SLF001
                return match.start(), candidate if second is None else candidate[: second.start()]
        return None


class _Matcher(stock.PhoneNumberMatcher):
    """The library's matcher on shared candidates."""

    def __init__(self, candidates: Candidates, region: str, leniency: int) -> None:
        super().__init__(candidates.text, region, leniency=leniency)
        self._candidates = candidates
        self._fewest = fewest_digits(region) if leniency >= Leniency.VALID else _NEVER_TOO_SHORT

    def _find(self, index: int) -> PhoneNumberMatch | None:
        while self._max_tries > 0:
            found = self._candidates.after(index)
            if found is None:
                return None
            start, candidate = found
            if not self._is_too_short(candidate):
                match = self._extract_match(candidate, start)
                if match is not None:
                    return match
            self._max_tries -= 1
            index = start + len(candidate)
        return None

    def _is_too_short(self, candidate: str) -> bool:
        """Whether digits alone, with no prefix that could name another country, are fewer than any number here has."""
        return len(candidate) < self._fewest and candidate[0] != "0" and candidate.isascii() and candidate.isdigit()


@cache
def fewest_digits(region: str) -> int:
    """Returns the length of the region's shortest valid number; 0 where the metadata does not settle it.

    Parsing can only take prefixes away: the country's own code, the trunk prefix, a carrier's. Another country's code
    needs a plus sign or the international prefix, which must begin with `0` for this bound to hold.
    """
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    sharing = phonenumbers.region_codes_for_country_code((metadata and metadata.country_code) or 0)
    if metadata is None or not sharing or not _abroad_begins_with_zero(metadata.international_prefix):
        return _NEVER_TOO_SHORT
    # Rules of the region and of the main region of its country code are applied while parsing; others never are.
    parsing = (metadata, phonenumbers.PhoneMetadata.metadata_for_region(sharing[0]))
    rules = [each.national_prefix_transform_rule for each in parsing if each is not None]
    if any(rule is not None and not _GROUP_ONLY.fullmatch(rule) for rule in rules):
        return _NEVER_TOO_SHORT
    return min(_shortest(phonenumbers.PhoneMetadata.metadata_for_region(each)) for each in sharing)


def _shortest(metadata: phonenumbers.PhoneMetadata | None) -> int:
    described = None if metadata is None else metadata.general_desc
    return _NEVER_TOO_SHORT if described is None else min(described.possible_length, default=_NEVER_TOO_SHORT)


def _abroad_begins_with_zero(prefix: str | None) -> bool:
    return prefix is not None and prefix.startswith("0") and "|" not in prefix.split("(", 1)[0]


def phone_matches(text: str, regions: Sequence[str], leniency: int) -> Iterator[tuple[str, PhoneNumberMatch]]:
    """Yields the region and the match of what `PhoneNumberMatcher` finds in the text for each region in turn."""
    candidates = Candidates(text)
    for region in regions:
        for match in _Matcher(candidates, region, leniency):
            yield region, match
