"""Telephone numbers for fiction, in the form the original has.

Sources, looked up on 2026-11-21:

- North America: 555-0100 to 555-0199 of every area code, which the numbering plan keeps for examples and fiction (not
  800 numbers).
- United Kingdom: Ofcom, "Telephone numbers for use in TV and radio drama programmes": mobile 07700 900000 to 900999.
- Germany: Bundesnetzagentur, Mitteilung 148/2021, Amtsblatt 7/2021, "Rufnummern für Medienproduktionen": 030 23125 000
  to 999, and as many in Frankfurt, Hamburg, Cologne and Munich.
- France: ARCEP keeps six blocks of ten thousand for works of fiction, of them the mobile one: 06 39 98 00 00 to 99 99.
  The text of its decision could not be read; the block is the same wherever it is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

_WRITTEN = re.compile(
    r"(?:\+|00)?[0-9](?:[ ().\-/\u00a0]{0,3}[0-9]){6,16}|\([0-9]{2,5}\)(?:[ .\-/\u00a0]{0,3}[0-9]){6,12}"
)
_DIGIT = re.compile(r"[0-9]")


@dataclass(frozen=True, slots=True)
class _Range:
    """`fixed` and then free digits: a national number without its leading 0."""

    country: str
    trunk: str
    fixed: str
    free: int


_RANGES = (_Range("44", "0", "7700900", 3), _Range("33", "0", "63998", 4), _Range("49", "0", "3023125", 3))


def fictitious_phones(text: str, draw: Callable[[str], int]) -> Iterator[str]:
    """Yields numbers in the form of the original; nothing for a form that no reserved range has."""
    if not _WRITTEN.fullmatch(text):
        return
    digits = "".join(_DIGIT.findall(text))
    for number in count():
        made = _north_american(digits, text, draw(str(number))) or _other(digits, text, draw(str(number)))
        if made is None:
            return
        yield made


def _north_american(digits: str, text: str, drawn: int) -> str | None:
    """The area code is drawn as well: a hundred numbers would soon be used up. N11 and 8NN are not areas of a place."""
    area = f"{2 + drawn % 6}{drawn // 6 % 10}{2 + drawn // 60 % 8}"
    subscriber = f"55501{drawn // 480 % 100:02}"
    international = text.startswith("+") or digits.startswith("00")
    if international and digits.removeprefix("00").startswith("1"):
        return _filled(text, digits[: len(digits) - 10] + area + subscriber)
    if not international and len(digits) == 10 and digits[0] in "23456789":
        return _filled(text, area + subscriber)
    if not international and len(digits) == 11 and digits[0] == "1" and digits[1] in "23456789":
        return _filled(text, "1" + area + subscriber)
    return None


def _other(digits: str, text: str, drawn: int) -> str | None:
    lead = "00" if digits.startswith("00") else ""
    international = text.startswith("+") or bool(lead)
    for known in _RANGES:
        national = known.fixed + f"{drawn % 10**known.free:0{known.free}}"
        if international and digits.removeprefix("00").startswith(known.country):
            return _filled(text, lead + known.country + national) or f"{lead or '+'}{known.country}{national}"
        if not international and digits.startswith(known.trunk + known.fixed[0]):
            made = _filled(text, known.trunk + national)
            if made is not None:
                return made
    return None


def _filled(form: str, digits: str) -> str | None:
    """The form with other digits, when it has room for exactly so many."""
    if len(_DIGIT.findall(form)) != len(digits):
        return None
    following = iter(digits)
    return _DIGIT.sub(lambda _: next(following), form)
