"""Learning the weights: features of the corpus, python-crfsuite's L-BFGS, and the arrays that are shipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np
import pycrfsuite
from numpy.typing import NDArray

from gateway.classify.names import features
from gateway.classify.names.crf import LABELS
from gateway.classify.names.features import OFFSETS, Word, read_word
from gateway.classify.names.lexicon import NAMING, UNKNOWN, Lexicon
from gateway.classify.names.tokens import tokenise
from gateway.classify.names.training.slots import arranged
from gateway.classify.names.training.templates import Sample

Arrays = dict[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to learn. `hidden` is the share of names whose place on a list the model is not told."""

    min_count: int = 3
    rounds: int = 120
    l1: float = 0.2
    l2: float = 0.05
    hidden: float = 0.35
    chinese: bool = False


def learn(
    samples: Sequence[Sample], words: Mapping[str, int], recipe: Recipe, random: Random
) -> dict[str, NDArray[np.generic]]:
    """Returns the arrays of a model file."""
    hashes, known = Lexicon.arrays(words)
    examples = _Examples(Lexicon(hashes, known), recipe, random)
    rows = [examples.of(sample) for sample in samples]
    kept = _kept(rows, recipe.min_count)
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "crf")
        _fit(rows, kept, recipe, path)
        weights, moves = _weights(path, kept)
    used = np.abs(weights).max(axis=1) > 1e-4
    scale = float(np.abs(weights).max()) / 32767
    return {
        **arranged(kept[used], np.round(weights[used] / scale).astype(np.int16)),
        "scale": np.array(scale),
        "moves": moves.astype(np.float32),
        "words": hashes,
        "known": known,
    }


Row = tuple[NDArray[np.uint32], list[str]]


class _Examples:
    """Turns samples into features and labels."""

    def __init__(self, lexicon: Lexicon, recipe: Recipe, random: Random) -> None:
        self._lexicon = lexicon
        self._recipe = recipe
        self._random = random
        self._words: dict[tuple[str, bool], Word] = {}

    def of(self, sample: Sample) -> Row:
        """Returns the features, one row a token and 0 for none, and the labels."""
        tokens, starts = tokenise(sample.text, chinese=self._recipe.chinese)
        labels = label_tokens(tokens, starts, sample.spans)
        hide = False
        words = []
        for token, label in zip(tokens, labels, strict=True):
            hide = self._random.random() < self._recipe.hidden if label[0] != "I" else hide
            words.append(self._word(token, hidden=hide and label != "O"))
        return feature_rows(words), labels

    def _word(self, token: str, *, hidden: bool) -> Word:
        if (token, hidden) not in self._words:
            self._words[token, hidden] = read_word(token, self._lexicon, NAMING if hidden else UNKNOWN)
        return self._words[token, hidden]


def feature_rows(words: Sequence[Word]) -> NDArray[np.uint32]:
    """Returns all features of each token of a text: [tokens, features], 0 for none."""
    if not words:
        return np.zeros((0, 1), np.uint32)
    columns = [features.joint(*features.arrays_of(words)).T]
    for offset in OFFSETS:
        seen = features.at_offset(features.padded([word.near if offset else word.here for word in words]), offset)
        moved = np.zeros_like(seen)
        if offset == 0:
            moved = seen
        elif len(words) > abs(offset):
            moved[max(-offset, 0) : len(words) - max(offset, 0)] = seen[max(offset, 0) : len(words) + min(offset, 0)]
        columns.append(moved)
    return np.concatenate(columns, axis=1)


def label_tokens(tokens: Sequence[str], starts: Sequence[int], spans: Iterable[tuple[int, int, str]]) -> list[str]:
    """Returns a label for each token: the type of the name it lies in, with B for its first."""
    labels = ["O"] * len(tokens)
    waiting = sorted(spans)
    number = 0
    for start, end, kind in waiting:
        first = True
        while number < len(tokens) and starts[number] + len(tokens[number]) <= start:
            number += 1
        while number < len(tokens) and starts[number] < end:
            if tokens[number] != "\n":
                labels[number] = f"{'B' if first else 'I'}-{kind}"
                first = False
            number += 1
    return labels


def _kept(rows: Iterable[Row], min_count: int) -> NDArray[np.uint32]:
    """The features seen often enough."""
    counts: Counter[int] = Counter()
    for found, _ in rows:
        values, times = np.unique(found, return_counts=True)
        counts.update(dict(zip(values.tolist(), times.tolist(), strict=True)))
    counts.pop(0, None)
    return np.array(sorted(value for value, count in counts.items() if count >= min_count), np.uint32)


def _fit(rows: Iterable[Row], kept: NDArray[np.uint32], recipe: Recipe, path: str) -> None:
    names = {int(value): str(number) for number, value in enumerate(kept.tolist())}
    trainer = pycrfsuite.Trainer(verbose=False)
    for found, labels in rows:
        trainer.append(_named(found, names), labels)
    trainer.select("lbfgs")
    trainer.set_params({
        "c1": recipe.l1, "c2": recipe.l2, "max_iterations": recipe.rounds, "feature.possible_transitions": True,
    })  # fmt: skip
    trainer.train(path)


def _named(found: NDArray[np.uint32], names: Mapping[int, str]) -> Iterator[list[str]]:
    for row in found.tolist():
        yield [names[value] for value in row if value in names]


def _weights(path: str, kept: NDArray[np.uint32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    tagger = pycrfsuite.Tagger()
    tagger.open(path)
    info = tagger.info()
    place = {label: number for number, label in enumerate(LABELS)}
    weights = np.zeros((len(kept), len(LABELS)))
    for (attribute, label), weight in info.state_features.items():
        weights[int(attribute), place[label]] = weight
    moves = np.full((len(LABELS), len(LABELS)), -30.0)
    for (before, after), weight in info.transitions.items():
        moves[place[before], place[after]] = weight
    for after in ("I-PERSON", "I-LOCATION", "I-ORGANIZATION"):
        for before in LABELS:
            if before[2:] != after[2:]:
                moves[place[before], place[after]] = -30.0
    return weights, moves
