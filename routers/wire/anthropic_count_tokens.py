"""The wire of Anthropic's token counting: a Messages request, and an answer of one number.

A counted request carries the same text as a sent one, so it is read, judged and masked like it; the count is that of
the masked text. Source: Anthropic API reference, "Count Message tokens".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from routers.types import Headers, Usage
from routers.wire.anthropic_messages import AnthropicMessages
from routers.wire.dialect import Slot, StreamWatch
from routers.wire.reading import integer
from routers.wire.silent import SilentWatch, no_slots

_MESSAGES = AnthropicMessages()


class AnthropicCountTokens:
    """See `routers.wire.dialect.Wire`."""

    path = "/v1/messages/count_tokens"
    forwarded_headers = _MESSAGES.forwarded_headers
    answer_names: frozenset[str] = frozenset({"input_tokens"})
    streams = False

    def auth_headers(self, credential: str) -> Headers:
        """Returns the API key header, or nothing for a destination without a key."""
        return _MESSAGES.auth_headers(credential)

    def features(self, body: Mapping[str, object]) -> frozenset[str]:
        """Returns what a request uses."""
        return _MESSAGES.features(body) - {"stream"}

    def error_body(self, *, status: int, code: str, message: str, request_id: str) -> bytes:
        """Returns an error as `anthropic.APIStatusError` reads it."""
        return _MESSAGES.error_body(status=status, code=code, message=message, request_id=request_id)

    def error_event(self, *, status: int, code: str, message: str, request_id: str) -> bytes:
        """Returns the event on which the SDK raises."""
        return _MESSAGES.error_event(status=status, code=code, message=message, request_id=request_id)

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
