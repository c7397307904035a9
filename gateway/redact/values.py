"""Values and when two of them are the same: how a value was written, its short type, its canonical form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

LITERAL = "LITERAL"
"""Type of a placeholder that stands for text which could be taken for a placeholder or a surrogate."""

_SHORT_TYPES: Mapping[str, str] = {
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "CN_MOBILE": "MOBILE",
    "CN_PERSON": "PERSON",
    "CREDIT_CARD": "CARD",
    "CARD_SECURITY_CODE": "CVC",
    "US_SSN": "SSN",
    "IBAN_CODE": "IBAN",
    "IP_ADDRESS": "IP",
    "MAC_ADDRESS": "MAC",
    "US_BANK_NUMBER": "BANK",
    "US_DRIVER_LICENSE": "LICENSE",
    "US_PASSPORT": "PASSPORT",
    "MEDICAL_RECORD_NUMBER": "RECORD",
    "DATE_OF_BIRTH": "BIRTHDATE",
    "CN_RESIDENT_ID": "RESIDENT",
    LITERAL: LITERAL,
}
_SPACED_TYPES = frozenset({"PHONE", "MOBILE", "CARD", "SSN", "IBAN", "BANK", "MAC"})
"""Types whose spaces and punctuation carry no meaning."""
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_TITLES = frozenset(
    "dr mr mrs ms miss prof sir herr frau monsieur madame mme m señor señora sr sra de da di van von".split()
)
_SHORTEST_NAME = 2


@dataclass(frozen=True, slots=True)
class Spelling:
    """One value as somebody wrote it: as text, and as it stands inside a JSON string.

    `number` says that it was a bare JSON number.
    """

    text: str = field(repr=False)
    json: str = field(repr=False)
    number: bool = False


def short_type(kind: str) -> str:
    """Returns the type as placeholders write it: 2 to 12 capital letters."""
    known = _SHORT_TYPES.get(kind)
    if known is not None:
        return known
    letters = "".join(c for c in kind.removeprefix("SECRET_").upper() if "A" <= c <= "Z")
    return letters[:12] if len(letters) >= 2 else "VALUE"


def canonical(short: str, text: str) -> str:
    """Returns the value without the differences that do not make it another value."""
    if short == LITERAL:
        return text
    plain = unquote(text) if "%" in text else text
    normal = plain if plain.isascii() else unicodedata.normalize("NFKC", plain)
    folded = " ".join(normal.casefold().split())
    if short not in _SPACED_TYPES:
        return folded
    joined = _NOT_ALPHANUMERIC.sub("", folded) or folded
    return _national(joined) if short == "PHONE" else joined


def _national(digits: str) -> str:
    """A North American number with and without its country code is one number, and so are `+` and `00`."""
    digits = digits.removeprefix("00")
    return digits[1:] if len(digits) == 11 and digits.startswith("1") and digits[1] in "23456789" else digits


def name_words(value: str) -> list[str]:
    """Returns the words of a canonical name that can stand for the person, titles and particles left out."""
    words = [word.strip(".,") for word in value.split()]
    return [word for word in words if len(word) >= _SHORTEST_NAME and word not in _TITLES]
