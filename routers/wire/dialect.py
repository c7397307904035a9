"""What the rest of the product may ask of a wire format. One implementation per dialect; see `routers.wire.WIRES`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from routers.types import Headers, JsonPath, Usage


class SlotKind(StrEnum):
    """How text sits in an answer: as text, or as a piece of JSON source inside a JSON string (tool arguments)."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Slot:
    """One text-bearing place of a stream event. Pieces with the same channel belong to one running text."""

    channel: str
    path: JsonPath
    kind: SlotKind
    text: str = field(repr=False)


class StreamWatch(Protocol):
    """Follows one stream by its bytes, cheaply. Feed it everything that arrives, in any pieces."""

    complete: bool
    error_body: bytes | None
    usage: Usage
    model: str | None
    kept_ids: tuple[str, ...]
    """Under which the destination keeps the answer, as far as it said. See `routers.wire.stored_state`."""

    def may_tell(self, piece: bytes, /) -> bool:
        """Whether a piece of whole events may say something new: a search of bytes, no parse. `False` is certain."""
        ...

    def feed(self, piece: bytes) -> None:
        """Notes the end mark, an in-band error, token counts and the model named.

        Raises:
            EventTooLarge: (`routers.wire.sse`) the stream is not one that ends its events.
        """
        ...


class Wire(Protocol):
    """A wire format."""

    @property
    def path(self) -> str:
        """URL path of the endpoint, e.g. `/v1/chat/completions`."""
        ...

    @property
    def forwarded_headers(self) -> frozenset[str]:
        """Lower-case names of the caller's headers that are passed on unchanged."""
        ...

    @property
    def answer_names(self) -> frozenset[str]:
        """Names of which every whole answer has one at its top: a body without any is no answer."""
        ...

    @property
    def streams(self) -> bool:
        """Whether an answer can be streamed. Where it cannot, `stream` in a body means nothing."""
        ...

    def auth_headers(self, credential: str) -> Headers:
        """Returns the headers that carry the destination's API key."""
        ...

    def features(self, body: Mapping[str, object]) -> frozenset[str]:
        """Returns what a request uses, out of `routers.catalog.CAPABILITIES`.

        `store` stands for state that the destination keeps or that the request builds on; `tokens` for text that is
        given as numbers of tokens and cannot be read.
        """
        ...

    def error_body(self, *, status: int, code: str, message: str, request_id: str) -> bytes:
        """Returns an error object as this dialect's SDKs expect it."""
        ...

    def error_event(self, *, status: int, code: str, message: str, request_id: str) -> bytes:
        """Returns the SSE bytes of an error inside a stream that has begun."""
        ...

    def slots(self, data: Mapping[str, object]) -> Iterator[Slot]:
        """Yields the text-bearing places of one stream event's JSON."""
        ...

    def closes(self, data: Mapping[str, object]) -> frozenset[str] | None:
        """Returns the channels that end with this event; `None` means every open channel.

        A name that ends in `/` stands for every channel that begins with it.
        """
        ...

    def continuation(self, channel: str, data: Mapping[str, object], text: str) -> bytes:
        """Returns the SSE bytes of one more piece of the channel, shaped like `data`, the last event seen on it."""
        ...

    def whole_slots(self, body: Mapping[str, object]) -> Iterator[Slot]:
        """Yields the text-bearing places of an answer that was not streamed."""
        ...

    def answer(self, body: Mapping[str, object]) -> tuple[Usage, str | None]:
        """Returns token counts and the model named by an answer that was not streamed."""
        ...

    def watch(self) -> StreamWatch:
        """Returns a watch for one stream."""
        ...
