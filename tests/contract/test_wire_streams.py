"""Streams through the official SDKs: live, honest about errors, and cancelled when the caller leaves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import anthropic
import openai
import orjson
import pytest

from gateway.errors import UpstreamFailed
from gateway.exchange import Exchange, TraceSink
from gateway.types import Call
from routers.errors import UpstreamCut
from routers.types import DestinationId, Ending
from tests.unit.gateway.api.edge import Answer
from tests.unit.gateway.api.serving import Served, serving

HELLO = [{"role": "user", "content": "hello"}]
SSE = (("content-type", "text/event-stream; charset=utf-8"),)
WAIT_S = 5.0


def openai_event(text: str, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return b"data: " + orjson.dumps(chunk) + b"\n\n"


def anthropic_event(kind: str, **fields: object) -> bytes:
    return f"event: {kind}\ndata: ".encode() + orjson.dumps({"type": kind, **fields}) + b"\n\n"


def anthropic_events(words: Sequence[str]) -> list[bytes]:
    message = {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "content": [],
        "model": "claude",
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }
    return [
        anthropic_event("message_start", message=message),
        anthropic_event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        *(anthropic_event("content_block_delta", index=0, delta={"type": "text_delta", "text": w}) for w in words),
        anthropic_event("content_block_stop", index=0),
        anthropic_event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 3}),
        anthropic_event("message_stop"),
    ]


OPENAI_EVENTS = [openai_event("one "), openai_event("two "), openai_event("three", "stop"), b"data: [DONE]\n\n"]
ANTHROPIC_EVENTS = anthropic_events(["one ", "two ", "three"])


def streaming(pieces: Sequence[bytes], error: Exception | None = None) -> Answer:
    async def chunks() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece
        if error is not None:
            raise error

    async def answer(call: Call, trace: TraceSink) -> Exchange:
        return Exchange(200, SSE, trace.freeze(), chunks=chunks())

    return answer


class Waiting:
    """A stream that sends one event, then nothing until it is told or left."""

    def __init__(self, first: bytes, rest: Sequence[bytes] = ()) -> None:
        self.go = threading.Event()
        self.cancelled = threading.Event()
        self._first, self._rest = first, rest

    async def _chunks(self) -> AsyncIterator[bytes]:
        try:
            yield self._first
            while not self.go.is_set():
                await asyncio.sleep(0.005)
            for piece in self._rest:
                yield piece
        except asyncio.CancelledError:
            self.cancelled.set()
            raise

    async def answer(self, call: Call, trace: TraceSink) -> Exchange:
        return Exchange(200, SSE, trace.freeze(), chunks=self._chunks())


def openai_client(served: Served) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{served.url}/v1", api_key=served.key, max_retries=0)


def anthropic_client(served: Served) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=served.url, api_key=served.key, max_retries=0)


@pytest.mark.parametrize("size", [None, 1, 13])
def test_openai_sdk_iterates_a_stream_cut_anywhere(tmp_path: Path, size: int | None) -> None:
    with serving(tmp_path, streaming(cut(OPENAI_EVENTS, size))) as served, openai_client(served) as client:
        stream = client.chat.completions.create(model="m", messages=HELLO, stream=True)
        assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "one two three"
        assert served.pipeline.calls[0].stream is True


@pytest.mark.parametrize("size", [None, 1, 13])
def test_anthropic_sdk_iterates_a_stream_cut_anywhere(tmp_path: Path, size: int | None) -> None:
    with serving(tmp_path, streaming(cut(ANTHROPIC_EVENTS, size))) as served, anthropic_client(served) as client:
        stream = client.messages.create(model="claude", max_tokens=5, messages=HELLO, stream=True)
        events = list(stream)
        assert "".join(e.delta.text for e in events if e.type == "content_block_delta") == "one two three"
        assert events[-1].type == "message_stop"


def cut(events: Sequence[bytes], size: int | None) -> list[bytes]:
    whole = b"".join(events)
    return list(events) if size is None else [whole[i : i + size] for i in range(0, len(whole), size)]


def test_piece_is_readable_before_the_next_one_exists(tmp_path: Path) -> None:
    waiting = Waiting(OPENAI_EVENTS[0], OPENAI_EVENTS[1:])
    with serving(tmp_path, waiting.answer) as served, openai_client(served) as client:
        stream = iter(client.chat.completions.create(model="m", messages=HELLO, stream=True, timeout=WAIT_S))
        assert next(stream).choices[0].delta.content == "one "
        waiting.go.set()
        assert len(list(stream)) == 2


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UpstreamFailed("every permitted destination failed"), "upstream_failed"),
        (UpstreamCut(DestinationId("sim-us"), Ending.STALLED), "upstream_failed"),
        (ValueError("zq-private-words"), "internal_error"),
    ],
    ids=["failed", "stalled", "defect"],
)
def test_stream_that_breaks_raises_in_both_sdks(tmp_path: Path, error: Exception, code: str) -> None:
    half = OPENAI_EVENTS[1][:20]
    with serving(tmp_path / "openai", streaming([OPENAI_EVENTS[0], half], error)) as served:
        with openai_client(served) as client, pytest.raises(openai.APIError) as seen:
            list(client.chat.completions.create(model="m", messages=HELLO, stream=True))
        assert seen.value.code == code
    with serving(tmp_path / "anthropic", streaming([*ANTHROPIC_EVENTS[:3], half], error)) as served:
        with anthropic_client(served) as other, pytest.raises(anthropic.APIStatusError, match=code) as caught:
            list(other.messages.create(model="claude", max_tokens=5, messages=HELLO, stream=True))
        assert "zq-private-words" not in str(caught.value)


def test_caller_who_leaves_mid_stream_cancels_the_upstream(tmp_path: Path) -> None:
    waiting = Waiting(OPENAI_EVENTS[0])
    with serving(tmp_path, waiting.answer) as served, openai_client(served) as client:
        stream = client.chat.completions.create(model="m", messages=HELLO, stream=True)
        next(iter(stream))
        stream.close()
        assert waiting.cancelled.wait(WAIT_S)


def test_caller_who_leaves_before_the_answer_cancels_the_stages(tmp_path: Path) -> None:
    begun, stopped = threading.Event(), threading.Event()

    async def answer(call: Call, trace: TraceSink) -> Exchange:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            stopped.set()
        raise AssertionError

    with serving(tmp_path, answer) as served, anthropic_client(served) as client:
        with pytest.raises(anthropic.APITimeoutError):
            client.with_options(timeout=0.5).messages.create(model="claude", max_tokens=5, messages=HELLO)
        assert begun.is_set()
        assert stopped.wait(WAIT_S)
