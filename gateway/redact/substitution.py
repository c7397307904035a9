"""Stand-ins back to values in one running text, and what of its end must wait.

Placeholders are read in any of the ways of `gateway.redact.placeholders`, surrogates exactly. A placeholder that nobody
issued, however similar, stays as it is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.redact import literals
from gateway.redact.literals import Literals
from gateway.redact.nesting import Nesting, is_spelled_alike, written_at
from gateway.redact.placeholders import BEGINNING, LONGEST_WRITTEN, TOKEN, begun_name, name_of, written_in
from gateway.redact.values import Spelling
from routers.wire.dialect import SlotKind

CONTEXT = literals.CONTEXT
"""How many characters before a text decide what it means."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A stand-in in a text, and what it stands for. `quoted`: the quotes round it belong to it."""

    start: int
    end: int
    spelling: Spelling = field(repr=False)
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A text with the values in place, how many, and how many placeholders nobody issued."""

    text: str = field(repr=False)
    restored: int = 0
    unknown: int = 0


class Substitution:
    """What was issued for one request, ready to be put back. `has_numbers`: some values were bare JSON numbers."""

    def __init__(self, issued: Mapping[str, Spelling]) -> None:
        self._issued = issued
        self._by_name = {token[2:-2]: spelling for token, spelling in issued.items() if token.startswith("[[")}
        self._names = sorted(self._by_name)
        self.literals = Literals([token for token in issued if not token.startswith("[[")])
        self.has_numbers = any(spelling.number for spelling in issued.values())
        self._depends_on_place = not all(
            is_spelled_alike(each.text) and each.text == each.json for each in issued.values()
        )

    @property
    def empty(self) -> bool:
        """Whether nothing was issued."""
        return not self._issued

    @property
    def size(self) -> int:
        """How many stand-ins were issued."""
        return len(self._issued)

    def nesting(self) -> Nesting | None:
        """Returns what must follow a running text, `None` when every value is written alike wherever it stands."""
        return Nesting() if self._depends_on_place else None

    def number(self, text: str) -> str | None:
        """Returns the number that the whole text stands for, if it does."""
        if not self.has_numbers:
            return None
        spelling = self._by_name.get(name_of(text) or "")
        return spelling.text if spelling is not None and spelling.number else None

    def find(self, kind: SlotKind, text: str) -> list[Hit]:
        """Returns the stand-ins in the text, in order, without overlaps."""
        hits = list(self._placeholders(text, numbers=kind is SlotKind.JSON and self.has_numbers))
        if not self.literals:
            return hits
        hits += [
            Hit(start, end, self._issued[text[start:end]])
            for start, end in self.literals.find(text, in_json=kind is SlotKind.JSON)
        ]
        hits.sort(key=lambda hit: hit.start)
        return [hit for place, hit in enumerate(hits) if place == 0 or hit.start >= hits[place - 1].end]

    def restore(self, kind: SlotKind, text: str, before: str = "", nesting: Nesting | None = None) -> Shown:
        """Returns the text with the values in place; `before` is what already stands before it.

        In JSON a value is escaped as often as the strings that enclose it need it; `nesting` has followed the text up
        to here, and goes on with it. A placeholder in source that is a member's whole value and stood for a number
        becomes a number again.
        """
        whole = before + text
        unknown = self._unknown(text)
        hits = [hit for hit in self.find(kind, whole) if hit.start >= len(before)]
        nesting = nesting or (self.nesting() if hits and not before else None)
        pieces: list[str] = []
        done = len(before)
        for hit in hits:
            level = int(kind is SlotKind.JSON)
            if nesting is not None:
                nesting.feed(whole[done : hit.start])
                level = max(level, nesting.level)
                nesting.feed(whole[hit.start : hit.end])
            pieces += (whole[done : hit.start], hit.spelling.text if hit.quoted else written_at(hit.spelling, level))
            done = hit.end
        if nesting is not None:
            nesting.feed(whole[done:])
        pieces.append(whole[done:])
        return Shown("".join(pieces), len(hits), unknown) if hits else Shown(text, 0, unknown)

    def held_from(self, kind: SlotKind, text: str, before: str = "") -> int:
        """Returns where the longest end begins that may become a stand-in; the length of the text when none does."""
        cut = len(text)
        for match in BEGINNING.finditer(text, max(0, len(text) - LONGEST_WRITTEN)):
            if self._has_begun(text, match.start()):
                cut = match.start()
                break
        is_source = kind is SlotKind.JSON
        if is_source and self.has_numbers:
            cut = min(cut, self._held_number(before + text) - len(before))
        held = self.literals.held_from(before + text, len(before), in_json=is_source) - len(before)
        return max(0, min(cut, held))

    def _placeholders(self, text: str, *, numbers: bool) -> Iterator[Hit]:
        for start, end, name in written_in(text):
            spelling = self._by_name.get(name)
            if spelling is None:
                continue
            is_member = numbers and spelling.number and text[end : end + 1] == '"' and _opens_member(text, start)
            yield Hit(start - is_member, end + is_member, spelling, quoted=is_member)

    def _unknown(self, text: str) -> int:
        if "[[" not in text:
            return 0
        return sum(match.group()[2:-2] not in self._by_name for match in TOKEN.finditer(text))

    def _has_begun(self, text: str, start: int) -> bool:
        name = begun_name(text, start)
        if name is None:
            return False
        name = name.rstrip("_")  # a space may be a joint or stand before the closing bracket
        place = bisect_left(self._names, name)
        return place < len(self._names) and self._names[place].startswith(name)

    def _held_number(self, text: str) -> int:
        """The quotes of a number wait with it: they go when it comes back."""
        for start in range(max(0, len(text) - LONGEST_WRITTEN - 1), len(text)):
            if text[start] == '"' and _opens_member(text, start + 1):
                rest = text[start + 1 :]
                if not rest or self.number(rest) is not None or self._has_begun(text, start + 1):
                    return start
        return len(text)


def _opens_member(text: str, start: int) -> bool:
    """Whether a quote stands before `start` that opens the value of an object's member."""
    return text.endswith((':"', ': "'), 0, start)
