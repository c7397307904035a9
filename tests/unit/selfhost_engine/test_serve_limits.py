"""What a request may not do to the server: too long, too many, gone again, malformed. And what nobody may learn."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import anthropic
import httpx
import openai
import pytest

from selfhost.nano import NAME, TEMPLATE_SHA256
from tests.unit.selfhost_engine.serving import served
from tests.unit.selfhost_engine.test_openai_dialect import CAPITAL, MAIL

CHAT, MESSAGES, COMPLETIONS = "/v1/chat/completions", "/v1/messages", "/v1/completions"
USER = {"role": "user", "content": CAPITAL}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGVsbG8="}}
PICTURE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}}
DOCUMENT = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "hello"}}
FOREVER = {"max_tokens": 500, "ignore_eos": True, "stream": True}


def body(path: str, **extra: object) -> dict[str, object]:
    asked: Mapping[str, object] = {"prompt": "a"} if path == COMPLETIONS else {"messages": [USER]}
    return {"model": NAME, "max_tokens": 8, **asked, **extra}


def tool(**function: object) -> list[object]:
    return [{"type": "function", "function": {"name": "a", **function}}]


def nested(depth: int) -> dict[str, object]:
    schema: dict[str, object] = {"type": "object"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


BAD = [
    (CHAT, {"tools": tool(parameters=nested(300))}),
    (CHAT, {"messages": []}),
    (CHAT, {"messages": "hello"}),
    (CHAT, {"messages": [{"role": "wizard", "content": "hello"}]}),
    (CHAT, {"messages": [{"role": "user", "content": [IMAGE]}]}),
    (CHAT, {"messages": [{"role": "user", "content": [{"type": "file", "file": {}}]}]}),
    (CHAT, {"messages": [{"role": "tool", "content": "no id"}]}),
    (CHAT, {"messages": [USER, {"role": "assistant", "tool_calls": [{"function": {"name": "a", "arguments": "{"}}]}]}),
    (CHAT, {"n": 0}),
    (CHAT, {"n": 17}),
    (COMPLETIONS, {"n": 2.0}),
    (CHAT, {"temperature": 9}),
    (CHAT, {"top_p": "much"}),
    (CHAT, {"max_tokens": 0}),
    (CHAT, {"max_tokens": True}),
    (CHAT, {"seed": 1.5}),
    (CHAT, {"stop": [""]}),
    (CHAT, {"stop": ["a"] * 17}),
    (CHAT, {"stream": "yes"}),
    (CHAT, {"logprobs": True, "top_logprobs": 21}),
    (CHAT, {"response_format": {"type": "json_object"}}),
    (CHAT, {"logit_bias": {"5": 1}}),
    (CHAT, {"reasoning_effort": "enormous"}),
    (CHAT, {"chat_template_kwargs": {"thinking_mode": "sometimes"}}),
    (CHAT, {"cache_salt": 5}),
    (CHAT, {"continue_final_message": True}),
    (CHAT, {"tools": tool(parameters={"type": "array"})}),
    (CHAT, {"tools": tool(parameters={"properties": [1]})}),
    (CHAT, {"tools": tool(parameters="none")}),
    (CHAT, {"tools": tool(parameters={"required": "a"})}),
    (CHAT, {"tools": tool(parameters={"required": [1]})}),
    (CHAT, {"tools": tool(parameters={"type": ["object"]})}),
    (CHAT, {"tools": tool(description=5)}),
    (CHAT, {"tools": tool(name="")}),
    (CHAT, {"tools": [{"type": "function"}]}),
    (CHAT, {"tools": "all"}),
    (CHAT, {"tools": [{"type": "function", "function": {"name": f"a{n}"}} for n in range(129)]}),
    (CHAT, {"tools": [MAIL], "tool_choice": "sometimes"}),
    (CHAT, {"messages": [{"content": "hello"}]}),
    (CHAT, {"messages": [{"role": ["user"], "content": "hello"}]}),
    (CHAT, {"messages": [{"role": "user", "content": 5}]}),
    (CHAT, {"messages": ["hello"]}),
    (CHAT, {"top_p": 1.5}),
    (CHAT, {"top_k": 1.5}),
    (CHAT, {"stream_options": []}),
    (CHAT, {"seed": 1 << 70}),
    (CHAT, {"tools": tool(name='a" onload="b')}),
    (CHAT, {"tools": [MAIL, MAIL]}),
    (CHAT, {"tools": [{"type": "web_search"}]}),
    (CHAT, {"tool_choice": "required"}),
    (CHAT, {"tools": [MAIL], "tool_choice": {"type": "function", "function": {"name": "other"}}}),
    (COMPLETIONS, {"prompt": ""}),
    (COMPLETIONS, {"prompt": ["a", "b"]}),
    (COMPLETIONS, {"prompt": [1 << 20]}),
    (COMPLETIONS, {"echo": True}),
    (COMPLETIONS, {"best_of": 3}),
    (MESSAGES, {"max_tokens": None}),
    (MESSAGES, {"messages": []}),
    (MESSAGES, {"messages": [{"role": "system", "content": "hello"}]}),
    (MESSAGES, {"messages": [{"role": "user", "content": [PICTURE]}]}),
    (MESSAGES, {"messages": [{"role": "user", "content": [DOCUMENT]}]}),
    (MESSAGES, {"tools": [{"name": "a"}]}),
    (MESSAGES, {"tools": [{"name": "a", "input_schema": {"type": "string"}}]}),
    (MESSAGES, {"tools": [{"name": "a", "input_schema": {"type": "object", "properties": []}}]}),
    (MESSAGES, {"messages": [{"role": "tool", "content": "hello"}]}),
    (MESSAGES, {"messages": [{"role": "user", "content": [{"type": "tool_result", "content": "x"}]}]}),
    (MESSAGES, {"tool_choice": {"type": "all"}, "tools": [{"name": "a", "input_schema": {"type": "object"}}]}),
    (MESSAGES, {"tool_choice": "auto"}),
    (MESSAGES, {"system": 5}),
    (MESSAGES, {"stop_sequences": [5]}),
    (MESSAGES, {"tools": [{"type": "web_search_20250305", "name": "web_search"}]}),
    (MESSAGES, {"tool_choice": {"type": "any"}}),
    (MESSAGES, {"thinking": {"type": "deep"}}),
]


@pytest.mark.parametrize(("path", "extra"), BAD, ids=lambda each: str(each)[:60])
@pytest.mark.parametrize("streamed", [False, True])
def test_malformed_request_is_refused_in_its_dialect(base_url: str, path: str, extra: dict, streamed: bool) -> None:
    answer = httpx.post(base_url + path, json=body(path, **{"stream": streamed, **extra}))
    assert answer.status_code == 400
    found = answer.json()
    assert (found.get("type") == "error") is (path == MESSAGES)
    assert found["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("path", [CHAT, MESSAGES, COMPLETIONS])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000], ids=lambda each: each[:8])
def test_what_is_no_json_object_is_refused(base_url: str, path: str, content: bytes) -> None:
    assert httpx.post(base_url + path, content=content).status_code == 400


@pytest.mark.parametrize("path", [CHAT, MESSAGES, COMPLETIONS])
def test_body_is_bounded(base_url: str, path: str) -> None:
    assert httpx.post(base_url + path, content=b" " * (17 << 20)).status_code == 413


def test_schema_that_is_no_object_is_named(base_url: str) -> None:
    answer = httpx.post(base_url + MESSAGES, json=body(MESSAGES, tools=[{"name": "a", "input_schema": "string"}]))
    assert answer.json()["error"]["message"] == "tools[0].input_schema must be an object"


def test_image_is_refused_in_words(base_url: str) -> None:
    for path, part in ((CHAT, IMAGE), (MESSAGES, PICTURE)):
        answer = httpx.post(base_url + path, json=body(path, messages=[{"role": "user", "content": [part]}]))
        assert "text only" in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", [CHAT, MESSAGES, COMPLETIONS])
def test_other_model_is_not_found(base_url: str, path: str) -> None:
    assert httpx.post(base_url + path, json=body(path, model="MiniMax-M3")).status_code == 404


def test_what_is_no_token_is_not_called_too_long(gpt: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="tokens of the vocabulary") as refusal:
        gpt.completions.create(model=NAME, prompt=[1, 99_999_999], max_tokens=3)
    assert refusal.value.code is None


@pytest.mark.parametrize("streamed", [False, True])
def test_prompt_longer_than_the_context_is_a_bad_request(
    gpt: openai.OpenAI, claude: anthropic.Anthropic, streamed: bool
) -> None:
    long = [{"role": "user", "content": "word " * 2100}]
    with pytest.raises(openai.BadRequestError) as refusal:
        gpt.chat.completions.create(model=NAME, messages=long, stream=streamed)
    assert refusal.value.code == "context_length_exceeded"
    with pytest.raises(anthropic.BadRequestError, match="prompt is too long"):
        claude.messages.create(model=NAME, max_tokens=5, messages=long, stream=streamed)


async def free_pages(tight: httpx.AsyncClient) -> int:
    return (await tight.get("/healthz")).json()["free_pages"]


async def until_free(tight: httpx.AsyncClient, pages: int) -> None:
    async with asyncio.timeout(20):
        while await free_pages(tight) != pages:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("path", [CHAT, MESSAGES, COMPLETIONS])
async def test_client_that_leaves_a_stream_frees_its_pages(tight: httpx.AsyncClient, path: str) -> None:
    async with tight.stream("POST", path, json=body(path, **FOREVER)) as answer:
        pieces = answer.aiter_bytes()  # while it lives, the connection does
        await anext(pieces)
        assert await free_pages(tight) < 5
    await until_free(tight, 5)


async def test_client_that_gives_up_waiting_frees_its_pages(tight: httpx.AsyncClient) -> None:
    waiting = asyncio.create_task(tight.post(CHAT, json=body(CHAT, **FOREVER | {"stream": False})))
    while await free_pages(tight) == 5:
        assert not waiting.done()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await until_free(tight, 5)


async def test_more_than_may_wait_is_told_to_come_back(tight: httpx.AsyncClient) -> None:
    """Some wait, then run; the others hear so, each in its dialect, and nothing breaks."""
    long = {"messages": [{"role": "user", "content": "word " * 100}], "ignore_eos": True}
    paths = [CHAT, MESSAGES] * 4
    answers = await asyncio.gather(*(tight.post(path, json=body(path, **long, max_tokens=20)) for path in paths))
    told = [(answer.status_code, answer.headers.get("retry-after")) for answer in answers]
    found = [(path, *each) for path, each in zip(paths, told, strict=True)]
    refused = {each for each in found if each[1] != 200}
    assert refused <= {(CHAT, 429, "1"), (MESSAGES, 529, "1")}
    assert 0 < sum(each[1] == 200 for each in found) < len(found)
    await until_free(tight, 5)


def test_many_at_once_are_answered_as_one_alone(base_url: str) -> None:
    async def answers() -> list[str]:
        async with openai.AsyncOpenAI(base_url=f"{base_url}/v1", api_key="none", max_retries=0) as gpt:
            asked = (gpt.chat.completions.create(model=NAME, messages=[USER]) for _ in range(12))
            return [each.choices[0].message.content for each in await asyncio.gather(*asked)]

    assert set(asyncio.run(answers())) == {"The capital of Peru is Lima."}


@pytest.mark.parametrize("extra", [{"top_p": 0}, {"temperature": 1e-30}, {"temperature": 0.0}, {"top_k": 1}], ids=str)
@pytest.mark.parametrize("path", [CHAT, COMPLETIONS])
def test_the_narrowest_sampling_is_greedy(base_url: str, path: str, extra: dict[str, object]) -> None:
    """Not the least likely token, and no overflow."""
    usual = {"temperature": 1.5} | extra
    answers = [httpx.post(base_url + path, json=body(path, **each)).json() for each in (usual, {"temperature": 0})]
    one, greedy = (each["choices"][0].get("message") or each["choices"][0]["text"] for each in answers)
    assert one == greedy


def test_health_names_engine_attention_and_checkpoint(base_url: str) -> None:
    found = httpx.get(f"{base_url}/healthz").json()
    assert (found["status"], found["engine"], found["attention"], found["model"]) == ("ok", "m3", "numba", NAME)
    assert found["verified"] is True
    assert len(found["checkpoint"]) == 64
    assert found["template"] == TEMPLATE_SHA256


@pytest.mark.parametrize("path", [CHAT, MESSAGES, COMPLETIONS])
@pytest.mark.parametrize("streamed", [False, True])
def test_every_answer_says_where_it_came_from(base_url: str, path: str, streamed: bool) -> None:
    answer = httpx.post(base_url + path, json=body(path, stream=streamed))
    told = json.loads(answer.headers["x-model-provenance"])
    assert told["root"] == httpx.get(f"{base_url}/healthz").json()["checkpoint"]
    assert (told["attention"], told["weights"]) == ("numba", "float32")


@pytest.mark.parametrize("path", [CHAT, MESSAGES, COMPLETIONS])
def test_megabytes_are_refused_before_they_are_made_tokens_of(base_url: str, path: str) -> None:
    text = "a " * 2_000_000
    asked = {"prompt": text} if path == COMPLETIONS else {"messages": [{"role": "user", "content": text}]}
    begun_s = time.monotonic()
    answer = httpx.post(base_url + path, json=body(path, **asked), timeout=30)
    assert (answer.status_code, text[:20] in answer.text) == (400, False)
    assert time.monotonic() - begun_s < 5


def test_client_that_leaves_before_its_request_is_whole_leaves_no_trace(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as errors, served("--canary-every", "0", errors=errors) as url:
        where = httpx.URL(url)
        for path in (CHAT, MESSAGES, COMPLETIONS, f"{MESSAGES}/count_tokens"):
            with socket.create_connection((where.host, where.port)) as connection:
                connection.sendall(f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{{".encode())
                time.sleep(0.2)
        assert httpx.get(f"{url}/health", timeout=30).status_code == 200
    assert log.read_bytes() == b""


def test_nothing_of_a_prompt_is_logged(tmp_path: Path) -> None:
    log = tmp_path / "log"
    said = {"model": NAME, "messages": [{"role": "user", "content": "zebra"}]}
    with log.open("wb") as errors, served(errors=errors) as url:
        for extra in ({}, {"stream": True}, {"n": 99}, {"messages": [{"role": "zebra", "content": "zebra"}]}):
            answer = httpx.post(url + CHAT, json=said | extra)
            assert "zebra" not in answer.text
    assert b"zebra" not in log.read_bytes()


@pytest.mark.parametrize(
    "arguments", [[], ["serve"], ["serve", "--engine", "ngram"], ["serve", "--engine", "m3", "--dtype", "int8"]]
)
def test_command_line_mistakes_exit_with_2(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "selfhost", *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, "usage: selfhost" in done.stderr) == (2, True)


def serve(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "selfhost", "serve", "--engine", "m3", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_port_in_use_exits_with_2(base_url: str) -> None:
    done = serve("--port", base_url.rpartition(":")[2])
    assert (done.returncode, done.stderr.startswith("cannot listen on 127.0.0.1:")) == (2, True)


def test_template_that_is_not_the_pinned_one_is_refused() -> None:
    done = serve("--port", "0", "--template-sha256", "0" * 64)
    assert (done.returncode, "chat_template.jinja is not the one that is pinned" in done.stderr) == (2, True)


def test_directory_that_nobody_signed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    done = serve("--port", "0", "--model", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
