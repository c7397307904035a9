"""Which conversation a call belongs to: a value keeps its placeholder from turn to turn and from worker to worker."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

from gateway.types import Call, Identity, Level, TenantId
from routers.types import Dialect, JsonPath, Leaf, LeafKind

_TURNS = ("messages", "input")
"""Where the turns stand: in Chat Completions and Messages, in Responses."""
_OPENINGS = ("system", "instructions", "input", "prompt")
_TEXTS = ("system", "content", "text", "instructions", "input")


def conversation_key(key: bytes, tenant: TenantId, call: Call) -> bytes:
    """Returns the key of one tenant's conversation: HMAC-SHA256(key, tenant || conversation)."""
    parts = (tenant.encode(), conversation_name(call))
    return hmac.digest(key, b"".join(len(part).to_bytes(8, "big") + part for part in parts), "sha256")


class CacheSalts:
    """Salts for the prefix caches of in-house engines: whose beginnings may be shared with whom."""

    def __init__(self, key: bytes) -> None:
        """`key` is secret, or a tenant could guess another's salt."""
        self._key = key

    def salt(self, identity: Identity, call: Call, level: Level) -> str:
        """Returns the salt of the tenant; from `restricted` on that of this one conversation.

        Never shared among tenants. Within one, long system texts are shared between conversations only while what they
        carry may be known throughout the tenant.
        """
        if level >= Level.RESTRICTED:
            return conversation_key(self._key, identity.tenant, call).hex()
        return hmac.digest(self._key, b"tenant " + identity.tenant.encode(), "sha256").hex()


def conversation_name(call: Call) -> bytes:
    """Returns what tells a conversation from all others of its tenant, the same on every turn. It may tell of text.

    A request that builds on stored state goes on where that began. Without an identifier from the caller the
    conversation is known by how it begins: its system text and first user message. Clients resend both with every
    turn. All embeddings of a tenant are one conversation: what was masked in a document and in a question about it must
    meet as the same vector.
    """
    if call.memory is not None:
        return call.memory.conversation
    if call.conversation is not None:
        return b"named " + call.conversation.encode("utf-8", "surrogatepass")
    if call.dialect is Dialect.OPENAI_EMBEDDINGS:
        return b"vectors"
    return b"derived " + _beginning(call.leaves)


def _beginning(leaves: tuple[Leaf, ...]) -> bytes:
    first_user = _first_user_message(leaves)
    digest = hashlib.sha256()
    for text in _opening_texts(leaves, first_user):
        encoded = text.encode()
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    return digest.digest()


def _first_user_message(leaves: tuple[Leaf, ...]) -> int:
    for leaf in leaves:
        path = leaf.path
        if len(path) == 3 and path[0] in _TURNS and path[2] == "role" and leaf.text == "user":
            place = path[1]
            if isinstance(place, int):
                return place
    return 0


def _opening_texts(leaves: tuple[Leaf, ...], first_user: int) -> Iterator[str]:
    """System text may stand behind the messages, as in Anthropic's format; cache marks move and do not count."""
    for leaf in leaves:
        path = leaf.path
        if leaf.kind is not LeafKind.STRING or "cache_control" in path:
            continue
        if (path[-1] in _TEXTS or path[0] == "prompt") and _is_opening(path, first_user):
            yield leaf.text


def _is_opening(path: JsonPath, first_user: int) -> bool:
    if path[0] in _TURNS and len(path) > 1:
        return isinstance(path[1], int) and path[1] <= first_user
    return path[0] in _OPENINGS
