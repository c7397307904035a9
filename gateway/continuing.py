"""A streamed answer that outlives the destination that began it: where it breaks, the house goes on, once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Self

from gateway.types import Call
from routers.catalog import CONTINUATION
from routers.errors import UpstreamCut
from routers.failover import AnswerStream
from routers.types import Dialect, Kind, Target
from routers.wire.continuing import Begun, Splice, begun_in, continued_body
from routers.wire.json_leaves import scan

_UNBOUNDED = 1 << 40
_KEPT_BYTES = 4 * 1024 * 1024
"""Longest answer that is remembered, as it was shown."""


@dataclass(frozen=True, slots=True)
class Rest:
    """The stream that goes on, and where its audit entry is."""

    chunks: AnswerStream = field(repr=False)
    destination: str
    record: str


GoOn = Callable[[Begun], Awaitable[Rest | None]]
"""Asks for the rest of an answer: decided, masked and recorded like any request. `None` when nobody may or can."""


def can_continue(target: Target, dialect: Dialect) -> bool:
    """Whether a target is in the house, speaks the dialect itself, and goes on where an assistant's message ends."""
    place = target.destination
    return place.kind is Kind.INHOUSE and CONTINUATION in place.capabilities and dialect in place.dialects


def with_said(call: Call, said: str) -> Call | None:
    """Returns the call for the rest of an answer, `None` when the request leaves no room for it."""
    body = continued_body(call.dialect, call.body, said)
    if body is None:
        return None
    return replace(call, body=body, leaves=tuple(scan(body, max_depth=_UNBOUNDED, max_leaves=_UNBOUNDED)))


class LastingAnswer:
    """Satisfies `routers.failover.AnswerStream`."""

    def __init__(self, answer: AnswerStream, dialect: Dialect, go_on: GoOn) -> None:
        self._answer = answer
        self._dialect = dialect
        self._go_on = go_on
        self._shown: list[bytes] = []
        self._size_bytes = 0
        self._splice: Splice | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """Returns the next events. Raises the first answer's `UpstreamCut` when nobody goes on."""
        if self._splice is not None:
            return await self._next_of_rest(self._splice)
        try:
            piece = await anext(self._answer)
        except UpstreamCut as cut:
            return await self._mend(cut)
        self._size_bytes += len(piece)
        if self._size_bytes <= _KEPT_BYTES:
            self._shown.append(piece)
        return piece

    async def aclose(self) -> None:
        """See `AnswerStream`."""
        await self._answer.aclose()

    async def _mend(self, cut: UpstreamCut) -> bytes:
        begun = begun_in(self._dialect, b"".join(self._shown)) if self._size_bytes <= _KEPT_BYTES else None
        rest = None if begun is None else await self._go_on(begun)
        if begun is None or rest is None:
            raise cut
        await self._answer.aclose()
        self._answer, self._splice = rest.chunks, Splice(self._dialect, begun)
        self._shown.clear()
        # A comment: every reader of such streams passes over it, and whoever looks at the bytes sees who went on.
        return f": continued by {rest.destination}, audit record {rest.record}\n\n".encode()

    async def _next_of_rest(self, splice: Splice) -> bytes:
        while True:
            fitted = splice.feed(await anext(self._answer))
            if fitted:
                return fitted
