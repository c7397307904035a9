"""Anthropic Messages as its servers speak it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator

import orjson

from gateway.demo.simulated.answer import pieces
from gateway.demo.simulated.heard import BadRequest, Heard, JsonObject, read_anthropic
from gateway.demo.simulated.wire import Refused, Turn, event

_STATUS = {Refused.KEY: 401, Refused.REQUEST: 400, Refused.MODEL: 404}
_TYPE = {
    Refused.KEY: "authentication_error",
    Refused.REQUEST: "invalid_request_error",
    Refused.MODEL: "not_found_error",
}


class AnthropicWire:
    """Messages, streamed and not. Thinking is signed, and a replayed block must carry its signature unchanged."""

    request_id_header = "request-id"

    def __init__(self, signing_key: bytes, extra: JsonObject | None = None) -> None:
        self._signing_key = signing_key
        self._extra = dict(extra or {})

    def read(self, body: JsonObject) -> Heard:
        """Returns the request as understood. Raises `BadRequest`, also for a thinking block that was altered."""
        heard = read_anthropic(body)
        for thinking, signature in heard.signatures:
            if not hmac.compare_digest(self._sign(thinking).encode(), signature.encode()):
                raise BadRequest("messages: Invalid `signature` in `thinking` block")
        return heard

    def whole(self, turn: Turn) -> JsonObject:
        """Returns a message object."""
        return self._message(turn, self._content(turn), _stop_reason(turn), _usage(turn)) | self._extra

    def stream(self, turn: Turn) -> Iterator[bytes]:
        """Yields `message_start`, the content blocks with a ping among them, `message_delta`, `message_stop`."""
        opening = self._message(turn, [], None, _usage(turn) | {"output_tokens": 1})
        yield event({"type": "message_start", "message": opening}, "message_start")
        for index, block in enumerate(self._content(turn)):
            yield from _block_events(index, block)
            yield event({"type": "ping"}, "ping")
        delta = {"stop_reason": _stop_reason(turn), "stop_sequence": None}
        usage = {"output_tokens": turn.answer.output_tokens}
        yield event({"type": "message_delta", "delta": delta, "usage": usage}, "message_delta")
        yield event({"type": "message_stop"}, "message_stop")

    def error(self, refused: Refused, message: str, request_id: str) -> tuple[int, JsonObject]:
        """Returns the error object of the API."""
        error = {"type": _TYPE[refused], "message": message}
        return _STATUS[refused], {"type": "error", "error": error, "request_id": request_id}

    def _message(
        self, turn: Turn, content: list[JsonObject], stop_reason: str | None, usage: JsonObject
    ) -> dict[str, object]:
        return {
            "id": f"msg_simulated_{turn.number:06d}",
            "type": "message",
            "role": "assistant",
            "model": turn.heard.model,
            "content": content,
            "stop_reason": stop_reason,
            "stop_sequence": None,
            "usage": usage,
        }

    def _content(self, turn: Turn) -> list[JsonObject]:
        answer = turn.answer
        content: list[JsonObject] = []
        if answer.thinking is not None:
            signature = self._sign(answer.thinking)
            content.append({"type": "thinking", "thinking": answer.thinking, "signature": signature})
        content.append({"type": "text", "text": answer.text})
        if answer.call is not None:
            name, arguments = answer.call
            call_id = f"toolu_simulated_{turn.number:06d}"
            content.append({"type": "tool_use", "id": call_id, "name": name, "input": arguments})
        return content

    def _sign(self, thinking: str) -> str:
        return base64.b64encode(hmac.digest(self._signing_key, thinking.encode(), hashlib.sha256)).decode()


def _block_events(index: int, block: JsonObject) -> Iterator[bytes]:
    """Yields the start, the deltas and the stop of one content block."""
    match block["type"]:
        case "thinking":
            empty: JsonObject = {"type": "thinking", "thinking": "", "signature": ""}
            deltas = [{"type": "thinking_delta", "thinking": p} for p in pieces(str(block["thinking"]))]
            deltas.append({"type": "signature_delta", "signature": str(block["signature"])})
        case "tool_use":
            empty = {**block, "input": {}}
            source = orjson.dumps(block["input"]).decode()
            deltas = [{"type": "input_json_delta", "partial_json": p} for p in ("", *pieces(source))]
        case _:
            empty = {"type": "text", "text": ""}
            deltas = [{"type": "text_delta", "text": p} for p in pieces(str(block["text"]))]
    yield event({"type": "content_block_start", "index": index, "content_block": empty}, "content_block_start")
    for delta in deltas:
        yield event({"type": "content_block_delta", "index": index, "delta": delta}, "content_block_delta")
    yield event({"type": "content_block_stop", "index": index}, "content_block_stop")


def _stop_reason(turn: Turn) -> str:
    return "tool_use" if turn.answer.call else "end_turn"


def _usage(turn: Turn) -> dict[str, int]:
    return {
        "input_tokens": turn.heard.input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": turn.answer.output_tokens,
    }
