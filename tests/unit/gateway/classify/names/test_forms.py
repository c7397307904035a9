"""What the fields of forms and lists of those present announce."""

from __future__ import annotations

import pytest

from gateway.classify.names.forms import Forms
from gateway.classify.names.lexicon import UNKNOWN, Known
from gateway.classify.shadow import Shadow

_LISTED = {
    "maeve": Known.FIRST,
    "zqsmith": Known.LAST,
    "string": Known.COMMON,
    "product": Known.COMMON,
    "all": Known.COMMON,
}
FORMS = Forms()


def announced(text: str) -> list[str]:
    names = FORMS.names(text, Shadow().of(text), lambda word: _LISTED.get(word.lower(), UNKNOWN))
    return [text[name.start : name.end] for name in names]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('{"first_name": "Zqwhit", "last_name": "Thorvz"}', ["Zqwhit", "Thorvz"]),
        ("First name: Zqwhit\nSurname: Zqsmith", ["Zqwhit", "Zqsmith"]),
        ("Prénom : Zqwhit", ["Zqwhit"]),
        ("last_name: Zqsmith", ["Zqsmith"]),
        ("last_name: Varchar", []),
        ("lastName: String,", []),
        ("first_name = Models.text()", []),
        ("First name: Last name:", []),
        ("filename: Zqwhit", []),
    ],
)
def test_a_field_for_a_part_of_a_name_announces_it_but_no_type(text: str, names: list[str]) -> None:
    assert announced(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Present: Zqa Blunz (chair), Rajz Sohaz, Maeve.", ["Zqa Blunz", "Rajz Sohaz", "Maeve"]),
        ("Présents : Zqclo Hamz, Youz Benkz et Gasz Tessz", ["Zqclo Hamz", "Youz Benkz", "Gasz Tessz"]),
        ("Anwesend:\n- Zqgun Stiegz\n- Benz Pohz", ["Zqgun Stiegz", "Benz Pohz"]),
        ("Apologies: none", []),
        ("Participants: Product Management, Zqsales", []),
        ("Present: all", []),
        ("at present Zqa Blunz", []),
    ],
)
def test_a_list_of_those_present_announces_each(text: str, names: list[str]) -> None:
    assert announced(text) == names


def test_a_long_list_is_read_to_a_limit() -> None:
    assert len(announced("Present: " + "Zqa Blunz, " * 1_000)) == 64
