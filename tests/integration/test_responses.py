"""Responses through the official SDK: live, masked, and restored alike in deltas, `done` events and the response."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable

import openai
import orjson
import pytest
from openai.types.responses import ResponseStreamEvent

from tests.fakes.responses import Tale, function_call, message, reasoning, responses_answer, responses_events
from tests.fakes.upstream import Answering, Fate, Heard, stream, whole
from tests.integration.composition import OPENAI, Gateway
from tests.integration.running import base, gateway, upstreams
from tests.promises.echoes import TOKEN, cut, in_chunks

__all__ = ["base", "gateway", "upstreams"]

EMAIL, PHONE = "dana.whitfield@example.com", "+1 202-555-0143"
TEXT = f'Write to <{EMAIL}> "{PHONE}" [[EMAIL_7K3F9]] ßé日本😀 \\ /'
SPLITS = [(1, 1), (3, 64), (1000, 7), (1000, 100_000)]
TOOLS = [{"type": "function", "name": "send_mail", "parameters": {"type": "object", "properties": {}}, "strict": False}]


def said(heard: Heard) -> str:
    """The text of the input as the upstream got it."""
    content = orjson.loads(heard.body)["input"]
    return content if isinstance(content, str) else content[-1]["content"][0]["text"]


def source(heard: Heard) -> str:
    """Tool arguments that hold everything the upstream was told."""
    return orjson.dumps({"to": TOKEN.findall(said(heard)), "note": said(heard)}).decode()


def everything(delta_characters: int, chunk_bytes: int) -> Answering:
    """Thinks, says, calls and runs what it was told, in pieces of some characters, cut into chunks of some bytes."""

    def answer(heard: Heard) -> Fate:
        told, arguments = cut(said(heard), delta_characters), cut(source(heard), delta_characters)
        tale = Tale({"instructions": said(heard)})
        tale.begin()
        tale.think(told)
        tale.say(told)
        tale.call("send_mail", arguments)
        tale.run("custom_tool_call_input", told, "input", {"id": "ctc_1", "type": "custom_tool_call", "name": "run"})
        tale.run("mcp_call_arguments", arguments, "arguments", {"id": "mcp_1", "type": "mcp_call", "name": "m"})
        tale.run("code_interpreter_call_code", told, "code", {"id": "ci_1", "type": "code_interpreter_call"})
        return in_chunks(tale.end(), chunk_bytes)

    return answer


async def test_a_whole_answer_is_restored_in_every_place(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].default = lambda heard: whole(
        responses_answer(
            reasoning(said(heard)),
            message(said(heard)),
            function_call("send_mail", source(heard)),
            instructions=said(heard),
        )
    )
    answer = await gateway.openai().responses.create(model="gpt-5.5", input=TEXT, store=False)
    thought, text, call = answer.output
    assert answer.output_text == answer.instructions == TEXT
    assert thought.summary[0].text == TEXT
    assert thought.encrypted_content == "gAAAA[[EMAIL_7F3A2]]"
    assert json.loads(call.arguments) == {"to": [EMAIL, PHONE, "[[EMAIL_7K3F9]]"], "note": TEXT}
    assert text.type == "message"
    (heard,) = gateway.upstreams[OPENAI].heard
    assert heard.path == "/v1/responses"
    assert not [value for value in (EMAIL, PHONE) if value.encode() in heard.body]


GIVEN: tuple[object, ...] = (
    TEXT,
    [{"role": "user", "content": [{"type": "input_text", "text": TEXT}]}],
    [
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": json.dumps({"a": EMAIL})},
        {"type": "function_call_output", "call_id": "c", "output": PHONE},
        {"role": "user", "content": [{"type": "input_text", "text": TEXT}]},
    ],
)


async def test_a_stream_is_restored_three_times_alike(gateway: Gateway) -> None:
    for given in GIVEN:
        for delta_characters, chunk_bytes in SPLITS:
            gateway.upstreams[OPENAI].default = everything(delta_characters, chunk_bytes)
            stream = await gateway.openai().responses.create(
                model="gpt-5.5", input=given, store=False, stream=True, instructions=f"Mind {EMAIL}.", tools=TOOLS
            )
            await assert_restored(stream)
            heard = gateway.upstreams[OPENAI].heard[-1]
            assert not [value for value in (EMAIL, PHONE) if value.encode() in heard.body]
    outcomes = await gateway.records_once("outcome", len(GIVEN) * len(SPLITS))
    assert {outcome["ending"] for outcome in outcomes} == {"complete"}


async def assert_restored(events: AsyncIterable[ResponseStreamEvent]) -> None:
    """What was told stands in the deltas, in the `done` events and in the closing response."""
    running: dict[str, str] = {}
    done: dict[str, str] = {}
    last = None
    async for event in events:
        last = event
        family = event.type.removeprefix("response.").removesuffix(".delta").removesuffix(".done")
        if event.type.endswith(".delta"):
            running[family] = running.get(family, "") + event.delta
        elif family in running:
            done[family] = next(value for name, value in event if name in ("text", "arguments", "input", "code"))
    arguments = {"to": [EMAIL, PHONE, "[[EMAIL_7K3F9]]"], "note": TEXT}
    for told in (running, done):
        assert [told[name] for name in ("reasoning_summary_text", "output_text", "custom_tool_call_input")] == [
            TEXT
        ] * 3
        assert told["code_interpreter_call_code"] == TEXT
        assert json.loads(told["function_call_arguments"]) == json.loads(told["mcp_call_arguments"]) == arguments
    assert last is not None
    assert last.type == "response.completed"
    items = {item.type: item for item in last.response.output}
    assert last.response.instructions == last.response.output_text == items["custom_tool_call"].input == TEXT
    assert json.loads(items["function_call"].arguments) == json.loads(items["mcp_call"].arguments) == arguments


async def test_sequence_numbers_and_untouched_events_are_kept(gateway: Gateway) -> None:
    events = responses_events(["no ", "secret"])
    gateway.upstreams[OPENAI].default = stream(events)
    body = {"model": "gpt-5.5", "input": TEXT, "store": False, "stream": True}
    answer = await gateway.ask("/v1/responses", body)
    assert answer.content == b"".join(events)


async def note_types(events: AsyncIterable[ResponseStreamEvent], seen: list[str]) -> None:
    """Notes the type of every event until the stream ends or raises."""
    async for event in events:
        seen.append(event.type)  # noqa: PERF401  (what came before it raised counts)


async def test_a_stream_that_breaks_off_is_never_shown_as_complete(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].default = stream(responses_events(["a", "b"])[:-1])
    events = await gateway.openai().responses.create(model="gpt-5.5", input=TEXT, store=False, stream=True)
    seen: list[str] = []
    with pytest.raises(openai.APIError) as caught:
        await note_types(events, seen)
    assert caught.value.code == "upstream_failed"
    assert "response.output_text.delta" in seen
    assert "response.completed" not in seen


def failed(after: list[str]) -> list[bytes]:
    """A stream whose response fails after these pieces."""
    tale = Tale()
    tale.begin()
    if after:
        tale.say(after)
    return tale.end("response.failed", "failed", error={"code": "server_error", "message": "sorry"})


async def test_a_response_that_fails_in_the_middle_raises(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].default = stream(failed(["a"]))
    events = await gateway.openai().responses.create(model="gpt-5.5", input=TEXT, store=False, stream=True)
    with pytest.raises(openai.APIError):
        [event async for event in events]
    (outcome,) = await gateway.records_once("outcome", 1)
    assert outcome["ending"] == "failed"


async def test_unreadable_parts_and_token_counts_go_the_same_way(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].default = whole(b'{"object":"response.input_tokens","input_tokens":12}')
    counted = await gateway.openai().responses.input_tokens.count(model="gpt-5.5", input=TEXT)
    assert counted.input_tokens == 12
    (heard,) = gateway.upstreams[OPENAI].heard
    assert heard.path == "/v1/responses/input_tokens"
    assert EMAIL.encode() not in heard.body
    image = {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "auto"}
    asked = [{"role": "user", "content": [image, {"type": "input_text", "text": "What is it?"}]}]
    with pytest.raises(openai.PermissionDeniedError, match="OPAQUE-1"):
        await gateway.openai().responses.create(model="gpt-5.5", input=asked, store=False)
    assert gateway.heard_by == {OPENAI: 1}, (
        "nobody outside may see what was not read, and the model in the house cannot"
    )
    with pytest.raises(openai.PermissionDeniedError, match="OPAQUE-1"):
        await gateway.openai().responses.create(model="gpt-5.5", input=asked)
