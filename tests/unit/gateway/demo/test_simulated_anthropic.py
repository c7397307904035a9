"""The simulated Anthropic API through the official SDK."""

from __future__ import annotations

import anthropic
import httpx
import pytest

MASKED = "Please write to [[EMAIL_7F3A2]] and call [[PHONE_22C1T_MA]]."
MAIL_TOOL = {
    "name": "send_mail",
    "description": "Sends one mail.",
    "input_schema": {
        "type": "object",
        "properties": {"to": {"type": "string"}, "phone": {"type": "string"}, "urgent": {"type": "boolean"}},
        "required": ["to"],
    },
}
MESSAGES = [{"role": "user", "content": MASKED}]


def ask(client: anthropic.Anthropic, **extra: object) -> anthropic.types.Message:
    return client.messages.create(**({"model": "claude-x", "max_tokens": 100, "messages": MESSAGES} | extra))


def test_answer_says_that_it_is_simulated_and_speaks_of_what_it_was_asked(claude: anthropic.Anthropic) -> None:
    answer = ask(claude)
    assert "simulated" in answer.content[0].text
    assert "I will write to [[EMAIL_7F3A2]]. I will call [[PHONE_22C1T_MA]]." in answer.content[0].text
    assert answer.model == "claude-x"
    assert answer.stop_reason == "end_turn"
    assert answer.usage.input_tokens > 0 < answer.usage.output_tokens
    assert answer._request_id.startswith("req_simulated_anthropic_")


def test_stream_gives_the_same_text_in_pieces_that_split_placeholders(claude: anthropic.Anthropic) -> None:
    with claude.messages.stream(model="claude-x", max_tokens=100, messages=MESSAGES) as stream:
        pieces = list(stream.text_stream)
        final = stream.get_final_message()
    assert "".join(pieces) == final.content[0].text == ask(claude).content[0].text
    assert not any("[[EMAIL_7F3A2]]" in piece for piece in pieces)
    assert final.usage.output_tokens > 1


def test_raw_stream_has_the_events_of_the_api_in_order(simulated: dict[str, str], claude: anthropic.Anthropic) -> None:
    with claude.messages.with_streaming_response.create(
        model="claude-x", max_tokens=100, messages=MESSAGES, stream=True
    ) as response:
        lines = [line for line in response.iter_lines() if line.startswith("event: ")]
    names = [line.removeprefix("event: ") for line in lines]
    assert names[:2] == ["message_start", "content_block_start"]
    assert names[-4:] == ["content_block_stop", "ping", "message_delta", "message_stop"]


@pytest.mark.parametrize("streamed", [False, True])
def test_offered_tool_is_called_with_arguments_from_the_prompt(claude: anthropic.Anthropic, streamed: bool) -> None:
    if streamed:
        with claude.messages.stream(model="claude-x", max_tokens=100, messages=MESSAGES, tools=[MAIL_TOOL]) as stream:
            answer = stream.get_final_message()
    else:
        answer = ask(claude, tools=[MAIL_TOOL])
    use = answer.content[-1]
    assert (use.type, use.name, answer.stop_reason) == ("tool_use", "send_mail", "tool_use")
    assert use.input == {"to": "[[EMAIL_7F3A2]]", "phone": "[[PHONE_22C1T_MA]]", "urgent": True}


def test_tool_result_is_answered_in_words(claude: anthropic.Anthropic) -> None:
    use = {"type": "tool_use", "id": "toolu_1", "name": "send_mail", "input": {"to": "[[EMAIL_7F3A2]]"}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "sent to [[EMAIL_7F3A2]]"}
    history = [*MESSAGES, {"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    answer = ask(claude, tools=[MAIL_TOOL], messages=history)
    assert "The tool answered “sent to [[EMAIL_7F3A2]]”." in answer.content[0].text
    assert answer.stop_reason == "end_turn"


def test_thinking_is_signed_and_an_altered_replay_is_refused(claude: anthropic.Anthropic) -> None:
    answer = ask(claude, thinking={"type": "enabled", "budget_tokens": 1024}, max_tokens=2000)
    block = answer.content[0]
    assert (block.type, "[[EMAIL_7F3A2]]" in block.thinking) == ("thinking", True)
    again = {"role": "user", "content": "And now?"}
    ask(claude, messages=[*MESSAGES, {"role": "assistant", "content": answer.content}, again])
    altered = block.model_copy(update={"thinking": block.thinking.replace("[[EMAIL_7F3A2]]", "a@b.example")})
    with pytest.raises(anthropic.BadRequestError, match="Invalid `signature`"):
        ask(claude, messages=[*MESSAGES, {"role": "assistant", "content": [altered, answer.content[1]]}, again])


def test_streamed_thinking_carries_its_signature(claude: anthropic.Anthropic) -> None:
    thinking = {"type": "adaptive"}
    with claude.messages.stream(model="claude-x", max_tokens=100, messages=MESSAGES, thinking=thinking) as stream:
        block = stream.get_final_message().content[0]
    assert block.signature == ask(claude, thinking=thinking).content[0].signature


def test_image_is_accepted(claude: anthropic.Anthropic) -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}}
    content = [image, {"type": "text", "text": "What is this?"}]
    assert "1 image" in ask(claude, messages=[{"role": "user", "content": content}]).content[0].text


def test_wrong_key_is_refused(simulated: dict[str, str]) -> None:
    stranger = anthropic.Anthropic(base_url=simulated["simulated-anthropic"], api_key="wrong", max_retries=0)
    with stranger, pytest.raises(anthropic.AuthenticationError) as refusal:
        ask(stranger)
    assert refusal.value.body["error"]["type"] == "authentication_error"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", "JSON"),
        (b"[]", "object"),
        (b"{}", "model"),
        (b'{"model":"m"}', "messages"),
        (b'{"model":"m","messages":[{"role":"user","content":"x"}]}', "max_tokens"),
    ],
)
def test_what_the_real_api_would_not_take_is_refused(
    simulated: dict[str, str], claude: anthropic.Anthropic, body: bytes, field: str
) -> None:
    url = f"{simulated['simulated-anthropic']}/v1/messages"
    answer = httpx.post(url, content=body, headers={"x-api-key": claude.api_key})
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert field in answer.json()["error"]["message"]
