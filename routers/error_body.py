"""Reads the error shapes of the providers into one: codes and a message.

OpenAI `{"error":{"message","type","code"}}`, Anthropic `{"type":"error","error":{"type","message","details"}}`, Google
`{"error":{"code","status","message","details":[{"reason"}]}}`, AWS `{"__type","message"}`, MiniMax
`{"base_resp":{"status_code","status_msg"}}`, and plain text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import orjson

_MESSAGE_CHARACTERS = 2_000
_CODE_CHARACTERS = 100
_CODE_FIELDS = ("type", "code", "status", "reason", "error_code", "__type", "limit_source")
_MESSAGE_FIELDS = ("message", "Message", "status_msg", "detail", "msg")
_NESTED_FIELDS = ("error", "details", "metadata", "innererror", "base_resp")
_STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "insufficient_quota": 429,
    "api_error": 500,
    "server_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
_NO_STATUS = 0


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """An error as the rules read it: everything in lower case. It may hold secrets; it is never logged."""

    codes: frozenset[str]
    message: str = field(repr=False)
    structured: bool


def read_error(body: bytes | Mapping[str, object]) -> ErrorBody:
    """Returns the codes and messages of an error. Never fails: what is no JSON object is a message."""
    content = _parse(body) if isinstance(body, bytes) else body
    if content is None:
        assert isinstance(body, bytes)  # noqa: S101  (only bytes can fail to parse)
        text = body[: _MESSAGE_CHARACTERS * 4].decode("utf-8", "replace")
        return ErrorBody(frozenset(), text[:_MESSAGE_CHARACTERS].lower(), structured=False)
    codes: set[str] = set()
    messages: list[str] = []
    for holder in _holders(content, depth=0):
        codes.update(_codes(holder))
        messages += [value for name in _MESSAGE_FIELDS if isinstance(value := holder.get(name), str)]
    error = content.get("error")
    if isinstance(error, str):
        messages.append(error)
    message = " ".join(messages)[:_MESSAGE_CHARACTERS].lower()
    return ErrorBody(frozenset(codes), message, structured=bool(message.strip()))


def in_band_status(content: Mapping[str, object]) -> int | None:
    """Returns the status an error inside a 200 answer means, 0 when it names none, `None` without an error."""
    base = content.get("base_resp")
    if isinstance(base, dict) and base.get("status_code") not in (0, None):
        return _NO_STATUS
    error = content.get("error")
    if not error and content.get("type") != "error":
        return None
    holder = error if isinstance(error, dict) else content
    for name in ("code", "status", "http_code"):
        value = holder.get(name)
        if str(value).isascii() and str(value).isdigit() and 400 <= int(str(value)) <= 599:
            return int(str(value))
    named = [str(holder.get(name)).lower() for name in ("type", "code")]
    return next((_STATUS_OF_TYPE[name] for name in named if name in _STATUS_OF_TYPE), _NO_STATUS)


def _parse(body: bytes) -> Mapping[str, object] | None:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if isinstance(content, list) and content:  # Google wraps the errors of streams in an array
        content = content[0]
    return content if isinstance(content, dict) else None


def _holders(content: Mapping[str, object], *, depth: int) -> Iterator[Mapping[str, object]]:
    yield content
    if depth > 3:
        return
    for name in _NESTED_FIELDS:
        inner = content.get(name)
        for item in inner if isinstance(inner, list) else [inner]:
            if isinstance(item, dict):
                yield from _holders(item, depth=depth + 1)


def _codes(holder: Mapping[str, object]) -> Iterator[str]:
    for name in _CODE_FIELDS:
        value = holder.get(name)
        if isinstance(value, (str, int)):
            yield str(value)[:_CODE_CHARACTERS].rpartition("#")[2].lower()
    code = holder.get("status_code")
    if isinstance(code, int):
        yield f"base_resp:{code}"
