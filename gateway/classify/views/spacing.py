"""Identifiers pulled apart: `4 1 1 1 ...`, `4111.1111`, `192 . 168 . 1 . 1`, `jane [at] example [dot] com`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.classify.narrowed import Narrowed
from gateway.classify.views.held import NOTHING, Held
from gateway.classify.views.rewriting import Substitution

_AT_WORD, _DOT_WORD = "(?:at|AT|At|ät|ÄT|@)", "(?:dot|DOT|Dot|punkt|point|punto|\\.)"
_AT_ELSEWHERE, _DOT_ELSEWHERE = (
    "arobase|arroba|chiocciola|klammeraffe|apenstaartje|at sign",
    "punkt|point|punto|ponto|dot",
)
_COMMON = "com|org|net|edu|gov"
SINGLES_GATE = r"(?:[0-9A-Za-z@+.:()][ ._\-*/|,]{1,3}){7}[0-9A-Za-z@]"
GROUPS_GATE = r"[0-9]{2,6} ?[._\-*/|] ?[0-9]{2,7} ?[._\-*/|] ?[0-9]{2,7}|[0-9]  +[0-9]"
CHARACTERS_GATE = r"(?:['\"][!-~]['\"],\s{0,3}){7}"
OCTETS_GATE = r"[0-9](?: +\. *| *\. +)[0-9]"
SIGNS_GATES = (
    r"[\[({<] ?(?:[aA][tT]|@) ?[\])}>]|"
    rf"[\[({{<] ?{_DOT_WORD} ?[\])}}>]",
    r"\w (?:at|AT) \w[\w\-]* (?:dot|DOT) \w| @ ?\w|\w@ \w|\w@ ?\r?\n ?\w",
)
WORDS_GATES = (
    rf"\w (?:{_AT_ELSEWHERE}) \w[\w\-]* (?:{_DOT_ELSEWHERE}) \w",
    rf"[0-9A-Za-z](?:[\[(]a[\])]|[_\-/](?:at|AT)[_\-/])[0-9A-Za-z\-]+(?:\.(?:{_COMMON})\b|[_\-/](?:dot|DOT)[_\-/])",
)
"""RE2: one of them matches wherever something of its kind is put together."""
_SINGLES = re.compile(
    r"(?<![0-9A-Za-z])[!-~](?P<gap>[ ._\-*/|,])(?P=gap){0,2}(?:[!-~](?P=gap){1,3}){6,}[!-~](?![0-9A-Za-z])"
)
_LEAST_SINGLES = 6
_GROUPS = Narrowed(
    re.compile(
        r"(?<![0-9A-Za-z.])(?:[A-Z]{2})?[0-9]{2,6}(?:(?: ?[._\-*/|] ?|  +)[0-9]{2,7}){2,8}"
        r"(?![0-9A-Za-z]|\.[0-9A-Za-z])"
    ),
    r"(?:^|[^0-9A-Za-z.])(?:[A-Z]{2})?[0-9]{2,6}(?:(?: ?[._\-*/|] ?|  +)[0-9]{2,7}){2}",
)
_ADDRESS = re.compile(r"[0-9]{1,3}(?: ?\. ?[0-9]{1,3}){3}")
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}([-./])(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[1-9]|[12][0-9]|3[01])([-./])(?:0[1-9]|[12][0-9]|3[01])\2(?:19|20)[0-9]{2}"
)
_GAP = re.compile(r"(?: ?[._\-*/|] ?|  +)")
_CHARACTERS = re.compile(r"(?:(['\"])[!-~]\1\s?,\s{0,9}){7,}(['\"])[!-~]\2")
_CHARACTER = re.compile(r"['\"]([!-~])['\"](?:\s?,\s{0,9}|$)")
_OCTETS = re.compile(r"(?<=[0-9])(?: +\. *| *\. +)(?=[0-9]{1,3}(?![0-9]))")
_WIDE_SPACE = r"[\s\x0b\x1c-\x1f]"
_AT = Narrowed(
    re.compile(
        rf"\s{{0,3}}[\[({{<]\s?{_AT_WORD}\s?[\])}}>]\s{{0,3}}"
        r"|(?<=\w) (?:at|AT) (?=\w[\w\-]* (?:dot|DOT) \w)|(?<=\w)(?: @ ?|@ |@ ?\r?\n ?)(?=\w)"
    ),
    rf"{_WIDE_SPACE}{{0,3}}[\[({{<]{_WIDE_SPACE}?(?:[aA][tT]|@){_WIDE_SPACE}?[\])}}>]"
    r"|\w (?:at|AT) \w[\w\-]* (?:dot|DOT) \w|\w(?: @ ?|@ |@ ?\r?\n ?)\w",
)
_DOT = Narrowed(
    re.compile(rf"\s{{0,3}}[\[({{<]\s?{_DOT_WORD}\s?[\])}}>]\s{{0,3}}|(?<=\w) (?:dot|DOT) (?=\w)"),
    rf"{_WIDE_SPACE}{{0,3}}[\[({{<]{_WIDE_SPACE}?{_DOT_WORD}{_WIDE_SPACE}?[\])}}>]|\w (?:dot|DOT) \w",
)

_IN_WORDS = Narrowed(
    re.compile(
        rf"(?<=\w)(?P<at> (?:{_AT_ELSEWHERE}) )\w[\w\-]{{0,62}}(?: (?:{_DOT_ELSEWHERE}) \w[\w\-]{{0,62}}){{1,4}}"
        r"|(?<=[0-9A-Za-z])(?P<sign>[\[(]a[\])]|[_\-/](?:at|AT)[_\-/])"
        rf"[0-9A-Za-z\-]{{1,63}}?(?:\.(?:{_COMMON})\b|(?:[_\-/](?:dot|DOT)[_\-/][0-9A-Za-z]{{1,63}}){{1,4}})"
    ),
    rf"\w (?:{_AT_ELSEWHERE}) \w|[0-9A-Za-z](?:[\[(]a[\])]|[_\-/](?:at|AT)[_\-/])[0-9A-Za-z\-]",
)
_DOT_IN_WORDS = re.compile(rf" (?:{_DOT_ELSEWHERE}) |[_\-/](?:dot|DOT)[_\-/]")


def singles(text: str) -> Iterator[Substitution]:
    """Yields one per gap between characters that stand alone."""
    for run in _SINGLES.finditer(text):
        gap = run.group("gap")
        if sum(map(str.isalnum, run.group())) < _LEAST_SINGLES:
            continue
        for match in re.compile(re.escape(gap) + "+").finditer(text, *run.span()):
            yield Substitution(*match.span(), "")


def characters(text: str) -> Iterator[Substitution]:
    """Yields one per list of characters in quotation marks."""
    for listed in _CHARACTERS.finditer(text):
        yield Substitution(*listed.span(), "".join(_CHARACTER.findall(listed.group())))


def groups(text: str, held: Held = NOTHING) -> Iterator[Substitution]:
    """Yields one per separator of groups of digits, except in addresses, dates and what is held."""
    for run in _GROUPS.finditer(text):
        if _ADDRESS.fullmatch(run.group()) or _DATE.fullmatch(run.group()) or held.holds(*run.span()):
            continue
        for match in _GAP.finditer(text, *run.span()):
            yield Substitution(*match.span(), " ")


def signs(text: str) -> Iterator[Substitution]:
    """Yields one per word or bracket that stands for `@` or a full stop."""
    for pattern, sign in ((_AT, "@"), (_DOT, ".")):
        for match in pattern.finditer(text):
            yield Substitution(*match.span(), sign)


def words(text: str) -> Iterator[Substitution]:
    """Yields one per word that stands for `@` or a full stop, in other languages and with other signs beside it."""
    for match in _IN_WORDS.finditer(text):
        sign = match.span(match.lastgroup or 0)
        yield Substitution(*sign, "@")
        for dot in _DOT_IN_WORDS.finditer(text, sign[1], match.end()):
            yield Substitution(*dot.span(), ".")


def octets(text: str) -> Iterator[Substitution]:
    """Yields one per full stop between numbers that has space around it."""
    for match in _OCTETS.finditer(text):
        yield Substitution(*match.span(), ".")
