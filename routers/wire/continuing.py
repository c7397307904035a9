"""A streamed answer that broke off, gone on with elsewhere: what it had said, and how the rest is fitted to it.

Only text that was shown can be gone on with: no tool call that was begun, and no answer of which nothing was said.
Pure; the shapes are those of two dialects, one module each.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

import orjson

from routers.types import Dialect
from routers.wire import continuing_chat, continuing_messages
from routers.wire.sse import SseSplitter

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Begun:
    """What was shown: its text, and what the events of the rest must agree with, as the dialect's module reads it."""

    said: str = field(repr=False)
    place: Mapping[str, object] = field(repr=False)


class _Fit(Protocol):
    def fit(self, event: Json) -> list[Json]: ...


class _Shape(Protocol):
    @property
    def Fit(self) -> Callable[[Mapping[str, object]], _Fit]: ...  # noqa: N802  (a class of the dialect's module)

    def begun(self, events: list[Json]) -> tuple[str, Mapping[str, object]] | None: ...

    def continued(self, body: Json, said: str) -> Json | None: ...


_SHAPES: Mapping[Dialect, _Shape] = MappingProxyType(
    {Dialect.OPENAI_CHAT: continuing_chat, Dialect.ANTHROPIC_MESSAGES: continuing_messages}
)


def begun_in(dialect: Dialect, shown: bytes) -> Begun | None:
    """Returns what the caller has seen of an answer, `None` when that is nothing that could be gone on with."""
    shape = _SHAPES.get(dialect)
    found = None if shape is None else shape.begun(_events(shown))
    return Begun(*found) if found is not None and found[0] else None


def continued_body(dialect: Dialect, body: bytes, said: str) -> bytes | None:
    """Returns the request for the rest of an answer, `None` when the request leaves no room for it.

    `body` is valid JSON. Numbers keep their value, white space does not stay.
    """
    found = _SHAPES[dialect].continued(json.loads(body), said)
    return None if found is None else json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


class Splice:
    """Fits the events of the rest behind what was shown."""

    def __init__(self, dialect: Dialect, begun: Begun) -> None:
        self._fit = _SHAPES[dialect].Fit(begun.place)
        self._splitter = SseSplitter()

    def feed(self, piece: bytes) -> bytes:
        """Returns what can be shown now. The pieces are whole events, as a delivered answer yields them."""
        shown: list[bytes] = []
        for event in self._splitter.feed(piece):
            content = _object(event.data)
            if content is None:
                shown.append(event.raw)
                continue
            for fitted in self._fit.fit(content):
                name = b"event: " + str(fitted["type"]).encode() + b"\n" if event.name else b""
                shown.append(name + b"data: " + orjson.dumps(fitted) + b"\n\n")
        return b"".join(shown)


def _events(shown: bytes) -> list[Json]:
    contents = (_object(event.data) for event in SseSplitter(limit_bytes=len(shown) + 1).feed(shown))
    return [content for content in contents if content is not None]


def _object(data: bytes | None) -> Json | None:
    try:
        found = orjson.loads(data or b"")
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
