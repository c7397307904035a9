r"""Texts written as the numbers of their characters: `34313131...`, `0x34, 0x31`, `52, 49`, `U+0034`, `chr(52)`, bits.

Eight characters in a row have to be printable ASCII, of which digests and lists of other numbers hardly have any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.classify.views.rewriting import Substitution

_PAIR, _SPACE = "[2-7][0-9A-Fa-f]", "[ ,;:]{1,2}"
_DECIMAL = "(?:3[2-9]|[4-9][0-9]|1[01][0-9]|12[0-6])"
_POINT = rf"U\+(?:00)?00{_PAIR}"
_CALL = r"[cC][hH][rR][wW]?\$?\( ?[0-9]{2,3} ?\)"
RUN_GATES = (rf"\b(?:0[xX])?(?:{_PAIR}){{11}}", r"\b(?:0[xX])?(?:3[0-9]){8}")
"""RE2: one of them matches wherever a run can be decoded. Of sixteen digits at random one in sixty is such a text."""
LIST_GATES = (
    rf"\b(?:(?:0[xX])?{_PAIR}{_SPACE}){{7}}",
    rf"\b(?:{_DECIMAL}{_SPACE}){{7}}",
    rf"\b(?:0[01]{{7}}{_SPACE}){{3}}",
    rf"\b{_POINT}{_SPACE}{_POINT}{_SPACE}",
    rf"\b{_CALL}[ +.&|,]{{1,4}}{_CALL}",
)
"""RE2: one of them matches wherever a list can be decoded."""
_ALONE, _FREE = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_RUN = re.compile(rf"{_ALONE}(?:0[xX])?((?:[0-9A-Fa-f]{{2}}){{8,}}){_FREE}")
_LIST = re.compile(
    rf"{_ALONE}(?:(?:0[xX])?{_PAIR}{_SPACE}|{_DECIMAL}{_SPACE}){{7,}}(?:0[xX])?[0-9A-Fa-f]{{2,3}}{_FREE}"
)
_BITS = re.compile(rf"{_ALONE}(?:0[01]{{7}}{_SPACE}){{3,}}0[01]{{7}}{_FREE}")
_POINTS = re.compile(rf"{_ALONE}(?:{_POINT}{_SPACE}){{3,}}{_POINT}{_FREE}")
_CALLS = re.compile(rf"{_ALONE}{_CALL}(?:[ +.&|,]{{1,4}}{_CALL}){{3,}}")
_NUMBER = re.compile(r"(?:0[xX]|U\+)?([0-9A-Fa-f]+)")
_DIGITS = re.compile("[0-9]+")
_LONGEST = 1 << 16


def runs(text: str) -> Iterator[Substitution]:
    """Yields one per run of hexadecimal digits that spells a text."""
    for match in _RUN.finditer(text):
        if spelt := _printable(bytes.fromhex(match.group(1)[:_LONGEST])):
            yield Substitution(*match.span(), spelt)


def lists(text: str) -> Iterator[Substitution]:
    """Yields one per list that spells a text. Where two readings are possible both are written."""
    for match in _LIST.finditer(text):
        if spelt := " ".join(_readings(match.group())):
            yield Substitution(*match.span(), spelt)
    for pattern, number, base in ((_BITS, _NUMBER, 2), (_POINTS, _NUMBER, 16), (_CALLS, _DIGITS, 10)):
        for match in pattern.finditer(text):
            codes = [int(each.lower().removeprefix("u+"), base) for each in number.findall(match.group())]
            if spelt := _spelt(codes):
                yield Substitution(*match.span(), spelt)


def _readings(listed: str) -> Iterator[str]:
    """What a list spells in hexadecimal and, where it has digits only, in decimal."""
    numbers = _NUMBER.findall(listed)
    bases = (16,) if "x" in listed.lower() or not all(map(str.isdigit, numbers)) else (16, 10)
    for base in bases:
        if spelt := _spelt([int(each, base) for each in numbers]):
            yield spelt


def _spelt(codes: list[int]) -> str:
    return _printable(bytes(codes)) if max(codes) <= 0xFF else ""


def _printable(octets: bytes) -> str:
    """The text that some octets are, or nothing."""
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return text if "".join(text.split()).isprintable() else ""
