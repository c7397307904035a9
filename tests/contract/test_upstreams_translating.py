"""Cross-protocol answers, read by the official SDKs; cross-protocol requests, as the destination hears them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import anthropic
import openai
import orjson
import pytest

from routers.errors import DialectUnsupported, EgressForbidden, UpstreamCut
from routers.permit import PermitBook
from routers.signatures import load_signatures
from routers.types import AttemptId, DestinationId, Dialect, Ending, Prompt, Reply, Target
from routers.upstreams.doors import Doors
from routers.upstreams.endpoint import Endpoint
from routers.upstreams.litellm_sdk import LiteLLM, load_litellm
from routers.upstreams.passthrough import Passthrough, Patience, open_session
from routers.upstreams.translating import TRANSLATION_HEADER, Translating
from tests.fakes.answers import anthropic_answer, anthropic_event, anthropic_events, openai_answer, openai_events
from tests.fakes.fixtures import other_upstream, upstream
from tests.fakes.targets import target
from tests.fakes.upstream import Fate, ScriptedUpstream, stream, whole

__all__ = ["other_upstream", "upstream"]

SIGNATURES = load_signatures()
PATIENCE = Patience(connect_s=1, idle_s=0.3)
OPENAI, ANTHROPIC = Dialect.OPENAI_CHAT, Dialect.ANTHROPIC_MESSAGES
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
CHAT: dict[str, object] = {
    "model": "asked-for",
    "messages": [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": [{"type": "text", "text": "weather in Oslo?"}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Oslo"}'}}
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "rain"},
    ],
    "tools": [{"type": "function", "function": {"name": "weather", "description": "d", "parameters": PARAMETERS}}],
    "temperature": 0.5,
    "max_tokens": 50,
    "reasoning_effort": "low",
}
MESSAGES: dict[str, object] = {
    "model": "asked-for",
    "max_tokens": 50,
    "system": [{"type": "text", "text": "be brief", "cache_control": {"type": "ephemeral"}}],
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "top_k": 5,
    "stop_sequences": ["END"],
    "messages": [
        {"role": "user", "content": "weather in Oslo?"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "the private thought", "signature": "c2ln"},
                {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Oslo"}},
            ],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "rain"}]},
    ],
    "tools": [{"name": "weather", "description": "d", "input_schema": PARAMETERS}],
}


@pytest.fixture(scope="module")
def sdk() -> LiteLLM:
    """Loaded once: it takes seconds."""
    return load_litellm()


@dataclass(slots=True)
class Bench:
    """A destination that speaks one dialect only, asked in the other."""

    doors: Doors
    book: PermitBook

    async def ask(self, ours: Dialect, body: dict[str, object], *, stream: bool = False) -> Reply:
        raw = orjson.dumps(body | ({"stream": True} if stream else {}))
        permit = self.book.issue(AttemptId("a"), DestinationId("closed-a"), raw)
        return await self.doors.send(there(ours), Prompt(ours, raw, (), stream), permit)


def there(ours: Dialect) -> Target:
    theirs = ANTHROPIC if ours is OPENAI else OPENAI
    return target(dialects=(theirs,), model="claude-fake" if theirs is ANTHROPIC else "gpt-fake")


@pytest.fixture
async def bench(upstream: ScriptedUpstream, sdk: LiteLLM) -> AsyncIterator[Bench]:
    book = PermitBook()
    endpoints = {DestinationId("closed-a"): Endpoint(upstream.base_url, "test-key-not-real")}
    straight = Passthrough(open_session(PATIENCE), endpoints, book, PATIENCE)
    doors = Doors(straight, Translating(straight, book, lambda: sdk))
    yield Bench(doors, book)
    await doors.close()


async def read(reply: Reply) -> bytes:
    body = b"".join([piece async for piece in reply.chunks])
    await reply.close()
    return body


def heard(upstream: ScriptedUpstream) -> dict[str, object]:
    content = orjson.loads(upstream.heard[-1].body)
    assert isinstance(content, dict)
    return content


async def test_a_chat_request_reaches_a_messages_destination(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = whole(anthropic_answer())
    reply = await bench.ask(OPENAI, CHAT)
    await read(reply)
    sent = upstream.heard[0]
    assert (sent.path, sent.header("anthropic-version")) == ("/v1/messages", "2023-06-01")
    assert sent.header("x-api-key") == "test-key-not-real"
    said = heard(upstream)
    assert said["model"] == "claude-fake"
    assert said["system"] == [{"type": "text", "text": "be brief"}]
    assert said["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "weather in Oslo?"}]},
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "call_1", "name": "weather", "input": {"city": "Oslo"}}],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "call_1", "content": "rain"}]},
    ]
    assert (said["max_tokens"], said["temperature"], "thinking" in said) == (50, 0.5, False)
    assert dict(reply.headers)[TRANSLATION_HEADER] == "openai_chat to anthropic_messages; dropped=reasoning_effort"


async def test_a_messages_request_reaches_a_chat_destination(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = whole(openai_answer())
    reply = await bench.ask(ANTHROPIC, MESSAGES)
    await read(reply)
    assert upstream.heard[0].path == "/v1/chat/completions"
    assert upstream.heard[0].header("authorization") == "Bearer test-key-not-real"
    assert b"private thought" not in upstream.heard[0].body
    said = heard(upstream)
    assert set(said) == {"model", "messages", "tools", "max_tokens", "stop"}
    roles = [message["role"] for message in said["messages"]]  # type: ignore[attr-defined]
    assert roles == ["system", "user", "assistant", "tool"]
    call = said["messages"][2]["tool_calls"][0]  # type: ignore[index]
    assert (call["id"], orjson.loads(call["function"]["arguments"])) == ("toolu_1", {"city": "Oslo"})
    note = dict(reply.headers)[TRANSLATION_HEADER]
    assert "thinking" in note
    assert "top_k" in note


async def test_a_streamed_request_asks_for_token_counts(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = stream(openai_events())
    await read(await bench.ask(ANTHROPIC, MESSAGES, stream=True))
    assert heard(upstream)["stream_options"] == {"include_usage": True}


def openai_client(server: ScriptedUpstream) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{server.base_url}/v1", api_key="k", max_retries=0)


def anthropic_client(server: ScriptedUpstream) -> anthropic.AsyncAnthropic:
    return anthropic.AsyncAnthropic(base_url=server.base_url, api_key="k", max_retries=0)


@pytest.mark.parametrize("streamed", [False, True])
async def test_the_openai_sdk_reads_an_anthropic_answer(
    bench: Bench, upstream: ScriptedUpstream, other_upstream: ScriptedUpstream, *, streamed: bool
) -> None:
    pieces = ['{"ci', 'ty":"Oslo"}']
    upstream.default = (
        stream(anthropic_events(["Let me ", "look."], tool=("weather", pieces), thinking="private"))
        if streamed
        else whole(anthropic_answer("Let me look.", tool=("weather", {"city": "Oslo"}), thinking="private"))
    )
    body = await read(await bench.ask(OPENAI, CHAT, stream=streamed))
    assert b"private" not in body
    other_upstream.default = stream([body]) if streamed else whole(body)
    async with openai_client(other_upstream) as client:
        if streamed:
            async with client.chat.completions.stream(model="m", messages=[]) as events:
                answer = await events.get_final_completion()
        else:
            answer = await client.chat.completions.create(model="m", messages=[])
    message = answer.choices[0].message
    assert message.content == "Let me look."
    assert message.tool_calls is not None
    assert message.tool_calls[0].id == "toolu_1"
    assert orjson.loads(message.tool_calls[0].function.arguments) == {"city": "Oslo"}
    assert answer.choices[0].finish_reason == "tool_calls"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (7, 3)


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("with_tool", [False, True])
async def test_the_anthropic_sdk_reads_an_openai_answer(
    bench: Bench, upstream: ScriptedUpstream, other_upstream: ScriptedUpstream, *, streamed: bool, with_tool: bool
) -> None:
    if streamed:
        tool = ("weather", ['{"ci', 'ty":"Oslo"}']) if with_tool else None
        upstream.default = stream(openai_events(["It ", "rains."], tool=tool))
    else:
        upstream.default = whole(openai_answer("It rains.", tool=("weather", '{"city":"Oslo"}') if with_tool else None))
    body = await read(await bench.ask(ANTHROPIC, MESSAGES, stream=streamed))
    other_upstream.default = stream([body]) if streamed else whole(body)
    async with anthropic_client(other_upstream) as client:
        if streamed:
            async with client.messages.stream(model="m", max_tokens=9, messages=[]) as events:
                answer = await events.get_final_message()
        else:
            answer = await client.messages.create(model="m", max_tokens=9, messages=[])
    if with_tool:
        (block,) = [block for block in answer.content if block.type == "tool_use"]
        assert (block.id, block.input, answer.stop_reason) == ("call_1", {"city": "Oslo"}, "tool_use")
    else:
        assert [block.text for block in answer.content if block.type == "text"] == ["It rains."]
        assert answer.stop_reason == "end_turn"
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (7, 3)


CASES = [pytest.param(OPENAI, CHAT, id="chat"), pytest.param(ANTHROPIC, MESSAGES, id="messages")]


@pytest.mark.parametrize(("ours", "body"), CASES)
@pytest.mark.parametrize(
    ("change", "ending"),
    [({"cut_after": 4}, Ending.CUT), ({"stall_after": 4}, Ending.STALLED)],
)
async def test_a_stream_that_breaks_never_gets_an_end_mark(
    bench: Bench,
    upstream: ScriptedUpstream,
    ours: Dialect,
    body: dict[str, object],
    change: dict[str, int],
    ending: Ending,
) -> None:
    events = anthropic_events() if ours is OPENAI else openai_events(["a", "b", "c", "d"])
    upstream.default = stream(events, **change)
    reply = await bench.ask(ours, body, stream=True)
    seen: list[bytes] = []
    with pytest.raises(UpstreamCut) as cut:
        await collect(seen, reply)
    await reply.close()
    assert cut.value.ending is ending
    assert b"[DONE]" not in b"".join(seen)
    assert b"message_stop" not in b"".join(seen)


async def collect(seen: list[bytes], reply: Reply) -> None:
    async for piece in reply.chunks:
        seen.append(piece)  # noqa: PERF401  (what came before the cut must stay)


@pytest.mark.parametrize(("ours", "body"), CASES)
async def test_a_stream_that_just_ends_is_cut(
    bench: Bench, upstream: ScriptedUpstream, ours: Dialect, body: dict[str, object]
) -> None:
    upstream.default = stream(anthropic_events()[:-1] if ours is OPENAI else openai_events()[:-3])
    reply = await bench.ask(ours, body, stream=True)
    with pytest.raises(UpstreamCut):
        await read(reply)


@pytest.mark.parametrize(("ours", "body"), CASES)
async def test_an_error_inside_a_stream_is_told_in_the_callers_dialect(
    bench: Bench, upstream: ScriptedUpstream, ours: Dialect, body: dict[str, object]
) -> None:
    error = {"type": "overloaded_error", "message": "Overloaded"}
    if ours is OPENAI:
        upstream.default = stream([*anthropic_events()[:2], anthropic_event({"type": "error", "error": error})])
    else:
        upstream.default = stream([*openai_events()[:1], b"data: " + orjson.dumps({"error": error}) + b"\n\n"])
    said = await read(await bench.ask(ours, body, stream=True))
    last = said.rstrip(b"\n").rpartition(b"data: ")[2]
    assert orjson.loads(last)["error"]["message"] == "Overloaded"
    failure = SIGNATURES.judge_in_band(orjson.loads(last), worked_recently=False)
    assert failure is not None
    assert failure.signature == "ANT-529-OVERLOADED"


@pytest.mark.parametrize(("ours", "body"), CASES)
@pytest.mark.parametrize(
    ("status", "error", "signature"),
    [
        (
            404,
            b'{"type":"error","error":{"type":"not_found_error","message":"X is not available."}}',
            "ANT-404-UNAVAILABLE",
        ),
        (429, b'{"error":{"message":"quota","type":"x","code":"insufficient_quota"}}', "OAI-429-QUOTA"),
        (400, b'{"error":{"message":"bad temperature","type":"invalid_request_error","code":null}}', "REQ-4XX"),
        (502, b"<html>bad gateway</html>", "HTTP-5XX"),
    ],
)
async def test_an_error_keeps_its_status_and_what_its_signature_needs(
    bench: Bench,
    upstream: ScriptedUpstream,
    ours: Dialect,
    body: dict[str, object],
    status: int,
    error: bytes,
    signature: str,
) -> None:
    upstream.default = whole(error, status)
    reply = await bench.ask(ours, body)
    said = await read(reply)
    assert reply.status == status
    assert SIGNATURES.judge(status, (), said, worked_recently=False).signature == signature


async def test_the_sdks_raise_on_a_translated_error(
    bench: Bench, upstream: ScriptedUpstream, other_upstream: ScriptedUpstream
) -> None:
    upstream.default = whole(b'{"type":"error","error":{"type":"invalid_request_error","message":"too hot"}}', 400)
    other_upstream.default = whole(await read(await bench.ask(OPENAI, CHAT)), 400)
    async with openai_client(other_upstream) as client:
        with pytest.raises(openai.BadRequestError, match="too hot"):
            await client.chat.completions.create(model="m", messages=[])
    upstream.default = whole(b'{"error":{"message":"too cold","type":"invalid_request_error"}}', 400)
    other_upstream.default = whole(await read(await bench.ask(ANTHROPIC, MESSAGES)), 400)
    async with anthropic_client(other_upstream) as client:
        with pytest.raises(anthropic.BadRequestError, match="too cold"):
            await client.messages.create(model="m", max_tokens=9, messages=[])


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "http://127.0.0.1:9/secret.png"}},
        {"type": "image_url", "image_url": "file:///etc/passwd"},
        {"type": "file", "file": {"file_id": "f1"}},
        {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}},
    ],
)
async def test_nothing_is_ever_fetched_for_a_translation(
    bench: Bench, upstream: ScriptedUpstream, part: dict[str, object]
) -> None:
    body = CHAT | {"messages": [{"role": "user", "content": [part]}]}
    with pytest.raises(DialectUnsupported):
        await bench.ask(OPENAI, body)
    assert upstream.connections == 0


async def test_an_image_as_data_is_translated(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = whole(anthropic_answer())
    part = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    await read(await bench.ask(OPENAI, CHAT | {"messages": [{"role": "user", "content": [part]}]}))
    assert b'"data":"AAAA"' in upstream.heard[0].body


async def test_a_body_that_cannot_be_translated_is_refused_before_anything_is_sent(
    bench: Bench, upstream: ScriptedUpstream
) -> None:
    for messages in ([{"role": "nobody", "content": 5}], [3], None):
        with pytest.raises(DialectUnsupported):
            await bench.ask(ANTHROPIC, MESSAGES | {"messages": messages})
    for message in ({"role": "tool", "content": "of no call"}, {"role": "system", "content": "and nobody asks"}):
        with pytest.raises(DialectUnsupported):
            await bench.ask(OPENAI, CHAT | {"messages": [message]})
    assert upstream.connections == 0


async def test_what_the_developer_says_reaches_a_messages_destination(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = whole(anthropic_answer())
    said = [{"role": "developer", "content": "be brief"}, {"role": "user", "content": "hello"}]
    await read(await bench.ask(OPENAI, CHAT | {"messages": said}))
    sent = heard(upstream)
    assert sent["system"] == [{"type": "text", "text": "be brief"}]
    assert sent["messages"] == [{"role": "user", "content": [{"type": "text", "text": "hello"}]}]


async def test_the_permit_is_spent_before_anything_is_translated(upstream: ScriptedUpstream, bench: Bench) -> None:
    loads: list[int] = []

    def load() -> LiteLLM:
        loads.append(1)
        raise AssertionError("must not be loaded")

    straight = bench.doors._straight
    assert isinstance(straight, Passthrough)
    door = Translating(straight, bench.book, load)
    body = orjson.dumps(CHAT)
    forged = PermitBook().issue(AttemptId("a"), DestinationId("closed-a"), body)
    with pytest.raises(EgressForbidden):
        await door.send(there(OPENAI), Prompt(OPENAI, body, (), False), forged)
    assert (loads, upstream.connections) == ([], 0)


async def test_many_first_prompts_load_it_once(upstream: ScriptedUpstream, bench: Bench, sdk: LiteLLM) -> None:
    loads: list[int] = []

    def load() -> LiteLLM:
        loads.append(1)
        return sdk

    straight = bench.doors._straight
    assert isinstance(straight, Passthrough)
    bench.doors = Doors(straight, Translating(straight, bench.book, load))
    upstream.default = whole(anthropic_answer())
    replies = await asyncio.gather(*(bench.ask(OPENAI, CHAT) for _ in range(5)))
    for reply in replies:
        await read(reply)
    assert loads == [1]


async def test_a_caller_who_hangs_up_cancels_the_translated_stream(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = stream(anthropic_events(), stall_after=5)
    reply = await bench.ask(OPENAI, CHAT, stream=True)
    await anext(reply.chunks)
    await reply.close()
    await asyncio.wait_for(upstream.hung_up.wait(), 1)


async def test_an_answer_that_is_no_answer_is_garbled(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = whole(b'{"content":[{"type":"text"}]}')
    reply = await bench.ask(OPENAI, CHAT)
    with pytest.raises(UpstreamCut) as cut:
        await read(reply)
    assert cut.value.ending is Ending.GARBLED


async def test_html_is_handed_on_for_judgement(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = Fate(content_type="text/html", pieces=(b"<html>hi</html>",))
    assert await read(await bench.ask(OPENAI, CHAT)) == b"<html>hi</html>"
