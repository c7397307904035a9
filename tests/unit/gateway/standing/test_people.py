"""Who is named in a call, and how many."""

from __future__ import annotations

import pytest

from gateway.standing.people import band_of_persons, people_by_kind, persons_in
from gateway.types import Persons
from tests.unit.gateway.standing.made import KEY, call, found, mails, text_of

BANDS = [(0, "none"), (1, "one"), (2, "few"), (9, "few"), (10, "many"), (99, "many"), (100, "mass"), (5_000, "mass")]


@pytest.mark.parametrize(("count", "band"), BANDS)
def test_numbers_of_people_have_bands(count: int, band: str) -> None:
    values = mails(count)
    of = call(*text_of(values))
    assert band_of_persons(count) == persons_in(of, found(of, values).findings) == Persons(band)


def test_one_person_with_two_identifiers_is_one_person() -> None:
    values = {"ann@example.com": "EMAIL_ADDRESS", "415 555 0123": "PHONE_NUMBER"}
    of = call("ann@example.com, 415 555 0123, again ann@example.com")
    assert persons_in(of, found(of, values).findings) is Persons.ONE


def test_two_spellings_of_one_value_are_one_person() -> None:
    of = call("415 555 0123", "(415) 555-0123")
    values = {"415 555 0123": "PHONE_NUMBER", "(415) 555-0123": "PHONE_NUMBER"}
    assert persons_in(of, found(of, values).findings) is Persons.ONE


def test_places_secrets_and_code_name_nobody() -> None:
    of = call("Springfield def main")
    values = {"Springfield": "LOCATION", "def main": "SOURCE_CODE"}
    assert persons_in(of, found(of, values).findings) is Persons.NONE


def test_everybody_in_a_call_with_health_data_counts_for_health() -> None:
    of = call("ann@example.com has diabetes")
    kinds = people_by_kind(
        of, found(of, {"ann@example.com": "EMAIL_ADDRESS", "diabetes": "HEALTH_RECORD"}).findings, KEY
    )
    assert set(kinds) == {"identifier", "health"}
    assert kinds["health"] == kinds["identifier"]


def test_an_account_counts_as_financial() -> None:
    of = call("DE89370400440532013000")
    assert "financial" in people_by_kind(of, found(of, {"DE89370400440532013000": "IBAN_CODE"}).findings, KEY)


def test_the_hash_of_a_person_needs_the_key() -> None:
    of = call("ann@example.com")
    findings = found(of, {"ann@example.com": "EMAIL_ADDRESS"}).findings
    assert people_by_kind(of, findings, KEY) == people_by_kind(of, findings, KEY)
    assert people_by_kind(of, findings, KEY) != people_by_kind(of, findings, bytes(32))
