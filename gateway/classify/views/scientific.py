"""Whole numbers written with an exponent: `4.111111111111111E15`, as Java, PHP and spreadsheets write long ones."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.classify.views.rewriting import Substitution

GATE = r"[0-9]\.[0-9]{6,}[eE][+]?[0-9]|[0-9]{7,}[eE][+\-]?[0-9]"
"""RE2: matches wherever such a number may stand."""
_NUMBER = re.compile(r"(?<![0-9A-Za-z.])([0-9]+)(?:\.([0-9]+))?[eE]([+-]?[0-9]{1,2})(?![0-9A-Za-z])")
_LEAST_DIGITS, _MOST_DIGITS = 9, 40


def substitutions(text: str) -> Iterator[Substitution]:
    """Yields one per number that is whole and long enough to identify somebody."""
    for match in _NUMBER.finditer(text):
        whole, fraction, exponent = match.group(1), match.group(2) or "", int(match.group(3))
        digits, point = (whole + fraction).rstrip("0"), len(whole) + exponent
        if len(digits) <= point and _LEAST_DIGITS <= point <= _MOST_DIGITS:
            yield Substitution(*match.span(), digits.ljust(point, "0"))
