"""Numbers that need no word: with the suffix of a literal (`4111...L`), between ideographs, accounts in odd pieces.

A number with a suffix, or in a script that puts no spaces between words, is a number like one that stands free. An
account (IBAN) in pieces has its country, its length and two check digits to speak for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate

from gateway.classify.recognizers.world_numbers import IBAN_LENGTHS, iban
from gateway.classify.views.rewriting import Substitution

_SUFFIX = "(?:[uUiI](?:8|16|32|64|128)|[uU]?[lL]{1,2}|n)"
_HEAD = r"[A-Z]{2}[0-9]{2}[^0-9A-Za-z]{1,4}"
GATES = (
    rf"\b[0-9]{{14,19}}{_SUFFIX}\b",
    rf"\b{_HEAD}[0-9A-Z]{{4}}[^0-9A-Za-z]",
    r"\b[0-9]{14}[0-9]{0,5}a|\b[A-Za-z]*a[0-9]{14}",
)
"""RE2, over the shadow, in which an ideograph is an `a`: one of them matches wherever something is set free."""
_UNSPACED = "[\u0e00-\u0eff\u3040-\u9fff\uac00-\ud7af]"
_BESIDE = re.compile(f"{_UNSPACED}[0-9]{{14}}|[0-9]{{14}}[0-9]{{0,5}}{_UNSPACED}")
_RUN = re.compile("[0-9]{14,19}")
_LITERAL = re.compile(rf"(?<![\w.])[0-9]{{14,19}}(?={_SUFFIX}(?!\w))")
_ACCOUNT = re.compile(rf"(?<![0-9A-Za-z]){_HEAD}[0-9A-Z]{{1,4}}(?:[^0-9A-Za-z]{{1,4}}[0-9A-Z]{{1,4}}){{2,8}}")
_SIGNS = re.compile("[^0-9A-Z]+")


def substitutions(text: str) -> Iterator[Substitution]:
    """Yields a space at the edge of each such number, and one per account."""
    for literal in _LITERAL.finditer(text):
        yield Substitution(literal.end(), literal.end(), " ")
    if not text.isascii():
        for beside in _BESIDE.finditer(text):
            for run in _RUN.finditer(text, beside.start(), beside.end() + 6):
                yield Substitution(*run.span(), f" {run.group()} ")
    for account in _ACCOUNT.finditer(text):
        yield from _accounts(account)


def _accounts(account: re.Match[str]) -> Iterator[Substitution]:
    size = IBAN_LENGTHS.get(account.group()[:2], 0)
    number = _SIGNS.sub("", account.group())[:size]
    if size and iban(number):
        ends = accumulate(len(_SIGNS.sub("", each)) for each in account.group())
        yield Substitution(account.start(), account.start() + list(ends).index(size) + 1, number)
