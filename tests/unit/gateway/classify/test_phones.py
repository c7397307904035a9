from __future__ import annotations

import random
from collections.abc import Iterator

import phonenumbers
import pytest

from gateway.classify.phones import Leniency, fewest_digits, phone_matches

REGIONS = ("US", "GB", "DE", "FR", "IL", "IN", "CA", "BR")
SIGNS = "+ 0 00 011 1 6 / // - . x % € é ٤ ａ ( [ 12. 415 555-0132 (415) 030 ００４９ 99999999999999999"
GROUPS = (
    "+44 20 7946 0958",
    "030 901820",
    "011 44",
    " - ",
    " ext. 7",
    "2012-01-02 08:00",
    "3/10/2011",
    "211-227 (2003)",
)
PIECES = (*SIGNS.split(" "), *GROUPS, "\n", " ")


def texts(count: int) -> Iterator[str]:
    source = random.Random(20_261_121)
    for _ in range(count):
        digits = ["".join(source.choices("0123456789", k=source.randint(1, 13))) for _ in range(4)]
        yield source.choice(("", " ", ", ")).join(source.choices(PIECES + tuple(digits), k=source.randint(1, 8)))


@pytest.mark.parametrize("leniency", [Leniency.POSSIBLE, Leniency.VALID])
def test_matches_are_those_of_one_matcher_for_each_region(leniency: int) -> None:
    compared = 0
    for text in texts(1_000):
        ours = [(region, match.start, match.end) for region, match in phone_matches(text, REGIONS, leniency)]
        stock = [
            (region, match.start, match.end)
            for region in REGIONS
            for match in phonenumbers.PhoneNumberMatcher(text, region, leniency=leniency)
        ]
        assert ours == stock, text
        compared += len(stock)
    assert compared > 500


def test_no_group_of_digits_below_the_bound_is_a_number() -> None:
    source = random.Random(7)
    for region in REGIONS:
        for length in range(1, fewest_digits(region)):
            for _ in range(200):
                digits = source.choice("123456789") + "".join(source.choices("0123456789", k=length - 1))
                assert list(phonenumbers.PhoneNumberMatcher(digits, region)) == [], (region, digits)


def test_the_bound_comes_from_the_metadata_and_is_zero_where_that_settles_nothing() -> None:
    assert {region: fewest_digits(region) for region in REGIONS} == {
        "US": 7, "GB": 7, "DE": 4, "FR": 9, "IL": 7, "IN": 8, "CA": 7, "BR": 8,
    }  # fmt: skip
    assert fewest_digits("AG") == 0, "its rule puts an area code in front of a short number"
    assert fewest_digits("ZZ") == 0
