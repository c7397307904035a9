"""Every string, key and long-number token of a JSON body, with its place in the bytes.

Reading the tokens from the raw bytes, rather than from a parsed tree, makes what is checked and what is sent the same
thing: unknown fields, escapes and order are all there, and a masked leaf can be patched without touching the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import orjson

from routers.types import JsonPath, Leaf, LeafKind

_STRING, _COMMA, _CLOSE, _OPEN_OBJECT, _OPEN_ARRAY, _NUMBER = range(1, 7)
_TOKEN = re.compile(
    # The first form of a string skips to its next quote (five times faster); the second knows escaped quotes.
    rb'("[^"]*+(?<!\\)"|"[^"\\]*(?:\\.[^"\\]*)*")|(,)|([}\]])|(\{)|(\[)|([0-9.eE+\-]{7,})',
    re.DOTALL,
)
"""What stands outside strings and means something; numbers shorter than seven characters (counts, temperatures, prices)
identify nobody."""


class JsonShapeError(ValueError):
    """The body is not what a caller may send. `reason` is one of a closed set and holds nothing of the body."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_object(body: bytes, *, max_depth: int, max_leaves: int) -> tuple[dict[str, object], tuple[Leaf, ...]]:
    """Returns the parsed object and all its leaves in the order of the bytes.

    Raises:
        JsonShapeError: not UTF-8 JSON, not an object, a lone surrogate, a duplicate key, too deep, or too many leaves.
    """
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise JsonShapeError("the body is not valid UTF-8 JSON") from None
    if not isinstance(parsed, dict):
        raise JsonShapeError("the body is not a JSON object")
    return parsed, tuple(scan(body, max_depth=max_depth, max_leaves=max_leaves))


def scan(body: bytes, *, max_depth: int, max_leaves: int) -> list[Leaf]:
    """Returns the leaves of a body that is known to be valid JSON. See `read_object` for the errors.

    Flat and in local variables on purpose: it reads every byte of every request.
    """
    leaves: list[Leaf] = []
    outer: list[tuple[JsonPath, set[str] | None, JsonPath | None, int]] = []
    path: JsonPath = ()
    keys: set[str] | None = None  # of the open object; None in an array
    member: JsonPath | None = None  # where the value after the last key stands
    index = 0
    for match in _TOKEN.finditer(body):
        token = match.lastindex
        if token == _STRING:
            start, end = match.span()
            plain = body.find(b"\\", start, end) < 0
            text = body[start + 1 : end - 1].decode() if plain else decode_string(body[start:end])
            if keys is None or member is not None:
                leaves.append(Leaf(member or (*path, index), start, end, LeafKind.STRING, text))
            else:
                member = _new_member(path, keys, text)
                leaves.append(Leaf(member, start, end, LeafKind.KEY, text))
        elif token == _COMMA:
            index += 1
            member = None
        elif token == _CLOSE:
            path, keys, member, index = outer.pop()
        elif token == _NUMBER:
            leaves.append(_number_leaf(match, member or (*path, index)))
        else:
            inner = (member or (*path, index)) if outer else ()
            outer.append((path, keys, member, index))
            path, keys, member, index = inner, (set() if token == _OPEN_OBJECT else None), None, 0
        if len(outer) > max_depth:
            raise JsonShapeError(f"the body is nested more than {max_depth} deep")
        if len(leaves) > max_leaves:
            raise JsonShapeError(f"the body has more than {max_leaves} strings")
    return leaves


def _new_member(path: JsonPath, keys: set[str], key: str) -> JsonPath:
    if key in keys:
        raise JsonShapeError("the body has a duplicate key")
    keys.add(key)
    return (*path, key)


def _number_leaf(match: re.Match[bytes], path: JsonPath) -> Leaf:
    return Leaf(path, match.start(), match.end(), LeafKind.NUMBER, match.group().decode("ascii"))


def decode_string(token: bytes) -> str:
    """Returns the value of a JSON string token, quotes included.

    Raises:
        JsonShapeError: the token escapes a lone surrogate, which no UTF-8 text can carry.
    """
    if b"\\" not in token:
        return token[1:-1].decode()
    try:
        value: str = orjson.loads(token)
    except orjson.JSONDecodeError:
        raise JsonShapeError("the body is not valid UTF-8 JSON") from None
    return value


def patch(body: bytes, replacements: Iterable[tuple[Leaf, str]]) -> bytes:
    """Returns the body with the given leaves replaced by JSON strings and every other byte as it was.

    `replacements` are in the order of the bytes, at most one per leaf.
    """
    pieces: list[bytes] = []
    done = 0
    for leaf, text in replacements:
        pieces += (body[done : leaf.start], orjson.dumps(text))
        done = leaf.end
    pieces.append(body[done:])
    return b"".join(pieces)
