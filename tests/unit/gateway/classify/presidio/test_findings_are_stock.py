"""The findings of our engine against those of Presidio as it comes, over generated texts in many scripts.

20,000 texts, and the texts of a file of JSON lines with a `text` each, by command:

    pytest -m slow -rP tests/unit/gateway/classify/presidio/test_findings_are_stock.py
    CLASSIFY_TEXTS=FILE.jsonl.gz pytest -m slow -rP tests/unit/gateway/classify/presidio/test_findings_are_stock.py
"""

from __future__ import annotations

import gzip
import json
import os
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.classify.presidio import PresidioDetector
from gateway.classify.presidio.library import EntityRecognizer, RecognizerRegistryProvider
from gateway.classify.presidio.registry import predefined_kinds
from gateway.classify.shadow import Shadow
from tests.unit.gateway.classify.presidio.samples import VALUES, WORDS, generated
from tests.unit.gateway.classify.presidio.stock import StockPresidio

SHADOW = Shadow()
NO_WORDS_IN = "=" * 200
"""Longer runs of signs are read as blanks, in which there are no words either."""
THRESHOLDS = (0.0, 0.35)


def default_recognizers() -> list[EntityRecognizer]:
    """What Presidio runs on English text."""
    return list(RecognizerRegistryProvider().create_recognizer_registry().get_recognizers("en", all_fields=True))


def all_recognizers() -> list[EntityRecognizer]:
    """Everything in Presidio that needs no model."""
    return [kind(supported_language="en") for kind in predefined_kinds()]


@dataclass(frozen=True, slots=True)
class Pair:
    """Both engines, with recognizers of their own each."""

    ours: PresidioDetector
    stock: StockPresidio

    @classmethod
    def of(cls, recognizers: Callable[[], list[EntityRecognizer]], threshold: float) -> Pair:
        ours = PresidioDetector(recognizers(), score_milli=round(threshold * 1000))
        return cls(ours, StockPresidio(recognizers(), threshold))

    def compare(self, texts: Iterable[str]) -> tuple[int, int]:
        """Returns how many texts and findings were compared; fails on the first text that differs."""
        number = found = 0
        for number, text in enumerate(texts, start=1):
            context = ["note", "Phone number"] if number % 3 == 0 else []
            hits = self.ours.analyze(text, SHADOW.of(text), context)
            ours = {(each.type, each.start, each.end, round(each.score * 1000)) for each in hits}
            reference = self.stock.find(text.replace(NO_WORDS_IN, " " * len(NO_WORDS_IN)), context)
            assert ours == reference, text
            found += len(reference)
        return number, found


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_findings_of_the_default_recognizers_are_those_of_stock_presidio(threshold: float) -> None:
    number, found = Pair.of(default_recognizers, threshold).compare(generated(20_261_121, 1_100))
    assert (number, found > 2_000) == (1_100, True)


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_findings_of_all_recognizers_are_those_of_stock_presidio(threshold: float) -> None:
    number, found = Pair.of(all_recognizers, threshold).compare(generated(5, 250))
    assert (number, found > 500) == (250, True)


FILLERS = (
    "of",
    "the",
    "be",
    ",",
    "…",
    ":)",
    ">:(",
    ": (",
    "a:the",
    "10:30",
    "foo:,",
    "::1",
    "\n\n",
    "   ",
    NO_WORDS_IN,
)
"""What is no context, and what makes it one: Presidio takes a token with a colon apart once more."""


def long_texts(seed: int, count: int) -> Iterator[str]:
    source = random.Random(seed)
    for _ in range(count):
        fillers = source.sample(FILLERS, k=source.randint(1, len(FILLERS)))
        parts = [source.choice(fillers if source.random() < 0.8 else WORDS) for _ in range(source.randint(100, 500))]
        for value in source.choices(VALUES, k=8):
            parts.insert(source.randint(0, len(parts)), value)
        yield " ".join(parts)


def test_words_far_away_count_as_in_stock_presidio() -> None:
    number, found = Pair.of(default_recognizers, 0.0).compare(long_texts(1, 100))
    assert (number, found > 400) == (100, True)


def _from_file() -> Iterator[str]:
    name = os.environ.get("CLASSIFY_TEXTS")
    if name is None:
        return
    opened = gzip.open if name.endswith(".gz") else open
    with opened(Path(name), "rt", encoding="utf-8") as lines:
        yield from (json.loads(line)["text"] for line in lines)


CAMPAIGNS: dict[str, tuple[Callable[[], list[EntityRecognizer]], Callable[[], Iterator[str]]]] = {
    "default, 1": (default_recognizers, lambda: generated(11, 5_000)),
    "default, 2": (default_recognizers, lambda: generated(12, 5_000)),
    "default, 3": (default_recognizers, lambda: generated(13, 5_000)),
    "default, long": (default_recognizers, lambda: long_texts(3, 700)),
    "all, 1": (all_recognizers, lambda: generated(14, 2_000)),
    "all, 2": (all_recognizers, lambda: generated(15, 2_000)),
    "all, long": (all_recognizers, lambda: long_texts(4, 300)),
    "default, file": (default_recognizers, _from_file),
    "all, file": (all_recognizers, _from_file),
}
"""20,000 generated texts, and those of the file."""


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("name", CAMPAIGNS)
def test_20_000_texts_have_the_findings_of_stock_presidio(name: str) -> None:
    recognizers, texts = CAMPAIGNS[name]
    number, found = Pair.of(recognizers, 0.0).compare(texts())
    sys.stdout.write(f"{name}: {number} texts, {found} findings, no difference\n")
    assert number > 0 or "CLASSIFY_TEXTS" not in os.environ
