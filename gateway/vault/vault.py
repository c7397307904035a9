"""The stage: what a request builds on is recalled before it is read, what an answer leaves is kept before it is shown.

All work on the store happens in one thread of its own.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

from gateway.conversation import conversation_name
from gateway.errors import VaultUnavailable
from gateway.types import Call, Declared, Identity, Issued, Labels, Memory
from gateway.vault.archive import Archive
from gateway.vault.index_key import kept_index_key
from gateway.vault.keys import WrappingKeys
from gateway.vault.safe import Safe, joined
from gateway.vault.store import VaultFile, VaultStore
from routers.types import Dialect, ModelName, Target
from routers.wire.state_request import StateAction, read_state_request

_logger = logging.getLogger(__name__)
_KEEPING = frozenset({Dialect.OPENAI_RESPONSES, Dialect.OPENAI_COMPACT})
_GONE = frozenset({200, 404})
_PURGE_S = 600.0
T = TypeVar("T")


class Now(Protocol):
    """The clock, as far as it is needed here."""

    def now_ms(self) -> int:
        """UTC, milliseconds since 1970."""
        ...


class StateVault:
    """Satisfies `gateway.ports.Vault`."""

    def __init__(self, safe: Safe, store: VaultStore, clock: Now) -> None:
        self._safe = safe
        self._archive = Archive(safe.rows, store)
        self._store = store
        self._clock = clock
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="vault")

    async def recall(self, identity: Identity, call: Call) -> Call:
        """Returns the call with what it builds on: its labels are at least those, its model is known.

        `memory` stays `None` when what it builds on is not known here, has expired, or lies in different places.

        Raises:
            VaultUnavailable, StateUnreadable: it is known and cannot be used.
        """
        if not call.builds_on:
            return call
        now_ms = self._clock.now_ms()
        memory = await self._off_loop(lambda: self._safe.recall(owner_of(identity), call.builds_on, now_ms))
        if memory is None:
            return call
        declared = _raised(call.declared, memory.labels)
        return replace(call, memory=memory, declared=declared, model=call.model or memory.model)

    async def keep(
        self,
        identity: Identity,
        call: Call,
        labels: Labels,
        issued: Sequence[Issued],
        target: Target,
        ids: Sequence[str],
    ) -> None:
        """Makes durable what an answer stands for that the target keeps under these ids. Raises as `recall`."""
        if not ids or call.dialect not in _KEEPING or "store" not in call.features:
            return
        memory = Memory(
            conversation=conversation_name(call),
            destination=target.destination.id,
            model=ModelName(call.model),
            labels=labels if call.memory is None else joined(labels, call.memory.labels),
            issued=tuple(issued),
        )
        now_ms = self._clock.now_ms()
        await self._off_loop(lambda: self._safe.keep(owner_of(identity), tuple(ids), memory, now_ms))

    async def concluded(self, identity: Identity, call: Call, status: int | None) -> None:
        """Destroys what was kept when the destination has deleted its part, or never had it. Raises as `recall`."""
        if call.dialect is not Dialect.OPENAI_STORED or status not in _GONE:
            return
        asked = read_state_request(call.body)
        if asked.action is StateAction.DELETE:
            now_ms = self._clock.now_ms()
            await self._off_loop(lambda: self._safe.forget(owner_of(identity), asked.response_id, now_ms))

    async def archived(self, work: Callable[[Archive], T]) -> T:
        """Returns what the work returns. What it did with the archive is durable then, all of it or nothing.

        Raises:
            VaultUnavailable, StateUnreadable: and what the work raises; nothing was changed.
        """
        return await self._off_loop(lambda: self._in_one_go(work))

    async def purge_forever(self) -> None:
        """Destroys what has expired, every ten minutes, until cancelled."""
        while True:
            try:
                await self._off_loop(self._purge)
            except VaultUnavailable:
                _logger.error("expired state could not be destroyed; it is not used, and tried again")  # noqa: TRY400
            await asyncio.sleep(_PURGE_S)

    def rewrap(self) -> int:
        """Wraps every data key with the current key that an older one wraps; returns how many. Blocks.

        Raises:
            VaultUnavailable, StateUnreadable: nothing was changed.
        """
        return self._safe.rewrap()

    async def close(self) -> None:
        """Ends the thread and closes the store."""
        await asyncio.to_thread(self._worker.shutdown)
        self._store.close()

    def _in_one_go(self, work: Callable[[Archive], T]) -> T:
        with self._archive.rows.transaction():
            return work(self._archive)

    def _purge(self) -> None:
        self._safe.purge(self._clock.now_ms())

    async def _off_loop(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)


def build_vault(
    directory: Path,
    keys: WrappingKeys,
    index_key: bytes,
    *,
    redis_url: str = "",
    ttl_ms: int,
    clock: Now,
) -> StateVault:
    """Returns the vault of a state directory, or of a fleet. Blocks.

    `index_key` (32 secret bytes) is used by a vault that has none of its own yet.

    Raises:
        StartupError: its file cannot be opened, or its server cannot be used.
        VaultUnavailable, StateUnreadable: it is there and cannot be used.
    """
    with ExitStack() as unless_built:
        store: VaultStore = _shared(redis_url) if redis_url else VaultFile(directory)
        unless_built.callback(store.close)
        index_key = kept_index_key(store, keys, index_key)
        safe = Safe(store, keys, index_key, ttl_ms=ttl_ms, random_bytes=secrets.token_bytes)
        unless_built.pop_all()
    return StateVault(safe, store, clock)


def _shared(redis_url: str) -> VaultStore:
    # redis takes 5 MB, which a gateway that keeps its state in a file need not spend.
    from gateway.vault.shared_store import SharedVault  # noqa: PLC0415

    return SharedVault(redis_url)


def owner_of(identity: Identity) -> str:
    """Returns whose state it is: one app's of one tenant. Another app of the company has its own."""
    return f"{len(identity.tenant)}:{identity.tenant}:{identity.app}"


def names_in(owner: str) -> tuple[str, str]:
    """Returns the tenant and the app whose state that is, see `owner_of`."""
    size, _, names = owner.partition(":")
    return names[: int(size)], names[int(size) + 1 :]


def _raised(declared: Declared, labels: Labels) -> Declared:
    """What is kept carries its labels into every request that builds on it: they can raise, never lower."""
    level = labels.level if declared.level is None else max(declared.level, labels.level)
    return Declared(level, declared.categories | labels.categories)
