"""The manners of a MiniMax-style vendor: both dialects, reasoning aloud, and `base_resp` in every chat answer."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.demo.simulated.heard import Heard, JsonObject
from gateway.demo.simulated.openai_wire import OpenAIWire
from gateway.demo.simulated.wire import Refused, Turn

FINE: JsonObject = {"base_resp": {"status_code": 0, "status_msg": ""}}
"""What the vendor adds to every answer that is not an error, in both dialects."""

_VENDOR_CODE = {Refused.KEY: 1004, Refused.REQUEST: 2013, Refused.MODEL: 2013}


class MiniMaxWire:
    """Chat completions with inline `<think>` unless the request asks for `reasoning_split`."""

    request_id_header = "x-request-id"

    def __init__(self) -> None:
        self._chat = OpenAIWire(thinks_aloud=True, extra=FINE)

    def read(self, body: JsonObject) -> Heard:
        """Returns the request as understood. Raises `BadRequest`."""
        return self._chat.read(body)

    def whole(self, turn: Turn) -> JsonObject:
        """Returns a chat completion object with `base_resp`."""
        return self._chat.whole(turn)

    def stream(self, turn: Turn) -> Iterator[bytes]:
        """Yields chunks with `base_resp`, then `[DONE]`."""
        return self._chat.stream(turn)

    def error(self, refused: Refused, message: str, request_id: str) -> tuple[int, JsonObject]:
        """Returns the OpenAI-style error with the vendor's own code beside it."""
        status, body = self._chat.error(refused, message, request_id)
        return status, {**body, "base_resp": {"status_code": _VENDOR_CODE[refused], "status_msg": message}}
