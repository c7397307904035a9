from __future__ import annotations

import pytest

from gateway.classify.classifier import CallClassifier
from gateway.types import Level

FOUND = [
    ("CN_RESIDENT_ID", "身份证 11010519491231002X", "11010519491231002X"),
    ("CN_RESIDENT_ID", "id 440524188001010014 ok", "440524188001010014"),
    ("CN_RESIDENT_ID", "证件：１１０１０５１９４９１２３１００２Ｘ", "１１０１０５１９４９１２３１００２Ｘ"),
    ("CN_MOBILE", "手机：13812345678", "13812345678"),
    ("CN_MOBILE", "call +86 138-1234-5678", "+86 138-1234-5678"),
    ("CN_MOBILE", "mobile 13812345678", "13812345678"),
    ("CN_PERSON", "姓名：张伟，男", "张伟"),
    ("CN_PERSON", "客户: 欧阳", "欧阳"),
    ("CN_PERSON", "联系人：王小明 电话", "王小明"),
    ("CN_PERSON", "请通知李娜女士", "李娜"),
    ("CN_PERSON", "今天，李娜女士来了", "李娜"),
    ("PERSON", "Patient: Jane Roe\n", "Jane Roe"),
    ("PERSON", "customer name = John Q. Public", "John Q. Public"),
    ("MEDICAL_RECORD_NUMBER", "MRN: 00482913", "00482913"),
    ("MEDICAL_RECORD_NUMBER", "Medical record number A-204811", "A-204811"),
    ("MEDICAL_RECORD_NUMBER", "病历号：20481177", "20481177"),
    ("DATE_OF_BIRTH", "DOB: 04/12/1957", "04/12/1957"),
    ("DATE_OF_BIRTH", "born on 3 April 1957", "3 April 1957"),
    ("DATE_OF_BIRTH", "出生日期：1957年4月12", "1957年4月12"),
    ("CREDIT_CARD", "card 4111 1111 1111 1111", "4111 1111 1111 1111"),
    ("CREDIT_CARD", "card 2223003122003222", "2223003122003222"),
    ("CREDIT_CARD", "卡号 6200000000000005", "6200000000000005"),
    ("CARD_SECURITY_CODE", "CVV: 123", "123"),
    ("US_SSN", "ssn 536-22-1234", "536-22-1234"),
    ("IBAN_CODE", "IBAN DE89370400440532013000", "DE89370400440532013000"),
    ("IP_ADDRESS", "from 203.0.113.7 today", "203.0.113.7"),
    ("UK_NHS", "NHS number 9434765919", "9434765919"),
    ("PHONE_NUMBER", "call (415) 555-0132", "(415) 555-0132"),
]


@pytest.mark.parametrize(("kind", "text", "value"), FOUND, ids=[f"{row[0]} {row[1]}" for row in FOUND])
def test_a_recognizer_finds_exactly_the_value(classifier: CallClassifier, kind: str, text: str, value: str) -> None:
    spans = [(each.start, each.end) for each in classifier.read_text(text).findings if each.type == kind]
    assert [text[start:end] for start, end in spans] == [value]


NOT_FOUND = [
    ("wrong check digit and nothing that says what it is", "order 110105194912310021"),
    ("a wrong Luhn digit and nothing that says what it is", "order 4111 1111 1111 1112"),
    ("digits in a longer number", "911010519491231002X0"),
    ("a time stamp is no phone number", '{"created": 1732190000}'),
    ("a time stamp with the check digit of an NHS number", "created 9434765919"),
    ("eleven digits alone", "order 13812345678"),
    ("a web address", "see https://docs.python.org/3/"),
    ("a customer, no name", "客户：需要一个报告"),
    ("a heading", "Name of the rose"),
]


@pytest.mark.parametrize(("name", "text"), NOT_FOUND, ids=[row[0] for row in NOT_FOUND])
def test_what_only_looks_like_it_is_not_found(classifier: CallClassifier, name: str, text: str) -> None:
    assert classifier.read_text(text).findings == ()


DOUBTFUL = [
    ("CN_RESIDENT_ID", "身份证 110105194912310021"),
    ("CREDIT_CARD", "card 4111 1111 1111 1112"),
    ("US_SSN", "SSN 000-47-3449"),
    ("IBAN_CODE", "IBAN GB48ABCD60308308"),
    ("US_NPI", "NPI: 1234567890"),
    ("IN_AADHAAR", "Aadhaar 2341 2341 2341"),
]


@pytest.mark.parametrize(("kind", "text"), DOUBTFUL, ids=[row[0] for row in DOUBTFUL])
def test_a_wrong_check_digit_beside_a_label_is_found_with_a_lower_score(
    classifier: CallClassifier, kind: str, text: str
) -> None:
    scores = [each.score_milli for each in classifier.read_text(text).findings if each.type == kind]
    assert [350 <= score < 600 for score in scores] == [True]


def test_a_date_says_nothing_of_a_text_that_names_nobody(classifier: CallClassifier) -> None:
    content = classifier.read_text("released on 2026-11-21")
    assert [each.type for each in content.findings] == ["DATE_TIME"]
    assert content.labels.level is Level.INTERNAL
