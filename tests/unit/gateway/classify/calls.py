"""Calls made from JSON, as the API makes them."""

from __future__ import annotations

import orjson

from gateway.types import Call, Declared, RequestId
from routers.types import Dialect
from routers.wire.json_leaves import scan

NOTHING_DECLARED = Declared()


def call_with(body: object, declared: Declared = NOTHING_DECLARED) -> Call:
    raw = orjson.dumps(body)
    return Call(
        request_id=RequestId("test"),
        received_ms=0,
        dialect=Dialect.OPENAI_CHAT,
        model="model",
        stream=False,
        body=raw,
        leaves=tuple(scan(raw, max_depth=64, max_leaves=200_000)),
        headers=(),
        features=frozenset(),
        declared=declared,
    )


def chat(text: str, declared: Declared = NOTHING_DECLARED) -> Call:
    return call_with({"model": "m", "messages": [{"role": "user", "content": text}]}, declared)
