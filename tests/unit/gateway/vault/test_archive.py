"""Documents of an owner, in a file and in Redis: found by their owner alone, sealed, written in one go, destroyed."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from gateway.errors import StateUnreadable
from gateway.vault.archive import Archive, Document, Label
from gateway.vault.envelope import Place
from gateway.vault.keys import LocalKeys, Wrapped
from gateway.vault.safe import Safe
from gateway.vault.shared_store import SharedVault
from gateway.vault.store import VaultFile, VaultStore
from gateway.vault.vault import StateVault
from tests.unit.gateway.vault.bench import DAY_MS, INDEX, WRAPPING
from tests.unit.gateway.vault.conftest import Server

T = TypeVar("T")
SECRET = b"dana.whitfield@example.com"


class Clock:
    def now_ms(self) -> int:
        return 1


def vault_over(store: VaultStore) -> StateVault:
    keys = LocalKeys(WRAPPING, [], os.urandom)
    return StateVault(Safe(store, keys, INDEX, ttl_ms=DAY_MS, random_bytes=os.urandom), store, Clock())


@pytest.fixture(params=["file", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path, durable: Server) -> VaultStore:
    if request.param == "file":
        return VaultFile(tmp_path)
    with durable.client() as client:
        client.flushall()
    return SharedVault(durable.url)


@pytest.fixture
async def vault(store: VaultStore) -> AsyncIterator[StateVault]:
    made = await asyncio.to_thread(vault_over, store)
    yield made
    await made.close()


LABEL = Label("4:acme:assistant", "file", "file-1")
NOW_MS = 4_000_000_000_000  # Redis goes by its own clock: nothing here may be over by that


def kept() -> Callable[[Archive], Document]:
    def work(archive: Archive) -> Document:
        document = archive.create(LABEL, b"head", NOW_MS + DAY_MS, NOW_MS)
        archive.add(document, enumerate((SECRET, b"two")))
        return document

    return work


def reading(label: Label = LABEL, now_ms: int = NOW_MS + 1) -> Callable[[Archive], Document | None]:
    return lambda archive: archive.read(label, now_ms)


async def test_a_document_is_found_with_its_pieces(vault: StateVault) -> None:
    await vault.archived(kept())
    found = await vault.archived(reading())
    assert found is not None
    assert (found.label, found.content, found.expires_ms) == (LABEL, b"head", NOW_MS + DAY_MS)
    assert await vault.archived(lambda archive: archive.pieces(found, range(5))) == {0: SECRET, 1: b"two"}
    assert await vault.archived(lambda archive: archive.pieces(found, [])) == {}


@pytest.mark.parametrize(
    "label",
    [
        Label("4:acme:other", "file", "file-1"),
        Label("5:other:assistant", "file", "file-1"),
        Label("4:acme:assistant", "batch", "file-1"),
        Label("4:acme:assistant", "file", "file-2"),
    ],
)
async def test_under_any_other_label_there_is_nothing(vault: StateVault, label: Label) -> None:
    await vault.archived(kept())
    assert await vault.archived(reading(label)) is None
    listed = await vault.archived(lambda archive: archive.listed(label.owner, label.kind, NOW_MS + 1))
    assert len(listed) == (label.owner == LABEL.owner and label.kind == LABEL.kind)


async def test_content_changes_and_pieces_do_not(vault: StateVault) -> None:
    await vault.archived(kept())

    def change(archive: Archive) -> None:
        found = archive.read(LABEL, NOW_MS + 1)
        assert found is not None
        archive.write(found, b"later", NOW_MS + 1, expires_ms=NOW_MS + 2 * DAY_MS)
        archive.add(found, [(0, b"another"), (7, b"seven")])

    await vault.archived(change)
    found = await vault.archived(reading(now_ms=NOW_MS + DAY_MS + 1))
    assert found is not None
    assert found.content == b"later"
    assert await vault.archived(lambda archive: archive.pieces(found, [0, 7])) == {0: SECRET, 7: b"seven"}


async def test_work_that_fails_leaves_nothing(vault: StateVault) -> None:
    def fail(archive: Archive) -> None:
        kept()(archive)
        raise StateUnreadable("a test")

    with pytest.raises(StateUnreadable):
        await vault.archived(fail)
    assert await vault.archived(reading()) is None


async def test_time_and_destruction_end_a_document(vault: StateVault) -> None:
    document = await vault.archived(kept())
    assert await vault.archived(reading(now_ms=NOW_MS + DAY_MS)) is None
    await vault.archived(lambda archive: archive.destroy(document, NOW_MS + 2))
    assert await vault.archived(reading()) is None
    assert await vault.archived(lambda archive: archive.listed(LABEL.owner, LABEL.kind, NOW_MS + 3)) == []


async def test_what_is_pending_is_found_whoever_owns_it_until_it_is_not(vault: StateVault) -> None:
    document = await vault.archived(kept())
    await vault.archived(lambda archive: archive.set_pending(document, pending=True))
    (found,) = await vault.archived(lambda archive: archive.pending("file", NOW_MS + 1))
    assert found.label == LABEL
    await vault.archived(lambda archive: archive.set_pending(found, pending=False))
    assert await vault.archived(lambda archive: archive.pending("file", NOW_MS + 1)) == []
    assert await vault.archived(reading()) is not None


class Counted(LocalKeys):
    """Counts how often a data key is opened."""

    opened = 0

    def unwrap(self, wrapped: Wrapped, place: Place) -> bytes:
        self.opened += 1
        return super().unwrap(wrapped, place)


async def test_the_key_of_a_document_in_use_is_opened_once_and_what_was_changed_is_never_opened(tmp_path: Path) -> None:
    keys = Counted(WRAPPING, [], os.urandom)
    store = await asyncio.to_thread(VaultFile, tmp_path)
    vault = StateVault(Safe(store, keys, INDEX, ttl_ms=DAY_MS, random_bytes=os.urandom), store, Clock())
    await vault.archived(kept())

    def change(archive: Archive) -> None:
        found = archive.read(LABEL, NOW_MS + 1)
        assert found is not None
        archive.write(found, b"later", NOW_MS + 1)

    for _ in range(3):
        await vault.archived(change)
    assert keys.opened == 0
    await asyncio.to_thread(write, tmp_path, "UPDATE conversations SET wrapped = zeroblob(61)")
    with pytest.raises(StateUnreadable):
        await vault.archived(reading())
    await vault.close()


def write(directory: Path, statement: str) -> None:
    connection = sqlite3.connect(directory / "vault.db")
    with connection:
        connection.execute(statement)
    connection.close()


async def test_the_file_tells_nothing_and_what_is_destroyed_is_overwritten(tmp_path: Path) -> None:
    vault = await asyncio.to_thread(lambda: vault_over(VaultFile(tmp_path)))
    document = await vault.archived(kept())
    before = await asyncio.to_thread(contents, tmp_path)
    assert SECRET not in before
    assert b"file-1" not in before
    assert b"head" not in before.replace(b"head BLOB", b"")
    await vault.archived(lambda archive: archive.destroy(document, NOW_MS + 2))
    assert len(await asyncio.to_thread(contents, tmp_path)) > 0
    await vault.close()


async def test_nothing_of_a_document_lies_in_redis_after_it_was_destroyed(durable: Server) -> None:
    vault = await asyncio.to_thread(emptied, durable)
    document = await vault.archived(kept())
    await vault.archived(lambda archive: archive.destroy(document, NOW_MS + 2))
    await vault.archived(lambda archive: archive.listed(LABEL.owner, LABEL.kind, NOW_MS + 3))
    assert await asyncio.to_thread(keys_in, durable) == []
    await vault.close()


def emptied(durable: Server) -> StateVault:
    with durable.client() as client:
        client.flushall()
    return vault_over(SharedVault(durable.url))


def keys_in(durable: Server) -> list[bytes]:
    with durable.client() as client:
        return list(client.keys("*"))


def contents(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.glob("vault.db*"))
