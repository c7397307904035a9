from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import phonenumbers
import pytest

from gateway.classify.phones import Candidates, Leniency, Numbers, PhoneRegions
from gateway.classify.shadow import Shadow

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
    "x7",
    "#",
    "~",
    "（",
)
EXTENDED = ("(x45098", "7 x45098", "(2 xx 45098", "030 901820 x12", "(x12", "+4x9020", "ext. 45098", "x4 5098 7")
PIECES = (*SIGNS.split(" "), *GROUPS, "\n", " ")


def read(text: str, shadow: Shadow = Shadow()) -> Candidates:  # noqa: B008  (immutable)
    return Candidates(text, shadow.of(text))


def texts(count: int, pieces: Sequence[str] = PIECES) -> Iterator[str]:
    source = random.Random(20_261_121)
    for _ in range(count):
        digits = ["".join(source.choices("0123456789", k=source.randint(1, 13))) for _ in range(4)]
        yield source.choice(("", " ", ", ")).join(source.choices((*pieces, *digits), k=source.randint(1, 8)))


@pytest.mark.parametrize("leniency", [Leniency.POSSIBLE, Leniency.VALID])
def test_places_are_those_of_one_matcher_for_each_region(leniency: int) -> None:
    finder = PhoneRegions(REGIONS, leniency)
    compared = 0
    for text in (*texts(1_000), *texts(300, EXTENDED)):
        stock = {
            (match.start, match.end)
            for region in REGIONS
            for match in phonenumbers.PhoneNumberMatcher(text, region, leniency=leniency)
        }
        assert finder.find(read(text)) == finder.find(Candidates(text)) == stock, text
        compared += len(stock)
    assert compared > 150


def outer(places: set[tuple[int, int]]) -> set[tuple[int, int]]:
    return {
        (start, end)
        for start, end in places
        if not any(first <= start and end <= last and (first, last) != (start, end) for first, last in places)
    }


def test_what_lies_inside_no_other_number_is_found_either_way() -> None:
    finder = PhoneRegions(REGIONS, Leniency.VALID)
    compared = 0
    for text in texts(2_000):
        every = finder.find(read(text))
        outermost = finder.find(read(text), outermost=True)
        assert outer(outermost) == outer(every), text
        assert outermost <= every, text
        compared += len(every) - len(outermost)
    assert compared > 3


@pytest.mark.parametrize("outermost", [False, True])
def test_a_repeated_line_holds_what_it_holds_alone(outermost: bool) -> None:
    """Long texts remember what a candidate held; between line ends nothing touches it."""
    finder = PhoneRegions(REGIONS, Leniency.VALID)
    compared = 0
    for text in texts(120):
        line = f"{text},\n;\n"
        alone = finder.find(read(line), outermost=outermost)
        count = 20_000 // len(line)
        repeated = {(n * len(line) + start, n * len(line) + end) for n in range(count) for start, end in alone}
        assert finder.find(read(line * count), outermost=outermost) == repeated, text
        compared += len(alone)
    assert compared > 5


@pytest.mark.parametrize("outermost", [False, True])
def test_what_is_known_of_other_texts_changes_nothing(outermost: bool) -> None:
    finder, known = PhoneRegions(REGIONS, Leniency.VALID), Numbers()
    for text in texts(500):
        again = finder.find(read(text), outermost=not outermost, known=known)
        alone = finder.find(read(text), outermost=outermost)
        assert finder.find(read(text), outermost=outermost, known=known) == alone, (text, again)


def test_numbers_in_front_hide_nothing_behind_them() -> None:
    """The library gives up after 65,535 failed tries."""
    text = "1 " * 80_000 + "+44 20 7946 0958"
    assert (len(text) - 16, len(text)) in PhoneRegions(("US",), Leniency.VALID).find(read(text))


def test_a_region_without_a_plan_is_judged_by_the_library() -> None:
    assert PhoneRegions(("ZZ",), Leniency.VALID).find(read("call +44 20 7946 0958")) == {(5, 21)}
