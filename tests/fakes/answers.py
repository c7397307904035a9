"""Answers as the real wires give them, with synthetic content."""

from __future__ import annotations

from collections.abc import Sequence

import orjson


def openai_answer(text: str = "Hello.", *, model: str = "gpt-fake", tool: tuple[str, str] | None = None) -> bytes:
    """A Chat Completions answer; with `tool` (name, JSON arguments) it calls one."""
    message: dict[str, object] = {"role": "assistant", "content": None if tool else text}
    if tool:
        call = {"id": "call_1", "type": "function", "function": {"name": tool[0], "arguments": tool[1]}}
        message["tool_calls"] = [call]
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if tool else "stop"}
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    answer = {"id": "c1", "object": "chat.completion", "created": 1, "model": model, "choices": [choice]}
    return orjson.dumps(answer | {"usage": usage})


def openai_events(
    pieces: Sequence[str] = ("Hel", "lo."), *, model: str = "gpt-fake", tool: tuple[str, Sequence[str]] | None = None
) -> list[bytes]:
    """A streamed Chat Completions answer, end mark included."""
    deltas: list[dict[str, object]] = [{"role": "assistant", "content": ""}]
    if tool:
        head = {"index": 0, "id": "call_1", "type": "function", "function": {"name": tool[0], "arguments": ""}}
        deltas.append({"tool_calls": [head]})
        deltas += [{"tool_calls": [{"index": 0, "function": {"arguments": part}}]} for part in tool[1]]
    else:
        deltas += [{"content": piece} for piece in pieces]
    base = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": model}
    chunks = [base | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    reason = "tool_calls" if tool else "stop"
    chunks.append(base | {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    chunks.append(base | {"choices": [], "usage": usage})
    return [*(b"data: " + orjson.dumps(chunk) + b"\n\n" for chunk in chunks), b"data: [DONE]\n\n"]


def completion_answer(text: str = "Hello.", *, model: str = "gpt-fake") -> bytes:
    """A Completions answer."""
    choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": "stop"}
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    answer = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": model, "choices": [choice]}
    return orjson.dumps(answer | {"usage": usage})


def completion_events(pieces: Sequence[str] = ("Hel", "lo."), *, model: str = "gpt-fake") -> list[bytes]:
    """A streamed Completions answer, end mark included."""
    base = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": model}
    reasons = [*[None] * len(pieces), "stop"]
    chunks: list[dict[str, object]] = [
        base | {"choices": [{"index": 0, "text": piece, "logprobs": None, "finish_reason": reason}]}
        for piece, reason in zip([*pieces, ""], reasons, strict=True)
    ]
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    chunks.append(base | {"choices": [], "usage": usage})
    return [*(b"data: " + orjson.dumps(chunk) + b"\n\n" for chunk in chunks), b"data: [DONE]\n\n"]


def embeddings_answer(count: int = 1, *, model: str = "embed-fake") -> bytes:
    """An Embeddings answer with so many vectors."""
    data = [{"object": "embedding", "index": index, "embedding": [0.25, -0.5]} for index in range(count)]
    return orjson.dumps(
        {"object": "list", "data": data, "model": model, "usage": {"prompt_tokens": 7, "total_tokens": 7}}
    )


def anthropic_answer(
    text: str = "Hello.",
    *,
    model: str = "claude-fake",
    tool: tuple[str, dict[str, object]] | None = None,
    thinking: str | None = None,
) -> bytes:
    """A Messages answer; with `tool` (name, input) it uses one."""
    content: list[dict[str, object]] = []
    if thinking:
        content.append({"type": "thinking", "thinking": thinking, "signature": "c2ln"})
    content.append({"type": "text", "text": text})
    if tool:
        content.append({"type": "tool_use", "id": "toolu_1", "name": tool[0], "input": tool[1]})
    answer = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": content}
    tail = {"stop_reason": "tool_use" if tool else "end_turn", "stop_sequence": None}
    return orjson.dumps(answer | tail | {"usage": {"input_tokens": 7, "output_tokens": 3}})


def anthropic_events(
    pieces: Sequence[str] = ("Hel", "lo."),
    *,
    model: str = "claude-fake",
    tool: tuple[str, Sequence[str]] | None = None,
    thinking: str | None = None,
) -> list[bytes]:
    """A streamed Messages answer, end mark included."""
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": []}
    message |= {"stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 7, "output_tokens": 1}}
    events: list[dict[str, object]] = [{"type": "message_start", "message": message}, {"type": "ping"}]
    index = 0
    if thinking:
        start = {"type": "thinking", "thinking": "", "signature": ""}
        deltas = [{"type": "thinking_delta", "thinking": thinking}, {"type": "signature_delta", "signature": "c2ln"}]
        events += _block(index, start, deltas)
        index += 1
    texts = [{"type": "text_delta", "text": piece} for piece in pieces]
    events += _block(index, {"type": "text", "text": ""}, texts)
    if tool:
        start = {"type": "tool_use", "id": "toolu_1", "name": tool[0], "input": {}}
        events += _block(index + 1, start, [{"type": "input_json_delta", "partial_json": part} for part in tool[1]])
    delta = {"stop_reason": "tool_use" if tool else "end_turn", "stop_sequence": None}
    events += [{"type": "message_delta", "delta": delta, "usage": {"output_tokens": 3}}, {"type": "message_stop"}]
    return [anthropic_event(event) for event in events]


def anthropic_event(data: dict[str, object]) -> bytes:
    """One event with its name line."""
    return b"event: %b\ndata: %b\n\n" % (str(data["type"]).encode(), orjson.dumps(data))


def _block(index: int, start: dict[str, object], deltas: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]
