"""Several answers to one request, and the fields that are refused by name, through the official SDKs."""

from __future__ import annotations

import json

import anthropic
import httpx
import openai
import pytest

from selfhost.nano import NAME
from tests.unit.selfhost_engine.test_anthropic_dialect import TOOL
from tests.unit.selfhost_engine.test_openai_dialect import ANSWER, CAPITAL, MAIL, TELL, ask
from tests.unit.selfhost_engine.test_serve_limits import CHAT, COMPLETIONS, body, free_pages, until_free

RAW = f"]~!b[]~b]system\nAnswer briefly.[e~[\n]~b]user\n{CAPITAL}[e~[\n]~b]ai\n<mm:think></mm:think>"
WILD = {"temperature": 2.0, "max_tokens": 20}


def contents(completion: openai.types.chat.ChatCompletion) -> list[str | None]:
    assert [choice.index for choice in completion.choices] == list(range(len(completion.choices)))
    return [choice.message.content for choice in completion.choices]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_so_many_answers_come_as_were_asked_for(gpt: openai.OpenAI, count: int) -> None:
    whole = ask(gpt, n=count)
    assert contents(whole) == [ANSWER] * count
    one = ask(gpt).usage
    assert whole.usage.prompt_tokens == one.prompt_tokens
    assert whole.usage.completion_tokens == count * one.completion_tokens


def test_answers_to_one_request_differ_and_a_seed_repeats_all_of_them(gpt: openai.OpenAI) -> None:
    first, again = (contents(ask(gpt, "Hello there", n=4, seed=7, **WILD)) for _ in range(2))
    assert first == again
    assert len(set(first)) > 1
    assert contents(ask(gpt, "Hello there", seed=7, **WILD)) == first[:1]


def test_a_stream_tells_its_answers_apart(gpt: openai.OpenAI) -> None:
    asked = {"n": 3, "seed": 11, **WILD}
    whole = contents(ask(gpt, "Hello there", **asked))
    texts, ends = dict.fromkeys(range(3), ""), dict.fromkeys(range(3), "")
    for chunk in ask(gpt, "Hello there", stream=True, stream_options={"include_usage": True}, **asked):
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
            ends[choice.index] += choice.finish_reason or ""
        usage = chunk.usage
    assert list(texts.values()) == whole
    assert set(ends.values()) <= {"stop", "length"}
    assert 3 <= usage.completion_tokens <= 60


def test_logprobs_belong_to_their_own_answer(gpt: openai.OpenAI) -> None:
    for choice in ask(gpt, "Hello there", n=3, logprobs=True, **WILD).choices:
        assert "".join(each.token for each in choice.logprobs.content) == choice.message.content


def test_calls_of_different_answers_have_different_ids(gpt: openai.OpenAI) -> None:
    choices = ask(gpt, TELL, n=3, tools=[MAIL], tool_choice="required").choices
    ids = [call.id for choice in choices for call in choice.message.tool_calls]
    assert len(ids) == len(set(ids)) >= 3


@pytest.mark.parametrize("streamed", [False, True])
def test_completions_come_in_the_number_asked_for(gpt: openai.OpenAI, streamed: bool) -> None:
    made = gpt.completions.create(model=NAME, prompt=RAW, n=2, best_of=2, max_tokens=30, stream=streamed)
    texts = {0: "", 1: ""}
    for part in made if streamed else [made]:
        for choice in part.choices:
            texts[choice.index] += choice.text
    assert texts == {0: ANSWER, 1: ANSWER}


async def test_a_client_that_leaves_frees_the_pages_of_all_answers(tight: httpx.AsyncClient) -> None:
    asked = body(CHAT, n=2, max_tokens=120, ignore_eos=True, stream=True)
    async with tight.stream("POST", CHAT, json=asked) as answer:
        pieces = answer.aiter_bytes()
        await anext(pieces)
        assert await free_pages(tight) < 5
    await until_free(tight, 5)


