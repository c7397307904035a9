"""What is masked comes back exactly: the upstream says back what it got, and the caller reads what he wrote."""

from __future__ import annotations

import json
from functools import partial

from tests.fakes.answers import anthropic_answer, anthropic_events, openai_answer, openai_events
from tests.fakes.upstream import Fate, Heard, whole
from tests.integration.composition import ANTHROPIC, OPENAI, Gateway
from tests.promises.echoes import TOKEN, arguments_of, cut, echo, echo_stream, in_chunks, said, tokens

EMAIL, OTHER, PHONE = "dana.whitfield@example.com", "Dana.Whitfield@Example.com", "+1 202-555-0143"
TEXT = f'Customer <{EMAIL}> "{PHONE}"\nalso writes as {OTHER}, and once more: {EMAIL}. [[EMAIL_7K3F9]] ßé日本😀 \\ /'
VALUES = (EMAIL, OTHER, PHONE)
SPLITS = [(1, 1), (2, 7), (3, 64), (1000, 1), (1000, 100_000)]
TOOL = {"name": "send_mail", "description": "Sends one e-mail."}
SCHEMA = {"type": "object", "properties": {"to": {"type": "array", "items": {"type": "string"}}}}
OPENAI_TOOLS = [{"type": "function", "function": TOOL | {"parameters": SCHEMA}}]
ANTHROPIC_TOOLS = [TOOL | {"input_schema": SCHEMA}]
EXPECTED_ARGUMENTS = {"to": [EMAIL, PHONE, OTHER, EMAIL, "[[EMAIL_7K3F9]]"], "note": TEXT}
NESTED = {EMAIL: "<[[EMAIL_7K3F9]]>"}


def assert_masked(gateway: Gateway, name: str) -> None:
    """What left held none of the values, and a placeholder for each spelling."""
    heard = gateway.upstreams[name].heard[-1]
    assert not [value for value in VALUES if value.encode() in heard.body]
    assert len(set(tokens(heard))) == len(VALUES) + 1


async def test_openai_answer(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].default = echo("openai")
    answer = await gateway.openai().chat.completions.create(
        model="gpt-5.5", messages=[{"role": "user", "content": TEXT}]
    )
    assert answer.choices[0].message.content == TEXT
    assert_masked(gateway, OPENAI)


async def test_anthropic_answer(gateway: Gateway) -> None:
    gateway.upstreams[ANTHROPIC].default = echo("anthropic")
    answer = await gateway.anthropic().messages.create(
        model="claude-opus-4.8", max_tokens=100, messages=[{"role": "user", "content": TEXT}]
    )
    assert [block.text for block in answer.content if block.type == "text"] == [TEXT]
    assert_masked(gateway, ANTHROPIC)


async def test_openai_stream(gateway: Gateway) -> None:
    for delta_characters, chunk_bytes in SPLITS:
        gateway.upstreams[OPENAI].default = echo_stream(
            "openai", delta_characters=delta_characters, chunk_bytes=chunk_bytes
        )
        stream = await gateway.openai().chat.completions.create(
            model="gpt-5.5", stream=True, messages=[{"role": "user", "content": TEXT}]
        )
        pieces = [choice.delta.content or "" async for chunk in stream for choice in chunk.choices]
        assert "".join(pieces) == TEXT
        assert_masked(gateway, OPENAI)
    outcomes = await gateway.records_once("outcome", len(SPLITS))
    assert [(outcome["ending"], outcome["restored"]) for outcome in outcomes] == [("complete", 5)] * len(SPLITS)


async def test_anthropic_stream(gateway: Gateway) -> None:
    for delta_characters, chunk_bytes in SPLITS:
        gateway.upstreams[ANTHROPIC].default = echo_stream(
            "anthropic", delta_characters=delta_characters, chunk_bytes=chunk_bytes
        )
        async with gateway.anthropic().messages.stream(
            model="claude-opus-4.8", max_tokens=100, messages=[{"role": "user", "content": TEXT}]
        ) as stream:
            assert "".join([piece async for piece in stream.text_stream]) == TEXT
        assert_masked(gateway, ANTHROPIC)
    outcomes = await gateway.records_once("outcome", len(SPLITS))
    assert [(outcome["ending"], outcome["restored"]) for outcome in outcomes] == [("complete", 5)] * len(SPLITS)


