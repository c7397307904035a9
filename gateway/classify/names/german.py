"""German writes every noun with a capital letter, so a capital letter says little about names there."""

from __future__ import annotations

import re
from typing import Final

_FUNCTION: Final = frozenset(
    "der die das den dem des ein eine einen einem einer eines kein keine keinen dieser diese dieses diesen "
    "diesem jeder jede jedes jeden welche welcher welches alle aller allen und oder aber nicht ist sind war "
    "wird werden wurde kann können muss müssen soll sollen hat haben für mit von vom zum zur beim im am auf "
    "aus bei nach über unter ohne durch gegen wenn dass sich sie wir ihr es auch nur noch schon bereits als "
    "wie so zu an in um bis dann hier gibt führen".split()
)
_IS_GERMAN: Final = re.compile(
    r"(?i)\b(?:der|das|dem|ein|eine[nmrs]?|kein[e]?|diese[nmrs]?|und|oder|nicht|ist|sind|wird|werden|wurde|kann|können|für|mit|von|zum"
    r"|zur|im|auf|aus|nach|über|wenn|dass|sich|wir|auch|bitte|ich)\b"
)
_CUE: Final = re.compile(
    r"(?i)(?:\b(?:Herrn?|Frau|Fr\.|Hr\.|Dr\.|Prof\.|Familie|Notar|Richter(?:in)?|Bürgermeister(?:in)?|Kolleg(?:e|en|in)"
    r"|Patient(?:in|en)?|Kund(?:e|en|in)|Kläger(?:in)?|Beklagte[rn]?|Zeug(?:e|en|in)|Mieter(?:in)?|Mitarbeiter(?:in)?"
    r"|Nachbar(?:in)?|heiße|heisse|bin|Name(?: ist)?|Hallo|Hi|Liebe[r]?|geehrte[r]?|Grüße[n]?|Gruß|Mama|Papa|Tante"
    r"|Onkel|Oma|Opa|Freund(?:in)?)\b[,.]?|[:@|\";])\s*$"
)
_BEFORE: Final = 24
_ROUND: Final = 160


def is_german(text: str, place: int) -> bool:
    """Returns whether the text round a place is German: two of its everyday words stand near."""
    near = _IS_GERMAN.finditer(text, max(0, place - _ROUND), place + _ROUND)
    return next(near, None) is not None and next(near, None) is not None


def is_noun(words: list[str], text: str, place: int) -> bool:
    """Returns whether words on no list of names are rather nouns than somebody's name: no word says whose they are.

    One word counts as a noun; several do when one of them is small or one that joins sentences.
    """
    if _CUE.search(text, max(0, place - _BEFORE), place):
        return False
    return len(words) == 1 or any(word.islower() or word.lower() in _FUNCTION for word in words)
