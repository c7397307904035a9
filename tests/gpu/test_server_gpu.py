"""The server on a real GPU: the packaged model behind its port, asked by the official SDKs and by many at once.

    scripts/gpu tests/gpu/test_server_gpu.py
    SELFHOST_DEVICE=cpu scripts/gpu tests/gpu/test_server_gpu.py      the same without a GPU, to try the file itself

Beside what the other files here need (torch, Triton, numpy, pytest): starlette, uvicorn, cryptography, jinja2,
safetensors, tokenizers and httpx for the server, openai and anthropic for the questions; `pip install '.[engine,demo]'`
brings all of them. Three servers run at once: the kernels in bfloat16, torch on the same GPU in float32, and the
definition, which is float32 on the CPU.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from types import ModuleType

import anthropic
import httpx
import openai
import pytest

from selfhost.nano import NAME, WEIGHTS
from selfhost.nano.corpus import examples
from tests.unit.selfhost_engine import test_anthropic_dialect, test_openai_dialect
from tests.unit.selfhost_engine.serving import served
from tests.unit.selfhost_engine.test_openai_dialect import CAPITAL

pytestmark = pytest.mark.gpu

DEVICE = os.environ.get("SELFHOST_DEVICE", "cuda")
KERNELS = "kernels" if DEVICE == "cuda" else "torch"
PAGES = 200
FREE = PAGES - 1
SERVERS = {
    "kernels": ("--device", DEVICE, "--dtype", "bfloat16"),
    "float32": ("--device", DEVICE, "--dtype", "float32"),
    "definition": ("--device", "cpu", "--dtype", "float32", "--threads", "2"),
}
RAW = f"]~!b[]~b]system\nAnswer briefly.[e~[\n]~b]user\n{CAPITAL}[e~[\n]~b]ai\n<mm:think></mm:think>"
ENDLESS = {"model": NAME, "prompt": RAW, "max_tokens": 1500, "temperature": 0, "ignore_eos": True}
START_S = 120


@pytest.fixture(scope="session")
def urls() -> Iterator[dict[str, str]]:
    """Each server's address, once its canaries hold."""
    with ExitStack() as stack:
        found = {
            name: stack.enter_context(served("--pages", str(PAGES), "--canary-every", "600", *arguments))
            for name, arguments in SERVERS.items()
        }
        for url in found.values():
            _until(url, canaries="holds")
        yield found


def _until(url: str, **facts: object) -> None:
    deadline_s = time.monotonic() + START_S
    while (health := httpx.get(f"{url}/health", timeout=START_S).json()) != health | facts:
        assert time.monotonic() < deadline_s, health
        time.sleep(0.05)


@pytest.fixture(scope="session")
def base_url(urls: dict[str, str]) -> str:
    return urls["kernels"]


@pytest.fixture
def gpt(base_url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{base_url}/v1", api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
def claude(base_url: str) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=base_url, api_key="none", max_retries=0) as client:
        yield client


def _tests_of(dialect: ModuleType) -> dict[str, object]:
    """Every test of a dialect, to be run against the server that `base_url` names here."""
    name = dialect.__name__.rpartition("test_")[2]
    return {f"test_{name}_{each[5:]}": test for each, test in vars(dialect).items() if each.startswith("test_")}


globals().update(_tests_of(test_openai_dialect) | _tests_of(test_anthropic_dialect))


def questions(count: int) -> list[str]:
    """What the model has learned to answer, in words that it need not have seen."""
    plain = (each for each in examples(23) if not each.tools and len(each.turns) == 2)
    return [each.turns[0].text for each in islice(plain, count)]


async def _asked(url: str, texts: Sequence[str], **extra: object) -> list[dict[str, object]]:
    """The answers to all of them, asked at once."""
    async with httpx.AsyncClient(base_url=url, timeout=START_S) as client:
        bodies = [{"messages": [{"role": "user", "content": text}], "model": NAME, "temperature": 0} for text in texts]
        answers = await asyncio.gather(*(client.post("/v1/chat/completions", json=body | extra) for body in bodies))
    return [answer.json() for answer in answers]


def asked(url: str, texts: Sequence[str], **extra: object) -> list[dict[str, object]]:
    return asyncio.run(_asked(url, texts, **extra))


def said(answers: Sequence[dict[str, object]]) -> list[tuple[object, object]]:
    """The message of each, and its token counts."""
    return [(answer["choices"][0]["message"], answer["usage"]) for answer in answers]


def test_every_answer_says_which_kernels_and_weights_gave_it(urls: dict[str, str]) -> None:
    health = httpx.get(urls["kernels"] + "/health").json()
    assert (health["status"], health["attention"], health["device"]) == ("ok", KERNELS, DEVICE)
    answer = httpx.post(urls["kernels"] + "/v1/completions", json=ENDLESS | {"max_tokens": 3})
    told = json.loads(answer.headers["x-model-provenance"])
    about = httpx.get(urls["kernels"] + "/provenance").json()
    assert told == {name: about[name] for name in told}
    assert (told["attention"], told["kv"], told["canaries"]) == (KERNELS, "bfloat16", "holds")
    assert about["checkpoint"] == json.loads((WEIGHTS / "checkpoint.dsse.json").read_bytes())
    assert json.loads(httpx.post(urls["float32"] + "/v1/completions", json=ENDLESS | {"max_tokens": 1}).headers[
        "x-model-provenance"
    ])["attention"] == "torch"  # fmt: skip


