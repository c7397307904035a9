"""The OpenAI-compatible port through the official SDK."""

from __future__ import annotations

import json
import subprocess
import sys

import httpx
import openai
import pytest

MESSAGES = [{"role": "user", "content": "Write to [[EMAIL_7F3A2]] or ann@corp.example, phone +1 202-555-0143."}]
PARAMETERS = {
    "type": "object",
    "properties": {
        "recipient": {"type": "string"},
        "text": {"type": "string"},
        "count": {"type": "integer"},
        "now": {"type": "boolean"},
        "kind": {"enum": ["a", "b"]},
        "nested": {"type": "object", "properties": {"email": {"type": "string"}}},
        "all": {"type": "array", "items": {"type": "number"}},
    },
}
TOOL = {"type": "function", "function": {"name": "send", "parameters": PARAMETERS}}


def ask(client: openai.OpenAI, **extra: object) -> openai.types.chat.ChatCompletion:
    return client.chat.completions.create(**({"model": "local-ngram", "messages": MESSAGES} | extra))


def test_answer_says_what_it_is_and_echoes_what_matters(local: openai.OpenAI) -> None:
    answer = ask(local)
    text = answer.choices[0].message.content
    assert text.startswith("This is local-ngram, a local word-chain generator (not a language model).")
    assert "I noted [[EMAIL_7F3A2]], ann@corp.example, +1 202-555-0143." in text
    assert (answer.model, answer.choices[0].finish_reason) == ("local-ngram", "stop")
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_it_never_calls_itself_m3(local: openai.OpenAI) -> None:
    answer = ask(local)
    assert "m3" not in answer.model_dump_json().lower()
    assert "minimax" not in local.models.list().model_dump_json().lower()


def test_same_request_same_answer_and_other_seed_other_words(local: openai.OpenAI) -> None:
    first = ask(local, seed=1).choices[0].message.content
    assert first == ask(local, seed=1).choices[0].message.content
    assert first != ask(local, seed=2).choices[0].message.content


@pytest.mark.parametrize("with_usage", [False, True])
def test_stream_gives_the_same_text_in_pieces(local: openai.OpenAI, with_usage: bool) -> None:
    extra = {"stream_options": {"include_usage": True}} if with_usage else {}
    chunks = list(local.chat.completions.create(model="local-ngram", messages=MESSAGES, stream=True, **extra))
    texts = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(texts) == ask(local).choices[0].message.content
    assert max(map(len, texts)) <= 5
    assert (chunks[-1].usage is not None) is with_usage


@pytest.mark.parametrize("streamed", [False, True])
def test_offered_tool_is_called_with_arguments_that_fit_its_schema(local: openai.OpenAI, streamed: bool) -> None:
    if streamed:
        with local.chat.completions.stream(model="local-ngram", messages=MESSAGES, tools=[TOOL]) as stream:
            choice = stream.get_final_completion().choices[0]
    else:
        choice = ask(local, tools=[TOOL]).choices[0]
    call = choice.message.tool_calls[0]
    assert (choice.finish_reason, call.function.name) == ("tool_calls", "send")
    assert json.loads(call.function.arguments) == {
        "recipient": "ann@corp.example",
        "text": "+1 202-555-0143",
        "count": 1,
        "now": True,
        "kind": "a",
        "nested": {"email": "ann@corp.example"},
        "all": [1],
    }


def test_tool_result_and_forbidden_tools_are_answered_in_words(local: openai.OpenAI) -> None:
    called = ask(local, tools=[TOOL]).choices[0].message
    result = {"role": "tool", "tool_call_id": called.tool_calls[0].id, "content": "done"}
    history = [*MESSAGES, called.model_dump(exclude_none=True), result]
    assert ask(local, tools=[TOOL], messages=history).choices[0].finish_reason == "stop"
    assert ask(local, tools=[TOOL], tool_choice="none").choices[0].finish_reason == "stop"


def test_named_tool_is_called(local: openai.OpenAI) -> None:
    other = {"type": "function", "function": {"name": "other"}}
    choice = {"type": "function", "function": {"name": "other"}}
    call = ask(local, tools=[TOOL, other], tool_choice=choice).choices[0].message.tool_calls[0]
    assert (call.function.name, call.function.arguments) == ("other", "{}")


def test_image_is_taken_and_said_to_be_unread(local: openai.OpenAI) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGVsbG8="}}
    content = [{"type": "text", "text": "What is this?"}, image]
    text = ask(local, messages=[{"role": "user", "content": content}]).choices[0].message.content
    assert "1 attachment(s) came with it, which I cannot read." in text


def test_long_question_is_quoted_short_and_never_inside_a_word(local: openai.OpenAI) -> None:
    question = "abcdefgh " * 100
    text = ask(local, messages=[{"role": "user", "content": question}]).choices[0].message.content
    assert f"You wrote “{('abcdefgh ' * 17).strip()} …”." in text


@pytest.mark.parametrize("asked", [{"max_tokens": 3}, {"max_completion_tokens": 3}])
def test_word_limit_of_the_request_is_kept(local: openai.OpenAI, asked: dict[str, int]) -> None:
    short, usual = (ask(local, **extra).usage.completion_tokens for extra in (asked, {}))
    assert short < usual


def test_models_and_health_name_the_generator(local: openai.OpenAI, base_url: str) -> None:
    assert [model.id for model in local.models.list()] == ["local-ngram"]
    assert httpx.get(f"{base_url}/healthz").json() == {"status": "ok", "engine": "local-ngram"}


def test_other_model_is_not_found(local: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as refusal:
        ask(local, model="MiniMax-M3")
    assert refusal.value.code == "model_not_found"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"model":"local-ngram"}', b"\xff"])
def test_what_is_no_chat_request_is_refused(base_url: str, body: bytes) -> None:
    answer = httpx.post(f"{base_url}/v1/chat/completions", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_starts_in_under_a_second_without_torch_or_the_proxy() -> None:
    watch = (
        "import json, sys, time, selfhost.__main__ as program;"
        "program.train(program.training_words());"
        "heavy = [m for m in ('torch', 'gateway', 'routers', 'transformers') if m in sys.modules];"
        "print(json.dumps([heavy, time.process_time()]))"
    )
    done = subprocess.run([sys.executable, "-c", watch], capture_output=True, text=True, check=True)
    heavy, cpu_s = json.loads(done.stdout)
    assert (heavy, cpu_s < 1.0) == ([], True)


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["serve"], 2), (["serve", "--engine", "m3"], 2)])
def test_command_line_mistakes_exit_with_2(arguments: list[str], code: int) -> None:
    done = subprocess.run([sys.executable, "-m", "selfhost", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "usage: selfhost" in done.stderr


def test_port_in_use_exits_with_2(base_url: str) -> None:
    port = base_url.rpartition(":")[2]
    command = [sys.executable, "-m", "selfhost", "serve", "--engine", "ngram", "--port", port]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.startswith("cannot listen on 127.0.0.1:")) == (2, True)
