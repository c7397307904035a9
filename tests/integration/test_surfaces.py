"""Completions, embeddings and token counts through the official SDKs: classified, masked, restored and recorded."""

from __future__ import annotations

from functools import partial

import openai
import orjson
import pytest

from tests.fakes.answers import completion_answer, completion_events, embeddings_answer
from tests.fakes.upstream import Fate, Heard, whole
from tests.integration.composition import ANTHROPIC, OPENAI, Gateway
from tests.integration.running import base, gateway, upstreams
from tests.promises.echoes import TOKEN, cut, in_chunks

__all__ = ["base", "gateway", "upstreams"]

EMAIL = "dana.whitfield@example.com"
TEXT = f"Write to {EMAIL}, please."


def prompt_of(heard: Heard) -> str:
    """What the upstream was asked to go on with."""
    prompt = orjson.loads(heard.body)["prompt"]
    return prompt if isinstance(prompt, str) else prompt[0]


async def test_a_completion_is_masked_and_restored(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].default = lambda heard: whole(completion_answer(prompt_of(heard)))
    prompts: tuple[str | list[str], ...] = (TEXT, [TEXT])
    for prompt in prompts:
        answer = await gateway.openai().completions.create(model="gpt-5.5", prompt=prompt)
        assert answer.choices[0].text == TEXT
        heard = gateway.upstreams[OPENAI].heard[-1]
        assert heard.path == "/v1/completions"
        assert EMAIL.encode() not in heard.body
        assert len(TOKEN.findall(prompt_of(heard))) == 1


def in_pieces(chunk_bytes: int, heard: Heard) -> Fate:
    """A streamed echo of the prompt."""
    return in_chunks(completion_events(cut(prompt_of(heard), 3)), chunk_bytes)


async def test_a_streamed_completion_is_restored_cut_anywhere(gateway: Gateway) -> None:
    sizes = (1, 13, 100_000)
    for chunk_bytes in sizes:
        gateway.upstreams[OPENAI].default = partial(in_pieces, chunk_bytes)
        stream = await gateway.openai().completions.create(model="gpt-5.5", prompt=TEXT, stream=True)
        assert "".join([choice.text async for chunk in stream for choice in chunk.choices]) == TEXT
    outcomes = await gateway.records_once("outcome", len(sizes))
    assert [(outcome["ending"], outcome["restored"]) for outcome in outcomes] == [("complete", 1)] * len(sizes)


async def test_a_completion_stream_that_breaks_off_is_never_shown_as_complete(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].default = in_chunks(completion_events(["a", "b", "c"])[:2], 100_000)
    stream = await gateway.openai().completions.create(model="gpt-5.5", prompt=TEXT, stream=True)
    with pytest.raises(openai.APIError):
        [chunk async for chunk in stream]


async def test_embeddings_are_masked_alike_in_a_document_and_in_a_question(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].default = lambda heard: whole(embeddings_answer(2))
    client = gateway.openai()
    answer = await client.embeddings.create(
        model="text-embedding-3-large", input=[TEXT, "harmless"], encoding_format="float"
    )
    assert [item.embedding for item in answer.data] == [[0.25, -0.5]] * 2
    await client.embeddings.create(model="text-embedding-3-large", input=f"Who is {EMAIL}?", encoding_format="float")
    document, question = (heard.body.decode() for heard in gateway.upstreams[OPENAI].heard)
    assert EMAIL not in document + question
    assert set(TOKEN.findall(document)) == set(TOKEN.findall(question))
    intents = await gateway.records("intent")
    assert [(intent["subject"]["dialect"], intent["masked"]) for intent in intents] == [
        ("openai_embeddings", [{"type": "EMAIL_ADDRESS", "count": 1}])
    ] * 2
    (outcome, _) = await gateway.records_once("outcome", 2)
    assert (outcome["ending"], outcome["input_tokens"]) == ("complete", 7)


UNREADABLE: tuple[tuple[str, dict[str, object]], ...] = (
    ("/v1/embeddings", {"model": "text-embedding-3-large", "input": [9906, 1917]}),
    ("/v1/embeddings", {"model": "text-embedding-3-large", "input": [[9906], [1917]]}),
    ("/v1/completions", {"model": "gpt-5.5", "prompt": [9906, 1917]}),
    ("/v1/completions", {"model": "gpt-5.5", "prompt": ["fine", [1917]]}),
)


async def test_token_numbers_cannot_be_read_and_go_nowhere(gateway: Gateway) -> None:
    for path, body in UNREADABLE:
        answer = await gateway.ask(path, body, headers={"x-gateway-level": "public"})
        assert answer.status_code == 403
        rules = answer.headers["x-gateway-decision"].removeprefix("deny; rules=").split(",")
        assert {"CAP-1", "OPAQUE-1"} <= set(rules)
    assert gateway.heard_by == {}
    refusals = await gateway.records("refusal")
    assert ["opaque" in refusal["subject"]["categories"] for refusal in refusals] == [True] * len(UNREADABLE)


async def test_embeddings_of_a_model_nobody_embeds_with_have_no_candidate(gateway: Gateway) -> None:
    with pytest.raises(openai.NotFoundError):
        await gateway.openai().embeddings.create(model="minimax-m3", input="a", encoding_format="float")
    assert gateway.heard_by == {}


async def test_counting_tokens_masks_like_sending(gateway: Gateway) -> None:
    gateway.upstreams[ANTHROPIC].default = whole(b'{"input_tokens":11}')
    client = gateway.anthropic()
    for counter in (client.messages, client.beta.messages):
        counted = await counter.count_tokens(model="claude-opus-4.8", messages=[{"role": "user", "content": TEXT}])
        assert counted.input_tokens == 11
    for heard in gateway.upstreams[ANTHROPIC].heard:
        assert heard.path == "/v1/messages/count_tokens"
        assert EMAIL.encode() not in heard.body
    outcomes = await gateway.records_once("outcome", 2)
    assert [(outcome["ending"], outcome["input_tokens"]) for outcome in outcomes] == [("complete", 11)] * 2


async def test_counting_uses_the_placeholders_that_sending_will(gateway: Gateway) -> None:
    messages = [{"role": "user", "content": TEXT}]
    gateway.upstreams[ANTHROPIC].then(whole(b'{"input_tokens":11}'))
    client = gateway.anthropic()
    await client.messages.count_tokens(model="claude-opus-4.8", messages=messages)
    await client.messages.create(model="claude-opus-4.8", messages=messages, max_tokens=5)
    counted, sent = (TOKEN.findall(heard.body.decode()) for heard in gateway.upstreams[ANTHROPIC].heard)
    assert counted == sent


async def test_a_stream_asked_of_an_endpoint_without_streams_is_a_whole_answer(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].default = whole(embeddings_answer())
    answer = await gateway.ask(
        "/v1/embeddings", {"model": "text-embedding-3-large", "input": "harmless", "stream": True}
    )
    assert answer.status_code == 200
    assert answer.json()["data"][0]["embedding"] == [0.25, -0.5]
