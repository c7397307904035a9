"""What stands for a value under each strategy, and that surrogates are what a tool's schema asks for."""

from __future__ import annotations

import ipaddress
import json
import re
import uuid
from datetime import date

import pytest

from gateway.redact.one_way import generalized, starred
from gateway.redact.placeholders import TOKEN
from gateway.redact.redactor import SealedBody
from gateway.redact.surrogates import luhn_digit
from gateway.types import Category, Finding, MaskedRecord, Obligations, Strategy
from tests.unit.gateway.redact.made import EMAIL, SECRET, call, chat, classification, findings, redact, texts

PII = Category.PII_DIRECT


def duty(**strategies: Strategy) -> Obligations:
    return Obligations(mask=frozenset({PII}), drop=frozenset({Category.CREDENTIAL}), strategies=strategies)


def sealed(text: str, values: dict[str, str], strategy: Strategy, *more: str) -> SealedBody:
    """The text masked where the values stand, by type."""
    made = call(chat(text, *more))
    index = next(i for i, leaf in enumerate(made.leaves) if leaf.text == text)
    found = [
        Finding(index, match.start(), match.end(), kind, PII, 900, "t")
        for value, kind in values.items()
        for match in re.finditer(re.escape(value), text)
    ]
    return redact(made, classification(*found), obligations=duty(**dict.fromkeys(values.values(), strategy)))


def surrogate(value: str, kind: str) -> str:
    """What stands for a value alone in a text; the text comes back."""
    request = sealed(f"<{value}>", {value: kind}, Strategy.SURROGATE)
    assert json.loads(request.restorer.whole(request.body)[0])["messages"][0]["content"] == f"<{value}>"
    return texts(request)[0][1:-1]


@pytest.mark.parametrize(
    ("value", "kind", "form"),
    [
        (EMAIL, "EMAIL_ADDRESS", r"u[0-9a-z]{8}@pii\.invalid"),
        (EMAIL.upper(), "EMAIL_ADDRESS", r"u[0-9a-z]{8}\+[0-9a-z]{4}@pii\.invalid"),
        ("+1 415 555 2671", "PHONE_NUMBER", r"\+1 [2-7]\d[2-9] 555 01\d\d"),
        ("(415) 555-2671", "PHONE_NUMBER", r"\([2-7]\d[2-9]\) 555-01\d\d"),
        ("4155552671", "PHONE_NUMBER", r"[2-7]\d[2-9]55501\d\d"),
        ("1-415-555-2671", "PHONE_NUMBER", r"1-[2-7]\d[2-9]-555-01\d\d"),
        ("+44 7911 123456", "PHONE_NUMBER", r"\+44 7700 900\d{3}"),
        ("07911 123456", "PHONE_NUMBER", r"07700 900\d{3}"),
        ("+33 6 12 34 56 78", "PHONE_NUMBER", r"\+33 6 39 98 \d\d \d\d"),
        ("+49 30 12345678", "PHONE_NUMBER", r"\+49 30 23125\d{3}"),
        ("0030 30 1234567", "PHONE_NUMBER", r"\[\[PHONE_.*\]\]"),
        ("138 0013 8000", "CN_MOBILE", r"\[\[MOBILE_.*\]\]"),
        ("4012 8888 8888 1881", "CREDIT_CARD", r"4111 11\d\d \d{4} \d{4}"),
        ("371449635398431", "CREDIT_CARD", r"378282\d{9}"),
        ("GB29 NWBK 6016 1331 9268 19", "IBAN_CODE", r"DE\d\d 0000 0000 \d{4} \d{4} \d\d"),
        ("123-45-6789", "US_SSN", r"9\d\d-[0-4]\d-\d{4}"),
        ("00:1A:2B:3C:4D:5E", "MAC_ADDRESS", r"00:00:5E:00:53:[0-9A-F]{2}"),
        ("https://ann.example.com/x?y=1", "URL", r"https://h[0-9a-z]{8}\.pii\.invalid"),
        ("Ann Example", "PERSON", r"\[\[PERSON_.*\]\]"),
        ("somewhere near", "EMAIL_ADDRESS", r"\[\[EMAIL_.*\]\]"),
        ("29 February", "DATE_OF_BIRTH", r"\[\[BIRTHDATE_.*\]\]"),
    ],
)
def test_a_surrogate_has_the_form_of_the_value(value: str, kind: str, form: str) -> None:
    assert re.fullmatch(form, surrogate(value, kind))


