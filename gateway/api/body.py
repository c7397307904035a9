"""A model request from the wire: checked in an order that costs a refused caller nothing and us little.

The key comes first, in the endpoint and the pipeline; then labels, content type, declared size, bytes, and meaning.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

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
from routers.types import Dialect, Headers
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
        headers = self._headers
        refuse_unknown_labels(headers)
        stated = Stated(
            purpose_in(headers),
            declared_in(headers),
            conversation_in(headers),
            headers.passed_on(self._wire.forwarded_headers),
        )
        check_media_type(headers)
        body = await self._caller.body(limit_bytes=self._limits.body_bytes, within_s=self._limits.body_read_s)
        self._caller.watch()
        return await understood(self._arrival, self._wire, self._limits, stated, body)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a caller says of a request beside its body. `headers` are those that are passed on."""

    purpose: str | None
    declared: Declared
    conversation: str | None = field(repr=False)
    headers: Headers = field(repr=False)


async def understood(arrival: Arrival, wire: Wire, limits: LimitSettings, stated: Stated, body: bytes) -> Call:
    """Returns the request that a body is. Raises `MalformedBody`."""
    if len(body) > OFFLOAD_BYTES:
        return await asyncio.to_thread(_understand, arrival, wire, limits, stated, body)
    return _understand(arrival, wire, limits, stated, body)


def _understand(arrival: Arrival, wire: Wire, limits: LimitSettings, stated: Stated, body: bytes) -> Call:
    try:
        parsed, leaves = read_object(body, max_depth=limits.depth, max_leaves=limits.leaves)
    except JsonShapeError as error:
        raise MalformedBody(error.reason) from None
    features = wire.features(parsed)
    return Call(
        request_id=arrival.request_id,
        received_ms=arrival.received_ms,
        dialect=arrival.dialect,
        model=_model(parsed),
        stream=_stream(parsed) and wire.streams,
        body=body,
        leaves=leaves,
        headers=stated.headers,
        features=features,
        purpose=stated.purpose,
        declared=_with_unreadable(stated.declared, features),
        conversation=stated.conversation,
        builds_on=_builds_on(arrival.dialect, parsed),
    )


def _builds_on(dialect: Dialect, parsed: Mapping[str, object]) -> tuple[str, ...]:
    return built_on(parsed) if dialect in _BUILDING else ()


def _with_unreadable(declared: Declared, features: frozenset[str]) -> Declared:
    """Numbers of tokens are text that no detector reads, in no string that a finding could point to."""
    if "tokens" not in features:
        return declared
    return replace(declared, categories=declared.categories | {Category.OPAQUE})


def check_media_type(headers: RequestHeaders) -> None:
    """Raises `UnsupportedMediaType` unless a body is declared as plain JSON."""
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
