"""Placeholders back to values in one running text, and what of its end must wait.

Only the exact form comes back: a placeholder that nobody issued, however similar, stays as it is.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping

from gateway.redact.placeholders import TOKEN, Spelling
from routers.wire.dialect import SlotKind

_MEMBER_OR_TOKEN = re.compile(rf'((?<=:)"|(?<=: )")?({TOKEN.pattern})((?(1)"|))')
"""A placeholder; the quotes belong to it where it is the whole value of an object's member."""
CONTEXT = 2
"""How many characters before a text decide what it means."""


class Substitution:
    """What was issued for one request, ready to be put back. `has_numbers`: some values were bare JSON numbers."""

    def __init__(self, issued: Mapping[str, Spelling]) -> None:
        self._issued = issued
        self._quoted_numbers = frozenset(f'"{token}"' for token, spelling in issued.items() if spelling.number)
        self._needles = {SlotKind.TEXT: sorted(issued), SlotKind.JSON: sorted([*issued, *self._quoted_numbers])}
        self.has_numbers = bool(self._quoted_numbers)

    @property
    def empty(self) -> bool:
        """Whether nothing was issued."""
        return not self._issued

    def number(self, text: str) -> str | None:
        """Returns the number that the whole text stands for, if it does."""
        spelling = self._issued.get(text)
        return spelling.text if spelling is not None and spelling.number else None

    def restore(self, kind: SlotKind, text: str, before: str = "") -> tuple[str, int]:
        """Returns the text with the values in place and how many; `before` is what already stands before it.

        In JSON source a value is escaped as a string needs it, and a placeholder that is a member's whole value and
        stood for a number becomes a number again.
        """
        if "[[" not in text:
            return text, 0
        count = 0

        def in_text(match: re.Match[str]) -> str:
            nonlocal count
            spelling = self._issued.get(match.group())
            count += spelling is not None
            return match.group() if spelling is None else spelling.text

        def in_source(match: re.Match[str]) -> str:
            nonlocal count
            opening, token, closing = match.groups(default="")
            spelling = self._issued.get(token)
            count += spelling is not None
            if spelling is None:
                return match.group()
            return spelling.json if spelling.number and opening else f"{opening}{spelling.json}{closing}"

        if kind is SlotKind.TEXT:
            return TOKEN.sub(in_text, text), count
        return _MEMBER_OR_TOKEN.sub(in_source, before + text)[len(before) :], count

    def held_from(self, kind: SlotKind, text: str) -> int:
        """Returns where the longest end begins that may become a placeholder; the length of the text when none does."""
        places = [text.rfind("[["), len(text) - 1]
        if kind is SlotKind.JSON and self.has_numbers:
            quoted = text.rfind('"[[')
            if quoted >= 0 and text[quoted:] in self._quoted_numbers:
                return len(text)
            places += [quoted, len(text) - 2]
        held = [place for place in places if place >= 0 and _is_proper_prefix(text[place:], self._needles[kind])]
        return min(held, default=len(text))


def _is_proper_prefix(end: str, needles: list[str]) -> bool:
    place = bisect_left(needles, end)
    return place < len(needles) and needles[place] != end and needles[place].startswith(end)
