"""The whole cascade: names of languages, false alarms on made text, cost, and no way out to a network."""

from __future__ import annotations

import random
import time

import pytest

from gateway.classify.detector import Budget, Passage
from gateway.classify.shadow import Shadow
from gateway.classify.source_code import SourceCodeDetector
from gateway.classify.source_code.bigrams import TABLE, BigramTable
from gateway.classify.source_code.training.made import made_windows
from tests.unit.gateway.classify.source_code.test_source_code import CODE

DETECTOR = SourceCodeDetector()
BUDGET = Budget(1.0, lambda: 0.0)
NAMES = {"python": "python", "typescript": "typescript", "go": "go", "rust": "rust", "java": "java"}


def count(text: str) -> int:
    return len(list(DETECTOR.detect(Passage.of(text, Shadow()), BUDGET)))


@pytest.mark.parametrize("name", NAMES)
def test_a_grammar_names_the_language(name: str) -> None:
    assert DETECTOR.language_of(CODE[name]) == NAMES[name]


def test_prose_has_no_language() -> None:
    assert DETECTOR.language_of("Dear (all): the committee met, on Monday; it discussed {the} budget = large.") is None


def test_made_text_that_is_no_code_raises_at_most_one_false_alarm_in_a_hundred() -> None:
    texts = [window.text for window in made_windows(random.Random(4711), 60) if not window.is_code]
    assert sum(bool(count(text)) for text in texts) <= len(texts) / 100


def test_what_may_not_be_found_is_not_found() -> None:
    for window in made_windows(random.Random(42), 20):
        passage = Passage.of(window.text, Shadow())
        if not DETECTOR.may_find(passage):
            assert count(window.text) == 0


def test_the_table_is_small() -> None:
    assert TABLE.stat().st_size <= 200_000
    assert BigramTable.load().mean(b"") == 0.0


@pytest.mark.parametrize("text", ["", "\n", "x", "\n\n\n", "   ", "a\nb"])
def test_texts_too_short_to_tell_are_no_code(text: str) -> None:
    assert count(text) == 0


SHAPES = [
    "```\n",
    "{",
    "x = y\n",
    "def f(:\n",
    "@@ -1 +1 @@\n",
    "--- a/x\n+++ b/x\n",
    "(",
    "a.b(c);\n\n\nThe end of it.\n",
    "\n",
    "é{",
]


@pytest.mark.parametrize("shape", SHAPES)
def test_hostile_shapes_cost_in_proportion_to_their_length(shape: str) -> None:
    passage = Passage.of((shape * 200_000)[:200_000], Shadow())
    begun_s = time.process_time()
    list(DETECTOR.detect(passage, BUDGET))
    assert time.process_time() - begun_s < 1.0
