"""The safe: what is kept, under which key, for how long. Blocking; used by one thread at a time.

One data key per conversation, wrapped by a key that is not in the store. Items are written once; what changes with
every turn is one sealed head. Its version is bound into the head and into the wrapping of the key, so that an older
head fits no newer row. Destroying the wrapped key destroys everything of the conversation.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import orjson

from gateway.errors import StateUnreadable
from gateway.types import Category, Issued, Labels, Level, Memory
from gateway.vault.envelope import KEY_BYTES, Place, RandomBytes, seal, unseal
from gateway.vault.keys import WrappingKeys
from gateway.vault.store import Conversation, VaultStore
from routers.types import DestinationId, ModelName

_REMEMBERED = 100_000
_KEY, _HEAD = b"key", b"head"
_WRITTEN_ONCE = 1


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
        self._index_key = index_key
        self._ttl_ms = ttl_ms
        self._random_bytes = random_bytes
        self._seen: OrderedDict[bytes, int] = OrderedDict()
        self._written: dict[bytes, int] = {}

    def keep(self, tenant: str, ids: Sequence[str], memory: Memory, now_ms: int) -> None:
        """Makes what the ids stand for durable, beside what the conversation had before; its labels only rise.

        Raises:
            VaultUnavailable, StateUnreadable: what is there cannot be used; nothing was changed.
        """
        conversation = self._digest(b"conversation", tenant, memory.conversation)
        place = orjson.dumps({"destination": memory.destination, "model": memory.model})
        with self._transaction():
            key, head, version = self._opened(tenant, conversation, now_ms) or (
                self._random_bytes(KEY_BYTES),
                _Head(memory.conversation, memory.labels, 0),
                0,
            )
            risen = replace(head, labels=joined(head.labels, memory.labels), expires_ms=now_ms + self._ttl_ms)
            self._put(tenant, conversation, key, risen, max(version + 1, now_ms))
            items = [(self._digest(b"token", tenant, one.token.encode()), _issued_bytes(one)) for one in memory.issued]
            names = [self._digest(b"name", tenant, one.encode()) for one in ids]
            items += [(name, place) for name in names]
            sealed = [(name, self._seal(key, tenant, conversation, name, plain)) for name, plain in items]
            self._store.add(conversation, sealed, names)

    def recall(self, tenant: str, ids: Sequence[str], now_ms: int) -> Memory | None:
        """Returns what the ids stand for, and keeps it for another while.

        `None` when one of them is unknown, expired or deleted, or when they do not belong together.

        Raises:
            VaultUnavailable, StateUnreadable: it is there and cannot be used.
        """
        names = [self._digest(b"name", tenant, one.encode()) for one in ids]
        with self._transaction():
            conversations = {self._store.named(name) for name in names}
            conversation = conversations.pop() if len(conversations) == 1 else None
            opened = None if conversation is None else self._opened(tenant, conversation, now_ms)
            if conversation is None or opened is None:
                return None
            key, head, version = opened
            items = self._items(key, tenant, conversation)
            memory = _memory(head, items, [items[name] for name in names if name in items], expected=len(names))
            if memory is not None and head.expires_ms - now_ms < self._ttl_ms * 7 // 8:
                later = replace(head, expires_ms=now_ms + self._ttl_ms)
                self._put(tenant, conversation, key, later, max(version + 1, now_ms))
            return memory

    def forget(self, tenant: str, name: str, now_ms: int) -> bool:
        """Destroys the key of the conversation that the id belongs to, and everything in it; tells if there was any."""
        with self._transaction():
            conversation = self._store.named(self._digest(b"name", tenant, name.encode()))
            if conversation is not None:
                self._shred(conversation, now_ms)
        if conversation is not None:
            self._store.empty_log()
        return conversation is not None

    def purge(self, now_ms: int) -> int:
        """Destroys what has expired; returns how many conversations."""
        with self._transaction():
            expired = self._store.expired(now_ms)
            for conversation in expired:
                self._shred(conversation, now_ms)
        if expired:
            self._store.empty_log()
        return len(expired)

    def rewrap(self) -> int:
        """Wraps every data key that an older key wraps with the current one; returns how many. Raises as `recall`."""
        with self._transaction():
            older = self._store.wrapped_otherwise(self._keys.current)
            for conversation in older:
                row = self._store.conversation(conversation)
                if row is not None:
                    place = Place(row.tenant, conversation, _KEY, row.version)
                    key = self._keys.unwrap(row.key, place)
                    self._store.put(replace(row, key=self._keys.wrap(key, place)))
        return len(older)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """What was written counts as seen only once it is durable."""
        self._written.clear()
        with self._store.transaction():
            yield
        for conversation, version in self._written.items():
            self._note(conversation, version)

    def _shred(self, conversation: bytes, now_ms: int) -> None:
        self._store.shred(conversation)
        self._written[conversation] = now_ms

    def _opened(self, tenant: str, conversation: bytes, now_ms: int) -> tuple[bytes, _Head, int] | None:
        """The data key, the head and its version; `None` when there is none or its time is over."""
        row = self._store.conversation(conversation)
        if row is None:
            return None
        if row.version < self._seen.get(conversation, 0):
            raise StateUnreadable("stored state is older than what was there before")
        key = self._keys.unwrap(row.key, Place(tenant, conversation, _KEY, row.version))
        head = _read_head(unseal(key, row.head, Place(tenant, conversation, _HEAD, row.version)))
        self._note(conversation, row.version)
        if head.expires_ms <= now_ms:
            self._shred(conversation, max(now_ms, row.version))
            return None
        return key, head, row.version

    def _put(self, tenant: str, conversation: bytes, key: bytes, head: _Head, version: int) -> None:
        wrapped = self._keys.wrap(key, Place(tenant, conversation, _KEY, version))
        place = Place(tenant, conversation, _HEAD, version)
        sealed = seal(key, _head_bytes(head), place, self._random_bytes)
        self._store.put(Conversation(conversation, tenant, wrapped, version, sealed, head.expires_ms))
        self._written[conversation] = version

    def _note(self, conversation: bytes, version: int) -> None:
        """Remembers the newest version seen, so that an older row that somebody put back is not taken for it."""
        self._seen[conversation] = max(version, self._seen.get(conversation, 0))
        self._seen.move_to_end(conversation)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)

    def _items(self, key: bytes, tenant: str, conversation: bytes) -> dict[bytes, bytes]:
        return {
            name: unseal(key, sealed, Place(tenant, conversation, name, _WRITTEN_ONCE))
            for name, sealed in self._store.items(conversation).items()
        }

    def _seal(self, key: bytes, tenant: str, conversation: bytes, name: bytes, plain: bytes) -> bytes:
        return seal(key, plain, Place(tenant, conversation, name, _WRITTEN_ONCE), self._random_bytes)

    def _digest(self, kind: bytes, tenant: str, name: bytes) -> bytes:
        parts = (kind, tenant.encode(), name)
        return hmac.digest(self._index_key, b"".join(len(part).to_bytes(4, "big") + part for part in parts), "sha256")


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
