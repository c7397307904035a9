"""The two SDKs as the demo uses them give the same picture of an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gateway.demo import samples
from gateway.demo.cases import Ask, Sdk, Tool, Who
from gateway.demo.reply import Sender, Trace
from gateway.demo.send_anthropic import AnthropicSender
from gateway.demo.send_openai import OpenAISender
from tests.unit.gateway.demo.conftest import API_KEY

WHO = Who("somebody", "app", "employee", "restricted", "general")
MAIL = Tool("send_mail", "Sends one e-mail.", {"to": "address", "subject": "one line"})
ASK = Ask(WHO, Sdk.OPENAI, "some-model", f"Write to {samples.EMAIL}.", system="Be brief.")


@pytest.fixture(params=["simulated-openai", "simulated-anthropic"])
async def sender(request: pytest.FixtureRequest, simulated: dict[str, str]) -> AsyncIterator[Sender]:
    kind = OpenAISender if request.param == "simulated-openai" else AnthropicSender
    made = await asyncio.to_thread(kind, simulated[request.param], API_KEY)
    yield made
    await made.close()


@pytest.mark.parametrize("streamed", [False, True])
async def test_text_is_read_to_its_end(sender: Sender, streamed: bool) -> None:
    reply = await sender.send(replace(ASK, streamed=streamed), (), "")
    assert reply.status == 200
    assert f"I will write to {samples.EMAIL}." in reply.text
    assert reply.finished


@pytest.mark.parametrize("streamed", [False, True])
async def test_tool_call_can_be_answered_with_its_whole_history(sender: Sender, streamed: bool) -> None:
    called = await sender.send(replace(ASK, streamed=streamed, tools=(MAIL,)), (), "")
    assert json.loads(called.arguments)["to"] == samples.EMAIL
    assert called.call_id
    result = replace(ASK, streamed=streamed, tools=(MAIL,), tool_result="queued", text="")
    reply = await sender.send(result, called.history, called.call_id)
    assert "The tool answered “queued”." in reply.text
    assert len(reply.history) == len(called.history) + 2


async def test_image_is_sent_as_an_image(sender: Sender) -> None:
    assert "1 image" in (await sender.send(replace(ASK, image=samples.tiny_png()), (), "")).text


@pytest.mark.parametrize("streamed", [False, True])
async def test_thinking_is_kept_with_its_signature(simulated: dict[str, str], streamed: bool) -> None:
    sender = await asyncio.to_thread(AnthropicSender, simulated["simulated-anthropic"], API_KEY)
    first = await sender.send(replace(ASK, streamed=streamed, tools=(MAIL,), thinking=True), (), "")
    assert samples.EMAIL in first.thinking
    again = replace(ASK, tools=(MAIL,), thinking=True, tool_result="queued")
    assert (await sender.send(again, first.history, first.call_id)).status == 200
    await sender.close()


@pytest.mark.parametrize(("sdk", "error"), [(Sdk.OPENAI, "invalid_api_key"), (Sdk.ANTHROPIC, "authentication_error")])
async def test_refusal_is_an_answer_too(simulated: dict[str, str], sdk: Sdk, error: str) -> None:
    kind = OpenAISender if sdk is Sdk.OPENAI else AnthropicSender
    sender = await asyncio.to_thread(kind, simulated[f"simulated-{sdk}"], "wrong")
    reply = await sender.send(ASK, (), "")
    assert (reply.status, reply.error, reply.text) == (401, error, "")
    await sender.close()


def test_headers_that_say_none_say_nothing() -> None:
    headers = {"x-gateway-request-id": "req_1", "x-gateway-destination": "none", "x-audit-record": "7"}
    assert Trace.read(headers) == Trace("req_1", "", "7")
    assert Trace.read({}) == Trace("", "", "")
