"""Cutting text into the tokens that the models read. One pass, linear, no token is ever lost or joined over a line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum
from typing import Final

_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff"
_LETTER: Final = rf"[^\W\d_{_HAN}]"
_JOINED: Final = rf"(?:['’](?!s\b)|-){_LETTER}"
_WORD: Final = rf"{_LETTER}++(?:{_JOINED}++)*(?!{_JOINED}|[\d_]|\.[a-z0-9_]|[\\@]\w|/[a-z])"
"""TRAP: groups with `*+` read on where they must not before Python 3.11.5, so a word says what may not follow it."""
_SIGN: Final = r"\w++(?:[./\\@:_+-]++\w++)*"
_PLAIN: Final = r"[A-Za-z]++(?=[ \n])"
"""What most tokens are; the other forms would find the same, but only after longer tables of characters."""
_LATIN: Final = re.compile(rf"{_PLAIN}|\n|https?://\S++|{_WORD}|['’]s\b|[{_HAN}]++|(?:(?![{_HAN}]){_SIGN})|[^\w\s]")
_CHINESE: Final = re.compile(rf"\n|[{_HAN}]|{_LETTER}++|\d++|[^\w\s]|_")
_HAS_HAN: Final = re.compile(f"[{_HAN}]")


class Kind(IntEnum):
    """What a token looks like."""

    END = 0
    LINE = 1
    SIGN = 2
    NUMBER = 3
    MIXED_SIGN = 4
    LOWER = 5
    CAPITAL = 6
    UPPER = 7
    LETTER = 8
    CAMEL = 9
    HAN = 10


def tokenise(text: str, *, chinese: bool = False) -> tuple[list[str], list[int]]:
    """Returns the tokens and where each starts. In Chinese every character is a token."""
    tokens = cut(text, chinese=chinese)
    return tokens, places(tokens, text)


def cut(text: str, *, chinese: bool = False) -> list[str]:
    """Returns the tokens alone: where they start costs as much again, and most texts hold no name."""
    found: list[str] = (_CHINESE if chinese else _LATIN).findall(text)
    return found


def places(tokens: Iterable[str], text: str) -> list[int]:
    """Returns where each of the tokens of a text starts. Nothing but white space stands between two."""
    starts, end = [], 0
    for token in tokens:
        start = text.index(token, end)
        starts.append(start)
        end = start + len(token)
    return starts


def has_han(text: str) -> bool:
    """Returns whether any character is Chinese (or a Japanese kanji)."""
    return not text.isascii() and _HAS_HAN.search(text) is not None


def kind_of(token: str) -> Kind:
    """Returns what the token looks like. Words longer than 30 letters are no words."""
    if not token:
        return Kind.END
    if token == "\n":  # noqa: S105  (a token of text, no secret)
        return Kind.LINE
    if _HAS_HAN.match(token):
        return Kind.HAN
    letters = token.replace("-", "").replace("'", "").replace("’", "")
    if not letters.isalpha() or len(letters) > 30:
        return _sign_kind(token)
    return _word_kind(letters)


def _sign_kind(token: str) -> Kind:
    if token.isdigit():
        return Kind.NUMBER
    return Kind.SIGN if len(token) <= 2 and not token.isalnum() else Kind.MIXED_SIGN


def _word_kind(letters: str) -> Kind:
    if letters.islower():
        return Kind.LOWER
    if len(letters) == 1:
        return Kind.LETTER
    if letters.isupper():
        return Kind.UPPER
    if letters[0].isupper() and letters[1:].islower():
        return Kind.CAPITAL
    return Kind.CAMEL
