"""Writes the error page from the error tree.

python -m gateway.api.error_reference > docs/reference/errors.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from gateway.errors import GatewayError, RequestError, ServiceError

_HEAD = """# Errors

Generated from `gateway/errors.py` by `python -m gateway.api.error_reference`.

An error comes in the dialect of the caller. OpenAI-style callers find the code in `error.code`; Anthropic-style callers
find it at the beginning of `error.message`. A message names rules and limits, never a value from the request. The
answer carries the same headers as every other: `x-gateway-request-id`, `x-gateway-destination`, `x-gateway-decision`
and `x-audit-record`, with `none` where the request did not get that far. The request id is also in `x-request-id` and
`request-id`, where the official SDKs look for it.

`x-should-retry` says whether sending the same request again can help; the official SDKs obey it. A 503 that may pass
also carries `retry-after`.

After the first byte of a stream the status can no longer change: the error is then the last event of the stream, with
the same code, and no end mark follows it.

| status | code | again? | audit outcome | what it means |
|---|---|---|---|---|
"""


def markdown() -> str:
    """Returns the page."""
    # Only the proxy's own tree: the admin page and the commands have errors that no caller meets.
    own = [error for error in _leaves(GatewayError) if error.__module__ == GatewayError.__module__]
    rows = sorted((error for error in own if issubclass(error, (RequestError, ServiceError))), key=_order)
    return _HEAD + "".join(_row(error) for error in rows)


def _leaves(error: type[GatewayError]) -> Iterator[type[GatewayError]]:
    subclasses = error.__subclasses__()
    if not subclasses:
        yield error
    for subclass in subclasses:
        yield from _leaves(subclass)


def _order(error: type[GatewayError]) -> tuple[int, str]:
    return error.status, error.code


def _row(error: type[GatewayError]) -> str:
    meaning = " ".join((error.__doc__ or "").split())
    again = "yes" if error.retryable else "no"
    return f"| {error.status} | `{error.code}` | {again} | {error.audit_outcome} | {meaning} |\n"


if __name__ == "__main__":
    sys.stdout.write(markdown())
