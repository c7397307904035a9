"""Rows of the vault: one data key each, a sealed head that changes, sealed items beside it. Blocking; one thread.

The data key is wrapped by a key that is not in the store. The version of a row is bound into its head and into the
wrapping of its key, so that an older head fits no newer row. Destroying the wrapped key destroys everything of the row.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from gateway.errors import StateUnreadable
from gateway.vault.envelope import KEY_BYTES, Place, RandomBytes, seal, unseal
from gateway.vault.keys import Wrapped, WrappingKeys
from gateway.vault.store import Conversation, VaultStore

_REMEMBERED = 100_000
_OPEN_KEYS = 64
"""Rows whose data keys are remembered, where that is wanted: a batch opens the same four for every line."""
KEY, HEAD = b"key", b"head"
_WRITTEN_ONCE = 1


@dataclass(frozen=True, slots=True)
class Opened:
    """A row that could be opened. `head` is plain text."""

    tenant: str
    id: bytes
    key: bytes = field(repr=False)
    head: bytes = field(repr=False)
    version: int


class Rows:
    """Opens and seals. What belongs together is done inside one `transaction`."""

    def __init__(self, store: VaultStore, keys: WrappingKeys, index_key: bytes, random_bytes: RandomBytes) -> None:
        """`index_key` is 32 secret bytes for the names alone."""
        self._store = store
        self._keys = keys
        self._index_key = index_key
        self._random_bytes = random_bytes
        self._seen: OrderedDict[bytes, int] = OrderedDict()
        self._open_keys: OrderedDict[bytes, tuple[Wrapped, bytes]] = OrderedDict()
        self._written: dict[bytes, int] = {}
        self._shredded = False

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything or nothing. What was written counts as seen, and what was destroyed is gone, once it is durable.

        Raises:
            VaultUnavailable: the store cannot be used.
        """
        self._written.clear()
        self._shredded = False
        with self._store.transaction():
            yield
        for row, version in self._written.items():
            self._note(row, version)
        if self._shredded:
            self._store.empty_log()

    def digest(self, kind: bytes, tenant: str, name: bytes) -> bytes:
        """Returns what a name is looked up by: keyed, and bound to the tenant."""
        parts = (kind, tenant.encode(), name)
        return hmac.digest(self._index_key, b"".join(len(part).to_bytes(4, "big") + part for part in parts), "sha256")

    def new_key(self) -> bytes:
        """Returns a data key for a row that is not there yet."""
        return self._random_bytes(KEY_BYTES)

    def open(self, tenant: str, row: bytes, *, remember: bool = False) -> Opened | None:
        """Returns a row of this tenant, `None` when there is none. Its data key is remembered only if asked for.

        Raises:
            VaultUnavailable, StateUnreadable: it is there and cannot be used.
        """
        stored = self._store.conversation(row)
        if stored is None:
            return None
        if stored.version < self._seen.get(row, 0):
            raise StateUnreadable("stored state is older than what was there before")
        known, key = self._open_keys.get(row, (None, b""))
        if known != stored.key:
            key = self._keys.unwrap(stored.key, Place(tenant, row, KEY, stored.version))
        if remember:
            self._remember(row, stored.key, key)
        head = unseal(key, stored.head, Place(tenant, row, HEAD, stored.version))
        self._note(row, stored.version)
        return Opened(tenant, row, key, head, stored.version)

    def tenant(self, row: bytes) -> str | None:
        """Returns the tenant that a row says it belongs to; it opens for the right one only."""
        stored = self._store.conversation(row)
        return None if stored is None else stored.tenant

    def put(self, row: Opened, expires_ms: int, *, remember: bool = False) -> None:
        """Stores a row in place of what it was. Its version must be higher than that was."""
        wrapped = self._keys.wrap(row.key, Place(row.tenant, row.id, KEY, row.version))
        sealed = seal(row.key, row.head, Place(row.tenant, row.id, HEAD, row.version), self._random_bytes)
        self._store.put(Conversation(row.id, row.tenant, wrapped, row.version, sealed, expires_ms))
        self._written[row.id] = row.version
        if remember:
            self._remember(row.id, wrapped, row.key)

    def add(self, row: Opened, items: Iterable[tuple[bytes, bytes]], names: Iterable[bytes] = ()) -> None:
        """Adds items and names to a row that is there or was put; those that are there already stay."""
        sealed = [(name, seal(row.key, plain, _item_of(row, name), self._random_bytes)) for name, plain in items]
        self._store.add(row.id, sealed, names)

    def items(self, row: Opened) -> dict[bytes, bytes]:
        """Returns all items of a row. Raises `StateUnreadable`."""
        return self._unsealed(row, self._store.items(row.id))

    def some_items(self, row: Opened, names: Iterable[bytes]) -> dict[bytes, bytes]:
        """Returns those of the named items that are there. Raises `StateUnreadable`."""
        return self._unsealed(row, self._store.some_items(row.id, names))

    def shred(self, row: bytes, version: int) -> None:
        """Destroys a row, its key first. From this version on it may be there again."""
        self._store.shred(row)
        self._open_keys.pop(row, None)
        self._written[row] = version
        self._shredded = True

    def _unsealed(self, row: Opened, sealed: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
        return {name: unseal(row.key, content, _item_of(row, name)) for name, content in sealed.items()}

    def _remember(self, row: bytes, wrapped: Wrapped, key: bytes) -> None:
        self._open_keys[row] = wrapped, key
        self._open_keys.move_to_end(row)
        if len(self._open_keys) > _OPEN_KEYS:
            self._open_keys.popitem(last=False)

    def _note(self, row: bytes, version: int) -> None:
        """Remembers the newest version seen, so that an older row that somebody put back is not taken for it."""
        self._seen[row] = max(version, self._seen.get(row, 0))
        self._seen.move_to_end(row)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)


def _item_of(row: Opened, name: bytes) -> Place:
    return Place(row.tenant, row.id, name, _WRITTEN_ONCE)
