"""What was read before: kept by digest, bounded, never another text's, never what somebody else wrote."""

from __future__ import annotations

import sys
import time
import tracemalloc

import orjson
import pytest
import redis

from gateway.classify.health import HealthSigns
from gateway.classify.memory.keys import TextKey, TextKeys
from gateway.classify.memory.local import LocalMemory
from gateway.classify.memory.opening import open_memory
from gateway.classify.memory.port import NoMemory
from gateway.classify.memory.reading import Reading, decoded, encoded
from gateway.classify.memory.shared import REST_S, SharedMemory
from gateway.classify.memory.tiered import TieredMemory
from gateway.settings import ClassifySettings
from gateway.types import Category, Finding

SECRET = bytes(range(32))
KEYS = TextKeys(SECRET, "r1")


def reading(leaf: int = 3, findings: int = 1) -> Reading:
    found = tuple(
        Finding(leaf, 1000 + at, 1009 + at, "EMAIL_ADDRESS", Category.PII_DIRECT, 950, "presidio")
        for at in range(findings)
    )
    return Reading(leaf, found, {"EMAIL_ADDRESS": 950}, HealthSigns(1, 4, (0, 77)))


KEY = KEYS.key("content", "text")
DIFFERENT = [
    ("another text", KEYS.key("content", "texu")),
    ("another field", KEYS.key("phone", "text")),
    ("another border between field and text", KEYS.key("contentt", "ext")),
    ("another revision of the detectors", TextKeys(SECRET, "r2").key("content", "text")),
    ("another secret", TextKeys(bytes(32), "r1").key("content", "text")),
]


@pytest.mark.parametrize(("name", "other"), DIFFERENT, ids=[row[0] for row in DIFFERENT])
def test_a_key_depends_on_everything_a_reading_depends_on(name: str, other: TextKey) -> None:
    assert other != KEY


def test_a_lone_surrogate_has_a_key_of_its_own() -> None:
    assert len({KEYS.key("content", text) for text in ("\ud800", "\udfff", "?", "")}) == 4


def test_a_reading_goes_through_bytes_unchanged_and_takes_the_number_of_its_new_leaf() -> None:
    data = encoded(reading(3))
    assert decoded(data, 3) == reading(3)
    assert decoded(data, 9) == reading(9) == reading(3).at(9)


def test_nothing_is_known_before_it_was_kept() -> None:
    memory = LocalMemory(10_000)
    assert memory.recall([(3, KEY)]) == {}
    memory.keep({KEY: reading(3)})
    assert memory.recall([(5, KEY)])[KEY].at(5) == reading(5)
    NoMemory().keep({KEY: reading()})
    assert NoMemory().recall([(3, KEY)]) == {}


def test_the_memory_stays_within_its_bytes_and_forgets_what_was_unused_longest() -> None:
    one = reading().size_bytes + 160
    memory = LocalMemory(3 * one)
    first, second, third, fourth = (KEYS.key("content", name) for name in "abcd")
    memory.keep({first: reading(), second: reading(), third: reading()})
    memory.recall([(0, first)])
    memory.keep({fourth: reading()})
    assert memory.recall([(3, key) for key in (first, second, third, fourth)]).keys() == {first, third, fourth}
    assert memory.size_bytes <= 3 * one
    memory.keep({first: reading(findings=100)})
    assert memory.size_bytes <= 3 * one
    LocalMemory(0).keep({first: reading()})


def test_what_a_reading_says_it_takes_is_what_it_takes() -> None:
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = [decoded(encoded(reading(findings=20)), 500) for _ in range(200)]
        taken = (tracemalloc.get_traced_memory()[0] - before) / 200
    finally:
        tracemalloc.stop()
    assert taken <= 1.2 * kept[0].size_bytes
    assert sys.getsizeof(kept) > 0


def shared(url: str, clock: list[float] | None = None, secret: bytes = SECRET) -> SharedMemory:
    now = [0.0] if clock is None else clock
    return SharedMemory(url, secret, lambda: now[0])


