"""Rego text to tokens. Comments are dropped; places are kept, because adjacency and line ends have meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class TokenKind(StrEnum):
    """What a token is. `END` stands after the last one."""

    NAME = "name"
    STRING = "string"
    NUMBER = "number"
    SYMBOL = "symbol"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its text is the source between `start` and `end`, on the 1-based `line`."""

    kind: TokenKind
    text: str
    line: int
    start: int
    end: int


class RegoSyntaxError(Exception):
    """The text is not in the subset. `reason` says why, `line` is 1-based."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


_PATTERN = re.compile(
    r"""
      (?P<space>[ \t\r\n]+ | \#[^\n]*)
    | (?P<string>"(?:[^"\\\n]|\\.)*" | `[^`]*`)
    | (?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<symbol>:=|==|!=|<=|>=|[-+*/%&|<>=(){}\[\],;.:])
    """,
    re.VERBOSE,
)


def tokenize(text: str) -> tuple[Token, ...]:
    """Returns the tokens of a module, with `END` last.

    Raises:
        RegoSyntaxError: a character or an unfinished string that no token begins with.
    """
    found: list[Token] = []
    place, line = 0, 1
    while place < len(text):
        match = _PATTERN.match(text, place)
        if match is None or match.lastgroup is None:
            raise RegoSyntaxError(line, f"unexpected {text[place]!r}")
        if match.lastgroup != "space":
            found.append(Token(TokenKind(match.lastgroup), match.group(), line, match.start(), match.end()))
        line += match.group().count("\n")
        place = match.end()
    found.append(Token(TokenKind.END, "", line, place, place))
    return tuple(found)
