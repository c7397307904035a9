"""One sentence for the model about placeholders, where a setting asks for it: it changes what the caller sent.

It is the same in every turn, so that a destination's prompt cache still serves, and holds nothing of the request.
"""

from __future__ import annotations

import orjson

from routers.types import Dialect, Leaf, LeafKind
from routers.wire.json_leaves import scan

NOTE = (
    "Words such as [[PERSON_7F3A2]] or [[EMAIL_K0V9T]] stand for values that were replaced for privacy. "
    "Use them unchanged wherever you mean the value; do not guess what they stand for."
)
_UNBOUNDED = 1 << 40
_CHAT_MESSAGE = orjson.dumps({"role": "system", "content": NOTE})
_BLOCK = orjson.dumps({"type": "text", "text": NOTE})
_FIELDS = {Dialect.ANTHROPIC_MESSAGES: "system", Dialect.ANTHROPIC_COUNT_TOKENS: "system"}


def with_note(body: bytes, dialect: Dialect) -> bytes:
    """Returns the request with the note as its first instruction; as it is where the dialect has no place for one."""
    if dialect is Dialect.OPENAI_CHAT:
        return _in_array(body, "messages", _CHAT_MESSAGE)
    name = _FIELDS.get(dialect) or ("instructions" if dialect.value == "openai_responses" else "")
    return _in_field(body, name) if name else body


def _in_field(body: bytes, name: str) -> bytes:
    """A field that is missing is added, a text is lengthened, a list of blocks gets one more."""
    value = _value(body, name)
    if value is None:
        start = body.index(b"{") + 1
        rest = body[start:]
        comma = b"" if rest.lstrip().startswith(b"}") else b","
        return body[:start] + orjson.dumps(name) + b":" + orjson.dumps(NOTE) + comma + rest
    if value.kind is LeafKind.STRING:
        return body[: value.start] + orjson.dumps(f"{NOTE}\n\n{value.text}") + body[value.end :]
    return _in_array(body, name, _BLOCK)


def _in_array(body: bytes, name: str, item: bytes) -> bytes:
    key = _value(body, name)
    if key is None:
        return body
    start = body.find(b"[", key.end) + 1
    if start == 0 or body[key.end : start - 1].strip(b" \t\r\n:"):
        return body
    comma = b"" if body[start:].lstrip().startswith(b"]") else b","
    return body[:start] + item + comma + body[start:]


def _value(body: bytes, name: str) -> Leaf | None:
    """The leaf of a top-level field's text; its key where the value is no text."""
    leaves = [leaf for leaf in scan(body, max_depth=_UNBOUNDED, max_leaves=_UNBOUNDED) if leaf.path == (name,)]
    return leaves[-1] if leaves else None
