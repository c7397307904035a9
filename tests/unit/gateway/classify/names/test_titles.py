"""What titles announce, and what pieces of names are made one."""

# ruff: noqa: E501  (a case a line)

from __future__ import annotations

import pytest

from gateway.classify.names.lexicon import UNKNOWN, Known
from gateway.classify.names.model import Name
from gateway.classify.names.titles import Titles, with_titled
from gateway.classify.names.whole import whole
from gateway.classify.shadow import Shadow

_LISTED = {"john": Known.FIRST, "smith": Known.LAST, "please": Known.COMMON, "green": Known.COMMON | Known.LAST}
TITLES = Titles()


def known(word: str) -> Known:
    return _LISTED.get(word.lower(), UNKNOWN)


def titled(text: str) -> list[str]:
    return [text[name.start : name.end] for name in TITLES.names(text, Shadow().of(text), known)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Dear Mr Zqwhit, thank you", ["Zqwhit"]),
        ("ask Dr. K. Raghunath about it", ["K. Raghunath"]),
        ("Herrn von Auersb anrufen", ["von Auersb"]),
        ("Sehr geehrter Herr Professor Dr. Haberk, anbei", ["Haberk"]),
        ("la señora Basterr no está", ["Basterr"]),
        ("la sig.ra Pellegr ha chiamato", ["Pellegr"]),
        ("mevrouw Hoekstr belt", ["Hoekstr"]),
        ("Mr John Smith Please sign", ["John Smith"]),
        ("Mrs Green called", ["Green"]),
        ("my late husband, Ferd Achterb, died", ["Ferd Achterb"]),
        ("ma sœur Inèz est là", ["Inèz"]),
        ("la abuela Remedj cumplió", ["Remedj"]),
        ("Yours faithfully,\nA. K. Sutherl", ["A. K. Sutherl"]),
        ("Regards, Tamz, Nordlicht", ["Tamz"]),
        ("my friend Monday", []),
        ("Regards, Zqteam will follow up", []),
        ("Mr President, sir", []),
        ("the Dr said so", []),
        ("Dr. please wait", []),
        ("Mr Please", []),
    ],
)
def test_a_title_announces_the_name_behind_it_and_no_more(text: str, names: list[str]) -> None:
    assert titled(text) == names


def test_a_title_outweighs_what_the_model_saw_and_is_cut_from_the_name() -> None:
    text = "Captain Eoin Lacey, Mr Vern"
    model = [Name(0, 18, "PERSON", 0.99), Name(23, 27, "LOCATION", 0.9)]
    announced = [Name(8, 12, "PERSON", 0.9), Name(23, 27, "PERSON", 0.9)]
    found = with_titled(model, announced, text)
    assert [(text[each.start : each.end], each.type) for each in found] == [
        ("Eoin Lacey", "PERSON"),
        ("Vern", "PERSON"),
    ]


def test_two_words_of_one_person_are_one_name() -> None:
    text = "Ask Hideo Tsuji, Anna"
    found = [Name(4, 9, "PERSON", 0.9), Name(10, 15, "PERSON", 0.8), Name(17, 21, "PERSON", 0.9)]
    assert [text[each.start : each.end] for each in whole(found, text)] == ["Hideo Tsuji", "Anna"]


def test_two_first_names_of_a_list_are_two_people() -> None:
    text = "Sopranos: Maeve, Ingrid, Solange; Smith, John"
    found = [Name(10, 15, "PERSON", 0.9), Name(17, 32, "PERSON", 0.8), Name(34, 45, "PERSON", 0.9)]
    assert [text[each.start : each.end] for each in whole(found, text)] == ["Maeve", "Ingrid", "Solange", "Smith, John"]


@pytest.mark.parametrize(
    ("text", "pieces", "address"),
    [
        ("14 Larkhill Road, Shrewsbury SY3 8XR.", ["14 Larkhill Road", "Shrewsbury"], "14 Larkhill Road, Shrewsbury SY3 8XR"),
        ("88 Maple Drive in Burlington, VT 05401", ["88 Maple Drive", "Burlington"], "88 Maple Drive in Burlington, VT 05401"),
        ("PO Box 12, Anchorage, AK 99509-0210", ["PO Box 12, Anchorage, AK"], "PO Box 12, Anchorage, AK 99509-0210"),
        ("55 elm street, somerville ma 02143 ok", ["55 elm street", "somerville ma"], "55 elm street, somerville ma 02143"),
    ],
)  # fmt: skip
def test_an_address_reaches_from_its_street_to_its_postal_code(text: str, pieces: list[str], address: str) -> None:
    found = [Name(text.index(each), text.index(each) + len(each), "LOCATION", 0.9) for each in pieces]
    assert [text[each.start : each.end] for each in whole(found, text)] == [address]


def test_towns_in_a_row_stay_apart() -> None:
    text = "Paris, Lyon"
    found = [Name(0, 5, "LOCATION", 0.9), Name(7, 11, "LOCATION", 0.9)]
    assert whole(found, text) == found


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("Employer: InGen\nEIN", ["InGen"]),
        ('"company": "Weyl-Yut & Co"', ["Weyl-Yut & Co"]),
        ("company: see below", []),
    ],
)
def test_a_label_announces_a_company(text: str, company: list[str]) -> None:
    assert [text[each.start : each.end] for each in TITLES.companies(text, Shadow().of(text))] == company
