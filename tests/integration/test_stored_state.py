"""State that the destination keeps: its values come back, its label stays, and deleting destroys both."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import replace

import openai
import orjson
import pytest

from tests.fakes.responses import message, responses_answer, responses_events
from tests.fakes.upstream import Answering, Fate, Heard, stream, whole
from tests.integration.composition import OPENAI, Gateway
from tests.integration.running import base, gateway, upstreams
from tests.promises.echoes import TOKEN
from tests.unit.gateway.redact.made import call

__all__ = ["base", "gateway", "upstreams"]

EMAIL, OTHER = "dana.whitfield@example.com", "sam.okafor@example.com"
TEXT = f"Write to {EMAIL}, please."


def said(heard: Heard) -> str:
    """The input as the upstream got it."""
    return str(orjson.loads(heard.body)["input"])


def keeping(texts: list[str]) -> Answering:
    """A destination that keeps what it is told and says all of it back; ids count up."""

    def answer(heard: Heard) -> Fate:
        texts.append(said(heard))
        return whole(responses_answer(message(" ".join(texts)), id=f"resp_{len(texts)}"))

    return answer


async def test_a_later_turn_restores_what_an_earlier_one_masked(gateway: Gateway) -> None:
    told: list[str] = []
    gateway.upstreams[OPENAI].default = keeping(told)
    client = gateway.openai()
    first = await client.responses.create(model="gpt-5.5", input=TEXT)
    second = await client.responses.create(
        model="gpt-5.5", input=f"And {OTHER} with {EMAIL}?", previous_response_id=first.id
    )
    assert second.output_text == f"{TEXT} And {OTHER} with {EMAIL}?"
    third = await client.responses.create(model="gpt-5.5", input="Nothing new.", previous_response_id=second.id)
    assert third.output_text == f"{TEXT} And {OTHER} with {EMAIL}? Nothing new."
    (token,) = TOKEN.findall(told[0])
    assert token in TOKEN.findall(told[1]), "the same value keeps its name through the conversation"
    assert not [text for text in told if EMAIL in text or OTHER in text]


async def test_a_later_turn_counts_at_least_as_what_it_builds_on(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].default = keeping([])
    first = await gateway.openai().responses.create(model="gpt-5.5", input=TEXT)
    harmless = {"model": "gpt-5.5", "input": "Thank you.", "previous_response_id": first.id}
    answer = await gateway.ask("/v1/responses", harmless, headers={"x-gateway-level": "public"})
    alone = await gateway.ask("/v1/responses", harmless | {"previous_response_id": None})
    assert answer.headers["x-gateway-decision"] == "allow; level=confidential"
    assert alone.headers["x-gateway-decision"] == "allow; level=internal"
    elsewhere = await gateway.ask("/v1/responses", harmless, key="versatile", headers={"x-gateway-purpose": "general"})
    assert (elsewhere.status_code, elsewhere.json()["error"]["code"]) == (404, "state_not_found"), "of another app"


async def test_state_that_is_not_known_here_goes_nowhere_and_is_recorded(gateway: Gateway) -> None:
    client = gateway.openai()
    asks: tuple[Callable[[], object], ...] = (
        lambda: client.responses.create(model="gpt-5.5", input="a", previous_response_id="resp_elsewhere"),
        lambda: client.responses.create(model="gpt-5.5", input="a", conversation="conv_elsewhere", store=False),
        lambda: client.responses.create(model="gpt-5.5", input=[{"type": "item_reference", "id": "msg_elsewhere"}]),
        lambda: client.responses.retrieve("resp_elsewhere"),
        lambda: client.responses.delete("resp_elsewhere"),
    )
    for ask in asks:
        with pytest.raises(openai.NotFoundError) as caught:
            await ask()
        assert caught.value.code == "state_not_found"
    assert gateway.heard_by == {}
    refusals = await gateway.records("refusal")
    assert [refusal["code"] for refusal in refusals] == ["state_not_found"] * len(asks)


async def test_another_tenant_or_app_cannot_build_on_it(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].default = keeping([])
    first = await gateway.openai().responses.create(model="gpt-5.5", input=TEXT)
    identity = gateway.prepared.keys.identify(gateway.keys["employee"])
    recall = gateway.prepared.vault
    assert identity.tenant == "acme"
    asked = replace(call({"input": "a"}), builds_on=(first.id,))
    assert (await recall.recall(identity, asked)).memory is not None
    assert (await recall.recall(replace(identity, tenant="other"), asked)).memory is None
    assert (await recall.recall(replace(identity, app="other"), asked)).memory is None


async def test_a_streamed_answer_can_be_built_on_as_soon_as_its_id_is_shown(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].then(stream(responses_events(["a", "b"]), stall_after=4))
    client = gateway.openai()
    events = await client.responses.create(model="gpt-5.5", input=TEXT, stream=True)
    begun = await anext(aiter(events))
    assert begun.type == "response.created"
    gateway.upstreams[OPENAI].default = keeping([])
    second = await client.responses.create(model="gpt-5.5", input="more", previous_response_id=begun.response.id)
    assert second.output_text == "more"
    await events.close()


async def test_a_kept_response_is_retrieved_restored_whole_and_streamed(gateway: Gateway) -> None:
    told: list[str] = []
    gateway.upstreams[OPENAI].default = keeping(told)
    client = gateway.openai()
    first = await client.responses.create(model="gpt-5.5", input=TEXT)
    gateway.upstreams[OPENAI].default = lambda heard: whole(responses_answer(message(told[0])))
    assert (await client.responses.retrieve(first.id)).output_text == TEXT
    gateway.upstreams[OPENAI].default = lambda heard: stream(responses_events([told[0][:12], told[0][12:]]))
    events = await client.responses.retrieve(first.id, stream=True, starting_after=0)
    assert "".join([event.delta async for event in events if event.type == "response.output_text.delta"]) == TEXT
    items = {"object": "list", "data": [message(told[0])], "has_more": False}
    gateway.upstreams[OPENAI].default = whole(orjson.dumps(items))
    listed = await client.responses.input_items.list(first.id, limit=5)
    assert listed.data[0].content[0].text == TEXT
    lines = [(heard.method, heard.path, heard.body) for heard in gateway.upstreams[OPENAI].heard[1:]]
    assert lines == [
        ("GET", "/v1/responses/resp_1", b""),
        ("GET", "/v1/responses/resp_1?starting_after=0&stream=true", b""),
        ("GET", "/v1/responses/resp_1/input_items?limit=5", b""),
    ]
    intents = await gateway.records("intent")
    assert [intent["subject"]["dialect"] for intent in intents] == ["openai_responses", *["openai_stored"] * 3]


async def test_a_response_that_failed_long_ago_says_nothing_of_the_destination(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].default = keeping([])
    client = gateway.openai()
    first = await client.responses.create(model="gpt-5.5", input=TEXT, background=True)
    error = {"code": "server_error", "message": "sorry"}
    gateway.upstreams[OPENAI].default = whole(responses_answer(status="failed", error=error))
    assert (await client.responses.retrieve(first.id)).status == "failed"
    gateway.upstreams[OPENAI].default = whole(b'{"error":{"message":"not found","type":"invalid_request_error"}}', 404)
    with pytest.raises(openai.NotFoundError):
        await client.responses.cancel(first.id)
    assert await gateway.access_states() == []
    assert gateway.upstreams[OPENAI].heard[-1].method == "POST"


async def test_deleting_forwards_and_destroys_the_key(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].default = keeping([])
    client = gateway.openai()
    first = await client.responses.create(model="gpt-5.5", input=TEXT)
    gateway.upstreams[OPENAI].default = whole(b'{"error":{"message":"try later","type":"server_error"}}', 500)
    with pytest.raises(openai.APIStatusError):
        await client.responses.delete(first.id)
    gateway.upstreams[OPENAI].default = whole(b'{"id":"resp_1","object":"response","deleted":true}')
    await client.responses.delete(first.id)
    assert (gateway.upstreams[OPENAI].heard[-1].method, gateway.upstreams[OPENAI].heard[-1].path) == (
        "DELETE",
        "/v1/responses/resp_1",
    )
    with pytest.raises(openai.NotFoundError):
        await client.responses.create(model="gpt-5.5", input="more", previous_response_id=first.id)
    assert await asyncio.to_thread(rows, gateway) == 1, "the vault's own key for names"


def rows(gateway: Gateway) -> int:
    """How much the vault's file still holds. Blocks."""
    connection = sqlite3.connect(gateway.directory / "vault.db")
    try:
        tables = ("conversations", "items", "names")
        return sum(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)
    finally:
        connection.close()


