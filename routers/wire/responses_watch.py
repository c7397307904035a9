"""Follows one stream of Responses: complete only when the response says how it ended."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from routers.types import Usage
from routers.wire.event_watch import EventWatch
from routers.wire.openai_manners import model_named
from routers.wire.reading import integer, mapping, read_object
from routers.wire.sse import SseEvent
from routers.wire.stored_state import kept_ids

TERMINAL = frozenset({"response.completed", "response.incomplete", "response.failed"})
"""Events after which a response says no more. An incomplete one ended at a limit, which is an answer as well."""
_INTERESTING = (b"response.created", b"response.completed", b"response.incomplete", b"response.failed", b'"error"')


def responses_watch() -> EventWatch:
    """Parses only the first and the last events, not the pieces between."""
    return EventWatch(_is_interesting, _note)


def _note(watch: EventWatch, event: SseEvent) -> None:
    body = read_object(event.data or b"")
    if body is None:
        return
    kind, response = body.get("type"), mapping(body.get("response"))
    if kind == "error" or (body.get("error") and not response):
        watch.error_body = _error(mapping(body.get("error")) or body)
    elif kind == "response.failed":
        watch.error_body = _error(mapping(response.get("error")))
    elif kind in TERMINAL:
        watch.complete = True
    if response:
        watch.model = model_named(response) or watch.model
        watch.usage = token_usage(response, watch.usage)
        watch.kept_ids = tuple(dict.fromkeys((*watch.kept_ids, *kept_ids(response))))


def token_usage(body: Mapping[str, object], known: Usage) -> Usage:
    """Returns the token counts of a response; what it does not tell stays as known."""
    usage = mapping(body.get("usage"))
    counted, made = integer(usage.get("input_tokens")), integer(usage.get("output_tokens"))
    return Usage(
        known.input_tokens if counted is None else counted,
        known.output_tokens if made is None else made,
    )


def _is_interesting(piece: bytes) -> bool:
    """Byte search before any parse. In model text a quote is escaped; an event's name in a text costs one parse."""
    return any(mark in piece for mark in _INTERESTING)


def _error(fields: Mapping[str, object]) -> bytes:
    """The error in the shape that every other endpoint of OpenAI has."""
    told = {name: fields.get(name) for name in ("message", "type", "param", "code")}
    kind = told["type"] if told["type"] not in (None, "error") else told["code"] or "server_error"
    return orjson.dumps({"error": told | {"type": kind}})
