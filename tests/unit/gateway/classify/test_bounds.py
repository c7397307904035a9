"""Hostile texts: cost is linear, and what is not read in time counts as the worst."""

# ruff: noqa: E501  (tables of samples)

from __future__ import annotations

import random
import time
from collections.abc import Iterable

import pytest

from gateway.classify.classifier import CallClassifier
from gateway.classify.detector import Budget, Passage, Span
from gateway.settings import ClassifySettings
from gateway.types import Level
from tests.unit.gateway.classify.calls import chat

SIZE = 16_000
DIGITS = "".join(random.Random(7).choices("0123456789", k=SIZE))
SHAPES = [
    "!#$%", "(", ":", "a.", "x@a.a.", "a@", "1.1.1.1 ", "1234 ", "-", "0", "A", "\n", " ", "姓名：", "password=", "{", "```\n",
    "mrn ", "+1", "é@é.", "\u3000", "DE89", "<script>", "def f(:\n", "1-", "eyJ", "-----BEGIN PRIVATE KEY-----", DIGITS,
]  # fmt: skip
TAIL = " jane.roe@example.com 4111 1111 1111 1111"
BOUND_S = 6.0
"""Stock Presidio needs 15 to 41 s of CPU for the worst of these; the slowest here takes about one."""


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: repr(shape[:12]))
def test_a_hostile_shape_of_16_kb_is_bounded_and_hides_nothing(classifier: CallClassifier, shape: str) -> None:
    text = (shape * SIZE)[:SIZE] + TAIL
    begun_s = time.process_time()
    content = classifier.read(chat(text))
    assert time.process_time() - begun_s < BOUND_S
    assert content.failed == ()
    assert {"EMAIL_ADDRESS", "CREDIT_CARD"} <= {finding.type for finding in content.findings}


def test_cost_grows_with_the_length_and_not_with_its_square(classifier: CallClassifier) -> None:
    def cost_s(size: int) -> float:
        call = chat("!#$%(" * (size // 5) + TAIL)
        begun_s = time.process_time()
        classifier.read(call)
        return time.process_time() - begun_s

    cost_s(20_000)
    assert cost_s(320_000) < 0.1 + 64 * cost_s(20_000)


class Slow:
    """A detector that takes its time in steps, as ours do between windows."""

    name = "slow"

    def may_find(self, passage: Passage) -> bool:
        return True

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        for _ in range(200):
            time.sleep(0.01)
            budget.check()
            yield Span(0, 1, "EMAIL_ADDRESS", 900)


async def test_a_large_body_that_is_not_read_in_time_counts_as_regulated() -> None:
    settings = ClassifySettings(offload_bytes=10, timeout_s=0.05)
    content = await CallClassifier([Slow()], settings, time.monotonic).classify(chat("hello"))
    assert content.labels.level is Level.REGULATED
    assert content.failed


async def test_a_large_body_is_read_off_the_event_loop_with_the_same_result(classifier: CallClassifier) -> None:
    call = chat("word " * 5_000 + TAIL)
    assert await classifier.classify(call) == classifier.read(call)


async def test_a_small_body_is_read_at_once(classifier: CallClassifier) -> None:
    call = chat("hello")
    assert await classifier.classify(call) == classifier.read(call)
