"""High-water marks: a conversation stays as sensitive as it ever was, whatever its next turn shows.

Only a conversation that the caller names has a mark. One that is known by its beginning alone resends everything, so it
is read anew; and two people who begin alike must not raise each other's labels.
"""

from __future__ import annotations

import asyncio
import hmac
from collections import OrderedDict

from gateway.errors import StandingUnavailable
from gateway.standing.store import Mark, StandingStore
from gateway.types import Call, Carried, Identity, Level

_CACHED = 10_000
_DIGEST_BYTES = 16


class Marks:
    """The marks of all conversations: in a file, the most recent in memory too."""

    def __init__(self, store: StandingStore, key: bytes, ttl_ms: int) -> None:
        """`ttl_ms` is how long after its last rise a mark holds. `key` is 32 secret bytes for this purpose alone."""
        self._store = store
        self._key = key
        self._ttl_ms = ttl_ms
        self._recent: OrderedDict[bytes, tuple[Carried, int]] = OrderedDict()

    async def raised(self, identity: Identity, call: Call, found: Carried, now_ms: int) -> Carried:
        """Returns what the conversation has carried with this call, and makes a rise durable.

        Raises:
            StandingUnavailable: the mark cannot be read or written.
        """
        if call.conversation is None:
            return found
        conversation = self._digest(identity, call.conversation)
        known, at_ms = await self._known(conversation, now_ms)
        joined = known.joined(found)
        if joined != known or (joined.scores and now_ms - at_ms > self._ttl_ms // 2):
            await asyncio.to_thread(self._store.put_mark, conversation, _row(joined, now_ms))
            self._keep(conversation, joined, now_ms)
        return joined

    async def _known(self, conversation: bytes, now_ms: int) -> tuple[Carried, int]:
        if conversation not in self._recent:
            row = await asyncio.to_thread(self._store.mark, conversation)
            self._keep(conversation, *((Carried(), 0) if row is None else _read(row)))
        self._recent.move_to_end(conversation)
        known, at_ms = self._recent[conversation]
        return (Carried(), 0) if now_ms - at_ms > self._ttl_ms else (known, at_ms)

    def _keep(self, conversation: bytes, mark: Carried, at_ms: int) -> None:
        self._recent[conversation] = (mark, at_ms)
        if len(self._recent) > _CACHED:
            self._recent.popitem(last=False)

    def _digest(self, identity: Identity, conversation: str) -> bytes:
        parts = (identity.tenant.encode(), conversation.encode("utf-8", "surrogatepass"))
        message = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return hmac.digest(self._key, message, "sha256")[:_DIGEST_BYTES]


def _row(mark: Carried, at_ms: int) -> Mark:
    return " ".join(f"{kind}={score}" for kind, score in sorted(mark.scores.items())), int(mark.level), at_ms


def _read(row: Mark) -> tuple[Carried, int]:
    names, level, at_ms = row
    try:
        scores = {kind: int(score) for kind, _, score in (name.partition("=") for name in names.split())}
        return Carried(scores, Level(level)), at_ms
    except ValueError:
        raise StandingUnavailable("a stored mark is damaged") from None
