"""Endpoints about responses that a destination keeps. They have no body: id and parameters say everything."""

from __future__ import annotations

from urllib.parse import parse_qsl

from gateway.api.body import Arrival
from gateway.api.boundary import Handler, Visit
from gateway.api.headers import RequestHeaders, credential_of, declared_in, purpose_in, refuse_unknown_labels
from gateway.errors import MalformedBody
from gateway.exchange import Pipeline
from gateway.types import Call, Identity
from routers.wire.state_request import StateAction, StateRequest, StateRequestError, state_request

_STATE_IS_KEPT = frozenset({"store"})


class KeptRequest:
    """A `gateway.ports.Request` about one kept response."""

    def __init__(self, arrival: Arrival, headers: RequestHeaders, asked: StateRequest) -> None:
        self._arrival = arrival
        self._headers = headers
        self._asked = asked

    @property
    def credential(self) -> str | None:
        """The API key as presented, or `None`."""
        return credential_of(self._headers)

    async def read(self, identity: Identity) -> Call:
        """Returns the call. Its model is known once the response has been recalled. Raises `InvalidHeader`."""
        del identity  # what it proves is that the key was checked before this is called
        refuse_unknown_labels(self._headers)
        return Call(
            request_id=self._arrival.request_id,
            received_ms=self._arrival.received_ms,
            dialect=self._arrival.dialect,
            model="",
            stream=self._asked.stream,
            body=self._asked.body(),
            leaves=(),
            headers=(),
            features=_STATE_IS_KEPT,
            purpose=purpose_in(self._headers),
            declared=declared_in(self._headers),
            builds_on=(self._asked.response_id,),
        )


def kept(pipeline: Pipeline, action: StateAction) -> Handler:
    """Returns the handler for one action on a kept response."""

    async def handle(visit: Visit) -> None:
        arrival = Arrival(visit.trace.request_id, visit.received_ms, visit.dialect)
        request = KeptRequest(arrival, visit.headers, _asked(visit, action))
        await visit.answer.exchange(await pipeline.run(request, visit.trace))

    return handle


def _asked(visit: Visit, action: StateAction) -> StateRequest:
    try:
        return state_request(action, visit.path_parameters["response_id"], parse_qsl(visit.query))
    except StateRequestError as error:
        raise MalformedBody(str(error)) from None