async def test_one_answer_too_many_refuses_the_request_as_a_whole(tight: httpx.AsyncClient) -> None:
    """Two may wait there, so that of sixteen that come at once most find the engine full."""
    for streamed in (False, True):
        answer = await tight.post(CHAT, json=body(CHAT, n=16, stream=streamed))
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    await until_free(tight, 5)


REFUSED = {
    "best_of": 3, "presence_penalty": 0.5, "frequency_penalty": -1, "logit_bias": {"5": 1}, "min_p": 0.1,
    "repetition_penalty": 1.1, "guided_json": {}, "response_format": {"type": "json_object"}, "min_tokens": 3,
    "stop_token_ids": [1], "echo": True,
}  # fmt: skip


@pytest.mark.parametrize(("field", "value"), [*REFUSED.items(), ("n", 17), ("top_p", 2), ("temperature", -1)])
@pytest.mark.parametrize("path", [CHAT, COMPLETIONS])
def test_a_field_that_cannot_be_honoured_is_named(gpt: openai.OpenAI, path: str, field: str, value: object) -> None:
    if value == {}:
        value = {"type": "object"}
    create, asked = (
        (gpt.chat.completions.create, {"messages": [{"role": "user", "content": CAPITAL}]})
        if path == CHAT
        else (gpt.completions.create, {"prompt": RAW})
    )
    with pytest.raises(openai.BadRequestError, match=field) as refusal:
        create(model=NAME, **asked, extra_body={field: value})
    assert refusal.value.param == field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("response_format", {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}),
        ("modalities", ["text", "audio"]),
        ("web_search_options", {"search_context_size": "low"}),
        ("functions", [{"name": "a"}]),
    ],
)
def test_a_chat_field_that_cannot_be_honoured_is_named(gpt: openai.OpenAI, field: str, value: object) -> None:
    with pytest.raises(openai.BadRequestError, match=field) as refusal:
        ask(gpt, extra_body={field: value})
    assert refusal.value.param == field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mcp_servers", [{"type": "url", "url": "https://example.com", "name": "a"}]),
        ("container", "one"),
        ("output_format", {"type": "json_schema", "schema": {}}),
        ("output_config", {"format": {"type": "json_schema", "schema": {}}}),
        ("logit_bias", {"5": 1}),
    ],
)
def test_a_messages_field_that_cannot_be_honoured_is_named(
    claude: anthropic.Anthropic, field: str, value: object
) -> None:
    with pytest.raises(anthropic.BadRequestError, match=field):
        claude.messages.create(
            model=NAME, max_tokens=5, messages=[{"role": "user", "content": CAPITAL}], extra_body={field: value}
        )


@pytest.mark.parametrize(
    "neutral",
    [
        {
            "n": 1,
            "presence_penalty": 0,
            "frequency_penalty": 0.0,
            "logit_bias": {},
            "response_format": {"type": "text"},
        },
        {"extra_body": {"min_p": 0, "repetition_penalty": 1.0, "best_of": 1, "add_generation_prompt": True}},
        {"user": "a", "metadata": {"a": "b"}, "store": False, "parallel_tool_calls": True, "service_tier": "auto"},
    ],
    ids=["openai", "vllm", "of no effect"],
)
def test_what_changes_nothing_is_accepted(gpt: openai.OpenAI, neutral: dict[str, object]) -> None:
    assert contents(ask(gpt, **neutral)) == [ANSWER]


def test_one_call_at_most_when_calls_side_by_side_are_not_wanted(
    gpt: openai.OpenAI, claude: anthropic.Anthropic
) -> None:
    (call,) = ask(gpt, TELL, tools=[MAIL], parallel_tool_calls=False).choices[0].message.tool_calls
    assert json.loads(call.function.arguments)["to"] == "dana@example.com"
    message = claude.messages.create(
        model=NAME,
        max_tokens=200,
        messages=[{"role": "user", "content": TELL}],
        tools=[TOOL],
        tool_choice={"type": "auto", "disable_parallel_tool_use": True},
    )
    assert [block.type for block in message.content].count("tool_use") == 1
