"""The simulated OpenAI and MiniMax-style APIs through the official SDK."""

from __future__ import annotations

import json

import anthropic
import openai
import pytest

MESSAGES = [
    {"role": "system", "content": "You are a clerk."},
    {"role": "user", "content": "Please write to [[EMAIL_7F3A2]]."},
]
MAIL_TOOL = {
    "type": "function",
    "function": {
        "name": "send_mail",
        "parameters": {
            "type": "object",
            "properties": {
                "recipient": {"type": "string"},
                "subject": {"type": "string"},
                "copies": {"type": "integer"},
                "tone": {"enum": ["formal", "plain"]},
                "tags": {"type": "array", "items": {"type": "string"}},
            },
        },
    },
}


def ask(client: openai.OpenAI, **extra: object) -> openai.types.chat.ChatCompletion:
    return client.chat.completions.create(**({"model": "gpt-x", "messages": MESSAGES} | extra))


def test_answer_says_that_it_is_simulated_and_speaks_of_what_it_was_asked(gpt: openai.OpenAI) -> None:
    answer = ask(gpt)
    assert "simulated" in answer.choices[0].message.content
    assert "I will write to [[EMAIL_7F3A2]]." in answer.choices[0].message.content
    assert (answer.model, answer.choices[0].finish_reason) == ("gpt-x", "stop")
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer._request_id.startswith("req_simulated_openai_")


@pytest.mark.parametrize("with_usage", [False, True])
def test_stream_gives_the_same_text_in_pieces_and_usage_only_when_asked(gpt: openai.OpenAI, with_usage: bool) -> None:
    extra = {"stream_options": {"include_usage": True}} if with_usage else {}
    chunks = list(gpt.chat.completions.create(model="gpt-x", messages=MESSAGES, stream=True, **extra))
    texts = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(texts) == ask(gpt).choices[0].message.content
    assert not any("[[EMAIL_7F3A2]]" in text for text in texts)
    assert (chunks[-1].usage is not None) is with_usage


@pytest.mark.parametrize("streamed", [False, True])
def test_offered_tool_is_called_with_arguments_that_fit_its_schema(gpt: openai.OpenAI, streamed: bool) -> None:
    if streamed:
        with gpt.chat.completions.stream(model="gpt-x", messages=MESSAGES, tools=[MAIL_TOOL]) as stream:
            choice = stream.get_final_completion().choices[0]
    else:
        choice = ask(gpt, tools=[MAIL_TOOL]).choices[0]
    call = choice.message.tool_calls[0]
    assert (choice.finish_reason, call.function.name) == ("tool_calls", "send_mail")
    quoted = "Please write to [[EMAIL_7F3A2]]."
    expected = {"recipient": "[[EMAIL_7F3A2]]", "subject": quoted, "copies": 1, "tone": "formal", "tags": [quoted]}
    assert json.loads(call.function.arguments) == expected


def test_tool_choice_none_is_answered_in_words(gpt: openai.OpenAI) -> None:
    assert ask(gpt, tools=[MAIL_TOOL], tool_choice="none").choices[0].message.tool_calls is None


def test_named_tool_choice_is_followed(gpt: openai.OpenAI) -> None:
    other = {"type": "function", "function": {"name": "other", "parameters": {"type": "object", "properties": {}}}}
    choice = {"type": "function", "function": {"name": "other"}}
    call = ask(gpt, tools=[MAIL_TOOL, other], tool_choice=choice).choices[0].message.tool_calls[0]
    assert (call.function.name, call.function.arguments) == ("other", "{}")


def test_tool_result_is_answered_in_words(gpt: openai.OpenAI) -> None:
    called = ask(gpt, tools=[MAIL_TOOL]).choices[0].message
    result = {"role": "tool", "tool_call_id": called.tool_calls[0].id, "content": "sent"}
    history = [*MESSAGES, called.model_dump(exclude_none=True), result]
    assert "The tool answered “sent”." in ask(gpt, tools=[MAIL_TOOL], messages=history).choices[0].message.content


def test_image_is_accepted(gpt: openai.OpenAI) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGVsbG8="}}
    content = [{"type": "text", "text": "What is this?"}, image]
    assert "1 image" in ask(gpt, messages=[{"role": "user", "content": content}]).choices[0].message.content


def test_wrong_key_is_refused(simulated: dict[str, str]) -> None:
    client = openai.OpenAI(base_url=f"{simulated['simulated-openai']}/v1", api_key="wrong", max_retries=0)
    with client, pytest.raises(openai.AuthenticationError) as refusal:
        ask(client)
    assert refusal.value.code == "invalid_api_key"


def test_vendor_thinks_aloud_inline_and_adds_base_resp(minimax: openai.OpenAI) -> None:
    answer = ask(minimax, model="MiniMax-M3")
    assert answer.choices[0].message.content.startswith("<think>\nSimulated reasoning")
    assert "</think>\n\nThis is a simulated answer" in answer.choices[0].message.content
    assert answer.base_resp == {"status_code": 0, "status_msg": ""}


@pytest.mark.parametrize("streamed", [False, True])
def test_vendor_splits_reasoning_off_when_asked(minimax: openai.OpenAI, streamed: bool) -> None:
    extra = {"extra_body": {"reasoning_split": True}, "model": "MiniMax-M3", "messages": MESSAGES}
    if streamed:
        chunks = list(minimax.chat.completions.create(stream=True, **extra))
        deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
        content = "".join(delta.content or "" for delta in deltas)
        reasoning = "".join(getattr(delta, "reasoning_content", None) or "" for delta in deltas)
    else:
        message = ask(minimax, **extra).choices[0].message
        content, reasoning = message.content, message.reasoning_content
    assert content.startswith("This is a simulated answer")
    assert reasoning.startswith("Simulated reasoning")


def test_vendor_does_not_think_when_thinking_is_disabled(minimax: openai.OpenAI) -> None:
    answer = ask(minimax, model="MiniMax-M3", extra_body={"thinking": {"type": "disabled"}})
    assert "<think>" not in answer.choices[0].message.content


def test_vendor_refuses_with_its_own_code_beside_the_error(simulated: dict[str, str]) -> None:
    client = openai.OpenAI(base_url=f"{simulated['simulated-minimax']}/v1", api_key="wrong", max_retries=0)
    with client, pytest.raises(openai.AuthenticationError) as refusal:
        ask(client)
    assert refusal.value.response.json()["base_resp"]["status_code"] == 1004


@pytest.mark.parametrize("prefix", ["", "/anthropic"])
def test_vendor_speaks_anthropic_too(simulated: dict[str, str], minimax: openai.OpenAI, prefix: str) -> None:
    base_url = f"{simulated['simulated-minimax']}{prefix}"
    with anthropic.Anthropic(base_url=base_url, api_key=minimax.api_key, max_retries=0) as client:
        answer = client.messages.create(model="MiniMax-M3", max_tokens=9, messages=[MESSAGES[1]])
    assert "MiniMax" in answer.content[0].text
