"""The packaged model through the official Anthropic SDK."""

from __future__ import annotations

import anthropic
import pytest

from selfhost.nano import NAME
from tests.unit.selfhost_engine.test_openai_dialect import ANSWER, CAPITAL, MAIL, TELL

FUNCTION = MAIL["function"]
TOOL = {
    "name": FUNCTION["name"],
    "description": FUNCTION["description"],
    "input_schema": FUNCTION["parameters"],
}
THINKING = {"type": "enabled", "budget_tokens": 1024}


def ask(client: anthropic.Anthropic, text: str = CAPITAL, **extra):
    return client.messages.create(
        **({"model": NAME, "max_tokens": 400, "messages": [{"role": "user", "content": text}]} | extra)
    )


def streamed(client: anthropic.Anthropic, text: str = CAPITAL, **extra):
    with client.messages.stream(
        **({"model": NAME, "max_tokens": 400, "messages": [{"role": "user", "content": text}]} | extra)
    ) as stream:
        return stream.get_final_message()


BOTH = pytest.mark.parametrize("call", [ask, streamed])


@BOTH
def test_question_is_answered(claude: anthropic.Anthropic, call) -> None:
    message = call(claude, system="Answer briefly.")
    assert [(block.type, block.text) for block in message.content] == [("text", ANSWER)]
    assert (message.stop_reason, message.model) == ("end_turn", NAME)
    assert message.usage.input_tokens > 0 < message.usage.output_tokens


@BOTH
def test_thinking_is_a_block_of_its_own(claude: anthropic.Anthropic, call) -> None:
    thought, said = call(claude, thinking=THINKING).content
    assert (thought.type, said.type, said.text) == ("thinking", "text", ANSWER)
    assert "I know this one." in thought.thinking
    assert thought.signature


@BOTH
@pytest.mark.parametrize(
    "extra", [{}, {"thinking": THINKING}, {"tool_choice": {"type": "tool", "name": "send_mail"}}], ids=str
)
def test_tool_is_called(claude: anthropic.Anthropic, call, extra: dict[str, object]) -> None:
    message = call(claude, TELL, tools=[TOOL], **extra)
    called = message.content[-1]
    assert (message.stop_reason, called.type, called.name) == ("tool_use", "tool_use", "send_mail")
    assert called.input["to"] == "dana@example.com"


def test_history_with_thinking_and_result_is_answered(claude: anthropic.Anthropic) -> None:
    first = ask(claude, TELL, tools=[TOOL], thinking=THINKING)
    result = {"type": "tool_result", "tool_use_id": first.content[-1].id, "content": "queued for dana@example.com"}
    turns = [
        {"role": "user", "content": TELL},
        {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in first.content]},
        {"role": "user", "content": [result]},
    ]
    message = ask(claude, messages=turns, tools=[TOOL])
    assert "dana@example.com" in message.content[0].text


@BOTH
def test_stop_sequence_is_named_and_not_shown(claude: anthropic.Anthropic, call) -> None:
    message = call(claude, stop_sequences=[" Lima"])
    assert (message.stop_reason, message.stop_sequence) == ("stop_sequence", " Lima")
    assert message.content[0].text == "The capital of Peru is"


def test_begun_answer_goes_on(claude: anthropic.Anthropic) -> None:
    turns = [{"role": "user", "content": CAPITAL}, {"role": "assistant", "content": "The capital of"}]
    assert ask(claude, messages=turns).content[0].text == " Peru is Lima."


def test_most_tokens_end_the_answer(claude: anthropic.Anthropic) -> None:
    message = ask(claude, max_tokens=2)
    assert (message.stop_reason, message.usage.output_tokens) == ("max_tokens", 2)


def test_counted_tokens_are_those_of_the_usage(claude: anthropic.Anthropic) -> None:
    turns = [{"role": "user", "content": CAPITAL}]
    counted = claude.messages.count_tokens(model=NAME, messages=turns)
    assert counted.input_tokens == ask(claude).usage.input_tokens
