"""How sure a model must be before a name is reported: a false person makes a prompt confidential and masks a word.

The models see a few words; this sees what they cannot weigh well: that nothing in the "name" is on any list, that it is
an everyday word at the start of a sentence, that the line is a line of code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from gateway.classify.names.acronyms import ACRONYMS
from gateway.classify.names.lexicon import Known
from gateway.classify.names.model import Name

_WORD: Final = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_JOINED: Final = re.compile(r"[a-zß-ÿ][A-Z]")
_PREFIXED: Final = re.compile(r"(?:Mc|Mac|De|Di|La|Le|Van|Von|Fitz|Du|Da|El|Al|Ó|O[’'])[A-Z]")
_CODE: Final = re.compile(
    r"\s*(?:import |from \S+ import|def |class |return |const |let |var |public |private |static |async |await "
    r"|func |fn |#include|@\w|if |for |while |elif |else\b|except |raise |assert |with |\}|\)|package |using |try\b)"
    r"|.*(?:[;{]|\):|\) ->.*|=> .*)$"
)
_LISTED: Final = {
    "PERSON": Known.FIRST | Known.LAST,
    "LOCATION": Known.PLACE | Known.REGION | Known.STREET,
    "ORGANIZATION": Known.ORGANISATION,
}
_LABELS: Final = frozenset((*ACRONYMS, "HMAC", "RFC", "OPA", "NIST", "ISO", "ASCII", "UTF", "NER", "CRF"))
_PARTICLES: Final = frozenset("van der den de la le del di da dos du von zu bin ibn al el y e".split())
NEVER: Final = 2.0
_ORDINARY, _UNLISTED, _SMALL, _EVERYDAY, _IN_CODE = 0.5, 0.75, 0.85, 0.97, 0.93


def is_sure(name: Name, text: str, known: Callable[[str], Known]) -> bool:
    """Returns whether the model is sure enough of a name, given what is known of its words and its line."""
    words = _WORD.findall(text[name.start : name.end])
    if not words:
        return False
    needed = _needed(name.type, words, [known(word) for word in words])
    if needed < _IN_CODE < NEVER and _CODE.match(_line(text, name.start)):
        needed = _IN_CODE
    return name.probability >= needed


def _needed(kind: str, words: Sequence[str], known: Sequence[Known]) -> float:
    if _LABELS.issuperset(words):
        return NEVER
    if kind != "ORGANIZATION" and any(_is_joined(word) for word in words):
        return NEVER
    listed = any(_LISTED[kind] & each for each in known)
    everyday = [Known.COMMON in each for each in known]
    if all(word.islower() for word in words):
        return _SMALL if listed and not all(everyday) else NEVER
    small = {word for word in words if word.islower()} - _PARTICLES
    if kind == "PERSON" and small:
        return _EVERYDAY if any(usual for usual, word in zip(everyday, words, strict=True) if word in small) else _SMALL
    if all(everyday) and not (kind == "ORGANIZATION" and len(words) > 1):
        return _UNLISTED if listed else _EVERYDAY
    return _ORDINARY if listed or len(words) > 1 else _UNLISTED


def _is_joined(word: str) -> bool:
    """`StateVault` is an identifier; `McDonald` and `DeWitt` are names."""
    return _JOINED.search(_PREFIXED.sub("", word)) is not None


def _line(text: str, place: int) -> str:
    start = text.rfind("\n", 0, place) + 1
    end = text.find("\n", place)
    return text[start : min(end if end >= 0 else len(text), start + 400)]
