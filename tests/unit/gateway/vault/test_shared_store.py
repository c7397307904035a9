"""A vault that a fleet shares: what one gateway keeps every other recalls, for as long as it may, and nobody else."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import redis

from gateway.errors import StartupError, StateUnreadable, VaultUnavailable
from gateway.types import Level
from gateway.vault.keys import LocalKeys
from gateway.vault.safe import Safe
from gateway.vault.shared_store import SharedVault
from tests.unit.gateway.vault.bench import DAY_MS, INDEX, OTHER_WRAPPING, TENANT, WRAPPING, memory
from tests.unit.gateway.vault.conftest import DURABLE, Server, server

VALUE = "dana.whitfield@example.com"


def safe_at(
    where: Server, *, current: bytes = WRAPPING, retired: Sequence[bytes] = (), ttl_ms: int = 30 * DAY_MS
) -> Safe:
    """A gateway's safe over the server."""
    keys = LocalKeys(current, retired, os.urandom)
    return Safe(SharedVault(where.url), keys, INDEX, ttl_ms=ttl_ms, random_bytes=os.urandom)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def keys_of(where: Server) -> list[bytes]:
    with where.client() as client:
        return [key for key in client.scan_iter() if isinstance(key, bytes)]


def once(holds: Callable[[], bool], within_s: float = 10.0) -> bool:
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True


def test_what_one_gateway_keeps_another_recalls(shared: Server) -> None:
    kept = memory(VALUE, "other@example.com")
    safe_at(shared).keep(TENANT, ["resp_1", "msg_1"], kept, now_ms())
    other = safe_at(shared)
    assert other.recall(TENANT, ["resp_1"], now_ms()) == kept
    assert other.recall(TENANT, ["msg_1", "resp_1"], now_ms()) == kept
    assert other.recall("another", ["resp_1"], now_ms()) is None
    assert other.recall(TENANT, ["resp_1", "resp_2"], now_ms()) is None


def test_labels_only_rise_and_values_add_up_whichever_gateway_adds(shared: Server) -> None:
    safe_at(shared).keep(TENANT, ["resp_1"], memory(VALUE, level=Level.RESTRICTED), now_ms())
    safe_at(shared).keep(TENANT, ["resp_2"], memory(VALUE, "second@example.com", level=Level.PUBLIC), now_ms())
    recalled = safe_at(shared).recall(TENANT, ["resp_2"], now_ms())
    assert recalled is not None
    assert recalled.labels.level is Level.RESTRICTED
    assert {one.text for one in recalled.issued} == {VALUE, "second@example.com"}


def test_the_server_forgets_every_part_when_the_time_is_over(shared: Server) -> None:
    safe = safe_at(shared, ttl_ms=400)
    safe.keep(TENANT, ["resp_1"], memory(VALUE), now_ms())
    safe.keep(TENANT, ["resp_2"], memory("second@example.com"), now_ms())
    with shared.client() as client:
        parts = [key for key in keys_of(shared) if b":vault:1:expiring" not in key]
        assert len(parts) == 5
        assert all(0 < client.pttl(key) <= 400 for key in parts)
    assert once(lambda: len(keys_of(shared)) == 1)
    assert safe.recall(TENANT, ["resp_1"], now_ms()) is None
    assert safe.purge(now_ms()) == 1
    assert keys_of(shared) == []


