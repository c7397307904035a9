"""Sends a case with the official OpenAI SDK."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import cast

from openai import APIStatusError, AsyncOpenAI, AsyncStream
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessageParam

from gateway.demo.cases import Ask
from gateway.demo.reply import JsonObject, Reply, Trace

_TIMEOUT_S = 60.0


class OpenAISender:
    """One key's client. No retries: what the gateway answers first is what the demo shows."""

    def __init__(self, url: str, key: str) -> None:
        self._client = AsyncOpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, timeout=_TIMEOUT_S)

    async def send(self, ask: Ask, history: Sequence[JsonObject], call_id: str) -> Reply:
        """Sends one request after `history` and returns what came back, errors included."""
        messages = [*history, *_new_messages(ask, call_id)]
        try:
            raw = await self._client.chat.completions.with_raw_response.create(
                model=ask.model,
                messages=cast("list[ChatCompletionMessageParam]", messages),
                stream=ask.streamed,
                extra_headers={"x-gateway-level": ask.declared} if ask.declared else None,
                extra_body=_extra(ask),
            )
        except APIStatusError as error:
            return _refusal(error)
        trace = Trace.read(raw.headers)
        answer = raw.parse()
        if isinstance(answer, ChatCompletion):
            return _whole(answer, trace, messages)
        return await _streamed(answer, trace, messages)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()


def _new_messages(ask: Ask, call_id: str) -> list[JsonObject]:
    if ask.tool_result is not None:
        return [{"role": "tool", "tool_call_id": call_id, "content": ask.tool_result}]
    system: list[JsonObject] = [{"role": "system", "content": ask.system}] if ask.system else []
    if ask.image is None:
        return [*system, {"role": "user", "content": ask.text}]
    url = f"data:image/png;base64,{base64.b64encode(ask.image).decode()}"
    parts = [{"type": "text", "text": ask.text}, {"type": "image_url", "image_url": {"url": url}}]
    return [*system, {"role": "user", "content": parts}]


def _extra(ask: Ask) -> JsonObject:
    extra: JsonObject = {"stream_options": {"include_usage": True}} if ask.streamed else {}
    if ask.tools:
        extra["tools"] = [
            {
                "type": "function",
                "function": {"name": tool.name, "description": tool.description, "parameters": tool.schema()},
            }
            for tool in ask.tools
        ]
    return extra


def _whole(answer: ChatCompletion, trace: Trace, messages: list[JsonObject]) -> Reply:
    message = answer.choices[0].message
    calls = [call for call in message.tool_calls or () if call.type == "function"]
    return Reply(
        200,
        trace,
        text=message.content or "",
        arguments="".join(call.function.arguments for call in calls),
        finished=bool(answer.choices[0].finish_reason),
        history=(*messages, message.model_dump(exclude_none=True)),
        call_id=calls[0].id if calls else "",
    )


async def _streamed(stream: AsyncStream[ChatCompletionChunk], trace: Trace, messages: list[JsonObject]) -> Reply:
    text, arguments, name, call_id, finished = "", "", "", "", False
    async for chunk in stream:
        for choice in chunk.choices:
            text += choice.delta.content or ""
            finished = finished or choice.finish_reason is not None
            for call in choice.delta.tool_calls or ():
                call_id = call.id or call_id
                if call.function is not None:
                    name = call.function.name or name
                    arguments += call.function.arguments or ""
    turn: JsonObject = {"role": "assistant", "content": text}
    if call_id:
        turn["tool_calls"] = [{"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}]
    return Reply(200, trace, text, arguments, finished=finished, history=(*messages, turn), call_id=call_id)


def _refusal(error: APIStatusError) -> Reply:
    code = error.code or error.type or ""
    return Reply(error.status_code, Trace.read(error.response.headers), error=code, message=error.message)
