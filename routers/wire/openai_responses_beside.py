"""The endpoints beside `/v1/responses` that take the same input: counting its tokens, and compacting it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from routers.types import Headers, Usage
from routers.wire.dialect import Slot, StreamWatch
from routers.wire.openai_responses import OpenAIResponses, content_features
from routers.wire.reading import integer
from routers.wire.silent import SilentWatch, no_slots
from routers.wire.stored_state import builds_on_state

_RESPONSES = OpenAIResponses()


class OpenAIInputTokens:
    """See `routers.wire.dialect.Wire`. The count is that of the masked text."""

    path = "/v1/responses/input_tokens"
    forwarded_headers: frozenset[str] = frozenset()
    answer_names: frozenset[str] = frozenset({"input_tokens"})
    streams = False

    def auth_headers(self, credential: str) -> Headers:
        """Returns the bearer header, or nothing for a destination without a key."""
        return _RESPONSES.auth_headers(credential)

    def features(self, body: Mapping[str, object]) -> frozenset[str]:
        """Returns what a request uses. Nothing is kept of it, but it may build on what is."""
        return frozenset(content_features(body) | ({"store"} if builds_on_state(body) else set()))

    def error_body(self, *, status: int, code: str, message: str, request_id: str) -> bytes:
        """Returns an error as `openai.APIStatusError` reads it."""
        return _RESPONSES.error_body(status=status, code=code, message=message, request_id=request_id)

    def error_event(self, *, status: int, code: str, message: str, request_id: str) -> bytes:
        """Returns the event on which the SDK raises."""
        return _RESPONSES.error_event(status=status, code=code, message=message, request_id=request_id)

    def slots(self, data: Mapping[str, object]) -> Iterator[Slot]:
        """Yields nothing."""
        return no_slots(data)

    def closes(self, data: Mapping[str, object]) -> frozenset[str] | None:
        """There are no channels."""
        del data
        return frozenset()

    def continuation(self, channel: str, data: Mapping[str, object], text: str) -> bytes:
        """There are no channels."""
        del channel, data, text
        return b""

    def whole_slots(self, body: Mapping[str, object]) -> Iterator[Slot]:
        """Yields nothing."""
        return no_slots(body)

    def answer(self, body: Mapping[str, object]) -> tuple[Usage, str | None]:
        """Returns the count. No model is named."""
        return Usage(integer(body.get("input_tokens")), None), None

    def watch(self) -> StreamWatch:
        """Returns a watch that never sees an end: there are no streams."""
        return SilentWatch()


class OpenAICompact:
    """See `routers.wire.dialect.Wire`. The answer holds messages in the clear and one item that only OpenAI reads."""

    path = "/v1/responses/compact"
    forwarded_headers: frozenset[str] = frozenset()
    answer_names: frozenset[str] = frozenset({"output"})
    streams = False

    def auth_headers(self, credential: str) -> Headers:
        """Returns the bearer header, or nothing for a destination without a key."""
        return _RESPONSES.auth_headers(credential)

    def features(self, body: Mapping[str, object]) -> frozenset[str]:
        """Returns what a request uses. A compacted conversation is state that only the destination can read."""
        return frozenset(content_features(body) | {"store"})

    def error_body(self, *, status: int, code: str, message: str, request_id: str) -> bytes:
        """Returns an error as `openai.APIStatusError` reads it."""
        return _RESPONSES.error_body(status=status, code=code, message=message, request_id=request_id)

    def error_event(self, *, status: int, code: str, message: str, request_id: str) -> bytes:
        """Returns the event on which the SDK raises."""
        return _RESPONSES.error_event(status=status, code=code, message=message, request_id=request_id)

    def slots(self, data: Mapping[str, object]) -> Iterator[Slot]:
        """Yields the texts of an event, though there should be none."""
        return _RESPONSES.slots(data)

    def closes(self, data: Mapping[str, object]) -> frozenset[str] | None:
        """As Responses."""
        return _RESPONSES.closes(data)

    def continuation(self, channel: str, data: Mapping[str, object], text: str) -> bytes:
        """As Responses."""
        return _RESPONSES.continuation(channel, data, text)

    def whole_slots(self, body: Mapping[str, object]) -> Iterator[Slot]:
        """Yields every text of the compacted conversation that is not sealed."""
        return _RESPONSES.whole_slots(body)

    def answer(self, body: Mapping[str, object]) -> tuple[Usage, str | None]:
        """Returns token counts and the model named."""
        return _RESPONSES.answer(body)

    def watch(self) -> StreamWatch:
        """Returns a watch that never sees an end: there are no streams."""
        return SilentWatch()
