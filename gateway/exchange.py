"""One request and its answer, as the pipeline and the wire see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol

from gateway.ports import Request
from gateway.types import RequestId
from routers.types import Headers


@dataclass(frozen=True, slots=True)
class Trace:
    """What every answer says about itself, errors included. Empty where the call did not get that far.

    `decision` is e.g. `allow; level=confidential` or `deny; rules=CN-NIL-7`; `record` names the audit entry.
    """

    request_id: RequestId
    destination: str = ""
    decision: str = ""
    record: str = ""


@dataclass(slots=True)
class TraceSink:
    """Filled by the pipeline as the call proceeds, so that an error can tell how far it got. One per request."""

    request_id: RequestId
    destination: str = ""
    decision: str = ""
    record: str = ""

    def freeze(self) -> Trace:
        """Returns what is known now."""
        return Trace(self.request_id, self.destination, self.decision, self.record)


@dataclass(frozen=True, slots=True)
class Exchange:
    """An answer in the caller's dialect. Exactly one of `body` and `chunks` is set.

    `headers` are the upstream's; the wire filters them. `chunks` is always started (so that a generator's `finally`
    runs) and then closed with its `aclose`, which cancels the upstream. It may raise a `GatewayError` or `UpstreamCut`.
    """

    status: int
    headers: Headers
    trace: Trace
    body: bytes | None = field(default=None, repr=False)
    chunks: AsyncIterator[bytes] | None = field(default=None, repr=False)


class Pipeline(Protocol):
    """Everything between the wire in and the wire out."""

    async def run(self, request: Request, trace: TraceSink) -> Exchange:
        """Returns the answer once it has begun.

        Cancelled when the caller hangs up. Raises a `GatewayError`; whatever else it raises is shown as
        `internal_error`.
        """
        ...
