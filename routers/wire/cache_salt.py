"""Gives a body the salt of its prefix cache: engines share cached beginnings among equal salts only.

A hit in the cache is faster, so whoever shares a salt can find out what others have asked. The caller's own
`cache_salt` never arrives: it could name somebody else's. Sources: vLLM, "Automatic prefix caching", `cache_salt`.
"""

from __future__ import annotations

import orjson

from routers.types import Dialect, LeafKind
from routers.wire.json_leaves import patch, scan

FIELD = "cache_salt"
SALTED = frozenset(
    {Dialect.OPENAI_CHAT, Dialect.OPENAI_COMPLETIONS, Dialect.OPENAI_RESPONSES, Dialect.ANTHROPIC_MESSAGES}
)
"""The dialects whose requests fill a prefix cache."""
_CALLERS = "caller_cache_salt"
_UNBOUNDED = 1 << 40


def with_salt(body: bytes, salt: str) -> bytes:
    """Returns the body with this salt and no other; every byte that is not about a salt stays as it was.

    `body` is a valid JSON object without duplicate keys that has at least one member. A key that the caller spelled
    `cache_salt`, in whatever escapes, gets another name: its value then means nothing to an engine.
    """
    # Without the word and without an escaped ASCII letter no key can be it.
    if FIELD.encode() in body or b"\\u00" in body:
        leaves = scan(body, max_depth=_UNBOUNDED, max_leaves=_UNBOUNDED)
        theirs = [(leaf, _CALLERS) for leaf in leaves if leaf.path == (FIELD,) and leaf.kind is LeafKind.KEY]
        body = patch(body, theirs)
    return b'{"' + FIELD.encode() + b'":' + orjson.dumps(salt) + b"," + body[body.index(b"{") + 1 :]
