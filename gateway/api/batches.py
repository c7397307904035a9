"""`/v1/batches`: batches of uploaded files, as OpenAI's SDK reads them."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from gateway.api.boundary import Handler, Visit
from gateway.api.files import listing, ttl_ms_of
from gateway.api.headers import (
    conversation_in,
    credential_of,
    declared_in,
    purpose_in,
    refuse_unknown_labels,
)
from gateway.api.owner import owner_in
from gateway.api.pages import limit_of, page_of, parameters_of
from gateway.batch.batches import Batches, Wanted
from gateway.batch.nouns import ENDPOINTS, MESSAGES, Batch, Said, State, Surface
from gateway.errors import InvalidBatch, MalformedBody
from gateway.identity.purposes import chosen_purpose
from gateway.ports import Keys
from gateway.settings import LimitSettings
from gateway.types import Identity, KeyId
from gateway.vault.vault import owner_of
from routers.wire.json_leaves import JsonShapeError, read_object

_BODY_BYTES = 65_536
_LEAVES = 200
_METADATA = {"pairs": 16, "name": 64, "value": 512}
_STATUS = {State.WAITING: "validating", State.RUNNING: "in_progress", State.CANCELLING: "cancelling"}
_ENDED_AT = {
    State.COMPLETED: "completed_at",
    State.CANCELLED: "cancelled_at",
    State.EXPIRED: "expired_at",
    State.FAILED: "failed_at",
}


class BatchDesk:
    """The handlers about batches. `keys` says whose they are."""

    def __init__(self, batches: Batches, keys: Keys, limits: LimitSettings) -> None:
        self._batches = batches
        self._keys = keys
        self._limits = limits

    async def create(self, visit: Visit) -> None:
        """Makes one."""
        identity = self._keys.identify(credential_of(visit.headers))
        said = said_in(visit, identity)
        body = await visit.caller.body(limit_bytes=_BODY_BYTES, within_s=self._limits.body_read_s)
        wanted, input_id = _wanted(body, identity.key_id, said)
        batch = await self._batches.create(owner_of(identity), wanted, input_id)
        await visit.answer.json(orjson.dumps(_shown(batch)))

    async def list(self, visit: Visit) -> None:
        """Lists those of an app."""
        asked = parameters_of(visit.query)
        batches = await self._batches.listed(owner_in(visit, self._keys), Surface.OPENAI)
        page = page_of(batches, limit_of(asked, usual=20, most=100), after=asked.get("after"))
        await visit.answer.json(orjson.dumps(listing(list(map(_shown, page.items)), has_more=page.has_more)))

    async def show(self, visit: Visit) -> None:
        """Shows one."""
        batch = await self._batches.get(owner_in(visit, self._keys), Surface.OPENAI, visit.path_parameters["batch_id"])
        await visit.answer.json(orjson.dumps(_shown(batch)))

    async def cancel(self, visit: Visit) -> None:
        """Lets no further line of one begin."""
        identity = self._keys.identify(credential_of(visit.headers))
        batch_id, owner = visit.path_parameters["batch_id"], owner_of(identity)
        batch = await self._batches.cancel(owner, Surface.OPENAI, batch_id, identity.key_id)
        await visit.answer.json(orjson.dumps(_shown(batch)))

    @property
    def several(self) -> Mapping[str, Handler]:
        """What `/v1/batches` answers."""
        return {"GET": self.list, "POST": self.create}


def said_in(visit: Visit, identity: Identity, *, forwarded: frozenset[str] = frozenset()) -> Said:
    """Returns what the headers say of every line. Raises `InvalidHeader`, or `Forbidden` as every line would."""
    headers = visit.headers
    refuse_unknown_labels(headers)
    declared, purpose = declared_in(headers), purpose_in(headers)
    chosen_purpose(identity, purpose)
    return Said(
        purpose=purpose,
        level=declared.level,
        categories=declared.categories,
        conversation=conversation_in(headers),
        headers=headers.passed_on(forwarded),
    )


def _wanted(body: bytes, key_id: KeyId, said: Said) -> tuple[Wanted, str]:
    asked = _object(body)
    endpoint, input_id = asked.get("endpoint"), asked.get("input_file_id")
    if not isinstance(endpoint, str) or endpoint not in ENDPOINTS or endpoint == MESSAGES:
        offered = ", ".join(path for path in ENDPOINTS if path != MESSAGES)
        raise InvalidBatch(f"endpoint: this must be one of {offered}")
    if not isinstance(input_id, str) or not input_id:
        raise InvalidBatch("input_file_id: this must be the id of a file")
    if asked.get("completion_window") != "24h":
        raise InvalidBatch("completion_window: this must be 24h")
    expiry = asked.get("output_expires_after")
    ttl_ms = None if expiry is None else _ttl_ms(expiry)
    return Wanted(key_id, endpoint, said, _metadata(asked.get("metadata")), ttl_ms), input_id


def _object(body: bytes) -> dict[str, object]:
    try:
        return read_object(body, max_depth=4, max_leaves=_LEAVES)[0]
    except JsonShapeError as error:
        raise MalformedBody(error.reason) from None


def _ttl_ms(expiry: object) -> int:
    fields = expiry if isinstance(expiry, dict) else {}
    return ttl_ms_of(fields.get("anchor"), fields.get("seconds"))


def _metadata(metadata: object) -> dict[str, str] | None:
    if metadata is None:
        return None
    pairs = metadata.items() if isinstance(metadata, dict) else ()
    fits = [
        isinstance(value, str) and len(name) <= _METADATA["name"] and len(value) <= _METADATA["value"]
        for name, value in pairs
    ]
    if not isinstance(metadata, dict) or len(fits) > _METADATA["pairs"] or not all(fits):
        raise InvalidBatch("metadata: at most 16 pairs, of names of 64 and values of 512 characters")
    return {str(name): str(value) for name, value in metadata.items()}


def _shown(batch: Batch) -> dict[str, object]:
    counts = batch.counts
    ended = batch.state in _ENDED_AT
    failed = counts.errored + counts.cancelled + counts.expired
    return {
        "id": batch.id,
        "object": "batch",
        "endpoint": batch.endpoint,
        "errors": _errors(batch),
        "input_file_id": batch.input_id,
        "completion_window": "24h",
        "status": _STATUS.get(batch.state, batch.state.value),
        "output_file_id": batch.output_id if ended and counts.output_bytes else None,
        "error_file_id": batch.error_id if ended and counts.error_bytes else None,
        "created_at": batch.created_ms // 1000,
        "in_progress_at": _seconds(batch.started_ms),
        "expires_at": batch.deadline_ms // 1000,
        "finalizing_at": _seconds(batch.ended_ms) if batch.state is State.COMPLETED else None,
        "cancelling_at": _seconds(batch.cancelling_ms),
        **{name: _seconds(batch.ended_ms) if batch.state is state else None for state, name in _ENDED_AT.items()},
        "request_counts": {"total": batch.total, "completed": counts.succeeded, "failed": failed},
        "metadata": batch.metadata,
    }


def _errors(batch: Batch) -> dict[str, object] | None:
    if not batch.problems:
        return None
    data = [{"code": one.code, "message": one.message, "param": one.param, "line": one.line} for one in batch.problems]
    return {"object": "list", "data": data}


def _seconds(at_ms: int | None) -> int | None:
    return None if at_ms is None else at_ms // 1000
