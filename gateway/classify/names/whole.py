"""Names that a model leaves in pieces: two words of one person, the street and the town of one address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from gateway.classify.names.model import Name

_GAP: Final = re.compile(r",? |,? - | in |[ ,]{0,2}")
_POSTCODE: Final = re.compile(
    r",? (?:(?:A[LKZR]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]"
    r"|W[AIVY])[ ,]{1,2}\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[A-Z]\d[A-Z] \d[A-Z]\d"
    r"|(?:VIC|NSW|QLD|WA|SA|TAS|ACT|NT) \d{4}|\d{5}-\d{4})(?!\w)"
)
"""What may follow a town: of the USA with the state, of the United Kingdom, Canada, Australia."""
_AFTER_STATE: Final = re.compile(r" \d{5}(?:-\d{4})?(?![\w-])")
_STATE: Final = re.compile(r".*(?:, [A-Z]{2}|\b[a-z]{2}|, [A-Z][a-z]+)")
_PAIR: Final = re.compile(r"([^\W\d_]+), ([^\W\d_]+)")
_SEVERAL: Final = re.compile(r"[ ,]")
_DIGIT: Final = re.compile(r"\d")


def whole(found: Iterable[Name], text: str) -> list[Name]:
    """Returns the names, in order, with the pieces of one made one, and addresses up to their postal code."""
    names: list[Name] = []
    for each in _apart(found, text):
        name = _with_postcode(each, text) if each.type == "LOCATION" else each
        before = names[-1] if names else None
        if before is not None and (_are_one_person(before, name, text) or _are_one_address(before, name, text)):
            end = max(before.end, name.end)
            names[-1] = Name(before.start, end, name.type, max(before.probability, name.probability))
        else:
            names.append(name)
    return names


def _apart(found: Iterable[Name], text: str) -> Iterator[Name]:
    """Yields the names, two of a list of first names (`Sopranos: Maeve, Ingrid, Solange`) each by itself."""
    before: Name | None = None
    for name in found:
        pair = _PAIR.fullmatch(text, name.start, name.end) if name.type == "PERSON" else None
        if pair is None or before is None or not _precedes(before, name, text):
            yield name
        else:
            yield Name(name.start, pair.end(1), name.type, name.probability)
            yield Name(pair.start(2), name.end, name.type, name.probability)
        before = name


def _precedes(before: Name, name: Name, text: str) -> bool:
    """Whether one word that names somebody stands before a name in a list."""
    is_one = before.type == "PERSON" and _SEVERAL.search(text, before.start, before.end) is None
    return is_one and text[before.end : name.start] == ", "


def _are_one_person(first: Name, second: Name, text: str) -> bool:
    """People of one word each, a space apart: nobody writes two of them like that."""
    if not first.type == second.type == "PERSON" or text[first.end : second.start] != " ":
        return False
    return " " not in text[first.start : first.end] and text[first.start].isupper() and text[second.start].isupper()


def _are_one_address(first: Name, second: Name, text: str) -> bool:
    """A place with a number, and what follows it on the line."""
    if not first.type == second.type == "LOCATION":
        return False
    if second.start < first.end:
        return True
    if _GAP.fullmatch(text, first.end, second.start) is None:
        return False
    return _DIGIT.search(text, first.start, first.end) is not None


def _with_postcode(name: Name, text: str) -> Name:
    code = _POSTCODE.match(text, name.end)
    if code is None and _STATE.fullmatch(text, name.start, name.end):
        code = _AFTER_STATE.match(text, name.end)
    return name if code is None else Name(name.start, code.end(), name.type, name.probability)
