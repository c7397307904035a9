"""What a word alone says about names that hold it: most words can be part of none that is ever reported.

A name in small letters is reported only when one of its words is on a list, one is no everyday word, and the model
is quite sure (`gateway.classify.names.doubt`). A stretch in which no word brings that about need not be decoded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import IntFlag
from typing import Final

from gateway.classify.names.lexicon import Known
from gateway.classify.names.tokens import Kind

_LETTER: Final = re.compile(r"[^\W\d_]")
_COMMON: Final = int(Known.COMMON)
_USUAL: Final = int(Known.COMMON | Known.READ)
_LISTED: Final = int(~(Known.COMMON | Known.READ))
_POSSESSIVE: Final = ("'", "’")


class Hint(IntFlag):
    """What a token brings to a name: enough by itself, a word on some list, a word that is not an everyday one."""

    ENOUGH = 1
    LISTED = 2
    UNUSUAL = 4


_ENOUGH: Final = int(Hint.ENOUGH)
_ON_A_LIST, _NOT_USUAL = int(Hint.LISTED), int(Hint.UNUSUAL)
LEAST, SMALL, NEVER = 0.5, 0.85, 2.0
"""Probabilities from which a name is reported: any, and one in small letters; never."""
_BOTH: Final = int(Hint.LISTED | Hint.UNUSUAL)


def hint_of(token: str, kind: Kind, known: Callable[[str], int]) -> int:
    """Returns what a token of a kind brings: some `Hint`s.

    A possessive becomes part of the word before it, so it counts as enough.
    """
    if kind is not Kind.LOWER or token.startswith(_POSSESSIVE):
        return _ENOUGH if _LETTER.search(token) else 0
    facts = _facts_as(token, known)
    return (_ON_A_LIST if facts & _LISTED else 0) | (0 if facts & _COMMON else _NOT_USUAL)


def needed_for(hints: int) -> float:
    """Returns the least probability with which tokens that bring these hints together make a name; 2 for never."""
    if hints & _ENOUGH:
        return LEAST
    return SMALL if hints & _BOTH == _BOTH else NEVER


def known_as(word: str, known: Callable[[str], Known]) -> Known:
    """Returns what a word counts as: one with a hyphen is an everyday word when its parts are (`In-house`)."""
    return Known(_facts_as(word, known))


def _facts_as(word: str, known: Callable[[str], int]) -> int:
    if "-" in word and all(known(part) & _USUAL for part in word.split("-")):
        return _COMMON
    return known(word)
