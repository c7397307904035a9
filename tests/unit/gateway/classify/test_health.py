from __future__ import annotations

import pytest

from gateway.classify.classifier import CallClassifier
from gateway.classify.health import IDENTIFIERS
from gateway.types import Category
from tests.unit.gateway.classify.calls import call_with, chat

CASES = [
    ("terms alone", "What are the symptoms of diabetes, and is metformin prescribed for it?", False),
    ("an identifier alone", "Write to jane.roe@example.com about the patient portal", False),
    ("one term beside an identifier", "jane.roe@example.com asked about surgery hours", False),
    ("terms beside a name", "Patient: Jane Roe\nDiagnosed with asthma, allergic to penicillin", True),
    ("a record number is enough", "MRN: 00482913", True),
    ("chinese terms beside a name", "姓名：张伟，诊断：糖尿病，用药如下", True),
]


@pytest.mark.parametrize(("name", "text", "is_health"), CASES, ids=[row[0] for row in CASES])
def test_health_terms_count_only_beside_an_identifier(
    classifier: CallClassifier, name: str, text: str, is_health: bool
) -> None:
    assert (Category.PHI in classifier.read(chat(text)).labels.categories) is is_health


def test_terms_and_identifier_may_stand_in_different_messages(classifier: CallClassifier) -> None:
    body = {
        "messages": [
            {"content": "I am jane.roe@example.com"},
            {"content": "diagnosed with asthma and anxiety disorder"},
        ]
    }
    content = classifier.read(call_with(body))
    assert Category.PHI in content.labels.categories
    assert {each.leaf for each in content.findings if each.type == "HEALTH_RECORD"} == {4}


def test_every_personal_type_that_counts_alone_identifies_somebody() -> None:
    assert {
        "PERSON",
        "DE_TAX_ID",
        "INSURANCE_ID",
        "VEHICLE_ID",
        "MAC_ADDRESS",
        "CN_PERSON",
        "CREDIT_CARD",
    } <= IDENTIFIERS
    assert IDENTIFIERS.isdisjoint(("HEALTH_RECORD", "US_NPI", "LOCATION", "DATE_TIME", "SOURCE_CODE", "SWIFT_BIC"))
