"""The vault of a fleet: one Redis that all gateways share, behind the same port as the file. Blocking.

What lies there is what lies in the file: keyed digests and sealed bytes. Redis itself forgets a conversation when its
time is over. One transaction at a time, under a lock that is held for it and given back with its writes in one step.
What is written must be on disk before anybody relies on it, so the server has to write its log before it answers.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

import redis

from gateway.errors import StartupError, VaultUnavailable
from gateway.vault.keys import Wrapped
from gateway.vault.store import Conversation

_PREFIX = b"gateway:vault:1:"
_LOCK, _EXPIRING = _PREFIX + b"lock", _PREFIX + b"expiring"
_LOCK_MS = 30_000
_WAIT_S, _PAUSE_S = 5.0, 0.005
_NEEDED: Mapping[str, str] = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}
_DELETE_IF = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"
_END_WITH = """
local until_ms = redis.call('PEXPIRETIME', KEYS[1])
if until_ms < 0 then return redis.error_reply('no such conversation') end
for place = 2, #KEYS do redis.call('PEXPIREAT', KEYS[place], until_ms) end
"""
Part = bytes | str | int
Command = tuple[Part, ...]


class _Speaks(Protocol):
    def execute_command(self, *command: Part) -> object: ...


class _Writer(_Speaks, Protocol):
    def multi(self) -> None: ...

    def execute(self) -> object: ...

    def reset(self) -> None: ...


class SharedVault:
    """Satisfies `gateway.vault.store.VaultStore`. Writes of a transaction are seen after it, by everybody at once."""

    def __init__(self, url: str) -> None:
        """`url` is `redis://…`, `rediss://…` or `unix://…`; what it holds of secrets is never shown.

        Raises:
            StartupError: the server does not answer, or may lose what it has taken.
        """
        self._connections = redis.Redis.from_url(url, socket_timeout=_WAIT_S, socket_connect_timeout=_WAIT_S)
        self._server: _Speaks = self._connections
        self._writes: list[Command] | None = None
        self._owes_rewriting = False
        try:
            found = self._connections.config_get(*_NEEDED)
        except (redis.RedisError, OSError) as error:
            raise StartupError(f"the vault's Redis cannot be asked how it keeps data: {type(error).__name__}") from None
        wrong = sorted(name for name, value in _NEEDED.items() if found.get(name) != value)
        if wrong:
            needed = ", ".join(f"{name} {_NEEDED[name]}" for name in wrong)
            raise StartupError(f"the vault's Redis may lose what it has taken; it needs: {needed}")

    def close(self) -> None:
        """Closes the connections."""
        self._connections.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See `VaultStore`. Waits for its turn for five seconds at most."""
        token = secrets.token_bytes(16)
        self._take_turn(token)
        self._writes = []
        try:
            yield
            self._commit(token, self._writes)
        except BaseException:
            self._give_up_turn(token)
            raise
        finally:
            self._writes = None
        if self._owes_rewriting:
            self.empty_log()

    def conversation(self, conversation: bytes) -> Conversation | None:
        """See `VaultStore`."""
        row = self._fields(_row(conversation))
        if not row:
            return None
        wrapped = Wrapped(row[b"key_id"].decode(), row[b"wrapped"])
        version, expires_ms = int(row[b"version"]), int(row[b"expires_ms"])
        return Conversation(conversation, row[b"tenant"].decode(), wrapped, version, row[b"head"], expires_ms)

    def named(self, name: bytes) -> bytes | None:
        """See `VaultStore`."""
        found = self._asked("GET", _name(name))
        return found if isinstance(found, bytes) else None

    def items(self, conversation: bytes) -> dict[bytes, bytes]:
        """See `VaultStore`."""
        return self._fields(_items(conversation))

    def some_items(self, conversation: bytes, names: Iterable[bytes]) -> dict[bytes, bytes]:
        """See `VaultStore`."""
        wanted = list(names)
        found = self._asked("HMGET", _items(conversation), *wanted) if wanted else []
        pairs = zip(wanted, found if isinstance(found, list) else [], strict=False)
        return {name: content for name, content in pairs if isinstance(content, bytes)}

    def shelved(self, shelf: bytes) -> list[bytes]:
        """See `VaultStore`. What Redis has forgotten since it was put there is taken off with the next writes."""
        listed = self._listed("SMEMBERS", _shelf(shelf))
        there = [place for place in listed if self._asked("EXISTS", _row(place))]
        for gone in set(listed).difference(there):
            self.unshelve(shelf, gone)
        return there

    def put(self, conversation: Conversation) -> None:
        """See `VaultStore`. All of the conversation is kept for as long as its head says."""
        place, until_ms = conversation.id, conversation.expires_ms
        row: dict[str, Part] = {
            "tenant": conversation.tenant,
            "key_id": conversation.key.key_id,
            "wrapped": conversation.key.sealed,
            "version": conversation.version,
            "head": conversation.head,
            "expires_ms": until_ms,
        }
        self._write("HSET", _row(place), *(part for field in row.items() for part in field))
        self._write("ZADD", _EXPIRING, until_ms, place)
        for key in (_row(place), _items(place), *self._named_keys(place)):
            self._write("PEXPIREAT", key, until_ms)

    def add(self, conversation: bytes, items: Iterable[tuple[bytes, bytes]], names: Iterable[bytes]) -> None:
        """See `VaultStore`. To be called after `put`, in the same transaction: what is added ends with the rest."""
        listed = list(names)
        for name, sealed in items:
            self._write("HSETNX", _items(conversation), name, sealed)
        for name in listed:
            self._write("SET", _name(name), conversation, "NX")
            self._write("SADD", _names(conversation), name)
        keys = (_row(conversation), _items(conversation), _names(conversation), *map(_name, listed))
        self._write("EVAL", _END_WITH, len(keys), *keys)

    def shelve(self, shelf: bytes, conversation: bytes) -> None:
        """See `VaultStore`."""
        self._write("SADD", _shelf(shelf), conversation)

    def unshelve(self, shelf: bytes, conversation: bytes) -> None:
        """See `VaultStore`."""
        self._write("SREM", _shelf(shelf), conversation)

    def shred(self, conversation: bytes) -> None:
        """See `VaultStore`."""
        self._write("DEL", _row(conversation), _items(conversation), *self._named_keys(conversation))
        self._write("ZREM", _EXPIRING, conversation)

    def expired(self, now_ms: int) -> list[bytes]:
        """See `VaultStore`. Redis has dropped them by then; what is left of them is in its log."""
        return self._listed("ZRANGEBYSCORE", _EXPIRING, "-inf", now_ms)

    def wrapped_otherwise(self, key_id: str) -> list[bytes]:
        """See `VaultStore`."""
        places = self._listed("ZRANGE", _EXPIRING, 0, -1)
        current = (key_id.encode(), None)
        return [place for place in places if self._asked("HGET", _row(place), "key_id") not in current]

    def empty_log(self) -> None:
        """See `VaultStore`. The server writes its log anew in the background, without what was deleted.

        While it is at that already it refuses, and is asked again after the next transaction.
        """
        try:
            self._server.execute_command("BGREWRITEAOF")
            self._owes_rewriting = False
        except redis.ResponseError:
            self._owes_rewriting = True
        except (redis.RedisError, OSError) as error:
            raise _unavailable(error) from None

    def _named_keys(self, conversation: bytes) -> list[bytes]:
        """The names that lead to a conversation, and the set in which they are listed."""
        return [_names(conversation), *map(_name, sorted(self._listed("SMEMBERS", _names(conversation))))]

    def _fields(self, key: bytes) -> dict[bytes, bytes]:
        found = self._asked("HGETALL", key)
        return dict(found) if isinstance(found, dict) else {}

    def _listed(self, *command: Part) -> list[bytes]:
        found = self._asked(*command)
        return [each for each in found if isinstance(each, bytes)] if isinstance(found, list | set) else []

    def _asked(self, *command: Part) -> object:
        try:
            return self._server.execute_command(*command)
        except (redis.RedisError, OSError) as error:
            raise _unavailable(error) from None

    def _write(self, *command: Part) -> None:
        if self._writes is None:
            raise VaultUnavailable("the vault is written in transactions only")
        self._writes.append(command)

    def _take_turn(self, token: bytes) -> None:
        deadline_s = time.monotonic() + _WAIT_S
        while not self._asked("SET", _LOCK, token, "NX", "PX", _LOCK_MS):
            if time.monotonic() >= deadline_s:
                raise VaultUnavailable("the vault is in use for too long")
            time.sleep(_PAUSE_S)

    def _commit(self, token: bytes, writes: Iterable[Command]) -> None:
        """Everything or nothing: a turn that was too long, and that somebody else has by now, writes nothing."""
        writer: _Writer = self._connections.pipeline(transaction=True)
        try:
            writer.execute_command("WATCH", _LOCK)
            if writer.execute_command("GET", _LOCK) != token:
                raise VaultUnavailable("the turn to write to the vault was over")
            writer.multi()
            for command in writes:
                writer.execute_command(*command)
            writer.execute_command("DEL", _LOCK)
            writer.execute()
        except (redis.RedisError, OSError) as error:
            raise _unavailable(error) from None
        finally:
            writer.reset()

    def _give_up_turn(self, token: bytes) -> None:
        """If the server does not answer, the turn is over by itself in a while."""
        try:
            self._server.execute_command("EVAL", _DELETE_IF, 1, _LOCK, token)
        except (redis.RedisError, OSError):
            return


def _row(conversation: bytes) -> bytes:
    return _PREFIX + b"c:" + conversation


def _items(conversation: bytes) -> bytes:
    return _PREFIX + b"i:" + conversation


def _names(conversation: bytes) -> bytes:
    return _PREFIX + b"s:" + conversation


def _name(name: bytes) -> bytes:
    return _PREFIX + b"n:" + name


def _shelf(shelf: bytes) -> bytes:
    return _PREFIX + b"h:" + shelf


def _unavailable(error: Exception) -> VaultUnavailable:
    return VaultUnavailable(f"the vault cannot be used: {type(error).__name__}")
