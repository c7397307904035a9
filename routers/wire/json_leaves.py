"""Every string, key and long-number token of a JSON body, with its place in the bytes.

Reading the tokens from the raw bytes, rather than from a parsed tree, makes what is checked and what is sent the same
thing: unknown fields, escapes and order are all there, and a masked leaf can be patched without touching the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import orjson

from routers.types import JsonPath, Leaf, LeafKind

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],]|-?[0-9][0-9.eE+\-]*', re.DOTALL)
_QUOTE, _OPEN_OBJECT, _OPEN_ARRAY, _COMMA = b'"'[0], b"{"[0], b"["[0], b","[0]
_CLOSERS = (b"}"[0], b"]"[0])
IDENTIFYING_DIGITS = 7
"""Numbers with fewer digits (counts, temperatures, prices) are not leaves."""


class JsonShapeError(ValueError):
    """The body is not what a caller may send. `reason` is one of a closed set and holds nothing of the body."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Frame:
    """One open object or array."""

    __slots__ = ("index", "key", "keys", "path")

    def __init__(self, path: JsonPath, *, is_object: bool) -> None:
        self.path = path
        self.keys: set[str] | None = set() if is_object else None
        self.key: str | None = None
        self.index = 0

    def place(self) -> JsonPath:
        """The path of the value being read."""
        return (*self.path, self.index if self.keys is None else self.key or "")


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


def scan(body: bytes, *, max_depth: int, max_leaves: int) -> Iterable[Leaf]:
    """Returns the leaves of a body that is known to be valid JSON. See `read_object` for the errors."""
    leaves: list[Leaf] = []
    stack: list[_Frame] = []
    frame = _Frame((), is_object=False)
    for match in _TOKEN.finditer(body):
        first = body[match.start()]
        if first == _QUOTE:
            leaves.append(_string_leaf(frame, body, match.start(), match.end()))
        elif first == _COMMA:
            frame.index += 1
            frame.key = None
        elif first in (_OPEN_OBJECT, _OPEN_ARRAY):
            if len(stack) >= max_depth:
                raise JsonShapeError(f"the body is nested more than {max_depth} deep")
            stack.append(frame)
            frame = _Frame(frame.place() if len(stack) > 1 else (), is_object=first == _OPEN_OBJECT)
        elif first in _CLOSERS:
            frame = stack.pop()
        elif match.end() - match.start() >= IDENTIFYING_DIGITS:
            text = match.group().decode("ascii")
            leaves.append(Leaf(frame.place(), match.start(), match.end(), LeafKind.NUMBER, text))
        if len(leaves) > max_leaves:
            raise JsonShapeError(f"the body has more than {max_leaves} strings")
    return leaves


def _string_leaf(frame: _Frame, body: bytes, start: int, end: int) -> Leaf:
    text = decode_string(body[start:end])
    if frame.keys is None or frame.key is not None:
        return Leaf(frame.place(), start, end, LeafKind.STRING, text)
    if text in frame.keys:
        raise JsonShapeError("the body has a duplicate key")
    frame.keys.add(text)
    frame.key = text
    return Leaf((*frame.path, text), start, end, LeafKind.KEY, text)


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
