"""Dates, ages, plates and file numbers in the forms that letters have and forms have not."""

from __future__ import annotations

import pytest

from gateway.classify.detector import Budget, Passage
from gateway.classify.recognizers.identifiers import IdentifierDetector
from gateway.classify.recognizers.rows import DECOYS, IDENTIFIER_ROWS
from gateway.classify.shadow import Shadow

DETECTOR = IdentifierDetector(IDENTIFIER_ROWS, DECOYS)
ALWAYS = Budget(float("inf"), lambda: 0.0)


def found(text: str) -> set[tuple[str, str]]:
    return {(each.type, text[each.start : each.end]) for each in DETECTOR.detect(Passage.of(text, Shadow()), ALWAYS)}


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("we sail on the 1st of July", "DATE_TIME", "1st of July"),
        ("leaving 18 April at noon", "DATE_TIME", "18 April"),
        ("frei ab 1. März", "DATE_TIME", "1. März"),
        ("le 1er juillet", "DATE_TIME", "1er juillet"),
        ("el 21 de octubre", "DATE_TIME", "21 de octubre"),
        ("3月15日の会議", "DATE_TIME", "3月15日"),
        ("she was born in Cork on 3 May 1931", "DATE_OF_BIRTH", "3 May 1931"),
        ("nato a Lecce il 5 giugno 1970", "DATE_OF_BIRTH", "5 giugno 1970"),
        ("a 67-year-old man", "AGE", "67"),
        ("bin 34 Jahre alt", "AGE", "34"),
        ("j'ai 19 ans", "AGE", "19"),
        ("cumplió 88 años", "AGE", "88"),
        ("今年26岁", "AGE", "26岁"),
        ("registration KX19 ZRT", "LICENSE_PLATE", "KX19 ZRT"),
        ("plate 8XYK294", "LICENSE_PLATE", "8XYK294"),
        ("immatriculé AB-123-CD", "LICENSE_PLATE", "AB-123-CD"),
        ("Az. 4 C 118/22", "LEGAL_CASE_NUMBER", "4 C 118/22"),
        ("case number 2301188/2021", "LEGAL_CASE_NUMBER", "2301188/2021"),
        ("zaaknummer C/09/441820", "LEGAL_CASE_NUMBER", "C/09/441820"),
        ("staff ID, it's E-77120", "EMPLOYEE_ID", "E-77120"),
        ("client n° 5518820", "CUSTOMER_ID", "5518820"),
        ("send to 0x52908400098527886E0F7030069857D2E4169EE7", "CRYPTO", "0x52908400098527886E0F7030069857D2E4169EE7"),
    ],
)  # fmt: skip
def test_what_letters_write_is_found(text: str, kind: str, value: str) -> None:
    assert (kind, value) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "born to run. On 3 May 1931 it rained",
        "version 12 May work",
        "it lasted 20 years",
        "a plate of 12 oysters",
        "registration opens in 2024",
    ],
)
def test_what_only_looks_like_it_is_not(text: str) -> None:
    kinds = {kind for kind, _ in found(text)}
    assert not kinds & {"DATE_OF_BIRTH", "AGE", "LICENSE_PLATE"}
