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
from gateway.classify.names.tokens import Kind, kind_of

_LETTER: Final = re.compile(r"[^\W\d_]")
_USUAL: Final = Known.COMMON | Known.READ
_LISTED: Final = ~_USUAL
_POSSESSIVE: Final = ("'", "’")


class Hint(IntFlag):
    """What a token brings to a name: enough by itself, a word on some list, a word that is not an everyday one."""

    ENOUGH = 1
    LISTED = 2
    UNUSUAL = 4


_ENOUGH: Final = int(Hint.ENOUGH)
LEAST, SMALL, NEVER = 0.5, 0.85, 2.0
"""Probabilities from which a name is reported: any, and one in small letters; never."""
_BOTH: Final = int(Hint.LISTED | Hint.UNUSUAL)


def hint_of(token: str, known: Callable[[str], Known]) -> Hint:
    """Returns what the token brings. A possessive becomes part of the word before it, so it counts as enough."""
    if kind_of(token) is not Kind.LOWER or token.startswith(_POSSESSIVE):
        return Hint.ENOUGH if _LETTER.search(token) else Hint(0)
    facts = known_as(token, known)
    return (Hint.LISTED if facts & _LISTED else Hint(0)) | (Hint(0) if facts & Known.COMMON else Hint.UNUSUAL)


def needed_for(hints: int) -> float:
    """Returns the least probability with which tokens that bring these hints together make a name; 2 for never."""
    if hints & _ENOUGH:
        return LEAST
    return SMALL if hints & _BOTH == _BOTH else NEVER


def known_as(word: str, known: Callable[[str], Known]) -> Known:
    """Returns what a word counts as: one with a hyphen is an everyday word when its parts are (`In-house`)."""
    if "-" in word and all(known(part) & _USUAL for part in word.split("-")):
        return Known.COMMON
    return known(word)