async def test_openai_tool_arguments(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].default = lambda heard: whole(openai_answer(tool=("send_mail", arguments_of(heard))))
    answer = await gateway.openai().chat.completions.create(
        model="gpt-5.5", messages=[{"role": "user", "content": TEXT}], tools=OPENAI_TOOLS
    )
    (call,) = answer.choices[0].message.tool_calls or ()
    assert json.loads(call.function.arguments) == EXPECTED_ARGUMENTS | {"nested": NESTED}


async def test_anthropic_tool_arguments(gateway: Gateway) -> None:
    gateway.upstreams[ANTHROPIC].default = lambda heard: whole(
        anthropic_answer(tool=("send_mail", json.loads(arguments_of(heard))))
    )
    answer = await gateway.anthropic().messages.create(
        model="claude-opus-4.8",
        max_tokens=100,
        messages=[{"role": "user", "content": TEXT}],
        tools=ANTHROPIC_TOOLS,
    )
    (call,) = [block for block in answer.content if block.type == "tool_use"]
    assert call.input == EXPECTED_ARGUMENTS | {"nested": NESTED}


def told_openai(delta_characters: int, chunk_bytes: int, heard: Heard) -> Fate:
    """A tool call that tells everything, in pieces."""
    deltas = cut(arguments_of(heard), delta_characters)
    return in_chunks(openai_events(tool=("send_mail", deltas)), chunk_bytes)


def told_anthropic(delta_characters: int, chunk_bytes: int, heard: Heard) -> Fate:
    """The same in the other dialect."""
    deltas = cut(arguments_of(heard), delta_characters)
    return in_chunks(anthropic_events(tool=("send_mail", deltas)), chunk_bytes)


async def test_openai_tool_arguments_streamed(gateway: Gateway) -> None:
    for delta_characters, chunk_bytes in SPLITS:
        gateway.upstreams[OPENAI].default = partial(told_openai, delta_characters, chunk_bytes)
        stream = await gateway.openai().chat.completions.create(
            model="gpt-5.5", stream=True, messages=[{"role": "user", "content": TEXT}], tools=OPENAI_TOOLS
        )
        source = ""
        async for chunk in stream:
            for call in [call for choice in chunk.choices for call in choice.delta.tool_calls or ()]:
                source += (call.function.arguments or "") if call.function else ""
        assert json.loads(source) == EXPECTED_ARGUMENTS | {"nested": NESTED}


async def test_anthropic_tool_arguments_streamed(gateway: Gateway) -> None:
    for delta_characters, chunk_bytes in SPLITS:
        gateway.upstreams[ANTHROPIC].default = partial(told_anthropic, delta_characters, chunk_bytes)
        async with gateway.anthropic().messages.stream(
            model="claude-opus-4.8",
            max_tokens=100,
            messages=[{"role": "user", "content": TEXT}],
            tools=ANTHROPIC_TOOLS,
        ) as stream:
            message = await stream.get_final_message()
        (call,) = [block for block in message.content if block.type == "tool_use"]
        assert call.input == EXPECTED_ARGUMENTS | {"nested": NESTED}


async def test_placeholders_of_one_conversation_stay_and_those_of_another_tenant_or_conversation_differ(
    gateway: Gateway,
) -> None:
    gateway.upstreams[OPENAI].default = echo("openai")
    body = {"model": "gpt-5.5", "messages": [{"role": "user", "content": f"Write to {EMAIL}."}]}
    for conversation in ("c-1", "c-1", "c-2"):
        answer = await gateway.ask("/v1/chat/completions", body, headers={"x-gateway-conversation": conversation})
        assert EMAIL in answer.text
    first, again, other = (tokens(heard) for heard in gateway.upstreams[OPENAI].heard)
    assert first == again
    assert first != other


async def test_placeholder_the_model_invents_stays_as_it_is(gateway: Gateway) -> None:
    invented = "[[EMAIL_00000]]"
    gateway.upstreams[OPENAI].default = lambda heard: whole(openai_answer(f"{said(heard)} {invented}"))
    answer = await gateway.openai().chat.completions.create(
        model="gpt-5.5", messages=[{"role": "user", "content": f"Write to {EMAIL}."}]
    )
    assert answer.choices[0].message.content == f"Write to {EMAIL}. {invented}"
    assert TOKEN.findall(str(answer.choices[0].message.content)) == [invented]