def test_float32_on_the_gpu_answers_as_the_cpu_does(urls: dict[str, str]) -> None:
    texts = questions(32)
    assert said(asked(urls["float32"], texts)) == said(asked(urls["definition"], texts))


def test_the_kernels_answer_as_the_cpu_does(urls: dict[str, str]) -> None:
    """Except where 16 bits decide a near tie: at most one answer in sixteen."""
    texts = questions(32)
    found, expected = said(asked(urls["kernels"], texts)), said(asked(urls["definition"], texts))
    assert [usage["prompt_tokens"] for _, usage in found] == [usage["prompt_tokens"] for _, usage in expected]
    assert sum(one == other for one, other in zip(found, expected, strict=True)) >= 30


def test_sixteen_at_once_are_answered_as_each_alone(urls: dict[str, str]) -> None:
    """Again except for a near tie."""
    texts = questions(16)
    alone = said([asked(urls["kernels"], [text])[0] for text in texts])
    together = said(asked(urls["kernels"], texts))
    assert sum(one == other for one, other in zip(alone, together, strict=True)) >= 15


def test_requests_join_and_leave_while_others_are_answered(urls: dict[str, str]) -> None:
    """A short question is answered long before the long ones that began before it."""

    async def order() -> list[str]:
        ended: list[str] = []
        async with httpx.AsyncClient(base_url=urls["kernels"], timeout=START_S) as client:

            async def ask(name: str, most: int) -> None:
                answer = await client.post("/v1/completions", json=ENDLESS | {"max_tokens": most})
                assert answer.json()["usage"]["completion_tokens"] == most
                ended.append(name)

            long = [asyncio.ensure_future(ask("long", 600)) for _ in range(15)]
            await asyncio.sleep(0.3)
            await ask("short", 5)
            await asyncio.gather(*long)
        return ended

    assert asyncio.run(order())[0] == "short"
    _until(urls["kernels"], free_pages=FREE)


@pytest.mark.parametrize("path", ["/v1/completions", "/v1/chat/completions", "/v1/messages"])
def test_client_that_leaves_a_stream_frees_its_pages(urls: dict[str, str], path: str) -> None:
    asked_for = {"messages": [{"role": "user", "content": CAPITAL}]} if "messages" in path or "chat" in path else {}
    body = ENDLESS | asked_for | {"stream": True}
    with httpx.Client(base_url=urls["kernels"], timeout=30) as client, client.stream("POST", path, json=body) as answer:
        pieces = answer.iter_bytes()  # while it lives, the connection does
        next(pieces)
        assert client.get("/health").json()["free_pages"] < FREE
    _until(urls["kernels"], free_pages=FREE)


def test_equal_seeds_draw_equal_tokens(gpt: openai.OpenAI) -> None:
    wild = {"model": NAME, "prompt": RAW, "temperature": 1.5, "max_tokens": 40, "seed": 11}
    one, same = (gpt.completions.create(**wild).choices[0].text for _ in range(2))
    assert one == same


def test_logprobs_are_near_those_of_the_definition(urls: dict[str, str]) -> None:
    body = ENDLESS | {"max_tokens": 8, "logprobs": 1}
    found, expected = (
        httpx.post(urls[name] + "/v1/completions", json=body).json()["choices"][0]["logprobs"]
        for name in ("kernels", "definition")
    )
    assert found["tokens"] == expected["tokens"]
    assert found["token_logprobs"] == pytest.approx(expected["token_logprobs"], abs=0.05)


def test_more_than_the_cache_holds_takes_turns(urls: dict[str, str]) -> None:
    """Twenty answers of up to twelve pages each over 199 pages: some give theirs up and go on later."""

    async def ended() -> list[int]:
        async with httpx.AsyncClient(base_url=urls["kernels"], timeout=START_S) as client:
            body = ENDLESS | {"max_tokens": 1400}
            answers = await asyncio.gather(*(client.post("/v1/completions", json=body) for _ in range(20)))
        return [answer.json()["usage"]["completion_tokens"] for answer in answers]

    assert asyncio.run(ended()) == [1400] * 20
    _until(urls["kernels"], free_pages=FREE, status="ok")


def test_a_prompt_beyond_the_context_is_refused_and_nothing_breaks(urls: dict[str, str]) -> None:
    answer = httpx.post(urls["kernels"] + "/v1/completions", json=ENDLESS | {"prompt": [5] * 2048})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "context_length_exceeded")
    assert asked(urls["kernels"], [CAPITAL])[0]["choices"][0]["message"]["content"] == "The capital of Peru is Lima."
