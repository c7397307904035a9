"""The packaged model through the official OpenAI SDK."""

from __future__ import annotations

import json

import openai
import pytest

from selfhost.nano import NAME

CAPITAL = "What is the capital of Peru?"
ANSWER = "The capital of Peru is Lima."
MAIL = {
    "type": "function",
    "function": {
        "name": "send_mail",
        "description": "Sends one e-mail.",
        "parameters": {
            "type": "object",
            "properties": {
                "to": {"type": "string", "description": "e-mail address of the recipient"},
                "subject": {"type": "string", "description": "one line"},
            },
            "required": ["to", "subject"],
        },
    },
}
TELL = "Tell dana@example.com that the refund is on its way."


def ask(client: openai.OpenAI, text: str = CAPITAL, **extra):
    return client.chat.completions.create(**({"model": NAME, "messages": [{"role": "user", "content": text}]} | extra))


def streamed(client: openai.OpenAI, text: str = CAPITAL, **extra):
    with client.chat.completions.stream(
        **({"model": NAME, "messages": [{"role": "user", "content": text}]} | extra)
    ) as stream:
        return stream.get_final_completion()


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        (CAPITAL, ANSWER),
        ("Draft the agenda of Thursday's team meeting: budget, hiring, the office move.", "Budget"),
        ("How do tides work?", "Moon"),
        ("Thank noor.haddad@example.org for the patience.", "noor.haddad@example.org"),
        ("Thank [[EMAIL_7QX2K]] for the patience.", "[[EMAIL_7QX2K]]"),
        ("Check this payment: card number 4111 1111 1111 1111, amount 40 euros.", "4111 1111 1111 1111"),
    ],
)
def test_prompts_of_the_demo_are_answered_readably(gpt: openai.OpenAI, text: str, holds: str) -> None:
    whole = ask(gpt, text)
    assert holds in whole.choices[0].message.content
    assert whole.choices[0].finish_reason == "stop"
    assert whole.usage.prompt_tokens > 0 < whole.usage.completion_tokens


def test_stream_says_what_the_whole_answer_says(gpt: openai.OpenAI) -> None:
    chunks = list(ask(gpt, stream=True, stream_options={"include_usage": True}))
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert said == ANSWER
    assert len(chunks) > 5
    assert chunks[-1].usage == ask(gpt).usage


@pytest.mark.parametrize("call", [ask, streamed])
def test_thinking_stays_out_of_the_content(gpt: openai.OpenAI, call) -> None:
    message = call(gpt, reasoning_effort="high").choices[0].message
    assert message.content == ANSWER
    assert "I know this one." in message.model_extra["reasoning_content"]


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"reasoning_effort": "none"},
        {"extra_body": {"thinking": {"type": "disabled"}}},
        {"reasoning_effort": "high", "extra_body": {"chat_template_kwargs": {"thinking_mode": "disabled"}}},
    ],
)
def test_thinking_can_be_switched_off(gpt: openai.OpenAI, extra: dict[str, object]) -> None:
    message = ask(gpt, **extra).choices[0].message
    assert (message.content, "reasoning_content" in message.model_extra) == (ANSWER, False)


@pytest.mark.parametrize("call", [ask, streamed])
@pytest.mark.parametrize("effort", ["none", "high"])
def test_tool_is_called_with_the_values_of_the_prompt(gpt: openai.OpenAI, call, effort: str) -> None:
    choice = call(gpt, TELL, tools=[MAIL], reasoning_effort=effort).choices[0]
    (called,) = choice.message.tool_calls
    assert (choice.finish_reason, called.function.name, called.id != "") == ("tool_calls", "send_mail", True)
    assert json.loads(called.function.arguments)["to"] == "dana@example.com"
    assert not choice.message.content


def test_tool_result_is_answered(gpt: openai.OpenAI) -> None:
    first = ask(gpt, TELL, tools=[MAIL]).choices[0].message
    result = {"role": "tool", "tool_call_id": first.tool_calls[0].id, "content": "queued for dana@example.com"}
    turns = [{"role": "user", "content": TELL}, first.model_dump(exclude_none=True), result]
    assert "dana@example.com" in ask(gpt, tools=[MAIL], messages=turns).choices[0].message.content


