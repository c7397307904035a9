"""Values split over neighbouring parts or messages: the text around each joint, as if there were none.

A model reads the parts of a message, and its messages, one after the other; so `4111 1111` and `1111 1111` are a card
number wherever the cut is. Only the stretch around a joint is read, and only what crosses a joint counts. Short
neighbours share a stretch, whose beginning does not depend on what follows: a longer conversation has the same ones.

What answers a question of the message before counts as well, without crossing: `What is your account number?` says what
the digits are that the next message begins with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from routers.types import Leaf, LeafKind

NAME = "seams"
REACH = 64
"""Code points read on each side of a joint: more than any identifier has."""
_SHARED = 256
"""Joints no further apart than this share a stretch."""
_SPEECH = frozenset(("text", "content", "input", "output", "thinking", "system", "instructions", "prompt"))
_CONVERSATIONS = frozenset(("messages", "input", "system", "instructions", "prompt", "contents"))
_ASKS = frozenset("?:？：")
_LONGEST_END = 8
_ANSWER = 24
"""Code points before an answer, at most: `Sure, it is ...`."""
_GLUE = frozenset("@._+-%=/\\&#;:[](){}<>")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a stretch: characters `start` to `end` of one leaf. `message` is the same for parts of one message."""

    leaf: int
    start: int
    end: int
    message: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """The text around one or more joints, and where its parts come from."""

    text: str = field(repr=False)
    pieces: tuple[Piece, ...]

    def parts(self, start: int, end: int) -> list[tuple[Piece, int, int]]:
        """Returns the parts of the leaves that characters `start` to `end` of the stretch are."""
        found, place = [], 0
        for piece in self.pieces:
            size = piece.end - piece.start
            low, high = max(start - place, 0), min(end - place, size)
            if low < high:
                found.append((piece, piece.start + low, piece.start + high))
            place += size
        return found

    def answer(self, start: int, end: int) -> tuple[Piece, int, int] | None:
        """Returns the part of a leaf that characters `start` to `end` are, when it answers the message before."""
        question, *others = self.pieces
        place = question.end - question.start
        if len(others) != 1 or others[0].message == question.message or not asks(self.text[:place]):
            return None
        is_first = others[0].start == 0 and place <= start <= place + _ANSWER
        return (others[0], start - place, end - place) if is_first else None


def asks(text: str) -> bool:
    """Whether a text ends with a question, or with a colon."""
    return text[-_LONGEST_END:].rstrip()[-1:] in _ASKS


def stretches(leaves: Sequence[Leaf], numbers: Iterable[int]) -> Iterator[Stretch]:
    """Yields the stretches around the joints of what is said in a call. `numbers` are the leaves that are read."""
    said = [number for number in numbers if leaves[number].text and _is_speech(leaves[number])]
    chain = _Chain(leaves, said)
    first: int | None = None
    last = 0
    for joint in range(1, len(said)):
        left, right = leaves[said[joint - 1]].text, leaves[said[joint]].text
        if asks(left) and any(map(str.isdecimal, right[:REACH])):
            yield chain.pair(joint)
        if not _can_cross(left, right):
            continue
        if first is not None and chain.starts[joint] - chain.starts[first] > _SHARED:
            yield chain.stretch(first, last)
            first = None
        first, last = (joint if first is None else first), joint
    if first is not None:
        yield chain.stretch(first, last)


def _is_speech(leaf: Leaf) -> bool:
    return leaf.kind is LeafKind.STRING and leaf.path[-1] in _SPEECH and leaf.path[0] in _CONVERSATIONS


def _can_cross(left: str, right: str) -> bool:
    """Whether a value can go on from one text to the next: mostly a sentence has ended."""
    before, after = left[-1], right[0]
    if before == "." and not (after.isdigit() or after.islower()):
        return False
    if _belongs(before) and _belongs(after):
        return True
    last, first = left[-4:].rstrip()[-1:], right[:4].lstrip()[:1]
    return (last.isalnum() or last == ")") and (first.isdigit() or first == "(")


def _belongs(character: str) -> bool:
    return character.isalnum() or character in _GLUE or not character.isascii()


class _Chain:
    """All that is said, end to end."""

    def __init__(self, leaves: Sequence[Leaf], said: Sequence[int]) -> None:
        self._leaves = leaves
        self._said = said
        self.starts = [0]
        for number in said:
            self.starts.append(self.starts[-1] + len(leaves[number].text))

    def pair(self, joint: int) -> Stretch:
        """The two texts around a joint alone: what follows an answer stands by itself."""
        text, pieces = "", list[Piece]()
        for number in (self._said[joint - 1], self._said[joint]):
            leaf = self._leaves[number]
            size = len(leaf.text)
            low, high = (0, min(REACH, size)) if pieces else (max(size - REACH, 0), size)
            pieces.append(Piece(number, low, high, leaf.path[:2]))
            text += leaf.text[low:high]
        return Stretch(text, tuple(pieces))

    def stretch(self, first: int, last: int) -> Stretch:
        """The stretch from `REACH` before joint `first` to `REACH` after joint `last`."""
        begin, end = self.starts[first] - REACH, self.starts[last] + REACH
        place, pieces = first, []
        while place > 0 and self.starts[place] > begin:
            place -= 1
        while place < len(self._said) and self.starts[place] < end:
            leaf = self._leaves[self._said[place]]
            low = max(begin - self.starts[place], 0)
            high = min(end - self.starts[place], len(leaf.text))
            pieces.append(Piece(self._said[place], low, high, leaf.path[:2]))
            place += 1
        return Stretch("".join(self._leaves[each.leaf].text[each.start : each.end] for each in pieces), tuple(pieces))
