"""A model request from the wire: checked in an order that costs a refused caller nothing and us little.

The key comes first, in the endpoint and the pipeline; then labels, content type, declared size, bytes, and meaning.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from gateway.api.caller import Caller
from gateway.api.headers import (
    RequestHeaders,
    conversation_in,
    credential_of,
    declared_in,
    purpose_in,
    refuse_unknown_labels,
)
from gateway.errors import MalformedBody, UnsupportedMediaType
from gateway.settings import LimitSettings
from gateway.types import Call, Category, Declared, Identity, RequestId
from routers.types import Dialect, Leaf
from routers.wire.dialect import Wire
from routers.wire.json_leaves import JsonShapeError, read_object
from routers.wire.stored_state import built_on

OFFLOAD_BYTES = 65_536
"""Larger bodies are parsed off the event loop, so that one long prompt does not hold up every stream."""


_BUILDING = frozenset({Dialect.OPENAI_RESPONSES, Dialect.OPENAI_INPUT_TOKENS, Dialect.OPENAI_COMPACT})
"""Dialects whose requests can refer to state that a destination keeps."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of a request before its body."""

    request_id: RequestId
    received_ms: int
    dialect: Dialect


class WireRequest:
    """A `gateway.ports.Request` on an HTTP connection."""

    def __init__(
        self, arrival: Arrival, headers: RequestHeaders, caller: Caller, wire: Wire, limits: LimitSettings
    ) -> None:
        self._arrival = arrival
        self._headers = headers
        self._caller = caller
        self._wire = wire
        self._limits = limits

    @property
    def credential(self) -> str | None:
        """The API key as presented, or `None`."""
        return credential_of(self._headers)

    async def read(self, identity: Identity) -> Call:
        """Reads and validates the body.

        Raises:
            InvalidHeader, UnsupportedMediaType, BodyTooLarge, BodyIncomplete, MalformedBody
        """
        del identity  # what it proves is that the key was checked before this is called
        headers, arrival = self._headers, self._arrival
        refuse_unknown_labels(headers)
        purpose, declared, conversation = purpose_in(headers), declared_in(headers), conversation_in(headers)
        _check_media_type(headers)
        body = await self._caller.body(limit_bytes=self._limits.body_bytes, within_s=self._limits.body_read_s)
        self._caller.watch()
        parsed, leaves = await self._parse(body)
        features = self._wire.features(parsed)
        return Call(
            request_id=arrival.request_id,
            received_ms=arrival.received_ms,
            dialect=arrival.dialect,
            model=_model(parsed),
            stream=_stream(parsed) and self._wire.streams,
            body=body,
            leaves=leaves,
            headers=headers.passed_on(self._wire.forwarded_headers),
            features=features,
            purpose=purpose,
            declared=_with_unreadable(declared, features),
            conversation=conversation,
            builds_on=_builds_on(arrival.dialect, parsed),
        )

    async def _parse(self, body: bytes) -> tuple[Mapping[str, object], tuple[Leaf, ...]]:
        if len(body) > OFFLOAD_BYTES:
            return await asyncio.to_thread(self._read_object, body)
        return self._read_object(body)

    def _read_object(self, body: bytes) -> tuple[Mapping[str, object], tuple[Leaf, ...]]:
        try:
            return read_object(body, max_depth=self._limits.depth, max_leaves=self._limits.leaves)
        except JsonShapeError as error:
            raise MalformedBody(error.reason) from None


def _builds_on(dialect: Dialect, parsed: Mapping[str, object]) -> tuple[str, ...]:
    return built_on(parsed) if dialect in _BUILDING else ()


def _with_unreadable(declared: Declared, features: frozenset[str]) -> Declared:
    """Numbers of tokens are text that no detector reads, in no string that a finding could point to."""
    if "tokens" not in features:
        return declared
    return replace(declared, categories=declared.categories | {Category.OPAQUE})


def _check_media_type(headers: RequestHeaders) -> None:
    if headers.values("content-encoding") not in ([], ["identity"]):
        raise UnsupportedMediaType("send the body uncompressed")
    media_type, *parameters = (headers.one("content-type") or "").lower().split(";")
    if media_type.strip() != "application/json":
        raise UnsupportedMediaType("the content type must be application/json")
    if any(parameter.strip() not in {"", "charset=utf-8", 'charset="utf-8"'} for parameter in parameters):
        raise UnsupportedMediaType("the only charset is utf-8")


def _model(parsed: Mapping[str, object]) -> str:
    model = parsed.get("model")
    if not isinstance(model, str) or not model:
        raise MalformedBody("`model` must be a string")
    return model


def _stream(parsed: Mapping[str, object]) -> bool:
    stream = parsed.get("stream")
    if stream is not None and not isinstance(stream, bool):
        raise MalformedBody("`stream` must be true or false")
    return bool(stream)
