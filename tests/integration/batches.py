"""What tests of batches share: lines, files, and waiting for an end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import cast

import openai
import orjson
from anthropic.types.messages import MessageBatch
from anthropic.types.messages.batch_create_params import Request
from openai.types import Batch, FileObject

from tests.fakes.answers import openai_answer
from tests.fakes.upstream import Fate, Heard, whole
from tests.integration.composition import Gateway, Json

CHAT = "/v1/chat/completions"
EMAIL = "dana.whitfield@example.com"
ENDED = {"completed", "failed", "expired", "cancelled"}


def line(custom_id: str, text: str = "Say hello.", url: str = CHAT, **body: object) -> Json:
    """A line of a file."""
    content = {"model": "gpt-5.5", "messages": [{"role": "user", "content": text}], **body}
    return {"custom_id": custom_id, "method": "POST", "url": url, "body": content}


def jsonl(lines: Sequence[Json]) -> bytes:
    """A file of lines."""
    return b"".join(orjson.dumps(one) + b"\n" for one in lines)


def echo(heard: Heard) -> Fate:
    """Says what it was told last."""
    content = json.loads(heard.body)["messages"][-1]["content"]
    return whole(openai_answer(content))


async def uploaded(client: openai.AsyncOpenAI, content: bytes, **how: object) -> FileObject:
    """An uploaded file."""
    return await client.files.create(file=("lines.jsonl", content), purpose="batch", **how)  # type: ignore[arg-type]  # tested as given


async def begun(client: openai.AsyncOpenAI, content: bytes, endpoint: str = CHAT, **how: object) -> Batch:
    """A batch of an uploaded file."""
    file = await uploaded(client, content)
    return await client.batches.create(
        input_file_id=file.id,
        endpoint=endpoint,  # type: ignore[arg-type]  # wrong ones are tested too
        completion_window="24h",
        **how,  # type: ignore[arg-type]  # tested as given
    )


async def ended(client: openai.AsyncOpenAI, batch_id: str, *, within_s: float = 20.0) -> Batch:
    """A batch once it has ended."""
    async with asyncio.timeout(within_s):
        while (batch := await client.batches.retrieve(batch_id)).status not in ENDED:
            await asyncio.sleep(0.05)
    return batch


async def results(client: openai.AsyncOpenAI, file_id: str | None) -> dict[str, Json]:
    """The lines of a file of results by their ids."""
    assert file_id is not None
    content = (await client.files.content(file_id)).content
    lines = [json.loads(one) for one in content.splitlines()]
    return {one["custom_id"]: one for one in lines}


def request(custom_id: str, text: str = "Say hello.", **params: object) -> Request:
    """A request of a message batch. `params` may be what Anthropic's types do not allow."""
    messages = [{"role": "user", "content": text}]
    content = {"model": "claude-fable-5", "max_tokens": 50, "messages": messages, **params}
    return cast("Request", {"custom_id": custom_id, "params": content})


async def messages_ended(gateway: Gateway, batch_id: str, *, within_s: float = 20.0) -> MessageBatch:
    """A message batch once it has ended."""
    client = gateway.anthropic()
    async with asyncio.timeout(within_s):
        while (batch := await client.messages.batches.retrieve(batch_id)).processing_status != "ended":
            await asyncio.sleep(0.05)
    return batch
