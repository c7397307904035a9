"""A streamed answer that breaks off outside goes on in the house, through both official SDKs; the log shows both."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import openai
import pytest

from gateway.app import Prepared
from tests.fakes.answers import anthropic_events, openai_events
from tests.fakes.upstream import Fate, Heard, ScriptedUpstream, stream
from tests.integration.composition import ANTHROPIC, INHOUSE, OPENAI, Gateway, gateway_at
from tests.integration.running import base, gateway, upstreams

__all__ = ["base", "gateway", "upstreams"]
EMAIL = "dana.roe@example.com"
CUT_CHAT = stream(openai_events(("The ", "capital ", "of"))[:4], cut_after=4)
CUT_MESSAGES = stream(anthropic_events(("The ", "capital ", "of"))[:6], cut_after=6)


def going_on(heard: Heard) -> Fate:
    """The house, which finds the answer begun: so says the request."""
    if heard.path == "/v1/messages":
        return stream(anthropic_events((" Peru", " is Lima.")))
    return stream(openai_events((" Peru", " is Lima.")))


async def chat(gateway: Gateway, text: str = "Which city?", **extra: object) -> str:
    said, ids = "", set()
    async for chunk in await gateway.openai().chat.completions.create(
        model="gpt-5.5", messages=[{"role": "user", "content": text}], stream=True, **extra
    ):  # type: ignore[call-overload]
        ids.add(chunk.id)
        said += "".join(choice.delta.content or "" for choice in chunk.choices)
    assert len(ids) == 1
    return said


async def messages(gateway: Gateway, text: str = "Which city?") -> str:
    async with gateway.anthropic().messages.stream(
        model="claude-opus-4.8", max_tokens=50, messages=[{"role": "user", "content": text}]
    ) as made:
        final = await made.get_final_message()
    assert [block.type for block in final.content] == ["text"]
    assert final.stop_reason == "end_turn"
    return final.content[0].text  # type: ignore[union-attr]


BOTH = {"chat": (OPENAI, CUT_CHAT, chat), "messages": (ANTHROPIC, CUT_MESSAGES, messages)}


@pytest.mark.parametrize(("outside", "cut", "ask"), BOTH.values(), ids=BOTH)
async def test_the_house_goes_on_where_the_answer_broke_off(gateway: Gateway, outside: str, cut: Fate, ask) -> None:
    gateway.upstreams[outside].then(cut)
    gateway.upstreams[INHOUSE].default = going_on
    assert await ask(gateway) == "The capital of Peru is Lima."
    asked = json.loads(gateway.heard(INHOUSE)[0])
    assert asked["messages"][-1] == {"role": "assistant", "content": "The capital of"}
    assert asked["cache_salt"]
    intents, outcomes = await gateway.records("intent"), await gateway.records_once("outcome", 2)
    assert [(each["destination"], each["attempt"], each["cause"]) for each in intents] == [
        (outside, 1, ""),
        (INHOUSE, 2, "network"),
    ]
    assert [each["ending"] for each in outcomes] == ["cut", "complete"]
    assert len({each["request_id"] for each in outcomes}) == 1


async def test_what_was_masked_outside_is_whole_in_both_halves(gateway: Gateway) -> None:
    def echo(heard: Heard) -> Fate:
        token = json.loads(heard.body)["messages"][0]["content"].removeprefix("Write to ").removesuffix(".")
        assert EMAIL not in heard.body.decode()
        return stream(openai_events(("I wrote to ", token, " and"))[:4], cut_after=4)

    gateway.upstreams[OPENAI].then(echo)
    gateway.upstreams[INHOUSE].default = lambda heard: stream(openai_events((" again to ", EMAIL)))
    assert await chat(gateway, f"Write to {EMAIL}.") == f"I wrote to {EMAIL} and again to {EMAIL}"
    begun = json.loads(gateway.heard(INHOUSE)[0])["messages"][-1]["content"]
    assert begun.startswith("I wrote to ")
    assert begun.endswith(" and")


STREAM_ERROR = b'data: {"error":{"message":"overloaded","type":"server_error","code":"overloaded"}}\n\n'
CONTENT_ERROR = b'data: {"error":{"message":"no","type":"invalid_request_error","code":"content_policy_violation"}}\n\n'
CALL = openai_events(tool=("send", ('{"a":', "1}")))


@dataclass(frozen=True, slots=True)
class End:
    """A stream that breaks, and whether the house is asked for its rest."""

    fate: Fate
    asked: int


ENDS = {
    "an error of the provider inside it": End(stream([*openai_events(("The ",))[:2], STREAM_ERROR]), 1),
    "a refusal of its content inside it": End(stream([*openai_events(("The ",))[:2], CONTENT_ERROR]), 0),
    "garbage": End(stream([*openai_events(("The ",))[:2], b"data: {\n\n"]), 1),
    "in a tool call": End(stream(CALL[:3], cut_after=3), 0),
    "after it was complete": End(stream(openai_events(("The end.",))[:4], cut_after=4), 0),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
async def test_only_text_that_broke_off_for_no_fault_of_its_own_is_gone_on_with(gateway: Gateway, end: End) -> None:
    gateway.upstreams[OPENAI].then(end.fate)
    gateway.upstreams[INHOUSE].default = going_on
    try:
        await chat(gateway)
    except openai.APIError:
        assert not end.asked
    assert len(gateway.heard(INHOUSE)) == end.asked


async def test_a_house_that_is_closed_goes_on_with_nothing_and_the_refusal_is_on_record(gateway: Gateway) -> None:
    await gateway.operate(INHOUSE, "suspend")
    gateway.upstreams[OPENAI].then(CUT_CHAT)
    with pytest.raises(openai.APIError):
        await chat(gateway)
    assert gateway.heard(INHOUSE) == []
    refused = (await gateway.records_once("refusal", 1))[0]
    considered = refused["subject"]["considered"]  # type: ignore[index]
    assert [(each["destination"], each["allowed"]) for each in considered] == [(INHOUSE, False)]


async def test_a_house_that_refuses_or_breaks_leaves_the_error_of_the_first(gateway: Gateway) -> None:
    for fate in (Fate(status=400, pieces=(b'{"error":{"message":"no"}}',)), Fate(raw=b"")):
        gateway.upstreams[OPENAI].then(CUT_CHAT)
        gateway.upstreams[INHOUSE].default = fate
        with pytest.raises(openai.APIError):
            await chat(gateway)


async def test_the_rest_can_break_as_well_and_nobody_is_asked_a_third_time(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].then(CUT_CHAT)
    gateway.upstreams[INHOUSE].default = stream(openai_events((" Peru",))[:2], cut_after=2)
    with pytest.raises(openai.APIError):
        await chat(gateway)
    assert len(gateway.heard(INHOUSE)) == 1


async def test_a_caller_who_leaves_while_the_house_is_asked_leaves_no_attempt_open(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].then(CUT_CHAT)
    gateway.upstreams[INHOUSE].default = Fate(stall_before=True)
    with pytest.raises((openai.APITimeoutError, TimeoutError)):
        await asyncio.wait_for(chat(gateway), 1.5)
    outcomes = await gateway.records_once("outcome", 2)
    assert [each["ending"] for each in outcomes] == ["cut", "client_closed"]


@asynccontextmanager
async def nano() -> AsyncIterator[str]:
    """The packaged model, in a process of its own."""
    command = ("-m", "selfhost", "serve", "--engine", "m3", "--port", "0", "--announce")
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield json.loads(await asyncio.wait_for(process.stdout.readline(), 60))["url"]
    finally:
        process.terminate()
        await process.wait()


async def test_m3_nano_goes_on_with_an_answer_that_it_did_not_begin(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    """Token by token: the prefilled answer is continued as the model itself would have."""
    question = "What is the capital of Peru?"
    async with nano() as url:
        house = replace(upstreams[INHOUSE], base_url=url)
        async with gateway_at(tmp_path / "state", base, {**upstreams, INHOUSE: house}) as gateway:
            gateway.upstreams[OPENAI].then(CUT_CHAT)
            gateway.upstreams[ANTHROPIC].then(CUT_MESSAGES)
            assert await chat(gateway, question) == "The capital of Peru is Lima."
            assert await messages(gateway, question) == "The capital of Peru is Lima."
            outcomes = await gateway.records_once("outcome", 4)
    assert [each["destination"] for each in outcomes] == [OPENAI, INHOUSE, ANTHROPIC, INHOUSE]
    assert all(json.loads(str(each["provenance"]))["root"] for each in outcomes[1::2])