def test_use_keeps_all_of_it_for_longer(shared: Server) -> None:
    safe = safe_at(shared, ttl_ms=DAY_MS)
    safe.keep(TENANT, ["resp_1", "msg_1"], memory(VALUE), now_ms())
    assert safe.recall(TENANT, ["resp_1"], now_ms() + DAY_MS // 2) is not None
    with shared.client() as client:
        left = [client.pttl(key) for key in keys_of(shared) if b":vault:1:expiring" not in key]
    assert len(left) == 5
    assert all(DAY_MS < each <= 3 * DAY_MS // 2 for each in left)


def test_forgetting_leaves_nothing_in_the_server_nor_in_its_log(shared: Server) -> None:
    safe = safe_at(shared)
    safe.keep(TENANT, ["resp_1"], memory(VALUE), now_ms())
    (wrapped,) = wrapped_keys(shared)
    assert wrapped in shared.on_disk()
    other = safe_at(shared)
    assert other.forget(TENANT, "resp_1", now_ms())
    assert keys_of(shared) == []
    assert safe.recall(TENANT, ["resp_1"], now_ms()) is None

    def is_gone() -> bool:
        assert other.purge(now_ms()) == 0  # as gateways do all the time: the server may have been rewriting already
        return wrapped not in shared.on_disk()

    assert once(is_gone), "the wrapped key is gone from the log as well"


def test_a_log_that_is_being_rewritten_is_rewritten_again_for_what_was_deleted_meanwhile(shared: Server) -> None:
    safe = safe_at(shared)
    safe.keep(TENANT, ["resp_1"], memory(VALUE), now_ms())
    content = wrapped_keys(shared)
    with shared.client() as client, suppress(redis.ResponseError):
        client.bgrewriteaof()  # that of a test before may still be under way: as well
    assert safe.forget(TENANT, "resp_1", now_ms())

    def is_gone() -> bool:
        safe.keep(TENANT, ["resp_2"], memory("second@example.com", conversation=b"named c-2"), now_ms())
        return all(each not in shared.on_disk() for each in content)

    assert once(is_gone)


def wrapped_keys(where: Server) -> list[bytes]:
    with where.client() as client:
        found = [client.hget(key, "wrapped") for key in keys_of(where) if b":c:" in key]
    return [each for each in found if isinstance(each, bytes)]


def test_nothing_that_the_server_holds_tells_what_is_kept(shared: Server) -> None:
    safe_at(shared).keep(TENANT, ["resp_secret"], memory(VALUE, conversation=b"named private-name"), now_ms())
    content = shared.on_disk()
    assert b"gateway:vault:1:" in content
    for told in (VALUE, "resp_secret", "private-name", "EMAIL_00000", "closed-us"):
        assert told.encode() not in content


def test_many_gateways_at_once_lose_nothing(shared: Server) -> None:
    def work(number: int) -> None:
        safe = safe_at(shared)
        for turn in range(5):
            safe.keep(TENANT, [f"resp_{number}_{turn}"], memory(f"p{number}-{turn}@example.com"), now_ms())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    safe = safe_at(shared)
    known = [safe.recall(TENANT, [f"resp_{number}_{turn}"], now_ms()) for number in range(8) for turn in range(5)]
    assert None not in known


def test_a_turn_that_was_too_long_writes_nothing(shared: Server) -> None:
    def write(store: SharedVault) -> None:
        with shared.client() as client, store.transaction():
            store.add(b"c", [(b"n", b"sealed")], [])
            client.set("gateway:vault:1:lock", "somebody else")

    with pytest.raises(VaultUnavailable, match="over"):
        write(SharedVault(shared.url))
    assert keys_of(shared) == [b"gateway:vault:1:lock"]


def test_a_failure_inside_a_turn_writes_nothing_and_gives_the_turn_back(shared: Server) -> None:
    def write(store: SharedVault) -> None:
        with store.transaction():
            store.add(b"c", [(b"n", b"sealed")], [])
            raise RuntimeError

    store = SharedVault(shared.url)
    with pytest.raises(RuntimeError):
        write(store)
    assert keys_of(shared) == []
    with pytest.raises(VaultUnavailable, match="transactions"):
        store.shred(b"c")


def test_a_row_that_somebody_put_back_is_refused(shared: Server) -> None:
    safe = safe_at(shared)
    safe.keep(TENANT, ["resp_1"], memory(VALUE), now_ms())
    with shared.client() as client:
        kept = {key: client.dump(key) for key in keys_of(shared)}
        assert safe.forget(TENANT, "resp_1", now_ms() + 1)
        for key, content in kept.items():
            client.restore(key, 0, content)
    with pytest.raises(StateUnreadable):
        safe.recall(TENANT, ["resp_1"], now_ms() + 2)


def test_all_data_keys_are_wrapped_anew_and_then_the_old_master_opens_nothing(shared: Server) -> None:
    for number in range(3):
        made = memory(VALUE, conversation=f"named c-{number}".encode())
        safe_at(shared).keep(TENANT, [f"resp_{number}"], made, now_ms())
    rotated = safe_at(shared, current=OTHER_WRAPPING, retired=[WRAPPING])
    assert (rotated.rewrap(), rotated.rewrap()) == (3, 0)
    assert safe_at(shared, current=OTHER_WRAPPING).recall(TENANT, ["resp_2"], now_ms()) is not None
    with pytest.raises(StateUnreadable):
        safe_at(shared).recall(TENANT, ["resp_2"], now_ms())


LOSING = [
    ("--appendonly", "no"),
    ("--appendonly", "yes", "--appendfsync", "everysec"),
    (*DURABLE, "--maxmemory-policy", "allkeys-lru"),
]


@pytest.mark.parametrize("options", LOSING, ids=["no log", "a log written later", "eviction"])
def test_a_server_that_may_lose_what_it_has_taken_is_not_used(options: tuple[str, ...]) -> None:
    with server(*options) as found, pytest.raises(StartupError, match="may lose"):
        SharedVault(found.url)


def test_without_its_server_the_vault_answers_nothing(tmp_path: Path) -> None:
    with pytest.raises(StartupError):
        SharedVault(f"unix://{tmp_path}/none")
    with server(*DURABLE) as found:
        safe = safe_at(found)
        safe.keep(TENANT, ["resp_1"], memory(VALUE), now_ms())
    with pytest.raises(VaultUnavailable):
        safe.recall(TENANT, ["resp_1"], now_ms())
