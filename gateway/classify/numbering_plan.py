"""Which strings of digits are telephone numbers, as phonenumbers decides it, from its metadata.

`phonenumbers.parse` and its matcher normalise a candidate anew for every region and compile what they look for on the
way: 25 to 50 microseconds for one candidate and region. All they decide depends on the digits alone, as long as there
is no extension and no letter; a `Plan` decides it in one or two. The names follow the library's, so the two can be
read side by side; a test compares them over generated numbers for every region.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto
from functools import cache, lru_cache
from itertools import accumulate
from typing import NamedTuple

import phonenumbers
import regex  # type: ignore[import-untyped]  # knows partial matches; ships no types
from phonenumbers.phonemetadata import NumberFormat, PhoneMetadata, PhoneNumberDesc

MIN_NATIONAL_DIGITS = 2
MAX_NATIONAL_DIGITS = 17
MAX_COUNTRY_CODE_DIGITS = 3
_TYPES = (
    "premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail", "fixed_line",
    "mobile",
)  # fmt: skip
_NOTHING = re.compile(r"(?!)")
_REPEATS = re.compile(r"[*+{]")
_FIRST_GROUP_ONLY = re.compile(r"\(?\\1\)?")


class _Length(Enum):
    """How long a national number is, beside what its region allows."""

    POSSIBLE = auto()
    TOO_LONG = auto()
    OTHER = auto()


class Plan:
    """The numbering plan of one region, compiled."""

    __slots__ = (
        "_abroad", "_before", "_by_length", "_country_digits", "_general", "_leading", "_local_lengths", "_longest",
        "_longest_with_prefix", "_needing", "_prefix", "_rules", "_transform", "country_code", "lengths",
    )  # fmt: skip

    def __init__(self, metadata: PhoneMetadata) -> None:
        self.country_code = metadata.country_code or 0
        self._country_digits = str(metadata.country_code)
        self._abroad = _compiled(metadata.international_prefix)
        self._leading = None if metadata.leading_digits is None else re.compile(metadata.leading_digits)
        general = metadata.general_desc or PhoneNumberDesc()
        self._general = _compiled(general.national_number_pattern)
        self.lengths = frozenset(general.possible_length)
        self._local_lengths = frozenset(general.possible_length_local_only)
        self._prefix = _compiled(metadata.national_prefix_for_parsing)
        before = (self._country_digits, self._abroad.pattern, self._prefix.pattern)
        self._before = re.compile("|".join(f"(?:{each})" for each in before))
        self._longest = max(self.lengths)
        self._longest_with_prefix = self._longest + _longest(self._prefix.pattern)
        self._transform: str = metadata.national_prefix_transform_rule or ""
        self._by_length = {length: _union([metadata], length) for length in self.lengths}
        self._rules, self._needing = _rules(metadata.number_format)

    def may_accept(self, first: str, size: int) -> bool:
        """Whether `accepts` could accept some `size` digits that begin with `first`, without a plus sign."""
        if self._country_digits.startswith(first) or first.startswith(self._country_digits):
            return True
        if _partly(self._abroad.pattern).match(first, partial=True):
            return True
        if size <= self._longest_with_prefix and _partly(self._prefix.pattern).match(first, partial=True):
            return True
        return _country_of(self.country_code).may_have(first, size)

    def accepts(self, digits: str, *, has_plus: bool) -> bool:
        """Whether the digits, at least three, are a valid number to somebody in this region (`Leniency.VALID`)."""
        if not has_plus and self._before.match(digits) is None:
            number = digits  # no prefix and no country code, so nothing to take off
        else:
            is_valid = accepts_with_code(digits) if has_plus else None
            if is_valid is not None:
                return is_valid
            country = self._from_abroad(digits)
            if country is not None:
                return country.is_valid()
            if has_plus:
                return False
            number = self.national(digits)
        numbers = _country_of(self.country_code)
        return numbers.has(number) and numbers.main.allows(number, written=digits)

    def _from_abroad(self, digits: str) -> _Abroad | None:
        """The number behind an international prefix or behind the country's own code, if it is written so."""
        match = self._abroad.match(digits)
        if match is not None and digits[match.end() : match.end() + 1] != "0":
            return _Abroad.of(digits[match.end() :]) or _Abroad(0, "")
        if not digits.startswith(self._country_digits):
            return None
        rest = self.without_prefix(digits[len(self._country_digits) :])[0]
        is_better = self._general.fullmatch(digits) is None and self._general.fullmatch(rest) is not None
        return _Abroad(self.country_code, rest) if is_better or self._length(digits) is _Length.TOO_LONG else None

    def national(self, digits: str) -> str:
        """Returns the national number: the digits without a national prefix and a carrier's code."""
        number = self.without_prefix(digits)[0]
        return digits if self._length(number) is _Length.OTHER else number

    def without_prefix(self, digits: str) -> tuple[str, bool]:
        """Returns the digits without the national prefix, and whether there was one."""
        match = self._prefix.match(digits) if digits else None
        if match is None:
            return digits, False
        groups = match.groups()
        if self._transform and (not groups or groups[-1] is not None):
            rest = self._prefix.sub(self._transform, digits, count=1)
        else:
            rest = digits[match.end() :]
        if self._general.fullmatch(digits) is not None and self._general.fullmatch(rest) is None:
            return digits, False
        return rest, True

    def _length(self, number: str) -> _Length:
        size = len(number)
        if size in self._local_lengths:
            return _Length.OTHER
        if size in self.lengths:
            return _Length.POSSIBLE
        return _Length.TOO_LONG if size > self._longest else _Length.OTHER

    def begins(self, number: str) -> bool | None:
        """Whether the number has the region's leading digits; `None` where the region has none of its own."""
        return None if self._leading is None else self._leading.match(number) is not None

    def has(self, number: str) -> bool:
        """Whether the national number is of any type that the region has."""
        of_length = self._by_length.get(len(number))
        if of_length is None or self._general.fullmatch(number) is None:
            return False
        return of_length.fullmatch(number) is not None

    def allows(self, number: str, *, written: str) -> bool:
        """Whether the national prefix stands before the number where it is usually written."""
        rule = self._rules.match(number) if self._needing else None
        return rule is None or rule.lastindex not in self._needing or self.without_prefix(written)[1]


