"""Where the values of a JSON object stand in its source, so that a line is sent as its caller wrote it.

A parsed and rewritten number can be another number; a slice of the source is what was written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

MOST_MEMBERS = 1000
"""No request has so many; a text that has would take forty times its own room."""
_BLANK = re.compile(r"[ \t\n\r]*")


class SourceError(ValueError):
    """This is not JSON, or not of the shape asked for. Holds nothing of it."""


def _number(text: str) -> int:
    """Numbers are not looked at here: their source is sent."""
    return len(text)


def _refuse(name: str) -> object:
    del name
    raise SourceError("a number that JSON does not have")


_DECODER = json.JSONDecoder(parse_int=_number, parse_float=_number, parse_constant=_refuse)


def members(text: str) -> dict[str, tuple[int, int]]:
    """Returns where the value of each member of an object begins and ends.

    Raises:
        SourceError: the text is not one JSON object, has a member twice, or more than a thousand.
    """
    found: dict[str, tuple[int, int]] = {}
    end = begin = _past(text, 0, "{")
    for name, start, end in _walk(text, begin):
        if name in found or len(found) == MOST_MEMBERS:
            raise SourceError("a member is there twice, or too many are")
        found[name] = start, end
    if _blank(text, _past(text, end, "}")) != len(text):
        raise SourceError("there is something behind the object")
    return found


def only_list(text: str, name: str, most: int) -> list[tuple[int, int]]:
    """Returns where the elements of the list stand that is the only member of an object, `most` and one at the most.

    The list is walked element by element, so that other threads have their turn while a long one is read.

    Raises:
        SourceError: the text is not one JSON object with this member alone, or the member is no list.
    """
    found, at = _decode(text, _blank(text, _past(text, 0, "{")))
    if found != name:
        raise SourceError("another member")
    spans, at = _elements(text, _past(text, _past(text, at, ":"), "["), most)
    if len(spans) > most:
        return spans
    if _blank(text, _past(text, at, "}")) != len(text):
        raise SourceError("another member, or something behind the object")
    return spans


def _elements(text: str, at: int, most: int) -> tuple[list[tuple[int, int]], int]:
    spans: list[tuple[int, int]] = []
    at = _blank(text, at)
    if text[at : at + 1] == "]":
        return spans, at + 1
    while True:
        begin, at = at, _end(text, at)
        spans.append((begin, at))
        at = _blank(text, at)
        if text[at : at + 1] == "]" or len(spans) > most:
            return spans, at + 1
        at = _blank(text, _past(text, at, ","))


def _walk(text: str, at: int) -> Iterator[tuple[str, int, int]]:
    at = _blank(text, at)
    if text[at : at + 1] == "}":
        return
    while True:
        name, at = _decode(text, at)
        if not isinstance(name, str):
            raise SourceError("a member without a name")
        begin = _blank(text, _past(text, at, ":"))
        at = _end(text, begin)
        yield name, begin, at
        at = _blank(text, at)
        if text[at : at + 1] != ",":
            return
        at = _blank(text, at + 1)


def _end(text: str, at: int) -> int:
    return _decode(text, at)[1]


def _decode(text: str, at: int) -> tuple[object, int]:
    try:
        value, end = _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        raise SourceError("this is not JSON") from None
    return value, end


def _past(text: str, at: int, mark: str) -> int:
    at = _blank(text, at)
    if text[at : at + 1] != mark:
        raise SourceError(f"expected {mark}")
    return at + 1


def _blank(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return at if match is None else match.end()
