"""`/v1/messages/batches`: batches with their requests inline, as Anthropic's SDK reads them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256

import orjson

from gateway.api.batches import said_in
from gateway.api.body import check_media_type
from gateway.api.boundary import Handler, Visit
from gateway.api.headers import credential_of
from gateway.api.owner import owner_in
from gateway.api.pages import limit_of, page_of, parameters_of
from gateway.batch.batches import Batches, Wanted
from gateway.batch.files import Files
from gateway.batch.lines import requests_of
from gateway.batch.nouns import MESSAGES, OPEN, Batch, State, Surface
from gateway.ports import Keys
from gateway.settings import BatchSettings, LimitSettings
from gateway.vault.vault import owner_of


class MessageBatchDesk:
    """The handlers about message batches. `keys` says whose they are."""

    def __init__(self, batches: Batches, files: Files, keys: Keys, batch: BatchSettings, limits: LimitSettings) -> None:
        self._batches = batches
        self._files = files
        self._keys = keys
        self._batch = batch
        self._limits = limits

    async def create(self, visit: Visit) -> None:
        """Makes one."""
        identity = self._keys.identify(credential_of(visit.headers))
        said = said_in(visit, identity, forwarded=visit.wire.forwarded_headers)
        check_media_type(visit.headers)
        body = await visit.caller.body(limit_bytes=self._batch.file_bytes, within_s=self._limits.body_read_s)
        pieces = await asyncio.to_thread(requests_of, body, self._batch.lines)
        digest = await asyncio.to_thread(lambda: sha256(body).digest())
        wanted = Wanted(identity.key_id, MESSAGES, said, digest=digest)
        batch = await self._batches.create_of(owner_of(identity), wanted, pieces)
        await visit.answer.json(orjson.dumps(_shown(batch)))

    async def list(self, visit: Visit) -> None:
        """Lists those of an app."""
        asked = parameters_of(visit.query)
        batches = await self._batches.listed(owner_in(visit, self._keys), Surface.ANTHROPIC)
        limit = limit_of(asked, usual=20, most=1000)
        page = page_of(batches, limit, after=asked.get("after_id"), before=asked.get("before_id"))
        data = [_shown(batch) for batch in page.items]
        ends = {"first_id": data[0]["id"] if data else None, "last_id": data[-1]["id"] if data else None}
        await visit.answer.json(orjson.dumps({"data": data, **ends, "has_more": page.has_more}))

    async def show(self, visit: Visit) -> None:
        """Shows one."""
        owner, batch_id = owner_in(visit, self._keys), visit.path_parameters["batch_id"]
        batch = await self._batches.get(owner, Surface.ANTHROPIC, batch_id)
        await visit.answer.json(orjson.dumps(_shown(batch)))

    async def cancel(self, visit: Visit) -> None:
        """Lets no further request of one begin."""
        identity = self._keys.identify(credential_of(visit.headers))
        batch_id, owner = visit.path_parameters["batch_id"], owner_of(identity)
        batch = await self._batches.cancel(owner, Surface.ANTHROPIC, batch_id, identity.key_id)
        await visit.answer.json(orjson.dumps(_shown(batch)))

    async def results(self, visit: Visit) -> None:
        """Answers with how its requests ended, one line each."""
        owner = owner_in(visit, self._keys)
        batch = await self._batches.get(owner, Surface.ANTHROPIC, visit.path_parameters["batch_id"])
        file = await self._batches.results(owner, batch)
        visit.caller.watch()
        await visit.answer.content("application/x-jsonl", self._files.content(owner, file))

    async def delete(self, visit: Visit) -> None:
        """Destroys one."""
        batch_id, identity = visit.path_parameters["batch_id"], self._keys.identify(credential_of(visit.headers))
        await self._batches.delete(owner_of(identity), Surface.ANTHROPIC, batch_id, identity.key_id)
        await visit.answer.json(orjson.dumps({"id": batch_id, "type": "message_batch_deleted"}))

    @property
    def several(self) -> Mapping[str, Handler]:
        """What `/v1/messages/batches` answers."""
        return {"GET": self.list, "POST": self.create}

    @property
    def one(self) -> Mapping[str, Handler]:
        """What `/v1/messages/batches/{batch_id}` answers."""
        return {"GET": self.show, "DELETE": self.delete}


def _shown(batch: Batch) -> dict[str, object]:
    ended = batch.state not in OPEN
    return {
        "id": batch.id,
        "type": "message_batch",
        "processing_status": _status(batch),
        "request_counts": _counts(batch),
        "created_at": _time(batch.created_ms),
        "expires_at": _time(batch.deadline_ms),
        "cancel_initiated_at": _time(batch.cancelling_ms),
        "ended_at": _time(batch.ended_ms),
        "archived_at": None,
        # Relative, because nobody here believes a Host header; the SDK puts it behind its own base URL.
        "results_url": f"/v1/messages/batches/{batch.id}/results" if ended else None,
    }


def _status(batch: Batch) -> str:
    if batch.state not in OPEN:
        return "ended"
    return "canceling" if batch.state is State.CANCELLING else "in_progress"


def _counts(batch: Batch) -> dict[str, int]:
    """As Anthropic counts: every request is being processed until the whole batch has ended."""
    counts, ended = batch.counts, batch.state not in OPEN
    return {
        "processing": 0 if ended else batch.total,
        "succeeded": counts.succeeded if ended else 0,
        "errored": counts.errored if ended else 0,
        "canceled": counts.cancelled if ended else 0,
        "expired": counts.expired if ended else 0,
    }


def _time(at_ms: int | None) -> str | None:
    if at_ms is None:
        return None
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
