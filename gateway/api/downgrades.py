"""`/operator/downgrades`: signed downgrades, handed in by a key with the operator role; on record before in force."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Protocol

import orjson

from gateway.api.boundary import Handler, Visit
from gateway.api.headers import credential_of
from gateway.errors import MalformedBody, RouteNotFound
from gateway.ports import Keys
from gateway.standing.downgrades import Downgrade, SignedDowngrade

_BODY_BYTES = 16_384
_WITHIN_S = 10.0
Recorded = Callable[[SignedDowngrade, str, str], Awaitable[object]]
"""Records a change: the downgrade, `granted` or `revoked`, and who did it. Raises `AuditUnavailable`."""


class Desk(Protocol):
    """The part of `gateway.standing.downgrade_desk` that an operator may use."""

    def listed(self) -> Sequence[Downgrade]:
        """Returns those in force."""
        ...

    def check(self, statement: str, signature: str) -> SignedDowngrade:
        """Returns the downgrade if it could be granted. Raises `MalformedBody`."""
        ...

    def grant(self, signed: SignedDowngrade) -> None:
        """Puts it into force. Raises `MalformedBody` or `StandingUnavailable`."""
        ...

    def revoke(self, downgrade_id: str, now_ms: int) -> SignedDowngrade | None:
        """Ends one. Raises `StandingUnavailable`."""
        ...


def list_downgrades(desk: Desk) -> Handler:
    """Returns the handler that lists what is in force."""

    async def handle(visit: Visit) -> None:
        await visit.answer.json(orjson.dumps({"downgrades": [asdict(each) for each in desk.listed()]}))

    return handle


def grant_downgrade(desk: Desk, keys: Keys, recorded: Recorded) -> Handler:
    """Returns the handler that takes a statement and its signature: on record first, then in force."""

    async def handle(visit: Visit) -> None:
        body = await visit.caller.body(limit_bytes=_BODY_BYTES, within_s=_WITHIN_S)
        statement, signature = _signed(body)
        actor = keys.identify(credential_of(visit.headers)).key_id
        signed = await asyncio.to_thread(desk.check, statement, signature)
        await recorded(signed, "granted", actor)
        await asyncio.to_thread(desk.grant, signed)
        await visit.answer.json(orjson.dumps({"downgrades": [asdict(each) for each in desk.listed()]}))

    return handle


def revoke_downgrade(desk: Desk, keys: Keys, recorded: Recorded, now_ms: Callable[[], int]) -> Handler:
    """Returns the handler that ends a downgrade: at once, then on record."""

    async def handle(visit: Visit) -> None:
        actor = keys.identify(credential_of(visit.headers)).key_id
        ended = await asyncio.to_thread(desk.revoke, visit.path_parameters["downgrade"], now_ms())
        if ended is None:
            raise RouteNotFound("no such downgrade is in force")
        await recorded(ended, "revoked", actor)
        await visit.answer.json(orjson.dumps({"downgrades": [asdict(each) for each in desk.listed()]}))

    return handle


def _signed(body: bytes) -> tuple[str, str]:
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError:
        fields = None
    if not isinstance(fields, dict) or set(fields) != {"statement", "signature"}:
        raise MalformedBody("send statement and signature")
    statement, signature = fields["statement"], fields["signature"]
    if not isinstance(statement, str) or not isinstance(signature, str):
        raise MalformedBody("statement and signature are texts")
    return statement, signature
