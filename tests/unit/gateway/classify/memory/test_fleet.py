"""Two workers, one Redis server."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

import redis
from pydantic import SecretStr

from gateway.classify.build import build_classifier
from gateway.classify.classifier import CallClassifier
from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.memory.opening import open_memory
from gateway.settings import ClassifySettings
from tests.unit.gateway.classify.calls import chat

SECRET = bytes(range(32))


@dataclass(slots=True)
class Counting:
    """Finds an address at the start of every text, and counts the texts."""

    name: str = "counting"
    texts: int = 0

    def may_find(self, passage: Passage) -> bool:
        return True

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        self.texts += 1
        return [Span(0, 1, "EMAIL_ADDRESS", 900)]


def worker(url: str, detector: Counting) -> CallClassifier:
    settings = ClassifySettings(cache_url=SecretStr(url))
    return CallClassifier([detector], settings, time.monotonic, kept=open_memory(settings, SECRET, time.monotonic))


async def test_what_one_worker_read_no_other_reads_again(redis_url: str) -> None:
    first, second = Counting(), Counting()
    call = chat("a text that came before")
    content = await worker(redis_url, first).classify(call)
    assert first.texts > 0
    assert await worker(redis_url, second).classify(call) == content
    assert second.texts == 0


def test_what_a_worker_with_other_settings_read_is_read_again(redis_url: str) -> None:
    strict = ClassifySettings(cache_url=SecretStr(redis_url), score_milli=1000)
    call = chat("It came from 203.0.113.7 at noon.")
    assert build_classifier(strict, cache_secret=SECRET).read(call).findings == ()
    usual = strict.model_copy(update={"score_milli": 350})
    assert [each.type for each in build_classifier(usual, cache_secret=SECRET).read(call).findings] == ["IP_ADDRESS"]


async def test_a_server_that_lost_everything_changes_no_answer(redis_url: str) -> None:
    first, second = Counting(), Counting()
    call = chat("another text")
    redis.Redis.from_url(redis_url).flushall()  # another test may have left the short texts of every call
    content = await worker(redis_url, first).classify(call)
    redis.Redis.from_url(redis_url).flushall()
    assert await worker(redis_url, second).classify(call) == content
    assert second.texts == first.texts


async def test_a_server_that_hangs_does_not_hold_up_the_event_loop(silent_server: str) -> None:
    detector = Counting()
    begun = time.monotonic()
    content = await worker(silent_server, detector).classify(chat("a third text"))
    assert content.failed == ()
    assert detector.texts > 0
    assert time.monotonic() - begun < 3.0
