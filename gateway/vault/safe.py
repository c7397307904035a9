"""The safe: what conversations stand for, and for how long that is kept. Blocking; used by one thread at a time.

One row of the vault per conversation: items are written once; what changes with every turn is its sealed head.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import orjson

from gateway.types import Category, Issued, Labels, Level, Memory
from gateway.vault.envelope import Place, RandomBytes
from gateway.vault.keys import WrappingKeys
from gateway.vault.rows import KEY, Opened, Rows
from gateway.vault.store import VaultStore
from routers.types import DestinationId, ModelName


@dataclass(frozen=True, slots=True)
class _Head:
    """What changes: how sensitive the conversation has been, and until when it is kept."""

    name: bytes = field(repr=False)
    labels: Labels
    expires_ms: int


class Safe:
    """Keeps and recalls. `now_ms` is always UTC wall time."""

    def __init__(
        self, store: VaultStore, keys: WrappingKeys, index_key: bytes, *, ttl_ms: int, random_bytes: RandomBytes
    ) -> None:
        """`index_key` is 32 secret bytes for the names alone; `ttl_ms` counts from the last use."""
        self._store = store
        self._keys = keys
        self._ttl_ms = ttl_ms
        self.rows = Rows(store, keys, index_key, random_bytes)

    def keep(self, tenant: str, ids: Sequence[str], memory: Memory, now_ms: int) -> None:
        """Makes what the ids stand for durable, beside what the conversation had before; its labels only rise.

        Raises:
            VaultUnavailable, StateUnreadable: what is there cannot be used; nothing was changed.
        """
        rows = self.rows
        conversation = rows.digest(b"conversation", tenant, memory.conversation)
        place = orjson.dumps({"destination": memory.destination, "model": memory.model})
        with rows.transaction():
            row, head = self._opened(tenant, conversation, now_ms) or (
                Opened(tenant, conversation, rows.new_key(), b"", 0),
                _Head(memory.conversation, memory.labels, 0),
            )
            self._put(row, replace(head, labels=joined(head.labels, memory.labels)), now_ms)
            items = [(rows.digest(b"token", tenant, one.token.encode()), _issued_bytes(one)) for one in memory.issued]
            names = [rows.digest(b"name", tenant, one.encode()) for one in ids]
            rows.add(row, [*items, *((name, place) for name in names)], names)

    def recall(self, tenant: str, ids: Sequence[str], now_ms: int) -> Memory | None:
        """Returns what the ids stand for, and keeps it for another while.

        `None` when one of them is unknown, expired or deleted, or when they do not belong together.

        Raises:
            VaultUnavailable, StateUnreadable: it is there and cannot be used.
        """
        names = [self.rows.digest(b"name", tenant, one.encode()) for one in ids]
        with self.rows.transaction():
            conversations = {self._store.named(name) for name in names}
            conversation = conversations.pop() if len(conversations) == 1 else None
            opened = None if conversation is None else self._opened(tenant, conversation, now_ms)
            if opened is None:
                return None
            row, head = opened
            items = self.rows.items(row)
            memory = _memory(head, items, [items[name] for name in names if name in items], expected=len(names))
            if memory is not None and head.expires_ms - now_ms < self._ttl_ms * 7 // 8:
                self._put(row, head, now_ms)
            return memory

    def forget(self, tenant: str, name: str, now_ms: int) -> bool:
        """Destroys the key of the conversation that the id belongs to, and everything in it; tells if there was any."""
        with self.rows.transaction():
            conversation = self._store.named(self.rows.digest(b"name", tenant, name.encode()))
            if conversation is not None:
                self.rows.shred(conversation, now_ms)
        return conversation is not None

    def purge(self, now_ms: int) -> int:
        """Destroys what has expired; returns how many rows."""
        with self.rows.transaction():
            expired = self._store.expired(now_ms)
            for row in expired:
                self.rows.shred(row, now_ms)
        return len(expired)

    def rewrap(self) -> int:
        """Wraps every data key that an older key wraps with the current one; returns how many. Raises as `recall`."""
        with self.rows.transaction():
            older = self._store.wrapped_otherwise(self._keys.current)
            for conversation in older:
                row = self._store.conversation(conversation)
                if row is not None:
                    place = Place(row.tenant, conversation, KEY, row.version)
                    key = self._keys.unwrap(row.key, place)
                    self._store.put(replace(row, key=self._keys.wrap(key, place)))
        return len(older)

    def _opened(self, tenant: str, conversation: bytes, now_ms: int) -> tuple[Opened, _Head] | None:
        """The row and its head; `None` when there is none or its time is over."""
        row = self.rows.open(tenant, conversation)
        if row is None:
            return None
        head = _read_head(row.head)
        if head.expires_ms <= now_ms:
            self.rows.shred(conversation, max(now_ms, row.version))
            return None
        return row, head

    def _put(self, row: Opened, head: _Head, now_ms: int) -> None:
        later = replace(head, expires_ms=now_ms + self._ttl_ms)
        self.rows.put(replace(row, head=_head_bytes(later), version=max(row.version + 1, now_ms)), later.expires_ms)


def joined(one: Labels, other: Labels) -> Labels:
    """Returns the stricter of both in every respect."""
    reasons = tuple(sorted({*one.reasons, *other.reasons}))
    return Labels(max(one.level, other.level), one.categories | other.categories, reasons)


def _memory(head: _Head, items: dict[bytes, bytes], places: list[bytes], *, expected: int) -> Memory | None:
    """The memory of a conversation, `None` unless every id was found and all are kept in one place."""
    if len(places) != expected or len(set(places)) != 1:
        return None
    place = orjson.loads(places[0])
    return Memory(
        conversation=head.name,
        destination=DestinationId(place["destination"]),
        model=ModelName(place["model"]),
        labels=head.labels,
        issued=tuple(sorted(_read_issued(items.values()), key=lambda one: one.token)),
    )


def _read_issued(plains: Iterable[bytes]) -> Iterator[Issued]:
    """The stand-ins among the items: an array each, where a place is an object."""
    for plain in plains:
        content = orjson.loads(plain)
        if isinstance(content, list):
            token, text, source, number = content
            yield Issued(token, text, source, number=number)


def _issued_bytes(one: Issued) -> bytes:
    return orjson.dumps([one.token, one.text, one.json, one.number])


def _head_bytes(head: _Head) -> bytes:
    labels = head.labels
    fields = [head.name.hex(), int(labels.level), sorted(labels.categories), list(labels.reasons), head.expires_ms]
    return orjson.dumps(fields)


def _read_head(plain: bytes) -> _Head:
    name, level, categories, reasons, expires_ms = orjson.loads(plain)
    labels = Labels(Level(level), frozenset(Category(each) for each in categories), tuple(reasons))
    return _Head(bytes.fromhex(name), labels, expires_ms)
