"""Percent-encoding (RFC 3986, section 2.1), however many times over: `%40`, `%2540`, `%E4%BD%A0`; `%u0040` as well."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.classify.views.rewriting import Substitution

GATE = r"%(?:25)*(?:[2-7][0-9A-Fa-f]|[c-fC-F][0-9A-Fa-f]%|u[0-9A-Fa-f]{4})"
"""RE2: matches wherever something can be decoded."""
_ASCII = re.compile(r"%(?:25)*([0-7][0-9A-Fa-f])")
_BEYOND = re.compile(r"(?:%(?:25)*[89a-fA-F][0-9A-Fa-f]){2,}")
_UNIT = re.compile(r"%(?:25)*u([0-9A-Fa-f]{4})")
_BYTE = re.compile(r"%(?:25)*([0-9A-Fa-f]{2})")


def substitutions(text: str) -> Iterator[Substitution]:
    """Yields one per ASCII character and one per run of other characters. Octets that are no UTF-8 stay."""
    for match in _ASCII.finditer(text):
        yield Substitution(*match.span(), chr(int(match.group(1), 16)))
    for match in _UNIT.finditer(text):
        if not "d8" <= match.group(1)[:2].lower() <= "df":
            yield Substitution(*match.span(), chr(int(match.group(1), 16)))
    for match in _BEYOND.finditer(text):
        octets = bytes.fromhex("".join(_BYTE.findall(match.group())))
        decoded = octets.decode("utf-8", "ignore")
        if decoded:
            yield Substitution(*match.span(), decoded)
