"""The wire of OpenAI's Completions, as OpenAI and vLLM speak it.

One channel per choice: `<choice>/text`. A prompt of token numbers is named in `features` as `tokens`.
Source: OpenAI API reference, "Create completion".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import orjson

from routers.types import Headers, Usage
from routers.wire.dialect import Slot, SlotKind, StreamWatch
from routers.wire.openai_chat import chat_watch
from routers.wire.openai_manners import bearer, error_body, error_event, has_tokens, model_named, prompt_usage
from routers.wire.reading import integer, mappings

_CHUNK_FIELDS = ("id", "object", "created", "model", "system_fingerprint")


class OpenAICompletions:
    """See `routers.wire.dialect.Wire`."""

    path = "/v1/completions"
    forwarded_headers: frozenset[str] = frozenset()
    answer_names: frozenset[str] = frozenset({"choices"})
    streams = True

    def auth_headers(self, credential: str) -> Headers:
        """Returns the bearer header, or nothing for a destination without a key."""
        return bearer(credential)

    def features(self, body: Mapping[str, object]) -> frozenset[str]:
        """Returns what a request uses."""
        used = {"stream"} if body.get("stream") is True else set()
        if has_tokens(body.get("prompt")):
            used.add("tokens")
        return frozenset(used)

    def error_body(self, *, status: int, code: str, message: str, request_id: str) -> bytes:
        """Returns an error as `openai.APIStatusError` reads it. The request id travels in a header."""
        del request_id
        return error_body(status, code, message)

    def error_event(self, *, status: int, code: str, message: str, request_id: str) -> bytes:
        """Returns the event on which the SDK raises `openai.APIError`."""
        del request_id
        return error_event(status, code, message)

    def slots(self, data: Mapping[str, object]) -> Iterator[Slot]:
        """Yields the text of every choice."""
        for position, choice in mappings(data.get("choices")):
            text = choice.get("text")
            if isinstance(text, str):
                yield Slot(f"{_number(choice, position)}/text", ("choices", position, "text"), SlotKind.TEXT, text)

    def closes(self, data: Mapping[str, object]) -> frozenset[str] | None:
        """A finish reason ends its choice; an error ends all."""
        if isinstance(data.get("error"), dict):
            return None
        return frozenset(
            f"{_number(choice, position)}/"
            for position, choice in mappings(data.get("choices"))
            if choice.get("finish_reason") is not None
        )

    def continuation(self, channel: str, data: Mapping[str, object], text: str) -> bytes:
        """Returns one more chunk with this text, under the id and model of `data`."""
        chunk: dict[str, object] = {name: data[name] for name in _CHUNK_FIELDS if name in data}
        number = int(channel.split("/", maxsplit=1)[0])
        chunk["choices"] = [{"index": number, "text": text, "logprobs": None, "finish_reason": None}]
        return b"data: " + orjson.dumps(chunk) + b"\n\n"

    def whole_slots(self, body: Mapping[str, object]) -> Iterator[Slot]:
        """Yields the text of every choice."""
        return self.slots(body)

    def answer(self, body: Mapping[str, object]) -> tuple[Usage, str | None]:
        """Returns token counts and the model named."""
        return prompt_usage(body), model_named(body)

    def watch(self) -> StreamWatch:
        """Returns a watch for one stream: it ends as a chat's does."""
        return chat_watch()


def _number(choice: Mapping[str, object], position: int) -> int:
    number = integer(choice.get("index"))
    return position if number is None else number
