"""Bounded, least recently used first, and never across revisions."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from gateway.policy.cache import VerdictCache
from gateway.types import HexDigest, Obligations, Question, Verdict
from tests.unit.gateway.policy.samples import HARMLESS

REVISION = HexDigest("a")


def verdict_on(question: Question, revision: HexDigest = REVISION) -> Verdict:
    """A verdict that names its question's level as the digest."""
    return Verdict(question.destination, True, (), Obligations(), revision, HexDigest(str(question.level)))


def test_returns_what_was_put_for_an_equal_question_only() -> None:
    cache = VerdictCache(10)
    cache.put(HARMLESS, verdict_on(HARMLESS))

    assert cache.get(REVISION, replace(HARMLESS)) == verdict_on(HARMLESS)
    assert cache.get(REVISION, replace(HARMLESS, level=1)) is None
    assert cache.get(REVISION, replace(HARMLESS, day="2026-11-22")) is None


def test_another_revision_knows_nothing() -> None:
    cache = VerdictCache(10)
    cache.put(HARMLESS, verdict_on(HARMLESS))

    assert cache.get(HexDigest("b"), HARMLESS) is None


def test_lets_go_of_the_least_recently_used() -> None:
    cache = VerdictCache(2)
    first, second, third = (replace(HARMLESS, level=level) for level in (1, 2, 3))
    cache.put(first, verdict_on(first))
    cache.put(second, verdict_on(second))
    cache.get(REVISION, first)
    cache.put(third, verdict_on(third))

    assert len(cache) == 2
    assert cache.get(REVISION, second) is None
    assert cache.get(REVISION, first) == verdict_on(first)


def test_threads_share_it_without_a_wrong_or_lost_bound() -> None:
    cache = VerdictCache(50)
    questions = [replace(HARMLESS, level=level % 5, purpose=f"p{level}") for level in range(200)]

    def churn(start: int) -> bool:
        for question in questions[start:] + questions[:start]:
            cache.put(question, verdict_on(question))
            found = cache.get(REVISION, question)
            if found is not None and found != verdict_on(question):
                return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(churn, (0, 50, 100, 150)))
    assert len(cache) == 50


def test_a_hit_costs_microseconds() -> None:
    cache = VerdictCache(100)
    cache.put(HARMLESS, verdict_on(HARMLESS))
    rounds = 20_000
    best = min(_cpu_of(cache, rounds) for _ in range(3))

    assert best / rounds < 20e-6


def _cpu_of(cache: VerdictCache, rounds: int) -> float:
    begun = time.process_time()
    for _ in range(rounds):
        cache.get(REVISION, HARMLESS)
    return time.process_time() - begun