class _Abroad(NamedTuple):
    """A number with its country code; code 0 stands for a number that begins with none."""

    code: int
    rest: str

    @classmethod
    def of(cls, digits: str) -> _Abroad | None:
        """Splits digits that begin with a country code; too few digits are code 0."""
        if len(digits) <= MIN_NATIONAL_DIGITS:
            return cls(0, "")
        for size in range(1, MAX_COUNTRY_CODE_DIGITS + 1):
            code = int(digits[:size])
            if digits[0] != "0" and code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
                return cls(code, digits[size:])
        return None

    def is_valid(self) -> bool:
        """Whether it is a number of its country."""
        if self.code == 0:
            return False
        numbers = _country_of(self.code)
        return numbers.has(numbers.main.national(self.rest))


class _Country:
    """All regions that share a country code, the main one first."""

    __slots__ = ("_any", "main", "plans")

    def __init__(self, country_code: int) -> None:
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[country_code]
        found = [PhoneMetadata.metadata_for_region_or_calling_code(country_code, region) for region in regions]
        described = [each for each in found if each is not None]
        self.plans = tuple(Plan(each) for each in described)
        self.main = self.plans[0]
        lengths = {length for plan in self.plans for length in plan.lengths}
        possible = [length for length in lengths if MIN_NATIONAL_DIGITS <= length <= MAX_NATIONAL_DIGITS]
        self._any = {length: _union(described, length) for length in possible}

    def may_have(self, first: str, size: int) -> bool:
        """Whether some number of this size that begins with `first` could have a type in some region."""
        any_of_size = self._any.get(size)
        return any_of_size is not None and _partly(any_of_size.pattern).fullmatch(first, partial=True) is not None

    def has(self, number: str) -> bool:
        """As `is_valid_number`: the first region that claims the number must have it."""
        may_be = self._any.get(len(number))
        if may_be is None or may_be.fullmatch(number) is None:
            return False
        if len(self.plans) == 1:
            return self.main.has(number)
        for plan in self.plans:
            begins = plan.begins(number)
            if begins or (begins is None and plan.has(number)):
                return begins is None or plan.has(number)
        return False


def accepts_with_code(digits: str) -> bool | None:
    """Whether digits that begin with a country code are a valid number, wherever it is dialled; `None` without one."""
    country = _Abroad.of(digits)
    return None if country is None else country.is_valid()


@cache
def plan_of(region: str) -> Plan | None:
    """Returns the plan of a region (ISO 3166-1 alpha-2), `None` for one that the metadata does not know."""
    metadata = PhoneMetadata.metadata_for_region(region, None)
    return None if metadata is None else Plan(metadata)


@cache
def _country_of(country_code: int) -> _Country:
    return _Country(country_code)


def _union(regions: Sequence[PhoneMetadata], length: int) -> re.Pattern[str]:
    """Matches every number of this length that has a type in any of the regions."""
    described: list[PhoneNumberDesc | None] = [getattr(each, name) for each in regions for name in _TYPES]
    patterns = dict.fromkeys(
        each.national_number_pattern
        for each in described
        if each is not None
        and each.national_number_pattern
        and (not each.possible_length or length in each.possible_length)
    )
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else _NOTHING


def _longest(pattern: str) -> int:
    """An upper bound of the length of what a pattern of digits matches; large where it repeats anything."""
    return 99 if _REPEATS.search(pattern) else len(pattern)


def _rules(formats: Sequence[NumberFormat]) -> tuple[re.Pattern[str], frozenset[int]]:
    """The ways of writing numbers as one pattern, and the last groups of those that the national prefix must precede.

    Of several the first counts. Each ends in an empty group, which says which it was.
    """
    written = [(_way(each), _needs_prefix(each)) for each in formats]
    ends = accumulate(re.compile(way).groups for way, _ in written)
    needing = frozenset(end for end, (_, needs) in zip(ends, written, strict=True) if needs)
    return re.compile("|".join(way for way, _ in written) or r"(?!)"), needing


def _way(written: NumberFormat) -> str:
    leading = f"(?=(?:{written.leading_digits_pattern[-1]}))" if written.leading_digits_pattern else ""
    return rf"{leading}(?:{written.pattern})\Z()"


def _needs_prefix(written: NumberFormat) -> bool:
    rule = written.national_prefix_formatting_rule
    is_needed = bool(rule) and not written.national_prefix_optional_when_formatting
    return is_needed and _FIRST_GROUP_ONLY.fullmatch(rule or "") is None


@lru_cache(maxsize=1024)
def _compiled(pattern: str | None) -> re.Pattern[str]:
    return re.compile(pattern) if pattern else _NOTHING


@lru_cache(maxsize=1024)
def _partly(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern)
