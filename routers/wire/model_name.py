"""Names the model a destination shall answer with, in a body of which nothing else may change."""

from __future__ import annotations

import re

from routers.types import Leaf, LeafKind
from routers.wire.json_leaves import JsonShapeError, patch, scan

_MODEL = re.compile(rb'"model"[ \t\r\n]*:[ \t\r\n]*("[^"\\]*(?:\\.[^"\\]*)*")', re.DOTALL)
_ESCAPED_LETTER = b"\\u006"
"""How a JSON escape of any letter of `model` begins."""
_UNBOUNDED = 1 << 40


def with_model(body: bytes, model: str) -> bytes:
    """Returns the body with the string at the top-level key `model` replaced and every other byte as it was.

    `body` is a valid JSON object without duplicate keys that has a string at `model`: so the only key spelled `model`,
    where none can hide behind escapes, is that one (inside a string value the quotes would be escaped).

    Raises:
        JsonShapeError: the object has no string at `model`.
    """
    places = [match.span(1) for match in _MODEL.finditer(body)]
    if len(places) == 1 and _ESCAPED_LETTER not in body:
        start, end = places[0]
        return patch(body, [(Leaf(("model",), start, end, LeafKind.STRING, ""), model)])
    for leaf in scan(body, max_depth=_UNBOUNDED, max_leaves=_UNBOUNDED):
        if leaf.path == ("model",) and leaf.kind is LeafKind.STRING:
            return patch(body, [(leaf, model)])
    raise JsonShapeError("the body names no model")
