"""A call made of one text, so that a text alone is read exactly like the string of a request."""

from __future__ import annotations

import orjson

from gateway.types import Call, RequestId
from routers.types import Dialect
from routers.wire.json_leaves import scan


def call_of(text: str) -> Call:
    """Returns a call with one string leaf."""
    body = orjson.dumps({"text": text})
    leaves = tuple(scan(body, max_depth=2, max_leaves=4))
    return Call(
        request_id=RequestId("classify"),
        received_ms=0,
        dialect=Dialect.OPENAI_CHAT,
        model="",
        stream=False,
        body=body,
        leaves=leaves,
        headers=(),
        features=frozenset(),
    )
