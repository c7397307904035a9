"""`/operator/providers`: access states, for a key with the operator role. What an operator does is on record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

import orjson

from gateway.api.boundary import Handler, Visit
from gateway.api.headers import credential_of
from gateway.errors import MalformedBody, RouteNotFound
from gateway.ports import Keys
from routers.revocation import EVERY_MODEL, AccessState
from routers.types import DestinationId, ModelName

_BODY_BYTES = 4096
_WITHIN_S = 10.0
_REASON_CHARACTERS = 200


class AccessDesk(Protocol):
    """The part of the registry an operator may use."""

    def states(self) -> Sequence[AccessState]:
        """Returns everything that is not active."""
        ...

    def suspend(self, destination: DestinationId, model: ModelName, *, reason: str, actor: str) -> None:
        """Closes a destination or a model there."""
        ...

    def restore(self, destination: DestinationId, model: ModelName, *, reason: str, actor: str) -> None:
        """Opens it again, whatever closed it."""
        ...


@dataclass(frozen=True, slots=True)
class Order:
    """What an operator asks for. `model` is empty for the whole destination."""

    action: str
    model: str
    reason: str


def list_access(desk: AccessDesk) -> Handler:
    """Returns the handler that lists what is not active."""

    async def handle(visit: Visit) -> None:
        await visit.answer.json(orjson.dumps({"states": [asdict(state) for state in desk.states()]}))

    return handle


def change_access(desk: AccessDesk, keys: Keys, configured: frozenset[DestinationId]) -> Handler:
    """Returns the handler that suspends or restores one of the configured destinations."""

    async def handle(visit: Visit) -> None:
        destination = DestinationId(visit.path_parameters["destination"])
        if destination not in configured:
            raise RouteNotFound("no such destination is configured")
        order = _order(await visit.caller.body(limit_bytes=_BODY_BYTES, within_s=_WITHIN_S))
        actor = keys.identify(credential_of(visit.headers)).key_id
        actions: Mapping[str, Callable[..., None]] = {"suspend": desk.suspend, "restore": desk.restore}
        actions[order.action](destination, ModelName(order.model), reason=order.reason, actor=actor)
        await visit.answer.json(orjson.dumps({"states": [asdict(state) for state in desk.states()]}))

    return handle


def _order(body: bytes) -> Order:
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError:
        fields = None
    if not isinstance(fields, dict):
        raise MalformedBody("send action, reason and, if it is one model, model")
    texts = [fields.get("action"), fields.get("model", EVERY_MODEL), fields.get("reason")]
    if not all(isinstance(text, str) and len(text) <= _REASON_CHARACTERS for text in texts):
        raise MalformedBody(f"action, model and reason are texts of at most {_REASON_CHARACTERS} characters")
    order = Order(*texts)
    if order.action not in ("suspend", "restore") or not order.reason.strip():
        raise MalformedBody("the action is suspend or restore, and it needs a reason")
    return order
