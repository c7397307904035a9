"""How much a call may take beyond its share of the CPU time: what stands between two looks at the budget, and behind.

Counted in calls of functions, which are the same on a slow machine and on a busy one. The default run reads one shape;
all that take longest, at 200 kB, by command:

    pytest -m slow -n0 -s tests/unit/gateway/classify/test_overshoot.py
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

import pytest

from gateway.classify.build import build_classifier
from gateway.classify.detector import Budget
from gateway.settings import ClassifySettings
from gateway.types import Level
from tests.unit.gateway.classify.attacks import of_size
from tests.unit.gateway.classify.calls import chat

MOST_BEYOND = 0.1
"""Of what the whole reading takes."""
EXPENSIVE = (
    "labels and values", "groups like accounts", "cards in other clothes", "scripts in turn",
    "numbers of Chinese residents", "telephone numbers, all different", "octets of two kinds", "base64 inside base64",
)  # fmt: skip


@dataclass
class Count:
    """Calls of functions so far, and how many there were at each look at the budget."""

    calls: int = 0
    looks: list[int] = field(default_factory=list)

    def see(self, frame: FrameType, event: str, _: object) -> None:
        if event in {"call", "c_call"}:
            self.calls += 1
            if event == "call" and frame.f_code is Budget.check.__code__:
                self.looks.append(self.calls)

    @property
    def longest(self) -> int:
        """The most calls between two looks, or behind the last."""
        return max(after - before for before, after in zip([0, *self.looks], [*self.looks, self.calls], strict=True))


@contextmanager
def counted() -> Iterator[Count]:
    count = Count()
    sys.setprofile(count.see)
    try:
        yield count
    finally:
        sys.setprofile(None)


@dataclass
class Clock:
    """Stands still while it is looked at, until that has been done so many times."""

    looks: float = math.inf

    def __call__(self) -> float:
        self.looks -= 1
        return 0.0 if self.looks >= 0 else math.inf


def assert_little_is_done_beyond_the_budget(shape: str, size: int) -> None:
    clock = Clock()
    classifier = build_classifier(ClassifySettings(cache_bytes=0, cpu_s=1_000), clock)
    call = chat(of_size(shape, size))
    classifier.read(call)  # what a process learns once is learnt
    with counted() as whole:
        classifier.read(call)
    clock.looks = len(whole.looks) // 2
    with counted() as cut:
        content = classifier.read(call)
    beyond = cut.calls - cut.looks[len(whole.looks) // 2 - 1]
    sys.stdout.write(
        f"| {shape} | {whole.calls} calls | {whole.longest / whole.calls:.1%} | {beyond / whole.calls:.1%} |\n"
    )
    assert content.failed
    assert content.labels.level is Level.REGULATED
    assert whole.longest < MOST_BEYOND * whole.calls
    assert beyond < MOST_BEYOND * whole.calls


def test_little_is_done_between_two_looks_at_the_budget_and_behind_it() -> None:
    assert_little_is_done_beyond_the_budget("labels and values", 40_000)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("shape", EXPENSIVE)
def test_little_is_done_beyond_the_budget_of_the_most_expensive(shape: str) -> None:
    assert_little_is_done_beyond_the_budget(shape, 200_000)
