"""What stands for a value that does not come back: a removal mark, stars, or something less precise."""

from __future__ import annotations

import ipaddress
import re

from gateway.redact.dates import read_date
from gateway.redact.values import canonical, short_type

_YEAR = re.compile(r"(?<![0-9])(?:1[89]|20)[0-9]{2}(?![0-9])")
_AGE = re.compile(r"(?<![0-9])[0-9]{1,3}(?![0-9])")
_ALPHANUMERIC = re.compile(r"[^\W_]")
_KEEP_LAST = {"CARD": 4, "PHONE": 2, "IBAN": 4, "BANK": 4}
"""Digits a masked value keeps. Source for cards: PCI DSS 4.0, requirement 3.4.1 permits the last four."""


def removal_mark(kind: str, number: int) -> str:
    """Returns what stands for the `number`th distinct value of a type that was removed for good, counting from 1.

    The number keeps two removed object keys apart; it says nothing of the value.
    """
    name = kind.removeprefix("SECRET_").lower()
    return f"[removed:{name}]" if number == 1 else f"[removed:{name}.{number}]"


def starred(kind: str, text: str) -> str:
    """Returns the text with letters and digits as stars; numbers of cards, accounts and phones keep their last ones."""
    total = len(_ALPHANUMERIC.findall(text))
    keep = _KEEP_LAST.get(short_type(kind), 0)
    hidden = total - keep if total >= 3 * keep else total
    return _ALPHANUMERIC.sub("*", text, count=hidden) if hidden else text


def generalized(kind: str, text: str) -> str:
    """Returns less than the value: a date's year, an address's network, an age's decade, otherwise the type."""
    short = short_type(kind)
    value = canonical(short, text)
    if short in ("BIRTHDATE", "DATETIME", "DATE"):
        return _year(text)
    if short == "IP":
        return _network(value)
    if short == "AGE":
        return _decade(value)
    return f"[{kind.lower()}]"


def _year(text: str) -> str:
    parsed = read_date(text)
    year = _YEAR.search(text)
    if parsed is not None:
        return str(parsed[0].year)
    return year.group() if year else "[date]"


def _network(value: str) -> str:
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return "[ip_address]"
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))


def _decade(value: str) -> str:
    age = _AGE.search(value)
    if age is None:
        return "[age]"
    decade = min(int(age.group()), 90) // 10 * 10
    return "90 or over" if decade == 90 else f"{decade}-{decade + 9}"
