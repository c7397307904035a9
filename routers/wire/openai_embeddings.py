"""The wire of OpenAI's Embeddings. Answers hold vectors and no text, so there is nothing to restore.

An input of token numbers is named in `features` as `tokens`. Source: OpenAI API reference, "Create embeddings".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from routers.types import Headers, Usage
from routers.wire.dialect import Slot, StreamWatch
from routers.wire.openai_manners import bearer, error_body, error_event, has_tokens, model_named, prompt_usage
from routers.wire.silent import SilentWatch, no_slots


class OpenAIEmbeddings:
    """See `routers.wire.dialect.Wire`."""

    path = "/v1/embeddings"
    forwarded_headers: frozenset[str] = frozenset()
    answer_names: frozenset[str] = frozenset({"data"})
    streams = False

    def auth_headers(self, credential: str) -> Headers:
        """Returns the bearer header, or nothing for a destination without a key."""
        return bearer(credential)

    def features(self, body: Mapping[str, object]) -> frozenset[str]:
        """Returns what a request uses."""
        return frozenset({"tokens"}) if has_tokens(body.get("input")) else frozenset()

    def error_body(self, *, status: int, code: str, message: str, request_id: str) -> bytes:
        """Returns an error as `openai.APIStatusError` reads it. The request id travels in a header."""
        del request_id
        return error_body(status, code, message)

    def error_event(self, *, status: int, code: str, message: str, request_id: str) -> bytes:
        """Returns the event on which the SDK raises `openai.APIError`."""
        del request_id
        return error_event(status, code, message)

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
        """Returns token counts and the model named."""
        return prompt_usage(body), model_named(body)

    def watch(self) -> StreamWatch:
        """Returns a watch that never sees an end: there are no streams."""
        return SilentWatch()