def test_surrogates_pass_the_checks_of_their_type() -> None:
    card = re.sub(r"\D", "", surrogate("4012 8888 8888 1881", "CREDIT_CARD"))
    assert card[-1] == luhn_digit(card[:-1])
    iban = surrogate("GB29NWBK60161331926819", "IBAN_CODE")
    assert int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 == 1
    assert ipaddress.ip_address(surrogate("10.1.2.3", "IP_ADDRESS")) in ipaddress.ip_network("192.0.2.0/24") or any(
        ipaddress.ip_address(surrogate("10.1.2.3", "IP_ADDRESS")) in ipaddress.ip_network(block)
        for block in ("198.51.100.0/24", "203.0.113.0/24")
    )
    assert ipaddress.ip_address(surrogate("fe80::1", "IP_ADDRESS")) in ipaddress.ip_network("2001:db8::/32")
    assert uuid.UUID(surrogate(str(uuid.UUID(int=1, version=4)), "UUID")).version == 4
    assert uuid.UUID(surrogate("550e8400-e29b-11d4-a716-446655440000", "UUID")).version == 8


def test_dates_keep_their_order_and_distance() -> None:
    request = sealed(
        "1984-02-29 to 1984-03-05", dict.fromkeys(("1984-02-29", "1984-03-05"), "DATE_OF_BIRTH"), Strategy.SURROGATE
    )
    first, second = map(date.fromisoformat, texts(request)[0].split(" to "))
    assert (second - first).days == 5
    assert first != date(1984, 2, 29)


def test_one_range_used_up_goes_on_with_placeholders() -> None:
    values = {f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}": "MAC_ADDRESS" for number in range(400)}
    text = " ".join(values)
    request = sealed(text, values, Strategy.SURROGATE)
    sent = texts(request)[0].split(" ")
    assert len(set(sent)) == 400
    assert {bool(TOKEN.fullmatch(each)) for each in sent} == {True, False}
    assert json.loads(request.restorer.whole(request.body)[0])["messages"][0]["content"] == text


def test_a_surrogate_typed_by_the_caller_is_not_restored_to_somebodys_value() -> None:
    one = surrogate(EMAIL, "EMAIL_ADDRESS")
    text = f"<{EMAIL}>"
    request = sealed(text, {EMAIL: "EMAIL_ADDRESS"}, Strategy.SURROGATE, f"send it to {one} and x{one}")
    first, second = texts(request)
    assert first == f"<{one}>"
    assert "[[LITERAL_" in second
    assert (
        json.loads(request.restorer.whole(request.body)[0])["messages"][1]["content"] == f"send it to {one} and x{one}"
    )


@pytest.mark.parametrize("around", ["{}0", "x{}", "{}.5", "9.{}", "{}-1", "_{}", "{}é"])
def test_a_surrogate_is_restored_as_a_whole_token_only(around: str) -> None:
    made = surrogate("10.1.2.3", "IP_ADDRESS")
    request = sealed("<10.1.2.3>", {"10.1.2.3": "IP_ADDRESS"}, Strategy.SURROGATE)
    for text, expected in ((around.format(made), around.format(made)), (f"{made}. {made}", "10.1.2.3. 10.1.2.3")):
        answer = json.dumps({"choices": [{"message": {"content": text}}]}).encode()
        assert json.loads(request.restorer.whole(answer)[0])["choices"][0]["message"]["content"] == expected


def test_a_value_inside_a_longer_word_gets_a_placeholder() -> None:
    request = sealed("v10.1.2.3-rc and 10.1.2.3", {"10.1.2.3": "IP_ADDRESS"}, Strategy.SURROGATE)
    assert re.fullmatch(r"v\[\[IP_\w+\]\]-rc and [0-9.]+", texts(request)[0])
    assert "v10.1.2.3-rc" in request.restorer.whole(request.body)[0].decode()