def write(gateway: Gateway, statement: str) -> None:
    """What somebody does to the vault's file. Blocks."""
    connection = sqlite3.connect(gateway.directory / "vault.db")
    with connection:
        connection.execute(statement)
    connection.close()


async def test_what_cannot_be_opened_or_kept_is_neither_sent_nor_shown(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].default = keeping([])
    body = {"model": "gpt-5.5", "input": TEXT}
    first = (await gateway.ask("/v1/responses", body)).json()["id"]
    await asyncio.to_thread(write, gateway, "UPDATE items SET sealed = x'01'")
    refused = await gateway.ask("/v1/responses", body | {"previous_response_id": first})
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "state_unreadable")
    assert len(gateway.upstreams[OPENAI].heard) == 1
    await asyncio.to_thread(write, gateway, "DROP TABLE names")
    for streamed, answer in ((False, keeping([])), (True, lambda heard: stream(responses_events(["a"])))):
        gateway.upstreams[OPENAI].default = answer
        unkept = await gateway.ask("/v1/responses", body | {"stream": streamed})
        assert (unkept.status_code, unkept.json()["error"]["code"]) == (503, "vault_unavailable")
    outcomes = await gateway.records_once("outcome", 3)
    assert [outcome["ending"] for outcome in outcomes] == ["complete", "unknown", "unknown"]


async def test_a_compacted_conversation_is_still_restored(gateway: Gateway) -> None:
    told: list[str] = []

    def compact(heard: Heard) -> Fate:
        told.append(said(heard))
        sealed = {"type": "compaction", "id": "cmp_1", "encrypted_content": "gAAAAsealed"}
        return whole(responses_answer(message(told[0]), sealed, id="resp_c", object="response.compaction"))

    gateway.upstreams[OPENAI].default = compact
    client = gateway.openai()
    compacted = await client.responses.compact(model="gpt-5.5", input=TEXT)
    assert compacted.output[0].content[0].text == TEXT
    gateway.upstreams[OPENAI].default = lambda heard: whole(responses_answer(message(told[0])))
    sealed = {"type": "compaction", "encrypted_content": "gAAAAsealed"}
    answer = await client.responses.create(
        model="gpt-5.5", input=[sealed, {"role": "user", "content": "go on"}], store=False
    )
    assert answer.output_text == TEXT


@pytest.mark.parametrize(
    "path", ["/v1/responses/resp_1?stream=maybe", "/v1/responses/..%2Fmodels", "/v1/responses/a.b"]
)
async def test_an_id_or_parameter_of_no_known_form_goes_nowhere(gateway: Gateway, path: str) -> None:
    answer = await gateway.client.get(
        gateway.url + path, headers={"authorization": f"Bearer {gateway.keys['employee']}"}
    )
    assert answer.status_code in (400, 404)
    assert gateway.heard_by == {}
