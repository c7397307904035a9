from __future__ import annotations

from collections.abc import Iterable

import pytest

from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.recognizers.identifiers import IdentifierDetector
from gateway.classify.recognizers.plausible import (
    Place,
    PlausibleDetector,
    is_named_where_folded,
    is_part_of_an_id,
    is_plausible,
)
from gateway.classify.recognizers.rows import DECOYS, IDENTIFIER_ROWS
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
    ("IP_ADDRESS", "std", "::", "", False),
    ("IP_ADDRESS", "from ", "2001:db8::7", "", True),
    ("IP_ADDRESS", "listen = ", "0.0.0.0", ":8080", False),
    ("IP_ADDRESS", "host: ", "127.0.0.1", "", False),
    ("IP_ADDRESS", "allow ", "127.0.0.0/8", "", False),
    ("IP_ADDRESS", "bind ", "::1", "", False),
    ("IP_ADDRESS", "from ", "127.4.0.1", "", True),
    ("IP_ADDRESS", "from ", "10.0.0.0", "", True),
    ("IP_ADDRESS", "from ", "::17", "", True),
    ("CREDIT_CARD", '"id": ', "4706487516667829", "", False),
    ("CREDIT_CARD", "offset ", "3491016159954", "", False),
    ("CREDIT_CARD", "pay with ", "4706487516667829", "", True),
    ("CREDIT_CARD", "card id ", "4706487516667829", "", True),
    ("CREDIT_CARD", "id: ", "4706 4875 1666 7829", "", True),
    ("CREDIT_CARD", "IT14 A677 8420 ", "1052 3751 4097 262", "", False),
    ("CREDIT_CARD", "IT15 A677 8420 ", "1052 3751 4097 262", "", True),
    ("US_PASSPORT", "just 40 of ", "357498169", "", False),
    ("US_PASSPORT", "passport ", "357498169", "", True),
    ("US_DRIVER_LICENSE", "Policy: POL-", "6448143", "", False),
    ("US_DRIVER_LICENSE", "GNU General Public License ", "v3", "", False),
    ("US_DRIVER_LICENSE", "driver's license ", "A1234567", "", True),
    ("PHONE_NUMBER", "Fifth Floor, Boston,\n# MA ", "02110-1301", "", False),
    ("PHONE_NUMBER", "call us at ", "02110-1301", "", True),
    ("UK_NHS", "HETU: ", "131052-8047", "", False),
    ("UK_NHS", "call ", "943 476 5919", "", True),
    ("UK_NHS", "a +39 ", "324 422 2420", "", False),
    ("UK_NHS", "NHS: no; +39", "324 422 2420", "", False),
    ("UK_NHS", "Cellulare: ", "324 422 2420", "", False),
    ("UK_NHS", "Tel. ", "324-422-2420", "", False),
    ("UK_NHS", "hotel ", "943 476 5919", "", True),
    ("UK_NHS", "tel. 020 7946 0958, NHS ", "943 476 5919", "", True),
    ("EMAIL_ADDRESS", "", "a@example.com", "", True),
]


@pytest.mark.parametrize(
    ("kind", "before", "value", "field", "expected"), ROWS, ids=[f"{row[0]} {row[1]}{row[2]}" for row in ROWS]
)
def test_a_finding_is_kept_when_it_may_be_what_it_says(
    kind: str, before: str, value: str, field: str, expected: bool
) -> None:
    passage = Passage.of(before + value, Shadow(), field)
    span = Span(len(before), len(before + value), kind, 400)
    assert is_plausible(span, Place.of(span, passage)) is expected


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


class _Found:
    name = "found"

    def __init__(self, span: Span) -> None:
        self._span = span

    def may_find(self, passage: Passage) -> bool:
        return True

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        return [self._span]


FOLDED_ROWS = [
    # type, score, what stands before, the value, whether it is kept
    ("PHONE_NUMBER", 400, "mask 0b_", "1110 0101", False),
    ("PHONE_NUMBER", 750, "lot ", "030 123 4567", False),
    ("PHONE_NUMBER", 400, "phone ", "030 123 4567", True),
    ("PHONE_NUMBER", 800, "ring me on ", "030 123 4567", True),
    ("UK_NHS", 1000, "rows ", "943 476 5919", False),
    ("UK_NHS", 1000, "NHS number ", "943 476 5919", True),
    ("CREDIT_CARD", 1000, "", "4111 1111 1111 1111", True),
    ("CREDIT_CARD", 1000, "job 7c9e-", "5596-9750-3714-1308", False),
    ("CREDIT_CARD", 1000, "to IT96 ", "4697 5648 9838 6458", False),
    ("CREDIT_CARD", 1000, "card-", "5596-9750-3714-1308", True),
]


