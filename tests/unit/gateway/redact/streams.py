"""Answers of every dialect as a destination writes them, in pieces, and as a client puts them together."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import pairwise

from routers.types import Dialect

Json = dict[str, object]

CHAT, MESSAGES, RESPONSES = Dialect.OPENAI_CHAT, Dialect.ANTHROPIC_MESSAGES, Dialect.OPENAI_RESPONSES
STREAMED = (CHAT, MESSAGES, RESPONSES)
TOOL = "send_mail"


def sse(data: Json, name: str = "", *, ascii_only: bool = True) -> bytes:
    """One event."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data, ensure_ascii=ascii_only)}\n\n".encode()


def typed(kind: str, ascii_only: bool, **fields: object) -> bytes:
    """One event that names its type, as Anthropic's and the Responses' do."""
    return sse({"type": kind, **fields}, kind, ascii_only=ascii_only)


def cut(text: str, places: list[int]) -> list[str]:
    """The text in pieces that end at these places."""
    return [text[low:high] for low, high in pairwise([0, *sorted(places), len(text)])]


def streamed(dialect: Dialect, pieces: list[str], *, source: bool, ascii_only: bool = True) -> list[bytes]:
    """The events of one answer that says the pieces, as text or as the arguments of a tool call."""
    return {CHAT: _chat, MESSAGES: _messages, RESPONSES: _responses}[dialect](pieces, source, ascii_only)


def _chat(pieces: list[str], source: bool, ascii_only: bool) -> list[bytes]:
    def chunk(delta: Json, finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return sse(
            {"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}, ascii_only=ascii_only
        )

    def call(more: Json, **fields: object) -> Json:
        return {"tool_calls": [{"index": 0, **fields, "function": more}]}

    first: Json = call({"name": TOOL, "arguments": ""}, id="t") if source else {"role": "assistant", "content": ""}
    deltas = [call({"arguments": piece}) if source else {"content": piece} for piece in pieces]
    return [chunk(first), *map(chunk, deltas), chunk({}, "stop"), b"data: [DONE]\n\n"]


def _messages(pieces: list[str], source: bool, ascii_only: bool) -> list[bytes]:
    block: Json = {"type": "tool_use", "id": "t", "name": TOOL, "input": {}} if source else {"type": "text", "text": ""}
    kind, name = ("input_json_delta", "partial_json") if source else ("text_delta", "text")
    deltas = [typed("content_block_delta", ascii_only, index=0, delta={"type": kind, name: piece}) for piece in pieces]
    start = typed("message_start", ascii_only, message={"id": "m", "role": "assistant", "content": [], "model": "m"})
    return [
        start,
        typed("content_block_start", ascii_only, index=0, content_block=block),
        *deltas,
        typed("content_block_stop", ascii_only, index=0),
        typed("message_delta", ascii_only, delta={"stop_reason": "end_turn"}, usage={"output_tokens": 1}),
        typed("message_stop", ascii_only),
    ]


def _responses(pieces: list[str], source: bool, ascii_only: bool) -> list[bytes]:
    family = "response.function_call_arguments" if source else "response.output_text"
    place: Json = {"item_id": "i", "output_index": 0} | ({} if source else {"content_index": 0})
    whole = "".join(pieces)
    item = responses_item(whole, source=source)
    empty = responses_item("", source=source)
    events = [("response.output_item.added", {"output_index": 0, "item": empty})]
    events += [(f"{family}.delta", place | {"delta": piece}) for piece in pieces]
    events += [
        (f"{family}.done", place | {"arguments" if source else "text": whole}),
        ("response.output_item.done", {"output_index": 0, "item": item}),
        ("response.completed", {"response": {"id": "r", "object": "response", "output": [item]}}),
    ]
    return [typed(kind, ascii_only, sequence_number=number, **fields) for number, (kind, fields) in enumerate(events)]


def responses_item(text: str, *, source: bool) -> Json:
    """One output item."""
    if source:
        return {"type": "function_call", "id": "i", "call_id": "t", "name": TOOL, "arguments": text}
    return {"type": "message", "id": "i", "role": "assistant", "content": [{"type": "output_text", "text": text}]}


def whole(dialect: Dialect, text: str, *, source: bool) -> bytes:
    """The same answer in one body."""
    if dialect is RESPONSES:
        return json.dumps({"id": "r", "object": "response", "output": [responses_item(text, source=source)]}).encode()
    if dialect is CHAT:
        call = {"id": "t", "type": "function", "function": {"name": TOOL, "arguments": text}}
        message: Json = {"role": "assistant", "tool_calls": [call]} if source else {"content": text}
        return json.dumps({"id": "c", "choices": [{"index": 0, "message": message}]}).encode()
    if source:
        return json.dumps(
            {"content": [{"type": "tool_use", "id": "t", "name": TOOL, "input": json.loads(text)}]}
        ).encode()
    return json.dumps({"content": [{"type": "text", "text": text}]}).encode()


def told(dialect: Dialect, body: bytes, *, source: bool) -> str:
    """What the body says; a tool's arguments as JSON source."""
    data = json.loads(body)
    if dialect is RESPONSES:
        return _of_item(data["output"][0], source=source)
    if dialect is CHAT:
        message = data["choices"][0]["message"]
        return str(message["tool_calls"][0]["function"]["arguments"] if source else message["content"])
    return json.dumps(data["content"][0]["input"]) if source else str(data["content"][0]["text"])


def _of_item(item: Json, *, source: bool) -> str:
    return str(item["arguments"] if source else item["content"][0]["text"])  # type: ignore[index]  # parsed JSON


def heard(dialect: Dialect, stream: bytes, *, source: bool) -> str:
    """What a client accumulates. In Responses the three tellings of a text must agree, unless it broke off."""
    lines = re.split(rb"\r\n|\n|\r", stream)
    found = [line.removeprefix(b"data: ") for line in lines if line.startswith(b"data: ")]
    datas = [json.loads(data) for data in found if data != b"[DONE]"]
    take: Callable[[Json], str] = {CHAT: _chat_piece, MESSAGES: _messages_piece, RESPONSES: _responses_piece}[dialect]
    text = "".join(map(take, datas))
    for data in datas:
        if data.get("type") == "response.completed":
            assert _of_item(data["response"]["output"][0], source=source) == text
        if str(data.get("type")).endswith(("output_text.done", "arguments.done")):
            assert data.get("text", data.get("arguments")) == text
    return text


def _chat_piece(data: Json) -> str:
    delta = data["choices"][0]["delta"]  # type: ignore[index]  # parsed JSON
    calls = delta.get("tool_calls")
    return str(calls[0]["function"].get("arguments", "") if calls else delta.get("content", ""))


def _messages_piece(data: Json) -> str:
    delta = data.get("delta")
    return str(delta.get("text", delta.get("partial_json", ""))) if isinstance(delta, dict) else ""


def _responses_piece(data: Json) -> str:
    delta = data.get("delta")
    return delta if isinstance(delta, str) else ""
