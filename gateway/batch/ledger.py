"""What the audit log knows of a line: whether it may have left already. The log is asked before every line.

An intent is durable before the first byte of an attempt leaves, so a line without one was not sent, whenever the
process ended. With one it may have been, unless its outcome says that the attempt never got a permit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import orjson

from gateway.audit.errors import LogUnreadable
from gateway.audit.lookup import RequestLookup, Written
from gateway.audit.record import Intent, Outcome
from gateway.audit.resume import NOT_SENT
from gateway.errors import AuditUnavailable
from gateway.types import RequestId


class Ledger:
    """Reads the log of this gateway."""

    def __init__(self, directory: Path) -> None:
        """`directory` is the state directory. Connects on first use."""
        self._log = RequestLookup(directory)

    async def may_have_left(self, request_ids: Iterable[RequestId]) -> bool:
        """Whether any of these requests may have left the gateway. Raises `AuditUnavailable`."""
        return await asyncio.to_thread(lambda: any(map(self._left, request_ids)))

    def close(self) -> None:
        """Closes the log."""
        self._log.close()

    def _left(self, request_id: RequestId) -> bool:
        try:
            entries = self._log.of_request(request_id)
        except LogUnreadable:
            raise AuditUnavailable("the audit log cannot be read") from None
        intents = {entry.attempt_id for entry in entries if entry.kind == Intent.kind}
        return not intents <= {entry.attempt_id for entry in entries if _says_unsent(entry)}


def _says_unsent(entry: Written) -> bool:
    return entry.kind == Outcome.kind and orjson.loads(entry.body)["signature"] == NOT_SENT
