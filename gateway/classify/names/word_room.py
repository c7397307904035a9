"""How many different words one call may bring: what is met for the first time costs a hundred times what is known.

Prose, code and tables bring one new word in ten characters or fewer, and a list of names that nobody has one in five;
in a view they may all come again. Characters drawn at random from all scripts bring one in each, and no name in them
is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

LEAST_WORDS: Final = 80_000
CHARACTERS_OF_TWO_WORDS: Final = 5


class TooManyWords(Exception):
    """More different words than any text has. The call counts as regulated."""


class WordRoom:
    """What a call has left. Not for two threads at once."""

    __slots__ = ("_left",)

    def __init__(self, characters: int) -> None:
        """Takes the length of what the call carries: two different words in five characters, 80,000 at least."""
        self._left = max(LEAST_WORDS, 2 * characters // CHARACTERS_OF_TWO_WORDS)

    def take(self, texts: Sequence[Iterable[str]]) -> None:
        """Counts the words of some texts that are read side by side. Raises `TooManyWords` when too many were."""
        self._left -= len(set(chain.from_iterable(texts)))
        if self._left < 0:
            raise TooManyWords
