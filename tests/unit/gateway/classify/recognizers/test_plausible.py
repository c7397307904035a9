from __future__ import annotations

from collections.abc import Iterable

import pytest

from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.recognizers.plausible import PlausibleDetector, is_plausible
from gateway.classify.shadow import Shadow

ROWS = [
    # type, what stands before, the value, the field, whether it may be so
    ("PHONE_NUMBER", "from ", "192.168.10.100", "", False),
    ("PHONE_NUMBER", "weighs ", "3829.41", "", False),
    ("PHONE_NUMBER", '"weights": ', "[0.503424", "", False),
    ("PHONE_NUMBER", "build ", "92264.541.92", "", False),
    ("PHONE_NUMBER", "part A", "98768-489", "", False),
    ("PHONE_NUMBER", "number ", "2786885380", "", False),
    ("PHONE_NUMBER", "phone ", "2786885380", "", True),
    ("PHONE_NUMBER", "", "2786885380", "contact_phone", True),
    ("PHONE_NUMBER", "at ", "+44 20 7946 0958", "", True),
    ("PHONE_NUMBER", "at ", "(415) 555-0132", "", True),
    ("PHONE_NUMBER", "at ", "415-555-0132 x12", "", True),
    ("PHONE_NUMBER", "at ", "030 123456", "", True),
    ("CREDIT_CARD", '"id": ', "4706487516667829", "", False),
    ("CREDIT_CARD", "offset ", "3491016159954", "", False),
    ("CREDIT_CARD", "pay with ", "4706487516667829", "", True),
    ("CREDIT_CARD", "card id ", "4706487516667829", "", True),
    ("CREDIT_CARD", "id: ", "4706 4875 1666 7829", "", True),
    ("US_PASSPORT", "just 40 of ", "357498169", "", False),
    ("US_PASSPORT", "passport ", "357498169", "", True),
    ("US_DRIVER_LICENSE", "Policy: POL-", "6448143", "", False),
    ("UK_NHS", "HETU: ", "131052-8047", "", False),
    ("UK_NHS", "call ", "943 476 5919", "", True),
    ("EMAIL_ADDRESS", "", "a@example.com", "", True),
]


@pytest.mark.parametrize(
    ("kind", "before", "value", "field", "expected"), ROWS, ids=[f"{row[0]} {row[1]}{row[2]}" for row in ROWS]
)
def test_a_finding_is_kept_when_it_may_be_what_it_says(
    kind: str, before: str, value: str, field: str, expected: bool
) -> None:
    passage = Passage.of(before + value, Shadow(), field)
    assert is_plausible(Span(len(before), len(before + value), kind, 400), passage) is expected


class _Finds:
    name = "finds"

    def may_find(self, passage: Passage) -> bool:
        return True

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        return [Span(0, len(passage.text), kind, 400) for kind in ("PHONE_NUMBER", "US_PASSPORT")]


def test_only_the_types_asked_for_are_tested() -> None:
    passage = Passage.of("1.5", Shadow())
    budget = Budget(1.0, lambda: 0.0)
    assert list(PlausibleDetector(_Finds()).detect(passage, budget)) == []
    kept = PlausibleDetector(_Finds(), frozenset(("PHONE_NUMBER",))).detect(passage, budget)
    assert [span.type for span in kept] == ["US_PASSPORT"]
