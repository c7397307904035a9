"""Endpoints that are like another one: the same key and the same errors, a path and an answer of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from routers.types import Headers, Usage
from routers.wire.dialect import Slot, StreamWatch, Wire
from routers.wire.event_watch import silent_watch

Body = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Beside:
    """See `routers.wire.dialect.Wire`. `uses` tells a request's features, `tells` an answer's token counts and model.

    Without `texts` an answer holds none, so there is nothing to restore: vectors and counts.
    """

    like: Wire
    path: str
    answer_names: frozenset[str]
    uses: Callable[[Body], frozenset[str]]
    tells: Callable[[Body], tuple[Usage, str | None]]
    texts: bool = False
    streams: bool = False

    @property
    def forwarded_headers(self) -> frozenset[str]:
        """As the other endpoint."""
        return self.like.forwarded_headers

    def auth_headers(self, credential: str) -> Headers:
        """As the other endpoint."""
        return self.like.auth_headers(credential)

    def features(self, body: Body) -> frozenset[str]:
        """Returns what a request uses."""
        return self.uses(body)

    def error_body(self, *, status: int, code: str, message: str, request_id: str) -> bytes:
        """As the other endpoint."""
        return self.like.error_body(status=status, code=code, message=message, request_id=request_id)

    def error_event(self, *, status: int, code: str, message: str, request_id: str) -> bytes:
        """As the other endpoint."""
        return self.like.error_event(status=status, code=code, message=message, request_id=request_id)

    def slots(self, data: Body) -> Iterator[Slot]:
        """Yields the texts of an event, where there are any."""
        return self.like.slots(data) if self.texts else iter(())

    def closes(self, data: Body) -> frozenset[str] | None:
        """As the other endpoint; without texts there are no channels."""
        return self.like.closes(data) if self.texts else frozenset()

    def continuation(self, channel: str, data: Body, text: str) -> bytes:
        """As the other endpoint; without texts there are no channels."""
        return self.like.continuation(channel, data, text) if self.texts else b""

    def whole_slots(self, body: Body) -> Iterator[Slot]:
        """Yields the texts of an answer, where there are any."""
        return self.like.whole_slots(body) if self.texts else iter(())

    def answer(self, body: Body) -> tuple[Usage, str | None]:
        """Returns token counts and the model named."""
        return self.tells(body)

    def watch(self) -> StreamWatch:
        """Returns a watch for one stream; it never sees an end where there are no streams."""
        return self.like.watch() if self.streams else silent_watch()
