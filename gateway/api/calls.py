"""The endpoints that carry prompts: one handler for every dialect."""

from __future__ import annotations

from gateway.api.body import Arrival, WireRequest
from gateway.api.boundary import Handler, Visit
from gateway.exchange import Pipeline
from gateway.settings import LimitSettings


def calls(pipeline: Pipeline, limits: LimitSettings) -> Handler:
    """Returns the handler that puts a request through the pipeline."""

    async def handle(visit: Visit) -> None:
        arrival = Arrival(visit.trace.request_id, visit.received_ms, visit.dialect)
        request = WireRequest(arrival, visit.headers, visit.caller, visit.wire, limits)
        await visit.answer.exchange(await pipeline.run(request, visit.trace))

    return handle


async def probe(visit: Visit) -> None:
    """Answers a HEAD probe: the path is there and the key is good."""
    await visit.answer.json(b"")
