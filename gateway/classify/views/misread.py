"""Digits as character recognition misreads them: `41l1 1111 1lll 11I1`, `53b-22-l234`, `l92.168.1.O`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.classify.narrowed import Narrowed
from gateway.classify.views.rewriting import Substitution

_LETTERS = "OoQDlIi|!ZzASsbGTBgq"
_READ_AS = dict(zip(_LETTERS, "00001111122455667899", strict=True))
_DIGIT = f"[0-9{_LETTERS}]"
_GAP = r"[ .\-()/_]{0,2}"
GATE = rf"[0-9]{_GAP}[{_LETTERS}]{_GAP}[0-9]|(?:[0-9]{_GAP}){{4}}[{_LETTERS}]|[{_LETTERS}]{_GAP}(?:[0-9]{_GAP}){{4}}"
"""RE2: matches wherever a digit may have been misread."""
_COUNTRY = rf"(?:[A-Z]{{2}}(?={_DIGIT}{{2}}[ \-]?{_DIGIT}{{4}}))?"
"""The two letters of an IBAN stay letters."""
_RUN = Narrowed(
    re.compile(rf"(?<![0-9A-Za-z]){_COUNTRY}(\+?{_DIGIT}(?:{_GAP}{_DIGIT}){{6,33}})(?![0-9A-Za-z])"),
    rf"(?:^|[^0-9A-Za-z])(?:[A-Z]{{2}})?\+?"
    rf"(?:(?:[0-9]{_GAP}){{1,33}}[{_LETTERS}]|(?:[0-9]{_GAP}){{34}}|[{_LETTERS}](?:{_GAP}{_DIGIT}){{6}})",
)
"""Runs that hold a letter. Nothing is made of one that holds none, so the gate passes over those that are short."""
_TOKEN = re.compile(r"[^ .\-()/+_]+")
_ALL_MISREAD = re.compile(r"[OolI|!SBZ]{2,}|l")
_LETTER = re.compile(f"[{_LETTERS}]")
_UNDERSCORES = re.compile("_+")
_TIME = re.compile(r"(?<=[0-9]-[0-9]{2})T(?=[0-9]{1,2}:[0-9]{2})")
"""What stands between a day and a time of it (ISO 8601): logs are full of them."""
_LEAST_DIGITS = 0.5


def substitutions(text: str) -> Iterator[Substitution]:
    """Yields one per letter that stands among digits, in runs of which at least half are digits, and per underscore."""
    for run in _RUN.finditer(text):
        if _LETTER.search(run.group(1)) is None:
            continue
        letters = [letter for token in _TOKEN.finditer(text, *run.span(1)) for letter in _misread(token)]
        digits = sum(map(str.isdigit, run.group(1)))
        if digits >= _LEAST_DIGITS * (digits + len(letters)):
            for match in letters:
                yield Substitution(*match.span(), _READ_AS[match.group()])
            for sign in _UNDERSCORES.finditer(text, max(0, run.start() - 1), run.end() + 1):
                yield Substitution(*sign.span(), " ")


def _misread(token: re.Match[str]) -> Iterator[re.Match[str]]:
    """The letters of a group of digits. A short word before a number (`is`, `to`) is no such group."""
    is_prefix = token.string.startswith("+", token.start() - 1)
    if is_prefix or any(map(str.isdigit, token.group())) or _ALL_MISREAD.fullmatch(token.group()):
        text = token.string
        yield from (each for each in _LETTER.finditer(text, *token.span()) if not _TIME.match(text, each.start()))