@pytest.mark.parametrize(
    ("strategy", "kind", "value", "shown"),
    [
        (Strategy.MASK, "CREDIT_CARD", "4012 8888 8888 1881", "**** **** **** 1881"),
        (Strategy.MASK, "EMAIL_ADDRESS", EMAIL, "***@*******.***"),
        (Strategy.MASK, "CREDIT_CARD", "1234", "****"),
        (Strategy.GENERALIZE, "DATE_OF_BIRTH", "29.02.1984", "1984"),
        (Strategy.GENERALIZE, "DATE_OF_BIRTH", "born in May 1984", "1984"),
        (Strategy.GENERALIZE, "DATE_OF_BIRTH", "in May", "[date]"),
        (Strategy.GENERALIZE, "IP_ADDRESS", "10.1.2.3", "10.1.2.0/24"),
        (Strategy.GENERALIZE, "IP_ADDRESS", "2001:db8:1:2::3", "2001:db8:1::/48"),
        (Strategy.GENERALIZE, "IP_ADDRESS", "999.1", "[ip_address]"),
        (Strategy.GENERALIZE, "AGE", "43 years old", "40-49"),
        (Strategy.GENERALIZE, "AGE", "103", "90 or over"),
        (Strategy.GENERALIZE, "AGE", "old", "[age]"),
        (Strategy.GENERALIZE, "PERSON", "Ann Example", "[person]"),
        (Strategy.DROP, "PERSON", "Ann Example", "[removed:person]"),
    ],
)
def test_one_way_strategies_do_not_come_back(strategy: Strategy, kind: str, value: str, shown: str) -> None:
    request = sealed(f"<{value}>", {value: kind}, strategy)
    assert texts(request) == [f"<{shown}>"]
    assert request.restorer.whole(request.body)[0] == request.body
    assert (request.masked, request.dropped) == ((), (MaskedRecord(kind, 1),))


def test_a_credential_is_dropped_whatever_the_strategy_says() -> None:
    obligations = Obligations(
        mask=frozenset({Category.CREDENTIAL}), strategies={"SECRET_AWS_ACCESS_KEY": Strategy.PLACEHOLDER}
    )
    assert texts(redact(call(chat(SECRET)), obligations=obligations)) == ["[removed:aws_access_key]"]


def test_the_strictest_strategy_of_overlapping_findings_counts() -> None:
    made = call(chat(f"<{EMAIL}>"))
    index = next(i for i, leaf in enumerate(made.leaves) if leaf.text == f"<{EMAIL}>")
    spans = [Finding(index, 1, 5, "PERSON", PII, 999, "t"), Finding(index, 1, 16, "EMAIL_ADDRESS", PII, 500, "t")]
    obligations = duty(PERSON=Strategy.PLACEHOLDER, EMAIL_ADDRESS=Strategy.MASK)
    assert texts(redact(made, classification(*spans), obligations=obligations)) == ["<***@*******.***>"]


def test_stars_and_generalities_say_less_than_the_value() -> None:
    assert starred("US_SSN", "123-45-6789") == "***-**-****"
    assert generalized("US_SSN", "123-45-6789") == "[us_ssn]"


def test_parts_of_a_name_are_one_person() -> None:
    made = call(chat("Ana Perez and Mr. Perez and Ana met Perez Ana Lopez"))
    request = redact(made, findings(made, ["Ana Perez", "Mr. Perez"]))
    full, part = TOKEN.findall(texts(request)[0])[:2]
    assert full != part
    assert full[2:-2].split("_")[:2] == part[2:-2].split("_")[:2]


def test_a_word_of_two_names_is_nobodys_part() -> None:
    text = "Ana Perez, Luis Perez, Perez"
    made = call(chat(text))
    index = next(i for i, leaf in enumerate(made.leaves) if leaf.text == text)
    places = [(0, 9), (11, 21), (23, 28)]
    spans = [Finding(index, start, end, "PERSON", PII, 900, "t") for start, end in places]
    stems = {token[2:-2].split("_")[1] for token in TOKEN.findall(texts(redact(made, classification(*spans)))[0])}
    assert len(stems) == 3


def test_spellings_of_a_phone_number_are_one_number() -> None:
    forms = ["+1 415 555 2671", "(415) 555-2671", "001-415-555-2671", "415.555.2671"]
    request = sealed(" / ".join(forms), dict.fromkeys(forms, "PHONE_NUMBER"), Strategy.PLACEHOLDER)
    stems = {token[2:-2].split("_")[1] for token in TOKEN.findall(texts(request)[0])}
    assert len(stems) == 1
    assert request.masked == (MaskedRecord("PHONE_NUMBER", 1),)
