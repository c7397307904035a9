"""`local-ngram`: a word-chain text generator, so that an in-house destination exists without a GPU or a download.

It is a Markov chain over word pairs of text that ships with Python. It understands nothing and is not MiniMax M3.
Each next word is drawn from the words that followed the two words before it in the training text:
P(w_t | w_{t-2}, w_{t-1}) = count(w_{t-2}, w_{t-1}, w_t) / count(w_{t-2}, w_{t-1}).
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pydoc_data import topics

MODEL = "local-ngram"
TITLE = "local word-chain generator (not a language model)"
_SENTENCE_END = (".", "!", "?")

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class WordChain:
    """A trained chain: for each pair of words the words that followed it, as often as they did."""

    followers: dict[Pair, Sequence[str]] = field(repr=False)
    openings: tuple[Pair, ...] = field(repr=False)

    def words(self, seed: int, limit: int) -> Iterator[str]:
        """Yields at most `limit` words, ending early at the end of a sentence past half of it.

        The same seed gives the same words in every process and on every machine.
        """
        draw = random.Random(seed)  # noqa: S311  (a text generator, nothing secret)
        pair = draw.choice(self.openings)
        for count in range(1, limit + 1):
            yield pair[0]
            if count > limit // 2 and pair[0].endswith(_SENTENCE_END):
                return
            pair = (pair[1], draw.choice(self.followers[pair]))


def train(words: Sequence[str]) -> WordChain:
    """Returns the chain of a text of at least three words. Raises `ValueError` on less.

    The text is taken as a ring, so that every pair has a follower.
    """
    if len(words) < 3:
        raise ValueError("a word chain needs at least three words")
    followers: defaultdict[Pair, list[str]] = defaultdict(list)
    ring = [*words, *words[:2]]
    for first, second, third in zip(ring, ring[1:], ring[2:], strict=False):
        followers[first, second].append(third)
    openings = tuple(dict.fromkeys(pair for pair in followers if pair[0][:1].isupper()))
    return WordChain(dict(followers), openings or tuple(followers))


def training_words() -> list[str]:
    """Returns the prose words of the reference text that ships with Python, tables and code left out."""
    lines = (line.strip() for text in topics.topics.values() for line in text.splitlines())
    prose = (line for line in lines if line[-1:].isalpha() or line.endswith((*_SENTENCE_END, ",")))
    return [word for line in prose for word in line.split() if word.strip(".,;:!?()'").isalpha()]
