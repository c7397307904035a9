"""Places where a credential is cut or kept from its name by how text is laid out, and what stands there in one line.

*Cuts* fall inside a value: a backslash at the end of a line, two literals put together over lines, a value wrapped at
the width of a page. *Names* stand above or before their value: block scalars, a line of its own, `name` and `value`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from gateway.classify.narrowed import Narrowed
from gateway.classify.views.rewriting import Substitution

_TOKEN = r"[A-Za-z0-9_+/=.\-]"  # noqa: S105  (the characters of one)
_LINE = r"\r?\n"
_CUT_GATES = (
    rf"\\{_LINE}",
    rf"{_TOKEN}[\"'`][ \t]*(?:[+.&]|\\?{_LINE})[ \t+.&\\\r\n]*[bfru]?[\"'`]{_TOKEN}",
    rf"{_TOKEN}{{8}}{_LINE}[ \t>]*{_TOKEN}{{8}}",
)
_NAME_GATES = (
    rf":[ \t]*[|>][+\-]?[0-9]?[ \t]*{_LINE}",
    rf"(?i)(?:pass|pwd|secret|token|key|wort)[\w\"'* ]{{0,16}}:[ \t]*{_LINE}",
    r"(?i)[,\n][ \t]*[\"']?value[\"']?[ \t]*[:=]",
    r"[=:(,][ \t]*(?:\"\"\"|''')[^\"'\s]",
    r"<!\[CDATA\[",
)
_BLOCK_GATE = rf"[A-Za-z0-9+/]{{40}}{_LINE}"
GATES = (*_CUT_GATES, *_NAME_GATES, _BLOCK_GATE)
"""RE2: one of them matches wherever there is a joint. The functions below take the numbers of those that do."""
TOGETHER = ((b"\n\"'`:=<", (0, 1, 3, 4, 5, 6, 7)), (b"\n", (2, 8)))
"""Gates that get on with each other, and the signs of which one stands wherever one of them matches: those that count
letters multiply the states of the others."""

_LITERALS = rf"[ \t]{{0,9}}(?:[+.&][ \t]{{0,9}}|\\?{_LINE}[ \t]{{0,80}}){{1,3}}[bfru]?"
"""Between two literals that are one value: a sign, the end of a line, or both."""
_CUTS = (
    Narrowed(re.compile(rf"(?<={_TOKEN})\\{_LINE}[ \t]*(?={_TOKEN})"), rf"{_TOKEN}\\{_LINE}[ \t]*{_TOKEN}"),
    Narrowed(
        re.compile(rf"([\"'`])(?<={_TOKEN}.){_LITERALS}\1(?={_TOKEN})"),
        rf"{_TOKEN}[\"'`]{_LITERALS}[\"'`]{_TOKEN}",
    ),
)
_WRAP = re.compile(
    rf"\n(?:(?<={_TOKEN}{{8}}\n)|(?<={_TOKEN}{{8}}\r\n))[ \t>]*"
    r"(?=([A-Za-z0-9_+/.\-]{8,})={0,2}(?:[\s\"'`,;)<\\]|$))"
)
_BLOCK = re.compile(
    rf"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{{40,76}}{_LINE}[ \t]*)+[A-Za-z0-9+/]{{2,76}}={{0,2}}(?![A-Za-z0-9+/=])"
)
_NAMES: tuple[tuple[re.Pattern[str] | Narrowed, str], ...] = (
    (
        Narrowed(
            re.compile(rf"(?<=:)[ \t]*[|>][+\-]?[0-9]?[ \t]*{_LINE}[ \t]*(?=\S)"),
            rf":[ \t]*[|>][+\-]?[0-9]?[ \t]*{_LINE}",
        ),
        " ",
    ),
    (
        Narrowed(
            re.compile(rf"(?<=:)[ \t]*{_LINE}[ \t]*(?=[^\s:={{}}\[\]<>]{{6,128}}[ \t]*(?:\r?\n|$))"),
            rf":[ \t]*{_LINE}[ \t]*[^\s:={{}}\[\]<>]{{6}}",
        ),
        " ",
    ),
    (
        Narrowed(
            re.compile(
                rf"(?i)(?<=\w)(?:[\"']?[ \t]*,\s{{0,40}}|[\"']?[ \t]*{_LINE}[ \t]*)[\"']?value[\"']?[ \t]*[:=][ \t]*"
            ),
            rf"(?i)\w[\"']?[ \t]*(?:,[\s\x0b\x1c-\x1f]{{0,40}}|{_LINE}[ \t]*)[\"']?value[\"']?[ \t]*[:=]",
        ),
        ": ",
    ),
    (re.compile(r"\"\"\"(?=[^\"\s])|(?<=[^\"\s])\"\"\"|'''(?=[^'\s])|(?<=[^'\s])'''"), '"'),
    (re.compile(r"<!\[CDATA\[|\]\]>"), ""),
)


def cuts(text: str, fired: Collection[int]) -> Iterator[Substitution]:
    """Yields the ends of lines that say that the value goes on."""
    for number, expression in enumerate(_CUTS):
        if number in fired:
            for match in expression.finditer(text):
                yield Substitution(*match.span(), "")


def wraps(text: str, fired: Collection[int]) -> Iterator[Substitution]:
    """Yields the ends of lines behind which something random begins: a value may go on there, or a new one begin."""
    if len(_CUTS) in fired:
        for match in _WRAP.finditer(text):
            if _is_random(match.group(1)):
                yield Substitution(match.start() - (text[match.start() - 1] == "\r"), match.end(), "")


def names(text: str, fired: Collection[int]) -> Iterator[Substitution]:
    """Yields what stands between a name and its value."""
    for number, (expression, written) in enumerate(_NAMES, len(_CUT_GATES)):
        if number in fired:
            for match in expression.finditer(text):
                yield Substitution(*match.span(), written)


def blocks(text: str, fired: Collection[int]) -> Iterator[tuple[int, int]]:
    """Yields the places of base64 over lines."""
    if len(GATES) - 1 in fired:
        for match in _BLOCK.finditer(text):
            yield match.span()


def _is_random(run: str) -> bool:
    if any(map(str.isdigit, run)):
        return any(map(str.isalpha, run))
    return run.isalpha() and not (run.islower() or run.istitle())
