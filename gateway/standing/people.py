"""How many people a call names, and who they are to somebody who holds the key and to nobody else.

A person is counted by each identifier that stands for one person. One with an e-mail address and a phone number is one
person here, because only the type with the most distinct values counts for the number; for the bulk meter each
identifier counts, since nothing says which belong together: the meter may count too many, never too few.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from gateway.types import Call, Category, Finding, Persons

_IDENTIFYING = frozenset(
    (Category.PII_DIRECT, Category.GOV_ID, Category.CN_PERSONAL, Category.PHI, Category.PCI_PAN, Category.PII_SPECIAL)
)
MASS = 100
"""From this many people on, one call is bulk in itself."""
_NOT_A_PERSON = frozenset(("HEALTH_RECORD",))
"""Findings that speak of somebody without naming anybody."""
KIND_OF_DATA: Mapping[Category, str] = {
    Category.PII_DIRECT: "identifier",
    Category.GOV_ID: "identifier",
    Category.CN_PERSONAL: "identifier",
    Category.PHI: "health",
    Category.PCI_PAN: "financial",
    Category.PCI_SAD: "financial",
}
"""28 CFR 202.205 by category. Precise places, biometric and 'omic data have no detector and can be declared only."""
_FINANCIAL = frozenset(("IBAN_CODE", "US_BANK_NUMBER", "BANK_ACCOUNT", "CN_BANK_CARD"))


def persons_in(call: Call, findings: Iterable[Finding]) -> Persons:
    """Returns how many people the findings name at least: the most distinct values of any one type."""
    most = 0
    for values in _growing(call, findings):
        most = max(most, len(values))
        if most >= MASS:
            break
    return band_of_persons(most)


def band_of_persons(count: int) -> Persons:
    """Returns the band of a number of people."""
    for most, band in ((0, Persons.NONE), (1, Persons.ONE), (9, Persons.FEW), (MASS - 1, Persons.MANY)):
        if count <= most:
            return band
    return Persons.MASS


def people_by_kind(call: Call, findings: Iterable[Finding], key: bytes) -> dict[str, frozenset[int]]:
    """Returns the people whose data the call carries, by kind of data: 64-bit keyed hashes of their identifiers.

    Everybody in a call that carries health or financial data counts for that kind: nothing says whose it is.
    """
    listed = tuple(findings)
    people = frozenset(_hashed(key, kind, value) for kind, values in _values(call, listed).items() for value in values)
    kinds = {KIND_OF_DATA[finding.category] for finding in listed if finding.category in KIND_OF_DATA}
    if any(finding.type in _FINANCIAL for finding in listed):
        kinds.add("financial")
    return dict.fromkeys(kinds, people) if people else {}


def _values(call: Call, findings: Iterable[Finding]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for _ in _growing(call, findings, found):
        pass
    return found


def _growing(call: Call, findings: Iterable[Finding], found: dict[str, set[str]] | None = None) -> Iterator[set[str]]:
    """Yields the distinct values of a type each time one may have been added; collects them in `found`."""
    found = {} if found is None else found
    for finding in findings:
        if finding.category in _IDENTIFYING and finding.type not in _NOT_A_PERSON:
            values = found.setdefault(finding.type, set())
            values.add(_folded(call.leaves[finding.leaf].text[finding.start : finding.end]))
            yield values


def _folded(text: str) -> str:
    """The value without what does not make it another value: case, width, white space and punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum() or character == "@")


def _hashed(key: bytes, kind: str, value: str) -> int:
    message = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hmac.digest(key, message, "sha256")[:8], "big")
