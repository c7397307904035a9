"""A trained model: its weights, its lexicon, and the reading of one text with both."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import accumulate, groupby
from operator import xor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.classify.names import features
from gateway.classify.names.crf import LABELS, TYPES, Decoder, Scores
from gateway.classify.names.features import OFFSETS, PADDING, Hashes
from gateway.classify.names.hints import Hint, hint_of, needed_for
from gateway.classify.names.lexicon import Known, Lexicon
from gateway.classify.names.tokens import Kind, cut, places
from gateway.classify.names.weights import WIDTH, Weights
from gateway.classify.names.word_room import WordRoom

_REMEMBERED: Final = 1 << 14
_BETWEEN: Final = (0,) * PADDING
_BARRED: Final = np.isin(np.arange(len(Kind)), (Kind.END, Kind.LINE, Kind.MIXED_SIGN))
"""Which kinds of token are part of no name."""
_PLACES: Final = np.arange(len(OFFSETS))[:, None]


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a text: code points, type, and the model's probability that it is one."""

    start: int
    end: int
    type: str
    probability: float


class _Memory:
    """What is known of the words seen so far, one row each; of a word itself only Python's keyed hash is kept.

    Filled under a lock; a full one is replaced, never emptied, for another thread may still read it.
    """

    def __init__(self, size: int = _REMEMBERED) -> None:
        self.rows: dict[int, int] = {}
        self.scores = np.zeros((size * len(OFFSETS), WIDTH), np.float32)
        self.facts = np.zeros((3, size), np.uint32)

    @property
    def size(self) -> int:
        """How many rows are written. The first is nobody's: it stands between texts and says nothing."""
        return len(self.rows) + 1


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of some tokens, one entry each; as views of the three numbers that are kept of a word."""

    identity: Hashes
    shape: Hashes
    kind: NDArray[np.uint8]
    opens: NDArray[np.bool_]
    code: NDArray[np.bool_]
    hint: NDArray[np.uint8]

    @classmethod
    def of(cls, facts: Hashes) -> _Facts:
        """Takes identities, shapes, and four octets: [3, tokens]."""
        octets = facts[2].view(np.uint8)
        kind, opens, code, hint = (octets[place::4] for place in range(4))
        return cls(facts[0], facts[1], kind, opens.view(np.bool_), code.view(np.bool_), hint)


class Model:
    """Reads texts. Safe to call from several threads; the same text always gives the same names."""

    def __init__(self, weights: Weights, moves: Scores, lexicon: Lexicon, *, chinese: bool = False) -> None:
        """Takes what `load_model` reads from a file."""
        self._weights = weights
        self._decoder = Decoder(moves)
        self._lexicon = lexicon
        self._chinese = chinese
        self._memory = _Memory()
        self._lock = threading.Lock()

    def names(self, text: str) -> list[Name]:
        """Returns the names in a text, in order, but for those that no list and no capital letter speaks for."""
        return self.names_in([text])[0]

    def names_in(self, texts: Sequence[str], room: WordRoom | None = None) -> list[list[Name]]:
        """Returns the same for several texts: they are read side by side, each as if there were no other.

        Raises `TooManyWords` when there is no room for their words.
        """
        cuts = [cut(text, chinese=self._chinese) for text in texts]
        if room is not None:
            room.take(cuts)
        memory, rows = self._rows(cuts)
        facts = _Facts.of(memory.facts.take(rows[PADDING:-PADDING], axis=1))
        found: list[list[Name]] = [[] for _ in texts]
        if needed_for(int(np.bitwise_or.reduce(facts.hint))) > 1:
            return found
        chances = self._chances(memory, rows, facts)
        spans = [] if chances is None else list(_spans(chances))
        begins = list(accumulate((len(each) + PADDING for each in cuts), initial=0)) if spans else []
        for number, group in groupby(spans, key=lambda span: bisect_right(begins, span.start) - 1):
            found[number] = list(_placed(group, begins[number], cuts[number], texts[number]))
        return found

    def known(self, word: str) -> Known:
        """Returns what the model is told about a word."""
        return self._lexicon.known(word)

    def _chances(self, memory: _Memory, rows: NDArray[np.intp], facts: _Facts) -> Scores | None:
        hashes = features.joint(facts.identity, facts.shape, facts.opens, facts.kind, facts.code)
        scores = self._weights.total(hashes, _near(memory, rows))[:, : len(LABELS)]
        return self._decoder.decode(scores, _BARRED.take(facts.kind), facts.hint)

    def _rows(self, cuts: Sequence[Sequence[str]]) -> tuple[_Memory, NDArray[np.intp]]:
        """The rows of all tokens, with empty ones before, between and behind the texts."""
        memory = self._memory
        try:
            return memory, _joined(memory, cuts)
        except KeyError:
            with self._lock:
                memory = self._remember(
                    {key: token for tokens in cuts for key, token in zip(_keys(tokens), tokens, strict=True)}
                )
            return memory, _joined(memory, cuts)

    def _remember(self, words: Mapping[int, str]) -> _Memory:
        memory = self._memory
        if memory.size + len(words) > memory.facts.shape[1]:
            memory = self._memory = _Memory(max(_REMEMBERED, 2 * len(words)))
        new = {key: word for key, word in words.items() if key not in memory.rows}
        if new:
            self._write(memory, list(new.values()))
        # Last, so that no other thread finds a row before it is written.
        memory.rows.update({key: memory.size + number for number, key in enumerate(new)})
        return memory

    def _write(self, memory: _Memory, tokens: Sequence[str]) -> None:
        lexicon = self._lexicon
        words = [features.read_word(token, lexicon) for token in tokens]
        rows = slice(memory.size, memory.size + len(words))
        facts = _Facts.of(memory.facts[:, rows])
        facts.identity[:], facts.shape[:], facts.opens[:], facts.kind[:], facts.code[:] = features.arrays_of(words)
        facts.hint[:] = (
            int(Hint.ENOUGH)
            if self._chinese
            else [hint_of(token, word.kind, lexicon.facts) for token, word in zip(tokens, words, strict=True)]
        )
        here, near = features.padded([word.here for word in words]), features.padded([word.near for word in words])
        scores = memory.scores.reshape(-1, len(OFFSETS), WIDTH)
        for place, offset in enumerate(OFFSETS):
            scores[rows, place] = self._weights.total(features.at_offset(near if offset else here, offset).T)


def _keys(tokens: Sequence[str]) -> Iterable[int]:
    """What is kept of each token: its hash, and its length.

    TRAP: Python hashes the octets of a text as they lie in memory, so `Anna` and two Chinese characters that lie there
    in the same octets have one hash. They differ in length, or they are the same.
    """
    return map(xor, map(hash, tokens), map(len, tokens))


def _joined(memory: _Memory, cuts: Sequence[Sequence[str]]) -> NDArray[np.intp]:
    """The rows of the tokens of all texts. Raises `KeyError` when one is not known."""
    rows = list(_BETWEEN)
    for tokens in cuts:
        rows += map(memory.rows.__getitem__, _keys(tokens))
        rows += _BETWEEN
    return np.array(rows, np.intp)


def _near(memory: _Memory, rows: NDArray[np.intp]) -> Scores:
    """What the tokens from two before to two after say about each token: [offsets, tokens, `WIDTH`]."""
    size = len(rows) - 2 * PADDING
    around = np.ndarray((len(OFFSETS), size), np.intp, rows * len(OFFSETS), strides=rows.strides * 2)
    near: Scores = memory.scores.take(around + _PLACES, axis=0)
    return near


def _placed(runs: Iterable[_Run], begin: int, tokens: Sequence[str], text: str) -> Iterator[Name]:
    """The runs of tokens, of which those of this text are the ones from `begin` on, as places in it."""
    chosen = list(runs)
    starts = places(tokens[: chosen[-1].end - begin], text)
    for each in chosen:
        last = each.end - begin - 1
        yield Name(starts[each.start - begin], starts[last] + len(tokens[last]), each.type, each.probability)


@dataclass(frozen=True, slots=True)
class _Run:
    """Tokens `start` to `end` that are one name."""

    start: int
    end: int
    type: str
    probability: float


def _spans(chances: Scores) -> Iterator[_Run]:
    """A name is a run of tokens of which one type is likelier than no name; a likelier B than I begins another."""
    likely = np.flatnonzero(chances[:, 0] < 0.5)
    begins, inside = chances[likely, 1::2], chances[likely, 2::2]
    types = (begins + inside).argmax(axis=1)
    rows = np.arange(len(likely))
    fresh = (begins[rows, types] > inside[rows, types]).tolist()
    sure = (begins + inside)[rows, types].tolist()
    kinds, tokens = types.tolist(), likely.tolist()
    first = 0
    for row in range(1, len(tokens) + 1):
        is_over = row == len(tokens) or fresh[row] or tokens[row] != tokens[row - 1] + 1 or kinds[row] != kinds[first]
        if is_over:
            yield _Run(tokens[first], tokens[row - 1] + 1, TYPES[kinds[first]], min(sure[first:row]))
            first = row


def load_model(file: str, *, chinese: bool = False) -> Model:
    """Returns the model of one file of this package."""
    with (resources.files(__package__) / "data" / file).open("rb") as stream, np.load(stream) as arrays:
        weights = Weights(arrays["multipliers"], arrays["hashes"], arrays["weights"], float(arrays["scale"]))
        lexicon = Lexicon(arrays["words"], arrays["known"])
        return Model(weights, arrays["moves"], lexicon, chinese=chinese)
