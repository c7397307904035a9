"""Digits as character recognition misreads them: `41l1 1111 1lll 11I1`, `53b-22-l234`, `l92.168.1.O`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.classify.views.rewriting import Substitution

_LETTERS = "OoQDlIi|!ZzASsbGTBgq"
_READ_AS = dict(zip(_LETTERS, "00001111122455667899", strict=True))
_DIGIT = f"[0-9{_LETTERS}]"
GATE = rf"[0-9][ .\-()/]?[{_LETTERS}][ .\-()/]?{_DIGIT}|[{_LETTERS}][0-9][ .\-()/]?{_DIGIT}"
"""RE2: matches wherever a digit may have been misread."""
_COUNTRY = rf"(?:[A-Z]{{2}}(?={_DIGIT}{{2}}[ \-]?{_DIGIT}{{4}}))?"
"""The two letters of an IBAN stay letters."""
_RUN = re.compile(rf"(?<![0-9A-Za-z]){_COUNTRY}(\+?{_DIGIT}(?:[ .\-()/]{{0,2}}{_DIGIT}){{6,33}})(?![0-9A-Za-z])")
_LETTER = re.compile(f"[{_LETTERS}]")
_LEAST_DIGITS = 0.5


def substitutions(text: str) -> Iterator[Substitution]:
    """Yields one per letter that stands among digits, in runs of which at least half are digits."""
    for run in _RUN.finditer(text):
        letters = list(_LETTER.finditer(text, *run.span(1)))
        if not letters:
            continue
        digits = sum(map(str.isdigit, run.group(1)))
        if digits >= _LEAST_DIGITS * (digits + len(letters)):
            for match in letters:
                yield Substitution(*match.span(), _READ_AS[match.group()])
