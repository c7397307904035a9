# ruff: noqa: E501  (a row broken over lines is harder to check than a long one)

from __future__ import annotations

import time

import pytest

from gateway.classify.combine import resolve
from gateway.classify.detector import Budget, BudgetSpent, Passage
from gateway.classify.prefilter import PrefilterError
from gateway.classify.recognizers.identifiers import IdentifierDetector
from gateway.classify.recognizers.labels import LabelIndex
from gateway.classify.recognizers.rows import DECOYS, IDENTIFIER_ROWS
from gateway.classify.recognizers.rule import CHECKED, DOUBTFUL, LABELLED, Identifier, labels
from gateway.classify.recognizers.value_gate import ValueGate
from gateway.classify.shadow import Shadow
from gateway.classify.taxonomy.table import TYPES, rule_of
from gateway.types import Finding
from tests.load.accuracy.generated import SHAPES, generated_documents

FOR_EVER = Budget(float("inf"), time.monotonic)


@pytest.fixture(scope="module")
def detector() -> IdentifierDetector:
    return IdentifierDetector(IDENTIFIER_ROWS, DECOYS)


def found(detector: IdentifierDetector, text: str, field_name: str = "") -> list[tuple[str, str, int]]:
    """What is left when overlaps are resolved: type, value, score."""
    spans = detector.detect(Passage.of(text, Shadow(), field_name), FOR_EVER)
    findings = [
        Finding(0, each.start, each.end, each.type, rule_of(each.type).category, each.score_milli, "") for each in spans
    ]
    return [(each.type, text[each.start : each.end], each.score_milli) for each in resolve(findings)]


FOUND = [
    ("a label and a right check digit", "NPI: 1234567893", ("US_NPI", "1234567893", CHECKED)),
    ("a label and a wrong check digit", "NPI: 1234567890", ("US_NPI", "1234567890", 500)),
    ("a label alone", "MRN: 00482913", ("MEDICAL_RECORD_NUMBER", "00482913", LABELLED)),
    ("a check digit alone", "is it 11010519491231002X", ("CN_RESIDENT_ID", "11010519491231002X", 850)),
    ("words between", "Steuer-ID des Kunden lautet 86095742719", ("DE_TAX_ID", "86095742719", CHECKED)),
    ("far away, with a check digit", "his BSN, as far as we can tell from it, is 111222333", ("NL_BSN", "111222333", CHECKED)),
    ("a label with accents", "Numéro de sécurité sociale : 2 55 08 14 168 025 38", ("FR_NIR", "2 55 08 14 168 025 38", CHECKED)),
    ("an upper-case label of another script", "ΑΦΜ 094259216", ("GR_AFM", "094259216", CHECKED)),
    ("a Chinese label", "银行卡号：6200000000000005", ("CREDIT_CARD", "6200000000000005", CHECKED)),
    ("a Japanese label", "マイナンバーは123456789018です", ("JP_MY_NUMBER", "123456789018", CHECKED)),
    ("underscores", "patient_ssn=536-22-1234", ("US_SSN", "536-22-1234", CHECKED)),
    ("no separator at all", "SSN536221234", ("US_SSN", "536221234", CHECKED)),
    ("a label in a value", "MRN: MRN-1007638", ("MEDICAL_RECORD_NUMBER", "MRN-1007638", LABELLED)),
    ("a field of JSON in the text", '{"dateOfBirth": "1961-10-26"}', ("DATE_OF_BIRTH", "1961-10-26", 850)),
    ("a docket", "see 1:21-cv-01234-ABC for it", ("LEGAL_CASE_NUMBER", "1:21-cv-01234-ABC", 850)),
    ("a phone with no country code", "Telefon: 030 123456", ("PHONE_NUMBER", "030 123456", 800)),
    ("a generic label and a right check digit", "tax id 86095742719", ("DE_TAX_ID", "86095742719", CHECKED)),
    ("a generic label and a wrong check digit", "tax id 86095742718", ("NATIONAL_ID", "86095742718", 600)),
    ("letters of a script without spaces on both sides", "是11010519491231002X的", ("CN_RESIDENT_ID", "11010519491231002X", 850)),
    ("a sign before the value", "State Bar # 234567", ("BAR_NUMBER", "234567", 750)),
    ("a short date of birth", "DOB 3.5.84", ("DATE_OF_BIRTH", "3.5.84", 850)),
    ("an example that is never issued", "NINO QQ 12 34 56 C", ("UK_NINO", "QQ 12 34 56 C", DOUBTFUL)),
    ("a track", "%B4111111111111111^ROE/JANE^29051010000?", ("CARD_TRACK", "%B4111111111111111^ROE/JANE^29051010000?", 950)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in FOUND], ids=[row[0] for row in FOUND])
def test_an_identifier_is_found_by_label_shape_and_check(
    detector: IdentifierDetector, text: str, expected: tuple[str, str, int]
) -> None:
    assert expected in found(detector, text)


NOT_FOUND = [
    ("a number", "we counted 1234567893 of them"),
    ("a time stamp", "created 1732190000 updated 1732190000123"),
    ("a version", "release 3.11.7 of 2.14.0.1"),
    ("a decoy", "order number 536221234 and account id 123456789012"),
    ("a label of something else in between", "SSN on file; order number 536221234"),
    ("a word that begins like a label", "telling 12345678 cardinal 4111111111111112"),
    ("a year", "insurance policy 2024, account 2023-2024"),
    ("no label", "part 111222333 of lot 094259216"),
    ("part of a longer word", "x536-22-1234y"),
]


