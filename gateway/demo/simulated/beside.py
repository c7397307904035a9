"""The endpoints beside the conversations: Responses, completions, embeddings and token counting, simulated.

Responses are told through the chat wire, as the gateway tells them to destinations that speak chat. Nothing is kept: a
request that builds on an earlier response is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import orjson

from gateway.demo.simulated.answer import pieces
from gateway.demo.simulated.anthropic_wire import AnthropicWire
from gateway.demo.simulated.heard import BadRequest, Heard, JsonObject
from gateway.demo.simulated.openai_wire import OpenAIWire
from gateway.demo.simulated.wire import Refused, Turn, event
from routers.errors import DialectUnsupported
from routers.upstreams.responses_answer import ResponseTale, response_of_chat
from routers.upstreams.responses_request import chat_of_responses
from routers.wire.reading import read_object
from routers.wire.sse import SseSplitter

_DIMENSIONS = 8
_BETWEEN_INPUTS = "\x1f"


class ResponsesWire:
    """Responses, streamed and not."""

    request_id_header = "x-request-id"

    def __init__(self) -> None:
        self._chat = OpenAIWire()

    def read(self, body: JsonObject) -> Heard:
        """Returns the request as understood. Raises `BadRequest`."""
        try:
            made, _ = chat_of_responses(orjson.dumps(body), str(body.get("model")))
        except DialectUnsupported as error:
            raise BadRequest(f"{error}; nothing is kept here") from None
        return self._chat.read(made)

    def whole(self, turn: Turn) -> JsonObject:
        """Returns a response object."""
        told: JsonObject = orjson.loads(response_of_chat(self._chat.whole(turn), {}))
        return told

    def stream(self, turn: Turn) -> Iterator[bytes]:
        """Yields the events of a response."""
        tale, splitter = ResponseTale({}), SseSplitter()
        for piece in self._chat.stream(turn):
            for one in splitter.feed(piece):
                chunk = read_object(one.data or b"")
                if chunk is not None:
                    yield from tale.tell(chunk)
        yield from tale.end()

    def error(self, refused: Refused, message: str, request_id: str) -> tuple[int, JsonObject]:
        """Returns the error object of the API."""
        return self._chat.error(refused, message, request_id)


class InputTokensWire:
    """Token counting of Responses."""

    request_id_header = "x-request-id"

    def __init__(self) -> None:
        self._responses = ResponsesWire()

    def read(self, body: JsonObject) -> Heard:
        """Returns the request as understood. Raises `BadRequest`."""
        return self._responses.read({**body, "stream": False})

    def whole(self, turn: Turn) -> JsonObject:
        """Returns the count."""
        return {"object": "response.input_tokens", "input_tokens": turn.heard.input_tokens}

    def stream(self, turn: Turn) -> Iterator[bytes]:
        """Yields nothing: there are no streams of counts."""
        del turn
        return iter(())

    def error(self, refused: Refused, message: str, request_id: str) -> tuple[int, JsonObject]:
        """Returns the error object of the API."""
        return self._responses.error(refused, message, request_id)


class CompletionsWire:
    """Completions, streamed and not."""

    request_id_header = "x-request-id"

    def __init__(self) -> None:
        self._chat = OpenAIWire()

    def read(self, body: JsonObject) -> Heard:
        """Returns the request as understood. Raises `BadRequest`."""
        texts = _texts(body.get("prompt"))
        messages = [{"role": "user", "content": text} for text in texts]
        return self._chat.read({**body, "messages": messages})

    def whole(self, turn: Turn) -> JsonObject:
        """Returns a completion object."""
        usage = {"prompt_tokens": turn.heard.input_tokens, "completion_tokens": turn.answer.output_tokens}
        total = {"total_tokens": sum(usage.values())}
        return _completion(turn, turn.answer.text, "stop") | {"usage": usage | total}

    def stream(self, turn: Turn) -> Iterator[bytes]:
        """Yields chunks, then `[DONE]`."""
        for piece in pieces(turn.answer.text):
            yield event(_completion(turn, piece, None))
        yield event(_completion(turn, "", "stop"))
        yield b"data: [DONE]\n\n"

    def error(self, refused: Refused, message: str, request_id: str) -> tuple[int, JsonObject]:
        """Returns the error object of the API."""
        return self._chat.error(refused, message, request_id)


class EmbeddingsWire:
    """Embeddings: a few numbers from a digest of the text, so that equal texts have equal vectors."""

    request_id_header = "x-request-id"

    def __init__(self) -> None:
        self._chat = OpenAIWire()

    def read(self, body: JsonObject) -> Heard:
        """Returns the request as understood. Raises `BadRequest`."""
        text = _BETWEEN_INPUTS.join(_texts(body.get("input")))
        return self._chat.read({"model": body.get("model"), "messages": [{"role": "user", "content": text}]})

    def whole(self, turn: Turn) -> JsonObject:
        """Returns a list of embeddings."""
        texts = turn.heard.asked.split(_BETWEEN_INPUTS)
        data = [{"object": "embedding", "index": place, "embedding": _vector(text)} for place, text in enumerate(texts)]
        usage = {"prompt_tokens": turn.heard.input_tokens, "total_tokens": turn.heard.input_tokens}
        return {"object": "list", "data": data, "model": turn.heard.model, "usage": usage}

    def stream(self, turn: Turn) -> Iterator[bytes]:
        """Yields nothing: there are no streams of vectors."""
        del turn
        return iter(())

    def error(self, refused: Refused, message: str, request_id: str) -> tuple[int, JsonObject]:
        """Returns the error object of the API."""
        return self._chat.error(refused, message, request_id)


class CountTokensWire:
    """Token counting of Messages."""

    request_id_header = "request-id"

    def __init__(self, messages: AnthropicWire) -> None:
        self._messages = messages

    def read(self, body: JsonObject) -> Heard:
        """Returns the request as understood. Raises `BadRequest`."""
        return self._messages.read({"max_tokens": 1, **body, "stream": False})

    def whole(self, turn: Turn) -> JsonObject:
        """Returns the count."""
        return {"input_tokens": turn.heard.input_tokens}

    def stream(self, turn: Turn) -> Iterator[bytes]:
        """Yields nothing: there are no streams of counts."""
        del turn
        return iter(())

    def error(self, refused: Refused, message: str, request_id: str) -> tuple[int, JsonObject]:
        """Returns the error object of the API."""
        return self._messages.error(refused, message, request_id)


def _texts(value: object) -> list[str]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise BadRequest("a text or a list of texts is required")
    return texts


def _completion(turn: Turn, text: str, finish_reason: str | None) -> dict[str, object]:
    choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": finish_reason}
    number, model = f"cmpl-simulated-{turn.number:06d}", turn.heard.model
    return {"id": number, "object": "text_completion", "created": turn.created_s, "model": model, "choices": [choice]}


def _vector(text: str) -> list[float]:
    return [byte / 128 - 1 for byte in sha256(text.encode()).digest()[:_DIMENSIONS]]
