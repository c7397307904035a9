"""Responses at destinations that speak another dialect: the SDK sees no difference, and no part is lost silently."""

from __future__ import annotations

import json

import openai
import orjson
import pytest
from openai.types.responses import ResponseTextDeltaEvent

from routers.wire.reading import read_object
from tests.fakes.answers import anthropic_answer, anthropic_events, openai_answer, openai_events
from tests.fakes.upstream import Fate, Heard, stream, whole
from tests.integration.composition import ANTHROPIC, INHOUSE, OPENAI, Gateway
from tests.integration.running import base, gateway, upstreams
from tests.promises.echoes import cut, in_chunks

__all__ = ["base", "gateway", "upstreams"]

EMAIL = "dana.whitfield@example.com"
TEXT = f"Write to {EMAIL}, please."
TOOLS = [{"type": "function", "name": "send_mail", "parameters": {"type": "object", "properties": {}}, "strict": False}]


def said(heard: Heard) -> str:
    """The text of the last message as the upstream got it."""
    content = orjson.loads(heard.body)["messages"][-1]["content"]
    return content if isinstance(content, str) else content[0]["text"]


def arguments(heard: Heard) -> str:
    return orjson.dumps({"note": said(heard)}).decode()


def chat_stream(heard: Heard) -> Fate:
    return in_chunks(openai_events(cut(said(heard), 3)), 11)


def chat_call(heard: Heard) -> Fate:
    return in_chunks(openai_events(tool=("send_mail", cut(arguments(heard), 5))), 11)


def messages_call(heard: Heard) -> Fate:
    return in_chunks(anthropic_events((), tool=("send_mail", cut(arguments(heard), 5))), 11)


def messages_stream(heard: Heard) -> Fate:
    return in_chunks(anthropic_events(cut(said(heard), 3), thinking="a private thought"), 11)


@pytest.mark.parametrize(
    ("model", "place", "answer", "streamed"),
    [
        ("minimax-m3", INHOUSE, lambda heard: whole(openai_answer(said(heard))), chat_stream),
        ("claude-opus-4.8", ANTHROPIC, lambda heard: whole(anthropic_answer(said(heard))), messages_stream),
    ],
    ids=["chat", "messages"],
)
async def test_a_text_comes_back_whole_and_streamed(
    gateway: Gateway, model: str, place: str, answer: object, streamed: object
) -> None:
    client = gateway.openai()
    gateway.upstreams[place].default = answer
    asked = {"model": model, "input": TEXT, "store": False}
    told = await client.responses.create(**asked)
    assert (told.output_text, told.status) == (TEXT, "completed")
    assert told.usage is not None
    assert (told.usage.input_tokens, told.usage.output_tokens) == (7, 3)
    gateway.upstreams[place].default = streamed
    events = [event async for event in await client.responses.create(**asked, stream=True)]
    assert "".join(event.delta for event in events if isinstance(event, ResponseTextDeltaEvent)) == TEXT
    assert events[-1].type == "response.completed"
    assert events[-1].response.output_text == TEXT
    assert [event.sequence_number for event in events] == sorted(event.sequence_number for event in events)
    for heard in gateway.upstreams[place].heard:
        assert heard.path in ("/v1/chat/completions", "/v1/messages")
        assert (EMAIL.encode() in heard.body) == (place == INHOUSE), "what stays in the house is not masked"
    assert set(gateway.heard_by) == {place}


@pytest.mark.parametrize(
    ("model", "place", "answer", "streamed"),
    [
        ("minimax-m3", INHOUSE, lambda h: whole(openai_answer(tool=("send_mail", arguments(h)))), chat_call),
        (
            "claude-opus-4.8",
            ANTHROPIC,
            lambda h: whole(anthropic_answer("", tool=("send_mail", {"note": said(h)}))),
            messages_call,
        ),
    ],
    ids=["chat", "messages"],
)
async def test_a_tool_call_comes_back_restored(
    gateway: Gateway, model: str, place: str, answer: object, streamed: object
) -> None:
    gateway.upstreams[place].then(answer, streamed)
    client = gateway.openai()
    told = await client.responses.create(model=model, input=TEXT, store=False, tools=TOOLS)
    call = told.output[-1]
    assert (call.name, json.loads(call.arguments)) == ("send_mail", {"note": TEXT})
    assert told.tools[0].name == "send_mail"
    async with client.responses.stream(model=model, input=TEXT, store=False, tools=TOOLS) as events:
        final = await events.get_final_response()
    call = final.output[-1]
    assert (call.type, json.loads(call.arguments)) == ("function_call", {"note": TEXT})
    assert call.call_id in ("call_1", "toolu_1")


async def test_a_refused_destination_fails_over_to_another_dialect(gateway: Gateway) -> None:
    gone = {"error": {"message": "The model does not exist or you do not have access", "code": "model_not_found"}}
    gateway.upstreams[OPENAI].default = whole(orjson.dumps(gone), 404)
    gateway.upstreams[ANTHROPIC].default = lambda heard: whole(anthropic_answer(said(heard)))
    answer = await gateway.openai().responses.create(model="gpt-5.5", input=TEXT, store=False)
    assert answer.output_text == TEXT
    assert gateway.heard_by == {OPENAI: 1, ANTHROPIC: 1}


async def test_a_translated_stream_that_breaks_off_is_never_complete(gateway: Gateway) -> None:
    gateway.upstreams[INHOUSE].default = stream(openai_events(["a", "b"])[:3])
    body = {"model": "minimax-m3", "input": TEXT, "store": False, "stream": True}
    answer = await gateway.ask("/v1/responses", body)
    assert b"response.output_text.delta" in answer.content
    assert b"response.completed" not in answer.content
    last = answer.content.strip().rpartition(b"data: ")[2]
    assert (read_object(last) or {}).get("type") == "error"


@pytest.mark.parametrize(("reason", "limit"), [("length", "max_output_tokens"), ("content_filter", "content_filter")])
async def test_an_answer_that_met_a_limit_says_so(gateway: Gateway, reason: str, limit: str) -> None:
    answer = orjson.loads(openai_answer("cut sho"))
    answer["choices"][0]["finish_reason"] = reason
    gateway.upstreams[INHOUSE].default = whole(orjson.dumps(answer))
    told = await gateway.openai().responses.create(model="minimax-m3", input=TEXT, store=False)
    assert told.status == "incomplete"
    assert told.incomplete_details is not None
    assert told.incomplete_details.reason == limit


async def test_state_cannot_be_kept_where_nobody_keeps_it(gateway: Gateway) -> None:
    with pytest.raises(openai.PermissionDeniedError, match="CAP-1"):
        await gateway.openai().responses.create(model="minimax-m3", input="hello")
    with pytest.raises(openai.InternalServerError):
        await gateway.openai().responses.create(
            model="minimax-m3", input="hello", store=False, tools=[{"type": "web_search"}]
        )
    assert gateway.heard_by == {}
