"""The wire of what OpenAI keeps: retrieving, deleting and cancelling a response, and listing its input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from routers.types import Headers, Usage
from routers.wire.dialect import Slot, StreamWatch
from routers.wire.openai_responses import OpenAIResponses

_RESPONSES = OpenAIResponses()


class OpenAIStored:
    """See `routers.wire.dialect.Wire`. Answers are those of Responses; requests are `routers.wire.state_request`."""

    path = "/v1/responses"
    forwarded_headers: frozenset[str] = frozenset()
    answer_names: frozenset[str] = frozenset({"output", "deleted", "data"})
    streams = True

    def auth_headers(self, credential: str) -> Headers:
        """Returns the bearer header, or nothing for a destination without a key."""
        return _RESPONSES.auth_headers(credential)

    def features(self, body: Mapping[str, object]) -> frozenset[str]:
        """It is all about kept state."""
        del body
        return frozenset({"store"})

    def error_body(self, *, status: int, code: str, message: str, request_id: str) -> bytes:
        """Returns an error as `openai.APIStatusError` reads it."""
        return _RESPONSES.error_body(status=status, code=code, message=message, request_id=request_id)

    def error_event(self, *, status: int, code: str, message: str, request_id: str) -> bytes:
        """Returns the event on which the SDK raises."""
        return _RESPONSES.error_event(status=status, code=code, message=message, request_id=request_id)

    def slots(self, data: Mapping[str, object]) -> Iterator[Slot]:
        """As Responses."""
        return _RESPONSES.slots(data)

    def closes(self, data: Mapping[str, object]) -> frozenset[str] | None:
        """As Responses."""
        return _RESPONSES.closes(data)

    def continuation(self, channel: str, data: Mapping[str, object], text: str) -> bytes:
        """As Responses."""
        return _RESPONSES.continuation(channel, data, text)

    def whole_slots(self, body: Mapping[str, object]) -> Iterator[Slot]:
        """As Responses."""
        return _RESPONSES.whole_slots(body)

    def answer(self, body: Mapping[str, object]) -> tuple[Usage, str | None]:
        """Returns the model named. The tokens were counted when the response was made."""
        return Usage(), _RESPONSES.answer(body)[1]

    def watch(self) -> StreamWatch:
        """Returns a watch for one stream."""
        return _RESPONSES.watch()
