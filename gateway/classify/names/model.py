"""A trained model: its weights, its lexicon, and the reading of one text with both."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import accumulate, groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.classify.names import features
from gateway.classify.names.crf import LABELS, TYPES, Decoder, Scores
from gateway.classify.names.features import OFFSETS, PADDING, Hashes
from gateway.classify.names.hints import Hint, hint_of, needed_for
from gateway.classify.names.lexicon import Known, Lexicon
from gateway.classify.names.tokens import Kind, cut, places

SLOT_BITS: Final = 20
_REMEMBERED: Final = 1 << 14
_BETWEEN: Final = (0,) * PADDING
_BARRED: Final = np.isin(np.arange(len(Kind)), (Kind.END, Kind.LINE, Kind.MIXED_SIGN))
"""Which kinds of token are part of no name."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a text: code points, type, and the model's probability that it is one."""

    start: int
    end: int
    type: str
    probability: float


class Weights:
    """The weight of each feature for each label, found by hash. Immutable."""

    def __init__(self, hashes: Hashes, weights: NDArray[np.int16], scale: float) -> None:
        """Takes the hashes, no two of which share their first `SLOT_BITS` bits, and a row of weights for each."""
        # Half the memory where the rows can be told apart by it.
        kind = np.uint16 if len(hashes) < 1 << 16 else np.uint32
        self._slots: NDArray[np.unsignedinteger] = np.zeros(1 << SLOT_BITS, kind)
        self._slots[slot_of(hashes)] = np.arange(1, len(hashes) + 1)
        self._hashes = np.concatenate((np.zeros(1, np.uint32), hashes))
        rows = np.concatenate((np.zeros((1, len(LABELS)), np.int16), weights))
        self._rows = rows.astype(np.float32) * np.float32(scale)

    def total(self, hashes: Hashes) -> Scores:
        """Returns the sums of the weights over the first axis of `hashes`: [features, tokens] -> [tokens, labels]."""
        rows = self._slots.take(slot_of(hashes))
        rows *= self._hashes.take(rows) == hashes
        # `take` is six times as fast as an index here.
        summed: Scores = self._rows.take(rows, axis=0).sum(axis=0)
        return summed


def slot_of(hashes: Hashes) -> NDArray[np.uint32]:
    """Returns the slot of each hash: its highest bits."""
    return hashes >> np.uint32(32 - SLOT_BITS)


