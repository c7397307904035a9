"""German writes every noun with a capital letter, so a capital letter says little about names there."""

from __future__ import annotations

import re
from typing import Final

from gateway.classify.names.german_words import HEADS, STEMS

_FUNCTION: Final = frozenset(
    "der die das den dem des ein eine einen einem einer eines kein keine keinen dieser diese dieses diesen "
    "diesem jeder jede jedes jeden welche welcher welches alle aller allen und oder aber nicht ist sind war "
    "wird werden wurde kann können muss müssen soll sollen hat haben für mit von vom zum zur beim im am auf "
    "aus bei nach über unter ohne durch gegen wenn dass sich sie wir ihr es auch nur noch schon bereits als "
    "wie so zu an in um bis dann hier gibt führen".split()
)
_IS_GERMAN: Final = re.compile(
    r"(?i)\b(?:der|das|dem|ein|eine[nmrs]?|kein[e]?|diese[nmrs]?|und|oder|nicht|ist|sind|wird|werden|wurde|kann|können"
    r"|für|mit|von|vom|beim|sie|ihre[nmrs]?|zum|zur|im|auf|aus|nach|über|wenn|dass|sich|wir|auch|bitte|ich|dateien|datei|fehler|warnung"
    r"|ungültig\w*|verzeichnis|schlüssel|optionen|anzahl|speichern|öffnen|auswählen|zeile[n]?)\b"
)
_CUE: Final = re.compile(
    r"(?i)(?:\b(?:Herrn?|Frau|Fr\.|Hr\.|Dr\.|Prof\.|Familie|Notar|Richter(?:in)?|Bürgermeister(?:in)?|Kolleg(?:e|en|in)"
    r"|Patient(?:in|en)?|Kund(?:e|en|in)|Kläger(?:in)?|Beklagte[rn]?|Zeug(?:e|en|in)|Mieter(?:in)?|Mitarbeiter(?:in)?"
    r"|Nachbar(?:in)?|heiße|heisse|bin|Name(?: ist)?|Hallo|Hi|Liebe[r]?|geehrte[r]?|Grüße[n]?|Gruß|Mama|Papa|Tante"
    r"|Onkel|Oma|Opa|Freund(?:in)?|Von|An|Absender|Empfänger|Verfasser(?:in)?|Ansprechpartner(?:in)?)\b[,.:]?)\s*\Z"
)
_LABEL: Final = re.compile(r"(?:[:@|\"]\s*|;)\Z")
"""What stands behind it may be somebody, and as well anything else (`Fehler: Zeitüberschreitung`)."""
_NOUN: Final = re.compile(
    r"(?i)[\w-]{3,}(?:ung|heit|keit|schaft|tion|tät|nis|ismus|modus)(?:e?n|e?s|se|sen)?|[\w-]{13,}"
)
"""Endings of nouns that names do not have, and words longer than almost all names."""
_ENDING: Final = re.compile(r"(?<=...)(?:en|er|es|em|e|n|t)$")
_ADJECTIVE: Final = re.compile(r"\w{3,}(?:en(?:er|es|em)|(?:iert|lich|isch|ig|bar|los|end|haft|iv)(?:er|es|e|em))")
"""An inflected adjective or participle, as it stands before a noun: `Unterbrochener Datenstrom`."""
_INFLECTED: Final = re.compile(r"[A-ZÄÖÜ][a-zäöüß]{3,}(?:es|em|en)")
"""What ends so and is on no list of names is rather an adjective than a first name: `Warmes Leuchten`."""
_SHORTEST_HEAD: Final = 4
_TELLING_HEAD: Final = 6
"""Letters of a noun that tells by itself; many surnames end in a shorter one."""
_LONGEST_HEAD: Final = max(map(len, HEADS))
_BEFORE: Final = 24
_ROUND: Final = 160


def is_german(text: str, place: int) -> bool:
    """Returns whether the text round a place is German: two of its everyday words stand near."""
    near = _IS_GERMAN.finditer(text, max(0, place - _ROUND), place + _ROUND)
    return next(near, None) is not None and next(near, None) is not None


def is_noun(words: list[str], text: str, place: int) -> bool:
    """Returns whether words on no list of names are rather nouns than somebody's name: no word says whose they are.

    One word counts as a noun, unless it stands behind a label; several do when one of them is small, joins sentences
    or ends as nouns do (`Defekter Gruppendeskriptor`), or the first is a word of program messages or inflected.
    """
    if len(words) > 1 and are_ordinary(words):
        return True
    if _CUE.search(text, max(0, place - _BEFORE), place):
        return False
    if any(map(_is_telling, words)) or (len(words) > 1 and _begins_a_phrase(words[0])):
        return True
    return len(words) == 1 and not _LABEL.search(text, max(0, place - _BEFORE), place)


def _is_telling(word: str) -> bool:
    if word.islower() or word.lower() in _FUNCTION:
        return True
    return _NOUN.fullmatch(word) is not None or _ends_in_head(word, _TELLING_HEAD)


def _begins_a_phrase(word: str) -> bool:
    return _is_ordinary(word) or _ADJECTIVE.fullmatch(word) is not None or _INFLECTED.fullmatch(word) is not None


def are_ordinary(words: list[str]) -> bool:
    """Returns whether all of several words are words of program messages, as labels of buttons and menus are."""
    return all(map(_is_ordinary, words))


def _is_ordinary(word: str) -> bool:
    """Whether a word is one of program messages; of a compound the last part."""
    small = word.lower().rpartition("-")[2]
    return small in STEMS or _ENDING.sub("", small) in STEMS or _ends_in_head(word, _SHORTEST_HEAD)


def _ends_in_head(word: str, shortest: int) -> bool:
    small = word.lower()
    return any(small[at:] in HEADS for at in range(max(0, len(small) - _LONGEST_HEAD), len(small) - shortest + 1))
