"""A message that answers the one before: what was asked for says what the answer is."""

from __future__ import annotations

import pytest

from gateway.classify.classifier import CallClassifier
from tests.unit.gateway.classify.calls import call_with


def found(classifier: CallClassifier, *said: str) -> set[tuple[int, str, str]]:
    """The number of the message, the type and the text of what was found."""
    turns = [{"role": ("assistant", "user")[number % 2], "content": text} for number, text in enumerate(said)]
    call = call_with({"model": "m", "messages": turns})
    texts = [(each, call.leaves[each.leaf]) for each in classifier.read(call).findings]
    return {(int(leaf.path[1]), each.type, leaf.text[each.start : each.end]) for each, leaf in texts}


@pytest.mark.parametrize(
    ("asked", "answered", "kind", "value"),
    [
        ("What is your social security number?", "536221234", "US_SSN", "536221234"),
        ("And your phone number?", "Sure, it is 4155552671, thanks.", "PHONE_NUMBER", "4155552671"),
        ("What is your date of birth?", "12 May 1984", "DATE_OF_BIRTH", "12 May 1984"),
        ("Account number:", "1029384756", "BANK_ACCOUNT", "1029384756"),
        ("What is your card number?", "4111, 1111, 1111, 1111", "CREDIT_CARD", "4111, 1111, 1111, 1111"),
        ("What is your card number?", "4111111111111111x", "CREDIT_CARD", "4111111111111111"),
        ("What is the medical record number?\n", "00482913", "MEDICAL_RECORD_NUMBER", "00482913"),
        ("Wie lautet Ihre Steuer-ID?", "86095742719", "DE_TAX_ID", "86095742719"),
        ("您的手机号是？", "13812345678", "CN_MOBILE", "13812345678"),
        ("Please enter your password:", "hunter2Blue!9", "SECRET_PASSWORD", "hunter2Blue!9"),
    ],
)
def test_an_answer_is_what_was_asked_for(
    exact: CallClassifier, asked: str, answered: str, kind: str, value: str
) -> None:
    assert (1, kind, value) in found(exact, asked, answered)


@pytest.mark.parametrize(
    "said",
    [
        ("We have your account number.", "1029384756"),
        ("What is your account number?", "The build that failed yesterday has the number 1029384756"),
        ("What is your account number?", "I do not know.", "1029384756"),
        ("How many rows are there?", "1029384756"),
    ],
)
def test_other_digits_are_no_answer(exact: CallClassifier, said: tuple[str, ...]) -> None:
    assert found(exact, *said) == set()


def test_parts_of_one_message_do_not_answer_each_other(exact: CallClassifier) -> None:
    parts = [{"type": "text", "text": "What is your account number?"}, {"type": "text", "text": "1029384756"}]
    call = call_with({"model": "m", "messages": [{"role": "user", "content": parts}]})
    assert exact.read(call).findings == ()


def test_an_answer_stays_one_when_the_conversation_goes_on(exact: CallClassifier) -> None:
    said = ("What is your account number?", "1029384756", "Thank you. And the phone number?", "415 555 2671 is mine")
    first, last = found(exact, *said[:2]), found(exact, *said)
    assert first == {(1, "BANK_ACCOUNT", "1029384756")}
    assert first < last
