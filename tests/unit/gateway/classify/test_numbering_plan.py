"""Our reading of the numbering plans against phonenumbers itself, for every region."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import phonenumbers
import pytest
from phonenumbers import PhoneMetadata, PhoneNumberMatcher, PhoneNumberType

from gateway.classify.numbering_plan import plan_of
from gateway.classify.phones import FEWEST_IN_A_NUMBER
from gateway.classify.presidio.runners import GATED_REGIONS, PHONE_GATES

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
DEFAULT = ["US", "GB", "DE", "FR", "IL", "IN", "CA", "BR", "ZA"]
ABROAD = ("00", "011", "0011", "810", "0014", "0")
KINDS = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.TOLL_FREE)


def numbers(source: random.Random, regions: list[str]) -> Iterator[tuple[str, str]]:
    """Yields regions and digits: anything, or an example number, changed, with prefixes of all kinds."""
    while True:
        region = source.choice(regions)
        if source.random() < 0.3:
            yield region, "".join(source.choices("0123456789", k=source.randint(3, 19)))
            continue
        other = source.choice(regions) if source.random() < 0.3 else region
        yield region, _prefixed(_changed(_example(other, source), source), other, source)


def _example(region: str, source: random.Random) -> str:
    example = phonenumbers.example_number_for_type(region, source.choice(KINDS))
    return "123456" if example is None else phonenumbers.national_significant_number(example)


def _changed(digits: str, source: random.Random) -> str:
    for _ in range(source.randint(0, 3)):
        place = source.randrange(len(digits))
        digits = digits[:place] + source.choice("0123456789") + digits[place + source.choice((0, 1, 1, 1, 2)) :]
    return digits


def _prefixed(digits: str, region: str, source: random.Random) -> str:
    metadata = PhoneMetadata.metadata_for_region(region)
    national, country = metadata.national_prefix or "0", str(metadata.country_code)
    return source.choice(("", national, country, source.choice(ABROAD) + country, country + national)) + digits


def is_number(region: str, written: str) -> bool:
    return PhoneNumberMatcher(written, region)._parse_and_verify(written, 0) is not None


@pytest.mark.parametrize("regions", [REGIONS, DEFAULT], ids=["every region", "the regions of Presidio"])
def test_a_plan_accepts_what_phonenumbers_accepts(regions: list[str]) -> None:
    source = random.Random(20_261_121)
    accepted = 0
    for _, (region, digits) in zip(range(12_000), numbers(source, regions), strict=False):
        plan = plan_of(region)
        assert plan is not None
        if not 3 <= len(digits) <= 38:
            continue
        has_plus = source.random() < 0.2
        expected = is_number(region, f"+{digits}" if has_plus else digits)
        assert plan.accepts(digits, has_plus=has_plus) == expected, (region, digits, has_plus)
        if expected and not has_plus:
            assert plan.may_accept(digits[:2], len(digits)), (region, digits)
        accepted += expected
    assert accepted > 1_500


def test_an_unknown_region_has_no_plan() -> None:
    assert plan_of("ZZ") is None


def test_no_number_is_shorter_than_what_lets_a_text_be_looked_at() -> None:
    """Some of Germany's have four digits. The gates are what the detector asks before it looks for numbers."""
    gate = re.compile("|".join(PHONE_GATES))
    plans = [plan for plan in map(plan_of, sorted(GATED_REGIONS)) if plan is not None]
    short = [f"{number:0{size}}" for size in (3, 4, 5) for number in range(10**size)]
    accepted = set()
    for plan in plans:
        plausible = {(digits[:2], len(digits)) for digits in short}
        plausible = {each for each in plausible if plan.may_accept(*each)}
        accepted |= {
            digits
            for digits in short
            if (digits[:2], len(digits)) in plausible and plan.accepts(digits, has_plus=False)
        }
    assert {"1640", "16999", "01640"} <= accepted
    assert all(gate.search(digits) and len(digits) >= FEWEST_IN_A_NUMBER for digits in accepted)
