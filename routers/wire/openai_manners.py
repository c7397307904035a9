"""What all of OpenAI's endpoints share: the key header and the shape of an error."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from routers.types import Headers, Usage
from routers.wire.reading import integer, mapping


def bearer(credential: str) -> Headers:
    """Returns the bearer header, or nothing for a destination without a key."""
    return (("authorization", f"Bearer {credential}"),) if credential else ()


def error_body(status: int, code: str, message: str) -> bytes:
    """Returns an error as `openai.APIStatusError` reads it. The request id travels in a header."""
    error = {"message": message, "type": _error_type(status), "param": None, "code": code}
    return orjson.dumps({"error": error})


def error_event(status: int, code: str, message: str) -> bytes:
    """Returns the event on which the SDK raises `openai.APIError`."""
    return b"data: " + error_body(status, code, message) + b"\n\n"


def prompt_usage(body: Mapping[str, object]) -> Usage:
    """Returns the token counts of an answer that calls them prompt and completion tokens."""
    usage = mapping(body.get("usage"))
    return Usage(integer(usage.get("prompt_tokens")), integer(usage.get("completion_tokens")))


def model_named(body: Mapping[str, object]) -> str | None:
    """Returns the model an answer names, `None` when it names none."""
    model = body.get("model")
    return model if isinstance(model, str) and model else None


def has_tokens(value: object) -> bool:
    """Whether a prompt is given as numbers of tokens, wholly or in part: text that nobody here can read."""
    return isinstance(value, list) and not all(isinstance(item, str) for item in value)


def _error_type(status: int) -> str:
    if status == 429:
        return "rate_limit_error"
    return "server_error" if status >= 500 else "invalid_request_error"
