"""Training the small spaCy model on the same corpus, with the same tokens."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from random import Random

from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import filter_spans, fix_random_seed  # type: ignore[attr-defined]  # its stub hides it
from spacy.vocab import Vocab

from gateway.classify.names.crf import TYPES
from gateway.classify.names.second import blank_language
from gateway.classify.names.tokens import tokenise
from gateway.classify.names.training.learn import label_tokens
from gateway.classify.names.training.templates import Sample

_BATCH = 64


def train_second(samples: Sequence[Sample], rounds: int, seed: int) -> bytes:
    """Returns the trained recognizer, without the words it saw."""
    fix_random_seed(seed)
    random = Random(seed)  # noqa: S311  (reproducible, no secret)
    language = blank_language(TYPES)
    examples = [example for sample in samples for example in _examples(language.vocab, sample)]
    optimizer = language.initialize(lambda: examples[:200])
    for number in range(rounds):
        random.shuffle(examples)
        losses: dict[str, float] = {}
        for start in range(0, len(examples), _BATCH):
            language.update(examples[start : start + _BATCH], sgd=optimizer, drop=0.2, losses=losses)
        sys.stderr.write(f"round {number + 1}: {losses['ner']:.0f}" + "\n")
    with language.use_params(optimizer.averages):
        stored: bytes = language.get_pipe("ner").to_bytes(exclude=["vocab"])  # type: ignore[attr-defined]
    return stored


def _examples(vocab: Vocab, sample: Sample) -> Iterator[Example]:
    tokens, starts = tokenise(sample.text)
    if not tokens or len(tokens) > 400:
        return
    labels = label_tokens(tokens, starts, sample.spans)
    gold = Doc(vocab, words=tokens)
    gold.ents = filter_spans(list(_spans(gold, labels)))
    yield Example(Doc(vocab, words=tokens), gold)


def _spans(document: Doc, labels: Sequence[str]) -> Iterator[Span]:
    first = 0
    for place, label in enumerate([*labels, "O"]):
        if place and labels[place - 1] != "O" and label[0] != "I":
            yield Span(document, first, place, label=labels[place - 1][2:])
        if label[0] == "B":
            first = place
