"""Message batches, by Anthropic's own SDK over real HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import anthropic
import pytest
from anthropic.types.messages import MessageBatchIndividualResponse

from gateway.app import Prepared
from tests.fakes.answers import anthropic_answer
from tests.fakes.upstream import Fate, Heard, ScriptedUpstream, whole
from tests.integration.batches import EMAIL, messages_ended, request
from tests.integration.composition import ANTHROPIC, Gateway, Json, gateway_at

Results = dict[str, MessageBatchIndividualResponse]


@pytest.fixture(name="small")
async def _small(tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]) -> AsyncIterator[Gateway]:
    """A gateway with little room, one request at a time."""
    limits = {"file_bytes": 20_000, "lines": 3, "pause_s": 0.05, "settle_s": 0.0, "concurrency": 1}
    async with gateway_at(tmp_path / "state", base, upstreams, batch=limits) as found:
        yield found


def echo(heard: Heard) -> Fate:
    """Says what it was told last."""
    return whole(anthropic_answer(json.loads(heard.body)["messages"][-1]["content"]))


async def results_of(gateway: Gateway, batch_id: str) -> Results:
    """How the requests ended, by their ids."""
    stream = await gateway.anthropic().messages.batches.results(batch_id)
    return {one.custom_id: one async for one in stream}


async def test_create_poll_and_read_the_results(gateway: Gateway) -> None:
    gateway.upstreams[ANTHROPIC].default = echo
    client = gateway.anthropic()
    requests = [request("a"), request("b", f"Write to {EMAIL}.", temperature=1.0)]
    batch = await client.messages.batches.create(requests=requests)
    assert (batch.processing_status, batch.results_url) == ("in_progress", None)
    assert (batch.expires_at - batch.created_at).total_seconds() == 86_400
    assert (batch.request_counts.processing, batch.request_counts.succeeded) == (2, 0)
    done = await messages_ended(gateway, batch.id)
    counts = done.request_counts
    assert (counts.processing, counts.succeeded, counts.errored, counts.canceled, counts.expired) == (0, 2, 0, 0, 0)
    assert done.ended_at is not None
    found = await results_of(gateway, batch.id)
    assert found.keys() == {"a", "b"}
    result = found["b"].result
    assert result.type == "succeeded"
    assert result.message.content[0].text == f"Write to {EMAIL}."  # type: ignore[union-attr]  # text, as the fake says
    assert not [body for body in gateway.heard(ANTHROPIC) if EMAIL.encode() in body], "masked on the way out"
    assert any(b'"temperature": 1.0' in body or b'"temperature":1.0' in body for body in gateway.heard(ANTHROPIC))
    records = await gateway.records_once("outcome", 2)
    assert {record["request_id"] for record in records} == {f"{batch.id}-0", f"{batch.id}-1"}
    assert (await gateway.openai().files.list()).data == [], "a message batch has no files"


async def test_headers_of_the_batch_go_with_every_request(gateway: Gateway) -> None:
    client = gateway.anthropic()
    batch = await client.beta.messages.batches.create(
        requests=[request("a")],  # type: ignore[list-item]  # the beta has a type of its own
        betas=["context-management-2025-06-27"],
    )
    await messages_ended(gateway, batch.id)
    (heard,) = gateway.upstreams[ANTHROPIC].heard
    assert heard.path == "/v1/messages"
    assert "context-management-2025-06-27" in (heard.header("anthropic-beta") or "")
    assert heard.header("anthropic-version") == "2023-06-01"


async def test_a_request_that_fails_is_errored_in_the_vendors_shape(gateway: Gateway) -> None:
    client = gateway.anthropic()
    batch = await client.messages.batches.create(requests=[request("a", model="no-such-model"), request("b")])
    done = await messages_ended(gateway, batch.id)
    assert (done.request_counts.succeeded, done.request_counts.errored) == (1, 1)
    result = (await results_of(gateway, batch.id))["a"].result
    assert result.type == "errored"
    assert result.error.error.type == "not_found_error"
    assert "model_not_found" in result.error.error.message


async def test_a_cancelled_batch_sends_no_further_request(small: Gateway) -> None:
    body = anthropic_answer()
    small.upstreams[ANTHROPIC].default = Fate(pieces=(body[:9], body[9:]), pace_s=0.3)
    client = small.anthropic()
    batch = await client.messages.batches.create(requests=[request("a"), request("b"), request("c")])
    await small.upstreams[ANTHROPIC].asked.wait()
    with pytest.raises(anthropic.ConflictError):
        await client.messages.batches.delete(batch.id)
    with pytest.raises(anthropic.AnthropicError):
        await client.messages.batches.results(batch.id)
    cancelled = await client.messages.batches.cancel(batch.id)
    assert (cancelled.processing_status, cancelled.cancel_initiated_at is None) == ("canceling", False)
    done = await messages_ended(small, batch.id)
    assert (done.request_counts.succeeded, done.request_counts.canceled) == (1, 2)
    found = await results_of(small, batch.id)
    assert {key: one.result.type for key, one in found.items()} == {"a": "succeeded", "b": "canceled", "c": "canceled"}
    assert len(small.heard(ANTHROPIC)) == 1


async def test_a_deleted_batch_is_gone_with_everything_it_held(gateway: Gateway) -> None:
    client = gateway.anthropic()
    batch = await client.messages.batches.create(requests=[request("a")])
    await messages_ended(gateway, batch.id)
    assert (await client.messages.batches.delete(batch.id)).type == "message_batch_deleted"
    for asked in (
        client.messages.batches.retrieve(batch.id),
        client.messages.batches.cancel(batch.id),
        client.messages.batches.delete(batch.id),
    ):
        with pytest.raises(anthropic.NotFoundError):
            await asked
    assert (await client.messages.batches.list()).data == []


async def test_batches_are_listed_in_pages_both_ways_to_their_owner_alone(gateway: Gateway) -> None:
    client = gateway.anthropic()
    made = [(await client.messages.batches.create(requests=[request("a")])).id for _ in range(3)]
    newest_first = made[::-1]
    assert [batch.id async for batch in client.messages.batches.list(limit=2)] == newest_first
    page = await client.messages.batches.list(limit=1, before_id=newest_first[2])
    assert ([batch.id for batch in page.data], page.has_more) == ([newest_first[1]], True)
    assert (await gateway.openai().batches.list()).data == [], "the two vendors' batches are apart"
    other = gateway.anthropic("clinic")
    assert (await other.messages.batches.list()).data == []
    for asked in (
        other.messages.batches.retrieve(made[0]),
        other.messages.batches.cancel(made[0]),
        other.messages.batches.delete(made[0]),
        other.messages.batches.results(made[0]),
    ):
        with pytest.raises(anthropic.NotFoundError):
            await asked


PARAMS: Json = {"model": "claude-fable-5", "max_tokens": 5, "messages": []}
REFUSED: dict[str, tuple[object, str]] = {
    "not a list": ({"requests": {}}, "requests"),
    "something beside it": ({"requests": [{"custom_id": "a", "params": PARAMS}], "stream": False}, "requests"),
    "none": ({"requests": []}, "1 to 3"),
    "too many": ({"requests": [{"custom_id": f"{n}", "params": PARAMS} for n in range(4)]}, "1 to 3"),
    "no id": ({"requests": [{"params": PARAMS}]}, "requests.0.custom_id"),
    "an id of another form": ({"requests": [{"custom_id": EMAIL, "params": PARAMS}]}, "requests.0.custom_id"),
    "an id twice": ({"requests": [{"custom_id": "a", "params": PARAMS}] * 2}, "requests.1.custom_id"),
    "no params": ({"requests": [{"custom_id": "a"}]}, "requests.0.params"),
    "a stream": ({"requests": [{"custom_id": "a", "params": PARAMS | {"stream": True}}]}, "requests.0.params"),
    "something else": ({"requests": [{"custom_id": "a", "params": PARAMS, "url": "x"}]}, "requests.0"),
    "no object": ({"requests": ["a"]}, "requests.0"),
}


async def test_a_batch_out_of_form_is_refused_and_the_place_is_named(small: Gateway) -> None:
    for name, (body, where) in REFUSED.items():
        answer = await small.ask("/v1/messages/batches", json.dumps(body).encode())
        assert answer.status_code == 400, name
        error = answer.json()["error"]
        assert error["type"] == "invalid_request_error", name
        assert where in error["message"], name
        assert EMAIL not in error["message"], name
    large = await small.ask("/v1/messages/batches", b'{"requests":[' + b" " * 20_001)
    assert (large.status_code, large.json()["error"]["type"]) == (413, "request_too_large")
    await asyncio.sleep(0)
    assert small.heard_by == {}
