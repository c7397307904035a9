"""How a line ended, as its caller's SDK reads it: one line of a file of results. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import orjson

from gateway.batch.nouns import Batch, Ending, Line, Reply, Result, Surface
from gateway.types import RequestId

INTERRUPTED = "batch_line_interrupted"
_WHY: Mapping[str, str] = MappingProxyType(
    {
        Ending.CANCELLED: "The batch was cancelled before this request was sent.",
        Ending.EXPIRED: "This request could not be sent before the completion window was over.",
        INTERRUPTED: "The gateway was stopped while this request was under way. It may have been answered; "
        "it is not sent again. Its audit record tells what is known.",
    }
)
_OPENAI_CODE = {Ending.CANCELLED: "batch_cancelled", Ending.EXPIRED: "batch_expired"}


def answered(batch: Batch, line: Line, reply: Reply) -> Result:
    """Returns the result of a line that was answered, be it with an error."""
    ending = Ending.SUCCEEDED if 200 <= reply.status < 300 else Ending.ERRORED
    body = _one_line(reply.body)
    if batch.surface is Surface.ANTHROPIC:
        name = b"message" if ending is Ending.SUCCEEDED else b"error"
        return Result(ending, _anthropic(line, ending, b"," + _named(name, body)))
    head = {"status_code": reply.status, "request_id": reply.request_id}
    response = orjson.dumps(head)[:-1] + b"," + _named(b"body", body) + b"}"
    return Result(ending, _openai(line, reply.request_id, response, b"null"))


def interrupted(batch: Batch, line: Line, request_id: RequestId, error_body: bytes) -> Result:
    """Returns the result of a line that was under way when the gateway stopped.

    `error_body` is in the line's dialect.
    """
    if batch.surface is Surface.ANTHROPIC:
        return Result(Ending.ERRORED, _anthropic(line, Ending.ERRORED, b"," + _named(b"error", _one_line(error_body))))
    return Result(Ending.ERRORED, _openai(line, request_id, b"null", _error(INTERRUPTED, INTERRUPTED)))


def unsent(batch: Batch, line: Line, request_id: RequestId, ending: Ending) -> Result:
    """Returns the result of a line that was cancelled or expired before it was sent."""
    if batch.surface is Surface.ANTHROPIC:
        return Result(ending, _anthropic(line, ending, b""))
    return Result(ending, _openai(line, request_id, b"null", _error(_OPENAI_CODE[ending], ending)))


def interrupted_message() -> str:
    """Returns what a caller is told of a line that was under way when the gateway stopped."""
    return _WHY[INTERRUPTED]


def _openai(line: Line, request_id: RequestId, response: bytes, error: bytes) -> bytes:
    head = {"id": f"batch_req_{request_id}", "custom_id": line.custom_id}
    return orjson.dumps(head)[:-1] + b"," + _named(b"response", response) + b"," + _named(b"error", error) + b"}\n"


def _anthropic(line: Line, ending: Ending, detail: bytes) -> bytes:
    kind = "canceled" if ending is Ending.CANCELLED else ending.value
    result = orjson.dumps({"type": kind})[:-1] + detail + b"}"
    return orjson.dumps({"custom_id": line.custom_id})[:-1] + b"," + _named(b"result", result) + b"}\n"


def _named(name: bytes, value: bytes) -> bytes:
    return b'"' + name + b'":' + value


def _error(code: str, reason: str) -> bytes:
    return orjson.dumps({"code": code, "message": _WHY[reason]})


def _one_line(body: bytes) -> bytes:
    """The same JSON: a line end can only stand between its tokens. What is no JSON becomes a string."""
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return orjson.dumps(body.decode(errors="replace"))
    return b" ".join(body.splitlines())
