"""The checks written again here say what Presidio's own say."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator

import pytest
from presidio_analyzer.predefined_recognizers import CreditCardRecognizer, IbanRecognizer, NhsRecognizer

from gateway.classify.presidio.own_checks import own_check_of

_ACCOUNTS = ("DE89370400440532013000", "GB82WEST12345698765432", "FR1420041010050500013M02606", "NO9386011117947")


def _cards(rng: random.Random) -> Iterator[str]:
    for _ in range(3_000):
        digits = "".join(rng.choices("0123456789", k=rng.randint(12, 19)))
        yield rng.choice(("", "-", " ")).join((digits[:4], digits[4:8], digits[8:]))
    yield from ("4111 1111 1111 1111", "378282246310005", "４１１１１１１１１１１１１１１１", "4111-1111 1111-1112")


def _accounts(rng: random.Random) -> Iterator[str]:
    for _ in range(3_000):
        drawn = list(rng.choice(_ACCOUNTS))
        for _ in range(rng.choice((0, 0, 1, 2))):
            drawn[rng.randrange(len(drawn))] = rng.choice("0123456789AZ")
        text = "".join(drawn)[: rng.choice((99, 99, 20, 18))]
        yield rng.choice(("", " ", "-")).join(text[i : i + 4] for i in range(0, len(text), 4))
    yield from ("DE００", "de89370400440532013000", "XX01", "GB01WEST12345698765432", "GB99WEST12345698765432")


def test_cards_are_judged_as_presidio_does() -> None:
    recognizer = CreditCardRecognizer()
    check = own_check_of(recognizer)
    assert check is not None
    answers = [(check(value), recognizer.validate_result(value)) for value in _cards(random.Random(7))]
    assert all(own is None or own is theirs for own, theirs in answers)
    assert {True, False, None} == {own for own, _ in answers}


def test_accounts_that_are_refused_presidio_refuses_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    recognizer = IbanRecognizer()
    check = own_check_of(recognizer)
    assert check is not None
    answers = [(check(value), recognizer.validate_result(value)) for value in _accounts(random.Random(8))]
    assert all(own is None or theirs is False for own, theirs in answers)
    assert {False, None} == {own for own, _ in answers}
    assert (None, True) in answers


def test_what_takes_other_signs_out_of_a_value_checks_for_itself() -> None:
    assert own_check_of(CreditCardRecognizer(replacement_pairs=[(".", "")])) is None
    assert own_check_of(NhsRecognizer()) is None