def test_workers_share_what_one_of_them_read(redis_url: str) -> None:
    shared(redis_url).keep({KEY: reading(3)})
    other = shared(redis_url)
    assert other.recall([(8, KEY), (9, KEYS.key("content", "never seen"))]) == {KEY: reading(8)}
    assert 0 < redis.Redis.from_url(redis_url).ttl(b"gateway:classify:1:" + KEY) <= 86_400  # type: ignore[operator]


def test_who_can_write_to_the_server_cannot_plant_nothing_found(
    redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    memory, server = shared(redis_url), redis.Redis.from_url(redis_url)
    other = KEYS.key("content", "harmless")
    memory.keep({KEY: reading(), other: Reading(0)})
    name, harmless = b"gateway:classify:1:" + KEY, server.get(b"gateway:classify:1:" + other)
    assert isinstance(harmless, bytes)
    forged = [harmless, b"", b"x" * 40, b"\0" * 32 + encoded(Reading(0)), harmless[:32] + encoded(reading())]
    for value in forged:
        server.set(name, value)
        assert memory.recall([(3, KEY)]) == {}
    assert "no worker wrote" in caplog.text
    assert shared(redis_url, secret=bytes(32)).recall([(3, other)]) == {}


def test_the_server_holds_no_text(redis_url: str) -> None:
    server = redis.Redis.from_url(redis_url)
    shared(redis_url).keep({KEYS.key("content", "jane.roe@example.com"): reading()})
    names = server.keys(b"*")
    assert isinstance(names, list)
    everything = b"".join([*names, *(server.get(name) for name in names)])  # type: ignore[list-item]
    assert b"jane" not in everything


def test_a_reading_too_large_to_share_is_not_sent(redis_url: str) -> None:
    key = KEYS.key("content", "large")
    shared(redis_url).keep({key: reading(findings=5_000)})
    assert shared(redis_url).recall([(3, key)]) == {}


def test_a_server_that_is_away_is_a_miss_and_is_left_alone_for_a_while(caplog: pytest.LogCaptureFixture) -> None:
    clock = [0.0]
    memory = shared("redis://127.0.0.1:1/0", clock)
    assert memory.recall([(3, KEY)]) == {}
    memory.keep({KEY: reading()})
    assert caplog.text.count("did not answer") == 1
    clock[0] += REST_S + 1
    memory.keep({KEY: reading()})
    assert caplog.text.count("did not answer") == 2
    memory.close()


def test_a_server_that_hangs_costs_a_tenth_of_a_second_once(silent_server: str) -> None:
    memory = shared(silent_server)
    begun = time.monotonic()
    for _ in range(20):
        assert memory.recall([(3, KEY)]) == {}
    assert time.monotonic() - begun < 2.0


def test_the_fleet_is_asked_only_for_what_this_process_does_not_know(redis_url: str) -> None:
    near, far = LocalMemory(100_000), shared(redis_url)
    tiered = TieredMemory(near, far)
    far.keep({KEY: reading()})
    assert tiered.recall([(3, KEY)]) == {KEY: reading()}
    assert near.recall([(3, KEY)]) == {KEY: reading()}
    assert tiered.is_remote
    redis.Redis.from_url(redis_url).flushall()
    assert tiered.recall([(3, KEY)]) == {KEY: reading()}


def test_settings_choose_the_memory(redis_url: str) -> None:
    alone = open_memory(ClassifySettings(), SECRET, time.monotonic)
    assert not alone.memory.is_remote
    assert alone.secret != SECRET
    fleet = open_memory(ClassifySettings(cache_url=redis_url), SECRET, time.monotonic)  # type: ignore[arg-type]
    assert fleet.memory.is_remote
    assert fleet.secret == SECRET
    assert not open_memory(ClassifySettings(cache_url=redis_url), None, time.monotonic).memory.is_remote  # type: ignore[arg-type]
    assert SECRET.hex() not in repr(fleet)
    assert orjson.loads(encoded(Reading(0))) == [[], {}, None]
