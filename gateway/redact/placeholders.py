"""Placeholders: `[[EMAIL_7F3A2]]`, the same for the same value through a conversation, without any shared state.

The identifier is a truncated HMAC-SHA256 of type and canonical value under the conversation's key, so nobody without
the key can test a guess, and other conversations and tenants do not correlate. Two spellings of one value share the
identifier and differ in a suffix, because what comes back must be exactly what was written.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

LITERAL = "LITERAL"
"""Type name of a placeholder that stands for text which looked like a placeholder."""
LONGEST_TOKEN = 2 + 12 + 1 + 13 + 1 + 13 + 2

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_ID = "[0-9A-HJKMNP-TV-Z]{5,13}"
_SUFFIX = "[0-9A-HJKMNP-TV-Z]{2,13}"
TOKEN = re.compile(rf"\[\[[A-Z]{{2,12}}_{_ID}(?:_{_SUFFIX})?\]\]")
LOOK_ALIKE = re.compile(r"\[\[[A-Z]{2,12}_[0-9A-Z_]*\]{0,2}")
"""A placeholder or the beginning of one, typed by somebody."""

_ID_CHARACTERS = 5
_SUFFIX_CHARACTERS = 2
_MOST_CHARACTERS = 13
_SHORT_TYPES: Mapping[str, str] = {
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "CN_MOBILE": "PHONE",
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
_SPACED_TYPES = frozenset({"PHONE", "CARD", "SSN", "IBAN", "BANK"})
"""Types whose spaces and punctuation carry no meaning."""
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Spelling:
    """One value as somebody wrote it: as text, and as it stands inside a JSON string.

    `number` says that it was a bare JSON number.
    """

    text: str = field(repr=False)
    json: str = field(repr=False)
    number: bool = False


class Placeholders:
    """The placeholders of one request. `issued` maps each to what it stands for."""

    def __init__(self, conversation_key: bytes) -> None:
        self._key = conversation_key
        self._stems: dict[tuple[str, str], str] = {}
        self._tokens: dict[tuple[str, Spelling], str] = {}
        self._stem_owners: set[str] = set()
        self.issued: dict[str, Spelling] = {}

    def token(self, kind: str, spelling: Spelling) -> str:
        """Returns the placeholder for this value of a detector's type, the same for every mention."""
        known = self._tokens.get((kind, spelling))
        if known is None:
            known = self._new_token(kind, spelling)
            self._tokens[kind, spelling] = known
        return known

    def _new_token(self, kind: str, spelling: Spelling) -> str:
        short = short_type(kind)
        value = canonical(short, spelling.text)
        stem = self._stem(short, value)
        if spelling == Spelling(value, value):
            token = f"[[{stem}]]"
            if token not in self.issued:
                self.issued[token] = spelling
            return token
        for suffix in self._identifiers(_SUFFIX_CHARACTERS, short, spelling.text, spelling.json, str(spelling.number)):
            token = f"[[{stem}_{suffix}]]"
            if self.issued.setdefault(token, spelling) == spelling:
                return token
        raise AssertionError("65 bits collided twice in one request")

    def _stem(self, short: str, value: str) -> str:
        stem = self._stems.get((short, value))
        if stem is not None:
            return stem
        for identifier in self._identifiers(_ID_CHARACTERS, short, value):
            stem = f"{short}_{identifier}"
            if stem not in self._stem_owners:
                self._stem_owners.add(stem)
                self._stems[short, value] = stem
                return stem
        raise AssertionError("65 bits collided twice in one request")

    def _identifiers(self, characters: int, *parts: str) -> Iterator[str]:
        """The identifier of these parts, then longer ones for the case that it is taken."""
        message = b"".join(len(part).to_bytes(8, "big") + part.encode() for part in parts)
        number = int.from_bytes(hmac.digest(self._key, message, "sha256")[:9], "big")
        for length in range(characters, _MOST_CHARACTERS + 1):
            yield "".join(_ALPHABET[number >> (5 * place) & 31] for place in range(length))


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
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    if short in _SPACED_TYPES:
        return _NOT_ALPHANUMERIC.sub("", folded) or folded
    return folded


def removal_mark(kind: str, number: int) -> str:
    """Returns what stands for the `number`th distinct value of a type that was removed for good, counting from 1.

    The number keeps two removed object keys apart; it says nothing of the value.
    """
    name = kind.removeprefix("SECRET_").lower()
    return f"[removed:{name}]" if number == 1 else f"[removed:{name}.{number}]"