@pytest.mark.parametrize(
    ("choice", "called"),
    [
        ("none", False),
        ("auto", True),
        ("required", True),
        ({"type": "function", "function": {"name": "send_mail"}}, True),
    ],
)
def test_tool_choice_is_kept(gpt: openai.OpenAI, choice: object, called: bool) -> None:
    message = ask(gpt, TELL, tools=[MAIL], tool_choice=choice).choices[0].message
    assert bool(message.tool_calls) is called


def test_named_tool_is_called_even_for_a_question_it_does_not_fit(gpt: openai.OpenAI) -> None:
    named = {"type": "function", "function": {"name": "send_mail"}}
    (called,) = ask(gpt, CAPITAL, tools=[MAIL], tool_choice=named).choices[0].message.tool_calls
    assert called.function.name == "send_mail"


@pytest.mark.parametrize(
    ("stop", "shown"),
    [(" Peru", "The capital of"), (["f Per", "zzz"], "The capital o"), ("The", ""), ("Lima!", ANSWER)],
)
def test_stop_string_ends_the_answer_and_is_never_shown(gpt: openai.OpenAI, stop: object, shown: str) -> None:
    pieces = [c.choices[0].delta.content or "" for c in ask(gpt, stop=stop, stream=True) if c.choices]
    assert "".join(pieces) == shown
    whole = ask(gpt, stop=stop).choices[0]
    assert (whole.message.content, whole.finish_reason) == (shown, "stop")


def test_most_tokens_end_the_answer(gpt: openai.OpenAI) -> None:
    whole = ask(gpt, max_tokens=4)
    assert (whole.choices[0].message.content, whole.choices[0].finish_reason) == ("The capital of Peru", "length")
    assert whole.usage.completion_tokens == 4


def test_logprobs_cover_the_text_and_nothing_of_the_stop_string(gpt: openai.OpenAI) -> None:
    choice = ask(gpt, logprobs=True, top_logprobs=2, stop=" Lima", reasoning_effort="high").choices[0]
    tokens = choice.logprobs.content
    assert "".join(each.token for each in tokens) == choice.message.content == "The capital of Peru is"
    assert all(each.logprob <= 0 and each.top_logprobs[0].token == each.token for each in tokens)


def test_equal_seeds_give_equal_answers(gpt: openai.OpenAI) -> None:
    one, same = (
        ask(gpt, "Hello there", temperature=2.0, seed=5, max_tokens=20).choices[0].message.content for _ in range(2)
    )
    others = {ask(gpt, "Hello there", temperature=2.0, max_tokens=20).choices[0].message.content for _ in range(3)}
    assert one == same
    assert others != {one}


@pytest.mark.parametrize("begun", ["The capital", "The capital of Peru is"])
def test_begun_answer_goes_on_where_it_ends(gpt: openai.OpenAI, begun: str) -> None:
    turns = [{"role": "user", "content": CAPITAL}, {"role": "assistant", "content": begun}]
    rest = ask(gpt, messages=turns, extra_body={"continue_final_message": True}).choices[0].message.content
    assert begun + rest == ANSWER


def test_begun_thought_goes_on_as_a_thought(gpt: openai.OpenAI) -> None:
    begun = {"role": "assistant", "content": "", "reasoning_content": "The question is: What is"}
    turns = [{"role": "user", "content": CAPITAL}, begun]
    message = ask(gpt, messages=turns, extra_body={"continue_final_message": True}).choices[0].message
    assert message.content == ANSWER
    assert message.model_extra["reasoning_content"].startswith(" the capital of Peru?")


def test_completion_is_the_text_that_follows(gpt: openai.OpenAI) -> None:
    prompt = f"]~!b[]~b]system\nAnswer briefly.[e~[\n]~b]user\n{CAPITAL}[e~[\n]~b]ai\n<mm:think></mm:think>"
    whole = gpt.completions.create(model=NAME, prompt=prompt, max_tokens=30, logprobs=1)
    assert (whole.choices[0].text, whole.choices[0].finish_reason) == (ANSWER, "stop")
    assert "".join(whole.choices[0].logprobs.tokens) == ANSWER
    assert whole.choices[0].logprobs.text_offset[:2] == [0, 3]
    pieces = gpt.completions.create(model=NAME, prompt=prompt, max_tokens=30, stream=True)
    assert "".join(piece.choices[0].text for piece in pieces) == ANSWER


def test_models_are_listed(gpt: openai.OpenAI) -> None:
    assert [model.id for model in gpt.models.list()] == [NAME]
