"""A line of a batch as a request: the same sentence from identity to record, the same errors, no connection."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.api.answer import closing
from gateway.api.body import Arrival, Stated, understood
from gateway.api.boundary import log_fault
from gateway.batch.nouns import Order, Reply
from gateway.batch.results import INTERRUPTED, interrupted_message
from gateway.clock import Clock
from gateway.errors import BodyTooLarge, GatewayError, InternalFault
from gateway.exchange import Exchange, Pipeline, TraceSink
from gateway.settings import LimitSettings
from gateway.types import Call, Declared, Identity
from routers.types import Dialect
from routers.wire.dialect import Wire


class LineRequest:
    """A `gateway.ports.Request` that was ordered earlier. Its credential is the id of a key, see `ProvedKeys`."""

    def __init__(self, order: Order, received_ms: int, wire: Wire, limits: LimitSettings) -> None:
        self._order = order
        self._received_ms = received_ms
        self._wire = wire
        self._limits = limits

    @property
    def credential(self) -> str | None:
        """The id of the key that the batch was made with."""
        return self._order.key_id

    async def read(self, identity: Identity) -> Call:
        """Returns the call. Raises `BodyTooLarge` or `MalformedBody`."""
        del identity  # what it proves is that the key was checked before this is called
        if len(self._order.body) > self._limits.body_bytes:
            raise BodyTooLarge(f"the body is larger than {self._limits.body_bytes} bytes")
        order, said = self._order, self._order.said
        stated = Stated(said.purpose, Declared(said.level, said.categories), said.conversation, said.headers)
        arrival = Arrival(order.request_id, self._received_ms, order.dialect)
        return await understood(arrival, self._wire, self._limits, stated, order.body)


class LineSender:
    """Satisfies `gateway.batch.run.Sender`."""

    def __init__(self, pipeline: Pipeline, wires: Mapping[Dialect, Wire], limits: LimitSettings, clock: Clock) -> None:
        """`pipeline` takes the id of a key for a credential."""
        self._pipeline = pipeline
        self._wires = wires
        self._limits = limits
        self._clock = clock

    async def send(self, order: Order) -> Reply:
        """Returns the answer, be it an error. As at the boundary of HTTP, every failure becomes a typed one."""
        wire = self._wires[order.dialect]
        request = LineRequest(order, self._clock.now_ms(), wire, self._limits)
        try:
            return await _reply(order, await self._pipeline.run(request, TraceSink(order.request_id)))
        except GatewayError as error:
            return self._refused(order, error)
        except Exception as error:  # noqa: BLE001  (the outermost boundary, as that of HTTP, for a line)
            log_fault(error, order.request_id)
            return self._refused(order, InternalFault("a defect of the gateway; quote the request id to its operators"))

    def interrupted(self, order: Order) -> bytes:
        """Returns the error body for a line that is not sent because it may have been sent before."""
        return self._wires[order.dialect].error_body(
            status=500, code=INTERRUPTED, message=interrupted_message(), request_id=order.request_id
        )

    def _refused(self, order: Order, error: GatewayError) -> Reply:
        wire, request_id = self._wires[order.dialect], order.request_id
        body = wire.error_body(status=error.status, code=error.code, message=str(error), request_id=request_id)
        return Reply(request_id, error.status, body, retryable=error.retryable)


async def _reply(order: Order, exchange: Exchange) -> Reply:
    """Nothing of a batch is streamed; should an answer be all the same, it is closed and not taken for one."""
    if exchange.chunks is not None:
        async with closing(exchange.chunks) as chunks:
            await anext(chunks, b"")  # a generator that never ran would close nothing upstream and record nothing
        raise InternalFault("an answer was streamed that was not asked for so")
    return Reply(order.request_id, exchange.status, exchange.body or b"")
