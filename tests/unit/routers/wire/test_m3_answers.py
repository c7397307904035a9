"""Thinking and calls that a host of MiniMax M3 leaves in the text, told apart; everything else byte for byte."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routers.permit import PermitBook
from routers.types import AttemptId, Dialect, Prompt
from routers.upstreams.endpoint import Endpoint
from routers.upstreams.passthrough import Passthrough, Patience, open_session
from routers.wire.m3_answers import MINIMAX_M3, M3Answers
from tests.fakes.targets import target
from tests.fakes.upstream import ScriptedUpstream, whole

NS = "]<]minimax[>["
TOOL = {"type": "function", "function": {"name": "add", "parameters": {"properties": {"n": {"type": "integer"}}}}}
ASKED = json.dumps({"model": "m", "messages": [], "tools": [TOOL]}).encode()
THINKS = json.dumps({"model": "m", "chat_template_kwargs": {"thinking_mode": "enabled"}}).encode()
CALL = f'{NS}<tool_call>\n{NS}<invoke name="add">{NS}<n>7{NS}</n>{NS}</invoke>\n{NS}</tool_call>'


async def chunks_of(pieces: Sequence[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def event(delta: dict[str, object], finish: str | None = None) -> bytes:
    chunk = {"id": "c", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def events(texts: Sequence[str]) -> list[bytes]:
    said = [event({"content": text}) for text in texts]
    return [event({"role": "assistant", "content": ""}), *said, event({}, "stop"), b"data: [DONE]\n\n"]


async def streamed(pieces: Sequence[bytes], asked: bytes = ASKED) -> bytes:
    return b"".join([piece async for piece in M3Answers(asked).stream(chunks_of(pieces))])


async def answered(content: object, asked: bytes = ASKED) -> bytes:
    body = {"id": "c", "choices": [{"index": 0, "message": {"content": content}, "finish_reason": "stop"}]}
    source = json.dumps(body, indent=1).encode()
    return b"".join([piece async for piece in M3Answers(asked).whole(chunks_of([source[:9], source[9:]]))])


def read(stream: bytes) -> dict[str, str]:
    """What a client puts together of a stream."""
    found = {"content": "", "reasoning_content": "", "calls": "", "finish": ""}
    for line in stream.decode().split("\n\n"):
        if not line or line == "data: [DONE]":
            continue
        (choice,) = json.loads(line.removeprefix("data: "))["choices"]
        delta = choice["delta"]
        for name in ("content", "reasoning_content"):
            found[name] += delta.get(name) or ""
        found["calls"] += "".join(
            c["function"]["name"] + c["function"]["arguments"] for c in delta.get("tool_calls", ())
        )
        found["finish"] += choice["finish_reason"] or ""
    return found


CASES = [
    (ASKED, "<mm:think>secret plan</mm:think>Hello", ("Hello", "secret plan", "", "stop")),
    (ASKED, "</mm:think>\nHello", ("\nHello", "", "", "stop")),
    (ASKED, f"I add.{CALL}", ("I add.", "", 'add{"n": 7}', "tool_calls")),
    (ASKED, f"<mm:think>secret</mm:think>{CALL}", ("", "secret", 'add{"n": 7}', "tool_calls")),
    (ASKED, f'Then {NS}<tool_call>{NS}<invoke name="add">', ("Then ", "", "", "stop")),
    (THINKS, "secret plan</mm:think>Hello", ("Hello", "secret plan", "", "stop")),
]


@pytest.mark.parametrize(("asked", "text", "expected"), CASES, ids=str)
@pytest.mark.parametrize("size", [1, 3, 7, 1000])
async def test_stream_is_told_apart_however_it_is_cut(asked: bytes, text: str, expected: tuple, size: int) -> None:
    texts = [text[place : place + size] for place in range(0, len(text), size)]
    found = read(await streamed(events(texts), asked))
    shown = (found["content"].lstrip("\n"), *list(found.values())[1:])
    assert shown == (expected[0].lstrip("\n"), *expected[1:])


@pytest.mark.parametrize(("asked", "text", "expected"), CASES, ids=str)
async def test_whole_answer_is_told_apart(asked: bytes, text: str, expected: tuple) -> None:
    (choice,) = json.loads(await answered(text, asked))["choices"]
    message = choice["message"]
    calls = "".join(c["function"]["name"] + c["function"]["arguments"] for c in message.get("tool_calls", ()))
    found = (
        (message["content"] or "").lstrip("\n"),
        message.get("reasoning_content", ""),
        calls,
        choice["finish_reason"],
    )
    assert found == (expected[0].lstrip("\n"), *expected[1:])


@given(st.lists(st.text("a<]m:>\n t/", max_size=6), max_size=8), st.sampled_from([1, 5, 64, 4096]))
@settings(max_examples=300, deadline=None)
async def test_stream_without_a_marker_stays_byte_for_byte(texts: list[str], size: int) -> None:
    source = b"".join(events(texts))
    pieces = [source[place : place + size] for place in range(0, len(source), size)]
    assert await streamed(pieces) == source


@pytest.mark.parametrize("content", ["Hello", "a < b", "", None, [{"type": "text", "text": "a"}]])
async def test_answer_without_a_marker_stays_byte_for_byte(content: object) -> None:
    body = {"id": "c", "choices": [{"index": 0, "message": {"content": content}, "finish_reason": "stop"}]}
    assert await answered(content) == json.dumps(body, indent=1).encode()


async def test_what_is_no_answer_stays_byte_for_byte() -> None:
    for source in (
        b"not json",
        b'{"error": {"message": "<mm:think>"}}',
        b"data: <mm:think>\n\n",
        b": ping\n\n",
        b"data: {",
    ):
        assert await streamed([source]) == source
        assert b"".join([each async for each in M3Answers(b"").whole(chunks_of([source]))]) == source


async def test_stream_that_breaks_off_never_shows_what_was_thought() -> None:
    cut = await streamed(events(["<mm:think>secret plan", " and more"])[:-2])
    assert read(cut)["content"] == ""
    held = await streamed([event({"content": "a <"})])
    assert read(held)["content"] == "a <"


async def test_thoughts_that_the_host_told_apart_are_left_alone() -> None:
    source = [event({"reasoning_content": "plan"}), event({"content": "Hello"}), event({}, "stop")]
    assert await streamed(source, THINKS) == b"".join(source)


@pytest.mark.parametrize("told", [True, False])
async def test_only_destinations_that_say_so_are_read(upstream: ScriptedUpstream, told: bool) -> None:
    body = json.dumps({"choices": [{"index": 0, "message": {"content": "<mm:think>plan</mm:think>Hello"}}]}).encode()
    upstream.default = whole(body)
    place = target()
    place = replace(place, destination=replace(place.destination, answer_format=MINIMAX_M3 if told else ""))
    book, patience = PermitBook(), Patience(connect_s=2, idle_s=1)
    door = Passthrough(
        open_session(patience), {place.destination.id: Endpoint(upstream.base_url, "test-key-0001")}, book, patience
    )
    try:
        permit = book.issue(AttemptId("a"), place.destination.id, ASKED)
        reply = await door.send(place, Prompt(Dialect.OPENAI_CHAT, ASKED, (), False), permit)
        found = b"".join([piece async for piece in reply.chunks])
    finally:
        await door.close()
    assert (found == body) is not told
    assert ("plan" in json.loads(found)["choices"][0]["message"]["content"]) is not told