@pytest.mark.parametrize(
    ("kind", "score", "before", "value", "expected"), FOLDED_ROWS, ids=[f"{r[0]} {r[2]}{r[3]}" for r in FOLDED_ROWS]
)
def test_digits_that_were_pulled_together_need_a_word(
    kind: str, score: int, before: str, value: str, expected: bool
) -> None:
    span = Span(len(before), len(before + value), kind, score)
    folded = Passage.of(before + value, Shadow(), is_folded=True)
    assert is_named_where_folded(span, Place.of(span, folded)) is expected
    detector, budget = PlausibleDetector(_Found(span), frozenset()), Budget(1.0, lambda: 0.0)
    assert bool(detector.detect(folded, budget)) is expected
    assert detector.detect(Passage.of(before + value, Shadow()), budget) == [span]


@pytest.fixture(scope="module")
def identifiers() -> IdentifierDetector:
    return IdentifierDetector(IDENTIFIER_ROWS, DECOYS)


PARTS = [
    # type, score, what stands before, the value, what stands behind, whether it is a part of an identifier
    ("PHONE_NUMBER", 400, "id=7c9e6679-7425-", "0365-8069", "", True),
    ("PHONE_NUMBER", 450, "id=", "0918-4479-3854", "-a1b2", True),
    ("PHONE_NUMBER", 400, "phone-", "0365-8069", "", False),
    ("PHONE_NUMBER", 800, "ring-", "0365-8069", "", False),
    ("PHONE_NUMBER", 400, "call ", "0365-8069", " - ask", False),
    ("US_SSN", 500, "x-", "219-09-9999", "", False),
]


@pytest.mark.parametrize(
    ("kind", "score", "before", "value", "behind", "expected"), PARTS, ids=["".join(row[2:5]) for row in PARTS]
)
def test_a_part_of_a_uuid_is_no_telephone_number(
    kind: str, score: int, before: str, value: str, behind: str, expected: bool
) -> None:
    passage = Passage.of(before + value + behind, Shadow())
    span = Span(len(before), len(before + value), kind, score)
    assert is_part_of_an_id(span, Place.of(span, passage)) is expected


LABEL_ROWS = [
    # what stands before, the value as a telephone number, the field, whether a label says that it is something else
    ("TFN: ", "081 812 936", "", True),
    ("NHS number ", "943 476 5919", "", True),
    ("NIP\n", "078-928-11-85", "", True),
    ("联系电话 ", "(159 6585 8010", "", True),  # a mobile number in China has a type of its own
    ("ITIN: ", "902-33-7914", "", True),
    ("", "943 476 5919", "nhs_number", True),
    ("phone: ", "081 812 936", "", False),
    ("TFN: 123 456 782, phone ", "081 812 936", "", False),
    ("order number ", "081 812 936", "", False),
    ("", "(415) 555-0132", "contact_phone", False),
    ("call ", "(415) 555-0132", "", False),
]


@pytest.mark.parametrize(
    ("before", "value", "field", "expected"), LABEL_ROWS, ids=[f"{r[0]}{r[1]} {r[2]}" for r in LABEL_ROWS]
)
def test_a_label_of_another_type_weighs_more_than_digits(
    identifiers: IdentifierDetector, before: str, value: str, field: str, expected: bool
) -> None:
    passage = Passage.of(before + value + " and so on", Shadow(), field)
    span = Span(len(before), len(before + value), "PHONE_NUMBER", 400)
    assert identifiers.announces_another(passage, span) is expected


class _FindsPhone:
    name = "finds"

    def may_find(self, passage: Passage) -> bool:
        return True

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        return [Span(passage.text.index("0"), len(passage.text), "PHONE_NUMBER", 800)]


@pytest.mark.parametrize(("text", "kept"), [("TFN 081 812 936", 0), ("tel 081 812 936", 1)])
def test_what_a_label_names_is_no_telephone_number_as_well(
    identifiers: IdentifierDetector, text: str, kept: int
) -> None:
    detector = PlausibleDetector(_FindsPhone(), labels=identifiers)
    assert len(list(detector.detect(Passage.of(text, Shadow()), Budget(1.0, lambda: 0.0)))) == kept


class Fixed:
    """Finds the same spans in every text."""

    name = "fixed"

    def __init__(self, spans: list[Span]) -> None:
        self._spans = spans

    def may_find(self, passage: Passage) -> bool:
        return bool(passage.text)

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        budget.check()
        return self._spans


def test_many_findings_are_judged_as_few_are() -> None:
    """What is repeated is judged once, which must change nothing."""
    text, spans = "", []
    for _ in range(20):
        for kind, before, value, _field, _ in ROWS:
            text += f"{before}{value}\n"
            spans.append(Span(len(text) - len(value) - 1, len(text) - 1, kind, 500))
    passage, budget = Passage.of(text, Shadow()), Budget(1e9, lambda: 0.0)
    labels = IdentifierDetector(IDENTIFIER_ROWS, DECOYS)
    together = list(PlausibleDetector(Fixed(spans), labels=labels).detect(passage, budget))
    one_by_one = [
        kept for span in spans for kept in PlausibleDetector(Fixed([span]), labels=labels).detect(passage, budget)
    ]
    assert len(spans) > 256
    assert together == one_by_one
    assert 0 < len(together) < len(spans)