@pytest.mark.parametrize("text", [row[1] for row in NOT_FOUND], ids=[row[0] for row in NOT_FOUND])
def test_what_only_looks_like_an_identifier_is_not_found(detector: IdentifierDetector, text: str) -> None:
    assert found(detector, text) == []


def test_the_field_a_value_stands_in_is_its_label(detector: IdentifierDetector) -> None:
    assert found(detector, "536221234") == []
    assert found(detector, "536221234", "customerSsn") == [("US_SSN", "536221234", CHECKED)]


def test_all_values_of_a_list_are_found(detector: IdentifierDetector) -> None:
    values = [value for _, value, _ in found(detector, "SSNs: 536221234, 536221235 and 536221236; 536221237")]
    assert values == ["536221234", "536221235", "536221236", "536221237"]


TABLES = [
    "name,ssn,dob\nJ R,536221234,1980-01-02\n\"R, J\",536221235,1990-02-03\n\nand 536221236",
    "| name | ssn | dob |\n|---|---|---|\n| J R | 536221234 | 1980-01-02 |\n| R J | 536221235 | 1990-02-03 |\n",
    "name\tssn\tdob\nJ R\t536221234\t1980-01-02\nR J\t536221235\t1990-02-03",
    "name;ssn;dob\nJ R;536221234;1980-01-02\nR J;536221235;1990-02-03",
]  # fmt: skip


@pytest.mark.parametrize("text", TABLES, ids=["commas", "bars", "tabs", "semicolons"])
def test_the_head_of_a_column_is_the_label_of_its_cells(detector: IdentifierDetector, text: str) -> None:
    values = [(kind, value) for kind, value, _ in found(detector, text)]
    assert values == [
        ("US_SSN", "536221234"),
        ("DATE_OF_BIRTH", "1980-01-02"),
        ("US_SSN", "536221235"),
        ("DATE_OF_BIRTH", "1990-02-03"),
    ]


def test_the_text_of_all_lines_together_tells_whether_any_line_holds_something(detector: IdentifierDetector) -> None:
    joined = Passage.of("nothing here\nssn\n536-22-1234\nand here", Shadow())
    assert detector.may_find(joined)
    assert not detector.may_find(Passage.of("nothing here\nand nothing here", Shadow()))


@pytest.mark.parametrize("shape", SHAPES, ids=[shape.type for shape in SHAPES])
def test_generated_values_of_every_type_are_found(detector: IdentifierDetector, shape: object) -> None:
    documents = [each for each in GENERATED if each.truths[0].label == getattr(shape, "type")]  # noqa: B009
    missed = [each.text for each in documents if each.group not in {kind for kind, _, _ in found(detector, each.text)}]
    assert len(missed) <= len(documents) * 0.05


GENERATED = generated_documents(20, seed=99)


def test_a_spent_budget_ends_the_reading(detector: IdentifierDetector) -> None:
    spent = Budget(-1.0, lambda: 0.0)
    with pytest.raises(BudgetSpent):
        list(detector.detect(Passage.of("SSN 536-22-1234", Shadow()), spent))


def test_patterns_that_do_not_fit_the_memory_are_refused() -> None:
    with pytest.raises(PrefilterError):
        ValueGate([rf"\d{{{size},60}}y" for size in range(40)], max_memory_bytes=2_000)


HOSTILE = [
    "ssn ",
    "tax id 123456789 ",
    "ssn,dob\n",
    "(",
    "a.",
    "1.1.1.1 ",
    "ssn 123-45-6789, ",
    "身份证",
    "| ssn ",
    "phone 0171 ",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_cost_grows_with_the_text(detector: IdentifierDetector, unit: str) -> None:
    def cost_s(size: int) -> float:
        passage = Passage.of((unit * size)[:size], Shadow())
        costs = []
        for _ in range(3):
            begun = time.process_time()
            list(detector.detect(passage, FOR_EVER))
            costs.append(time.process_time() - begun)
        return min(costs)

    assert cost_s(64_000) < 24 * max(cost_s(8_000), 0.002)


def test_every_row_has_a_type_a_source_and_something_that_announces_it() -> None:
    for row in IDENTIFIER_ROWS:
        assert row.type in TYPES
        assert row.source
        assert row.labels or row.alone
        assert not row.generic or row.check


def test_a_row_of_ones_own_is_found() -> None:
    row = Identifier("EMPLOYEE_ID", r"Z\d{5}", labels("Zahl"), lambda value: value.endswith("0"), source="test")
    detector = IdentifierDetector([row])
    assert found(detector, "Zahl: Z12340 und Z12341") == [
        ("EMPLOYEE_ID", "Z12340", CHECKED),
        ("EMPLOYEE_ID", "Z12341", DOUBTFUL),
    ]


def test_words_that_differ_in_separators_alone_announce_what_both_do() -> None:
    rows = [
        Identifier("A", r"\d{4}", ("n.i.f",)),
        Identifier("B", r"\d{4}", ("nif",)),
        Identifier("C", r"\d", ("nié",)),
    ]
    index = LabelIndex(rows)
    for text in ("nif 1234", "N.I.F 1234"):
        passage = Passage.of(text, Shadow())
        assert [hit.says.rules for hit in index.find(passage, passage.shadow)] == [(0, 1)]
