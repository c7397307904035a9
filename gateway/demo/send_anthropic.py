"""Sends a case with the official Anthropic SDK."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import cast

import orjson
from anthropic import APIStatusError, AsyncAnthropic, AsyncStream
from anthropic.types import Message, MessageParam, RawMessageStreamEvent

from gateway.demo.cases import Ask
from gateway.demo.reply import JsonObject, Reply, Trace

_TIMEOUT_S = 60.0
_MOST_TOKENS = 2048
_THINKING_TOKENS = 1024
_CODE = re.compile(r"[a-z_]+")


class AnthropicSender:
    """One key's client. No retries: what the gateway answers first is what the demo shows."""

    def __init__(self, url: str, key: str) -> None:
        self._client = AsyncAnthropic(base_url=url, api_key=key, max_retries=0, timeout=_TIMEOUT_S)

    async def send(self, ask: Ask, history: Sequence[JsonObject], call_id: str) -> Reply:
        """Sends one request after `history` and returns what came back, errors included."""
        messages = [*history, _new_message(ask, call_id)]
        try:
            raw = await self._client.messages.with_raw_response.create(
                model=ask.model,
                max_tokens=_MOST_TOKENS,
                messages=cast("list[MessageParam]", messages),
                stream=ask.streamed,
                extra_headers={"x-gateway-level": ask.declared} if ask.declared else None,
                extra_body=_extra(ask),
            )
        except APIStatusError as error:
            return _refusal(error)
        trace = Trace.read(raw.headers)
        answer = await raw.parse()
        if isinstance(answer, Message):
            blocks = [block.model_dump(exclude_none=True) for block in answer.content]
            return _reply(blocks, trace, messages, finished=answer.stop_reason is not None)
        return await _streamed(answer, trace, messages)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()


def _new_message(ask: Ask, call_id: str) -> JsonObject:
    if ask.tool_result is not None:
        result = {"type": "tool_result", "tool_use_id": call_id, "content": ask.tool_result}
        return {"role": "user", "content": [result]}
    if ask.image is None:
        return {"role": "user", "content": ask.text}
    source = {"type": "base64", "media_type": "image/png", "data": base64.b64encode(ask.image).decode()}
    return {"role": "user", "content": [{"type": "image", "source": source}, {"type": "text", "text": ask.text}]}


def _extra(ask: Ask) -> JsonObject:
    extra: JsonObject = {"system": ask.system} if ask.system else {}
    if ask.thinking:
        extra["thinking"] = {"type": "enabled", "budget_tokens": _THINKING_TOKENS}
    if ask.tools:
        extra["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": tool.schema()} for tool in ask.tools
        ]
    return extra


async def _streamed(stream: AsyncStream[RawMessageStreamEvent], trace: Trace, messages: list[JsonObject]) -> Reply:
    blocks: list[JsonObject] = []
    sources: dict[int, str] = {}
    finished = False
    async for event in stream:
        if event.type == "content_block_start":
            blocks.append(event.content_block.model_dump(exclude_none=True))
        elif event.type == "content_block_delta":
            _add(blocks[event.index], event.delta.model_dump(), sources, event.index)
        elif event.type == "message_stop":
            finished = True
    for index, source in sources.items():
        blocks[index]["input"] = orjson.loads(source or "{}")
    return _reply(blocks, trace, messages, finished=finished)


def _add(block: JsonObject, delta: JsonObject, sources: dict[int, str], index: int) -> None:
    """Adds one delta to its block; tool arguments are collected as source until the block is whole."""
    if delta["type"] == "input_json_delta":
        sources[index] = sources.get(index, "") + str(delta["partial_json"])
        return
    for name in ("text", "thinking", "signature"):
        if name in delta:
            block[name] = f"{block.get(name, '')}{delta[name]}"


def _reply(blocks: list[JsonObject], trace: Trace, messages: list[JsonObject], *, finished: bool) -> Reply:
    calls = [block for block in blocks if block["type"] == "tool_use"]
    return Reply(
        200,
        trace,
        text="".join(str(block["text"]) for block in blocks if block["type"] == "text"),
        arguments="".join(orjson.dumps(call["input"]).decode() for call in calls),
        thinking="".join(str(block["thinking"]) for block in blocks if block["type"] == "thinking"),
        finished=finished,
        history=(*messages, {"role": "assistant", "content": blocks}),
        call_id=str(calls[0]["id"]) if calls else "",
    )


def _refusal(error: APIStatusError) -> Reply:
    """The dialect has no error code: the gateway begins the message with it. Others' errors have only a type."""
    kind, message = "", error.message
    if isinstance(error.body, dict) and isinstance(error.body.get("error"), dict):
        kind, message = str(error.body["error"].get("type")), str(error.body["error"].get("message"))
    code, _, rest = message.partition(": ")
    if _CODE.fullmatch(code):
        kind, message = code, rest
    return Reply(error.status_code, Trace.read(error.response.headers), error=kind, message=message)