class _Memory:
    """What is known of the words seen so far, one row each; of a word itself only Python's keyed hash is kept.

    Filled under a lock; a full one is replaced, never emptied, for another thread may still read it.
    """

    def __init__(self, size: int = _REMEMBERED) -> None:
        self.rows: dict[int, int] = {}
        self.scores = np.zeros((size, len(OFFSETS), len(LABELS)), np.float32)
        self.identity = np.zeros(size, np.uint32)
        self.shape = np.zeros(size, np.uint32)
        self.kind = np.zeros(size, np.uint8)
        self.opens = np.zeros(size, np.bool_)
        self.code = np.zeros(size, np.bool_)
        self.hint = np.zeros(size, np.uint8)

    @property
    def size(self) -> int:
        """How many rows are written. The first is nobody's: it stands between texts and says nothing."""
        return len(self.rows) + 1


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

    def names_in(self, texts: Sequence[str]) -> list[list[Name]]:
        """Returns the same for several texts: they are read side by side, each as if there were no other."""
        cuts = [cut(text, chinese=self._chinese) for text in texts]
        memory, rows = self._rows(cuts)
        hints = memory.hint[rows]
        found: list[list[Name]] = [[] for _ in texts]
        if needed_for(int(np.bitwise_or.reduce(hints))) > 1:
            return found
        chances = self._chances(memory, rows, hints)
        spans = [] if chances is None else list(_spans(chances))
        begins = list(accumulate((len(each) + PADDING for each in cuts), initial=0)) if spans else []
        for number, group in groupby(spans, key=lambda span: bisect_right(begins, span.start) - 1):
            found[number] = list(_placed(group, begins[number], cuts[number], texts[number]))
        return found

    def known(self, word: str) -> Known:
        """Returns what the model is told about a word."""
        return self._lexicon.known(word)

    def _chances(self, memory: _Memory, rows: NDArray[np.intp], hints: NDArray[np.uint8]) -> Scores | None:
        kinds = memory.kind[rows]
        hashes = features.joint(memory.identity[rows], memory.shape[rows], memory.opens[rows], kinds, memory.code[rows])
        scores = self._weights.total(hashes)
        near = memory.scores.take(rows, axis=0)
        for place, offset in enumerate(OFFSETS):
            _add(scores, near[:, place], offset)
        return self._decoder.decode(scores, _BARRED[kinds], hints)

    def _rows(self, cuts: Sequence[Sequence[str]]) -> tuple[_Memory, NDArray[np.intp]]:
        """The rows of all tokens, those of each text but the last followed by empty ones."""
        memory = self._memory
        try:
            return memory, _joined(memory, cuts)
        except KeyError:
            with self._lock:
                memory = self._remember({hash(token): token for tokens in cuts for token in tokens})
            return memory, _joined(memory, cuts)

    def _remember(self, words: Mapping[int, str]) -> _Memory:
        memory = self._memory
        if memory.size + len(words) > len(memory.kind):
            memory = self._memory = _Memory(max(_REMEMBERED, 2 * len(words)))
        new = {key: word for key, word in words.items() if key not in memory.rows}
        if new:
            self._write(memory, list(new.values()))
        # Last, so that no other thread finds a row before it is written.
        memory.rows.update({key: memory.size + number for number, key in enumerate(new)})
        return memory

    def _write(self, memory: _Memory, tokens: Sequence[str]) -> None:
        words = [features.read_word(token, self._lexicon) for token in tokens]
        hints = [Hint.ENOUGH if self._chinese else hint_of(token, self._lexicon.known) for token in tokens]
        rows = slice(memory.size, memory.size + len(words))
        arrays = features.arrays_of(words)
        memory.identity[rows], memory.shape[rows], memory.opens[rows], memory.kind[rows], memory.code[rows] = arrays
        memory.hint[rows] = hints
        for place, offset in enumerate(OFFSETS):
            lists = [word.near if offset else word.here for word in words]
            memory.scores[rows, place] = self._weights.total(padded(lists, offset).T)


def _joined(memory: _Memory, cuts: Sequence[Sequence[str]]) -> NDArray[np.intp]:
    """The rows of the tokens of all texts. Raises `KeyError` when one is not known."""
    rows: list[int] = []
    for tokens in cuts:
        rows += map(memory.rows.__getitem__, map(hash, tokens))
        rows += _BETWEEN
    return np.array(rows[:-PADDING], np.intp)


def _placed(runs: Iterable[_Run], begin: int, tokens: Sequence[str], text: str) -> Iterator[Name]:
    """The runs of tokens, of which those of this text are the ones from `begin` on, as places in it."""
    chosen = list(runs)
    starts = places(tokens[: chosen[-1].end - begin], text)
    for each in chosen:
        last = each.end - begin - 1
        yield Name(starts[each.start - begin], starts[last] + len(tokens[last]), each.type, each.probability)


def padded(lists: Sequence[Sequence[int]], offset: int) -> Hashes:
    """Returns the hashes as seen from `offset` tokens away, one row a word, filled up with 0."""
    filled = np.zeros((len(lists), max(len(each) for each in lists)), np.uint32)
    for row, each in zip(filled, lists, strict=True):
        row[: len(each)] = each
    moved = features.at_offset(filled, offset)
    moved[filled == 0] = 0
    return moved


def _add(scores: Scores, seen: Scores, offset: int) -> None:
    """Adds to each token what the token `offset` places on says about it."""
    if offset == 0:
        scores += seen
    elif len(scores) > abs(offset):
        if offset < 0:
            scores[-offset:] += seen[:offset]
        else:
            scores[:-offset] += seen[offset:]


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
        weights = Weights(arrays["hashes"], arrays["weights"], float(arrays["scale"]))
        lexicon = Lexicon(arrays["words"], arrays["known"])
        return Model(weights, arrays["moves"], lexicon, chinese=chinese)
