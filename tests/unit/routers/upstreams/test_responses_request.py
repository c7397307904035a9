"""What a Responses request says in chat, and what chat cannot say."""

from __future__ import annotations

import orjson
import pytest

from routers.errors import DialectUnsupported
from routers.upstreams.responses_request import chat_of_responses

Json = dict[str, object]
FUNCTION = {"type": "function", "name": "weather", "parameters": {"type": "object"}, "strict": True}


def chat(body: Json, model: str = "some-model") -> tuple[Json, tuple[str, ...]]:
    return chat_of_responses(orjson.dumps({"model": "asked-for", "store": False} | body), model)


def test_a_conversation_keeps_every_part_and_its_order() -> None:
    made, dropped = chat(
        {
            "instructions": "be brief",
            "input": [
                {"role": "user", "content": "weather in Oslo?"},
                {"type": "reasoning", "id": "rs_1", "summary": []},
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I look."}]},
                {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": '{"city":"Oslo"}'},
                {"type": "function_call", "call_id": "c2", "name": "weather", "arguments": '{"city":"Bergen"}'},
                {"type": "function_call_output", "call_id": "c1", "output": "rain"},
                {"type": "function_call_output", "call_id": "c2", "output": [{"type": "input_text", "text": "sun"}]},
                {"role": "user", "content": [{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}]},
            ],
        }
    )
    calls = [
        {"id": one, "type": "function", "function": {"name": "weather", "arguments": f'{{"city":"{city}"}}'}}
        for one, city in (("c1", "Oslo"), ("c2", "Bergen"))
    ]
    assert made["messages"] == [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "weather in Oslo?"},
        {"role": "assistant", "content": "I look.", "tool_calls": calls},
        {"role": "tool", "tool_call_id": "c1", "content": "rain"},
        {"role": "tool", "tool_call_id": "c2", "content": "sun"},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
    ]
    assert (made["model"], dropped) == ("some-model", ("reasoning",))


def test_what_steers_is_told_in_the_words_of_chat() -> None:
    form = {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": True}
    made, dropped = chat(
        {
            "input": "a",
            "stream": True,
            "max_output_tokens": 9,
            "temperature": 0.5,
            "tools": [FUNCTION],
            "tool_choice": {"type": "function", "name": "weather"},
            "text": {"format": form, "verbosity": "low"},
            "reasoning": {"effort": "low", "summary": "auto"},
            "prompt_cache_key": "k",
        }
    )
    assert made == {
        "model": "some-model",
        "messages": [{"role": "user", "content": "a"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 9,
        "temperature": 0.5,
        "tools": [{"type": "function", "function": {k: v for k, v in FUNCTION.items() if k != "type"}}],
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
        "response_format": {"type": "json_schema", "json_schema": {k: v for k, v in form.items() if k != "type"}},
        "reasoning_effort": "low",
    }
    assert dropped == ("prompt_cache_key", "reasoning", "text.verbosity")
    assert "max_completion_tokens" in chat({"input": "a", "max_output_tokens": 9}, "gpt-5.5")[0]


UNSAYABLE: dict[str, Json] = {
    "unknown field": {"input": "a", "novelty": 1},
    "background": {"input": "a", "background": True},
    "earlier response": {"input": "a", "previous_response_id": "resp_1"},
    "template": {"prompt": {"id": "pmpt_1"}},
    "no input": {},
    "empty input": {"input": []},
    "hosted tool": {"input": "a", "tools": [{"type": "web_search"}]},
    "allowed tools": {"input": "a", "tool_choice": {"type": "allowed_tools"}},
    "instructions as items": {"input": "a", "instructions": [{"role": "user", "content": "x"}]},
    "item reference": {"input": [{"type": "item_reference", "id": "msg_1"}]},
    "hosted call": {"input": [{"type": "web_search_call", "id": "ws_1"}]},
    "file": {"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}]},
    "image by id": {"input": [{"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}]},
    "local image": {
        "input": [{"role": "user", "content": [{"type": "input_image", "image_url": "http://10.0.0.1/a"}]}]
    },
    "image of a tool": {
        "input": [
            {
                "type": "function_call_output",
                "call_id": "c",
                "output": [{"type": "input_image", "image_url": "https://a"}],
            }
        ]
    },
    "role": {"input": [{"role": "oracle", "content": "x"}]},
    "content": {"input": [{"role": "user", "content": 7}]},
    "form": {"input": "a", "text": {"format": {"type": "grammar"}}},
}


@pytest.mark.parametrize("body", UNSAYABLE.values(), ids=UNSAYABLE.keys())
def test_what_chat_cannot_say_is_refused(body: Json) -> None:
    with pytest.raises(DialectUnsupported):
        chat(body)
