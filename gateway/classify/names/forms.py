"""Forms and minutes say who somebody is: the fields for the parts of a name, and the list of those present.

A model that reads `"first_name": "Zqwhit"` sees a string among strings; here the label outweighs that.
"""

# ruff: noqa: E501  (an expression broken over lines is harder to check than a long one)

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from gateway.classify.names.lexicon import Known
from gateway.classify.names.model import Name
from gateway.classify.names.titles import end_of_name
from gateway.classify.prefilter import Places

_FIELDS: Final = (
    r"(?i:(?:first|last|given|family|middle|maiden)[ _-]?name|\b(?:surname|forename|vorname|nachname|familienname|geburtsname"
    r"|pr.nom|apellidos?|cognome|voornaam|achternaam))[\"'*]{0,3}[ \t]?[:=][ \t]{0,3}[\"'*]{0,3}"
)
_PRESENT: Final = (
    r"(?i:\b(?:present|in attendance|attendees|attending|apologies|absent|excused|participants|anwesende?|teilnehmer(?:innen)?|entschuldigt"
    r"|abwesend|pr.sent(?:e?s)?|excus.(?:e?s)?|absents|asistentes|presentes|ausentes|presenti|assenti|aanwezig|afwezig|deelnemers))"
    r"(?: \([^)\n]{0,20}\))?[ \t]?:\s{0,3}(?:[-*] )?"
)
_NEXT: Final = re.compile(r"(?: \([^()\n]{1,40}\))?(?:,|;|,?\n[-*]|,? (?:and|und|et|y|e|en)(?= ))[ ]")
_AFTER: Final = re.compile(r"[ \t]*(?:[\"'*,;|)}<]|\n|\Z)")
_MOST_PRESENT: Final = 64
_SCORE: Final = 0.9


class Forms:
    """Finds what such labels announce. Immutable and safe to share between threads."""

    __slots__ = ("_fields", "_present")

    def __init__(self) -> None:
        """Compiles the expressions."""
        self._fields = Places(_FIELDS)
        self._present = Places(_PRESENT)

    def names(self, text: str, shadow: bytes, known: Callable[[str], Known]) -> Iterator[Name]:
        """Yields the name in each field and in each list. `shadow` is the text in ASCII, place by place."""
        for start, begin in self._fields.all(shadow):
            end = end_of_name(text, begin, known)
            if end > begin and _AFTER.match(text, end) and _is_value(text, start, begin, known(text[begin:end])):
                yield Name(begin, end, "PERSON", _SCORE)
        for _, begin in self._present.all(shadow):
            yield from _listed(text, begin, known)


def _is_value(text: str, start: int, begin: int, facts: Known) -> bool:
    """Whether a field holds a name: behind an identifier (`last_name: Varchar`) a bare word may be a type."""
    is_written_out = text[begin - 1] in "\"'" or " " in text[start:begin].rstrip()
    return is_written_out or bool(facts & (Known.FIRST | Known.LAST))


def _listed(text: str, begin: int, known: Callable[[str], Known]) -> Iterator[Name]:
    """Yields those listed from a place on: two words and more, or a first name."""
    for _ in range(_MOST_PRESENT):
        end = end_of_name(text, begin, known)
        written = text[begin:end]
        if " " in written or known(written) & Known.FIRST:
            yield Name(begin, end, "PERSON", _SCORE)
        following = _NEXT.match(text, end)
        if end == begin or following is None:
            return
        begin = following.end()
