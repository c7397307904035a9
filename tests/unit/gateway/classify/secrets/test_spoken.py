"""Credentials as people write them to each other."""

# ruff: noqa: E501  (a case a line)

from __future__ import annotations

import pytest

from gateway.classify.secrets.assignments import LabelledValues
from gateway.classify.shadow import Shadow

VALUES = LabelledValues()


def found(text: str) -> list[str]:
    shadow = Shadow().of(text)
    spans = [*VALUES.find_passwords(text, shadow), *VALUES.find_keys(text, shadow)]
    return sorted({text[span.start : span.end] for span in spans})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("passwd for the router: b1ueM00se (sticker)", "b1ueM00se"),
        ("Contraseña del correo: Gazpacho$88", "Gazpacho$88"),
        ("Benutzername h.voss, Passwort Sommer!2023x", "Sommer!2023x"),
        ("I've tried the password Qwer#2019x ten times", "Qwer#2019x"),
        ("client secret for the OAuth app: 9f8Q~zT4vKq1LmN7pR2sXcB5wY8dE3hJ6uA0g", "9f8Q~zT4vKq1LmN7pR2sXcB5wY8dE3hJ6uA0g"),
    ],
)  # fmt: skip
def test_a_word_and_what_it_is_for_announce_a_credential(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "password for the portal: see below",
        "password hashing uses bcrypt",
        "the password SHA-256 digest",
        "Token for the bus: 2.50 euros",
        "The secret of success: perseverance",
        "Passwort vergessen? Klicken Sie hier",
    ],
)
def test_talk_about_credentials_is_none(text: str) -> None:
    assert found(text) == []
