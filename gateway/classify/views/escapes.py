r"""Escapes of JSON, programs and style sheets: `\u0040`, `\x40`, `\u{40}`, `\/`, `\000040`, after any number of `\`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.classify.views.rewriting import Substitution

GATE = r"\\(?:u[0-9A-Fa-f{]|x(?:\{|[0-9A-Fa-f]{2})|U000|[01][0-7]{2}|[2-7][0-9A-Fa-f] ?\\[2-7]|40 [0-9A-Za-z])"
"""RE2: matches wherever something can be decoded."""
_PAIR = re.compile(r"\\+u([dD][89abAB][0-9a-fA-F]{2})\\+u([dD][c-fC-F][0-9a-fA-F]{2})")
_ONE = re.compile(
    r"\\+(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|[ux]\{([0-9a-fA-F]{1,6})\}|U([0-9a-fA-F]{8})"
    r"|0000([2-7][0-9a-fA-F])(?: (?=\\))?|([2-7][0-9a-fA-F])(?: |(?=\\))|([01][0-7]{2}))"
)
_OCTAL = 7
_SOLIDUS = re.compile(r"\\+/")
_LARGEST = 0x10FFFF


def substitutions(text: str) -> Iterator[Substitution]:
    """Yields one per escaped character. A lone surrogate is no character and stays as it is."""
    for match in _PAIR.finditer(text):
        high, low = (int(half, 16) for half in match.groups())
        yield Substitution(*match.span(), chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)))
    for match in _ONE.finditer(text):
        number = int(match.group(match.lastindex or 0), 8 if match.lastindex == _OCTAL else 16)
        if number <= _LARGEST and not 0xD800 <= number < 0xE000:
            yield Substitution(*match.span(), chr(number))
    for match in _SOLIDUS.finditer(text):
        yield Substitution(*match.span(), "/")
