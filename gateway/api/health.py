"""`/healthz`: is the process alive. `/readyz`: may it be sent requests. Open to everybody; they name checks only."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import orjson

from gateway.api.boundary import Handler, Visit

Checks = Mapping[str, Callable[[], bool]]
"""By name. A check answers from memory and never blocks."""


async def alive(visit: Visit) -> None:
    """Answers that the event loop turns."""
    await visit.answer.json(orjson.dumps({"status": "ok"}))


def ready(checks: Checks) -> Handler:
    """Returns the handler that answers 200 when every check passes, else 503 with the names of those that do not."""

    async def handle(visit: Visit) -> None:
        failing = sorted(name for name, passes in checks.items() if not passes())
        body = {"status": "not ready" if failing else "ready", "failing": failing}
        await visit.answer.json(orjson.dumps(body), 503 if failing else 200)

    return handle
