"""A trained model: its weights, its lexicon, and the reading of one text with both."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.classify.names import features
from gateway.classify.names.crf import LABELS, TYPES, Scores, decode
from gateway.classify.names.features import OFFSETS, Hashes, Word
from gateway.classify.names.lexicon import Known, Lexicon
from gateway.classify.names.tokens import Kind, tokenise

SLOT_BITS: Final = 20
_REMEMBERED: Final = 1 << 14


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
        self._slots = np.zeros(1 << SLOT_BITS, np.int32)
        self._slots[slot_of(hashes)] = np.arange(1, len(hashes) + 1)
        self._hashes = np.concatenate((np.zeros(1, np.uint32), hashes))
        rows = np.concatenate((np.zeros((1, len(LABELS)), np.int16), weights))
        self._rows = rows.astype(np.float32) * np.float32(scale)

    def total(self, hashes: Hashes) -> Scores:
        """Returns the sums of the weights over the last axis of `hashes`: [..., features] -> [..., labels]."""
        rows = self._slots[slot_of(hashes)]
        rows[self._hashes[rows] != hashes] = 0
        summed: Scores = self._rows[rows].sum(axis=-2)
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


class Model:
    """Reads texts. Safe to call from several threads; the same text always gives the same names."""

    def __init__(self, weights: Weights, moves: Scores, lexicon: Lexicon, *, chinese: bool = False) -> None:
        """Takes what `load_model` reads from a file."""
        self._weights = weights
        self._moves = moves
        self._lexicon = lexicon
        self._chinese = chinese
        self._memory = _Memory()
        self._lock = threading.Lock()

    def names(self, text: str) -> Iterator[Name]:
        """Yields the names in a text, in order."""
        tokens, starts = tokenise(text, chinese=self._chinese)
        if not tokens:
            return
        chances = self._read(tokens)
        yield from _spans(tokens, starts, chances)

    def known(self, word: str) -> Known:
        """Returns what the model is told about a word."""
        return self._lexicon.known(word)

    def _read(self, tokens: list[str]) -> Scores:
        memory, rows = self._rows(tokens)
        kinds = memory.kind[rows]
        hashes = features.joint(memory.identity[rows], memory.shape[rows], memory.opens[rows], kinds, memory.code[rows])
        scores = self._weights.total(hashes)
        near = memory.scores[rows]
        for place, offset in enumerate(OFFSETS):
            _add(scores, near[:, place], offset)
        return decode(scores, (kinds == Kind.LINE) | (kinds == Kind.MIXED_SIGN), self._moves)

    def _rows(self, tokens: Sequence[str]) -> tuple[_Memory, NDArray[np.intp]]:
        memory = self._memory
        wanted = [hash(token) for token in tokens]
        if not all(map(memory.rows.__contains__, wanted)):
            with self._lock:
                memory = self._remember(dict(zip(wanted, tokens, strict=True)))
        return memory, np.array(list(map(memory.rows.__getitem__, wanted)), np.intp)

    def _remember(self, words: Mapping[int, str]) -> _Memory:
        memory = self._memory
        if len(memory.rows) + len(words) > len(memory.kind):
            memory = self._memory = _Memory(max(_REMEMBERED, 2 * len(words)))
        new = {key: features.read_word(word, self._lexicon) for key, word in words.items() if key not in memory.rows}
        if new:
            self._write(memory, list(new.values()))
        # Last, so that no other thread finds a row before it is written.
        memory.rows.update({key: len(memory.rows) + number for number, key in enumerate(new)})
        return memory

    def _write(self, memory: _Memory, words: Sequence[Word]) -> None:
        rows = slice(len(memory.rows), len(memory.rows) + len(words))
        arrays = features.arrays_of(words)
        memory.identity[rows], memory.shape[rows], memory.opens[rows], memory.kind[rows], memory.code[rows] = arrays
        for place, offset in enumerate(OFFSETS):
            lists = [word.near if offset else word.here for word in words]
            memory.scores[rows, place] = self._weights.total(padded(lists, offset))


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


def _spans(tokens: Sequence[str], starts: Sequence[int], chances: Scores) -> Iterator[Name]:
    """A name is a run of tokens of which one type is likelier than no name; a likelier B than I begins another."""
    likely = np.flatnonzero(chances[:, 0] < 0.5)
    begins, inside = chances[likely, 1::2], chances[likely, 2::2]
    types = (begins + inside).argmax(axis=1)
    rows = np.arange(len(likely))
    fresh = (begins[rows, types] > inside[rows, types]).tolist()
    sure = (begins + inside)[rows, types].tolist()
    run: list[int] = []
    kinds, places = types.tolist(), likely.tolist()
    for row, place in enumerate(places):
        if run and (fresh[row] or place != places[run[-1]] + 1 or kinds[row] != kinds[run[-1]]):
            yield _name(
                tokens, starts, [places[each] for each in run], TYPES[kinds[run[0]]], min(sure[each] for each in run)
            )
            run = []
        run.append(row)
    if run:
        yield _name(
            tokens, starts, [places[each] for each in run], TYPES[kinds[run[0]]], min(sure[each] for each in run)
        )


def _name(tokens: Sequence[str], starts: Sequence[int], places: Sequence[int], kind: str, probability: float) -> Name:
    last = places[-1]
    return Name(starts[places[0]], starts[last] + len(tokens[last]), kind, probability)


def load_model(file: str, *, chinese: bool = False) -> Model:
    """Returns the model of one file of this package."""
    with (resources.files(__package__) / "data" / file).open("rb") as stream, np.load(stream) as arrays:
        weights = Weights(arrays["hashes"], arrays["weights"], float(arrays["scale"]))
        lexicon = Lexicon(arrays["words"], arrays["known"])
        return Model(weights, arrays["moves"], lexicon, chinese=chinese)
