"""The simulated endpoints beside the conversations, through the official SDKs."""

from __future__ import annotations

import anthropic
import openai
import pytest

TEXT = "Please write to [[EMAIL_7F3A2]]."
TOOL = {"type": "function", "name": "send_mail", "parameters": {"type": "object", "properties": {}}, "strict": False}


def test_a_response_says_the_same_whole_and_streamed(gpt: openai.OpenAI) -> None:
    whole = gpt.responses.create(model="gpt-x", input=TEXT, store=False)
    assert "simulated" in whole.output_text
    assert "I will write to [[EMAIL_7F3A2]]." in whole.output_text
    with gpt.responses.stream(model="gpt-x", input=TEXT, store=False) as events:
        assert (
            "".join(event.delta for event in events if event.type == "response.output_text.delta") == whole.output_text
        )
    called = gpt.responses.create(model="gpt-x", input=TEXT, store=False, tools=[TOOL])
    assert called.output[-1].name == "send_mail"


def test_nothing_is_kept(gpt: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="nothing is kept"):
        gpt.responses.create(model="gpt-x", input=TEXT, previous_response_id="resp_1")


def test_a_completion_says_the_same_whole_and_streamed(gpt: openai.OpenAI) -> None:
    whole = gpt.completions.create(model="gpt-x", prompt=TEXT)
    assert "I will write to [[EMAIL_7F3A2]]." in whole.choices[0].text
    chunks = gpt.completions.create(model="gpt-x", prompt=[TEXT], stream=True)
    assert "".join(chunk.choices[0].text for chunk in chunks) == whole.choices[0].text
    with pytest.raises(openai.BadRequestError):
        gpt.completions.create(model="gpt-x", prompt=[1, 2])


def test_equal_texts_have_equal_vectors(gpt: openai.OpenAI) -> None:
    found = gpt.embeddings.create(model="embed-x", input=["a", "b", "a"], encoding_format="float")
    first, second, third = (item.embedding for item in found.data)
    assert first == third
    assert first != second


def test_tokens_are_counted(gpt: openai.OpenAI, claude: anthropic.Anthropic) -> None:
    asked = gpt.responses.input_tokens.count(model="gpt-x", input="12345678")
    assert asked.input_tokens == 3, "the role counts as well"
    counted = claude.messages.count_tokens(model="claude-x", messages=[{"role": "user", "content": "12345678"}])
    assert counted.input_tokens == 3, "the role counts as well"
