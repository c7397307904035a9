"""A batch outlives the gateway that began it: what was sent is not sent twice, what was not is sent."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from gateway.app import Prepared
from tests.fakes.answers import openai_answer
from tests.fakes.upstream import Fate, ScriptedUpstream
from tests.integration.batches import EMAIL, begun, echo, ended, jsonl, line, messages_ended, request, results
from tests.integration.composition import ANTHROPIC, OPENAI, Gateway, Json, gateway_at
from tests.unit.gateway.vault.conftest import DURABLE, Server, server

AT_ONCE = {"settle_s": 0.0, "concurrency": 1}
STALLS = Fate(stall_before=True)


@pytest.fixture(name="store", scope="module")
def _store() -> Iterator[Server]:
    with server(*DURABLE) as found:
        yield found


def told(gateway: Gateway) -> list[str]:
    """What the upstream was told, in order."""
    return [json.loads(body)["messages"][-1]["content"] for body in gateway.heard(OPENAI)]


async def test_a_line_under_way_is_reported_and_not_sent_again_and_the_rest_is_sent(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    state, upstream = tmp_path / "state", upstreams[OPENAI]
    upstream.default = echo
    upstream.then(echo, STALLS)
    async with gateway_at(state, base, upstreams, batch=AT_ONCE) as first:
        batch = await begun(first.openai(), jsonl([line(text, text) for text in ("one", "two", EMAIL, "four")]))
        async with asyncio.timeout(20):
            while len(upstream.heard) < 2:
                await asyncio.sleep(0.02)
    async with gateway_at(state, base, upstreams, keys=first.keys, batch=AT_ONCE) as second:
        done = await ended(second.openai(), batch.id)
        assert done.status == "completed"
        answered = await results(second.openai(), done.output_file_id)
        assert answered.keys() == {"one", EMAIL, "four"}
        failed = await results(second.openai(), done.error_file_id)
        assert failed.keys() == {"two"}
        error = failed["two"]["error"]
        assert isinstance(error, dict)
        assert (error["code"], failed["two"]["response"]) == ("batch_line_interrupted", None)
        heard = told(second)
        assert [heard[0], heard[1], heard[3]] == ["one", "two", "four"]
        assert len(heard) == 4, "each line once"


async def test_a_request_of_a_message_batch_under_way_is_errored(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    upstreams[ANTHROPIC].default = STALLS
    async with gateway_at(tmp_path / "state", base, upstreams, batch=AT_ONCE) as first:
        batch = await first.anthropic().messages.batches.create(requests=[request("a")])
        await upstreams[ANTHROPIC].asked.wait()
    async with gateway_at(tmp_path / "state", base, upstreams, keys=first.keys, batch=AT_ONCE) as second:
        done = await messages_ended(second, batch.id)
        assert done.request_counts.errored == 1
        (one,) = [one async for one in await second.anthropic().messages.batches.results(batch.id)]
        assert one.result.type == "errored"
        assert (one.result.error.error.type, len(second.heard(ANTHROPIC))) == ("api_error", 1)


async def test_lines_under_way_are_waited_for_when_the_gateway_stops(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    state = tmp_path / "state"
    patient = {"settle_s": 10.0, "concurrency": 1}
    body = openai_answer()
    upstreams[OPENAI].default = Fate(pieces=(body[:9], body[9:]), pace_s=0.4)
    async with gateway_at(state, base, upstreams, batch=patient) as first:
        batch = await begun(first.openai(), jsonl([line("a"), line("b")]))
        await upstreams[OPENAI].asked.wait()
    assert len(upstreams[OPENAI].heard) == 1, "no further line begins"
    async with gateway_at(state, base, upstreams, keys=first.keys, batch=patient) as second:
        done = await ended(second.openai(), batch.id)
        assert (await results(second.openai(), done.output_file_id)).keys() == {"a", "b"}
        assert done.error_file_id is None


async def test_in_a_fleet_a_batch_runs_where_it_was_made_and_is_read_and_cancelled_anywhere(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream], store: Server
) -> None:
    shared = {"redis_url": store.url}
    upstreams[OPENAI].default = echo
    async with (
        gateway_at(tmp_path / "one", base, upstreams, vault=shared, batch=AT_ONCE) as one,
        gateway_at(tmp_path / "two", base, upstreams, vault=shared, batch=AT_ONCE) as two,
    ):
        batch = await begun(one.openai(), jsonl([line("a", EMAIL)]))
        done = await ended(two.openai(), batch.id)
        found = await results(two.openai(), done.output_file_id)
        assert EMAIL in json.dumps(found["a"])
        assert [record["request_id"] for record in await one.records("outcome")] == [f"{batch.id}-0"]
        assert await two.records("intent") == []
        upstreams[OPENAI].asked.clear()
        body = openai_answer()
        upstreams[OPENAI].default = Fate(pieces=(body[:9], body[9:]), pace_s=0.4)
        batch = await begun(one.openai(), jsonl([line("a"), line("b")]))
        await upstreams[OPENAI].asked.wait()
        await two.openai().batches.cancel(batch.id)
        assert (await ended(one.openai(), batch.id)).status == "cancelled"
        content = await asyncio.to_thread(store.on_disk)
        assert EMAIL.encode() not in content
        await two.openai().files.delete(batch.input_file_id)
        with pytest.raises(openai.NotFoundError):
            await one.openai().files.retrieve(batch.input_file_id)


async def test_what_was_changed_on_disk_is_not_sent(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    state = tmp_path / "state"
    upstreams[OPENAI].default = STALLS
    async with gateway_at(state, base, upstreams, batch=AT_ONCE) as first:
        await begun(first.openai(), jsonl([line("a"), line("b")]))
        await upstreams[OPENAI].asked.wait()

    def tamper() -> None:
        connection = sqlite3.connect(state / "vault.db")
        with connection:
            connection.execute("UPDATE items SET sealed = zeroblob(64)")
        connection.close()

    await asyncio.to_thread(tamper)
    async with gateway_at(state, base, upstreams, keys=first.keys, batch=AT_ONCE) as second:
        await asyncio.sleep(0.5)
        (batch,) = (await second.openai().batches.list()).data
        assert batch.status == "in_progress"
        answer = await second.client.get(
            f"{second.url}/v1/files/{batch.input_file_id}/content",
            headers={"authorization": f"Bearer {second.keys['employee']}"},
        )
        body: Json = answer.json()
        assert (answer.status_code, body["error"]["code"]) == (503, "state_unreadable")  # type: ignore[index]  # JSON
        assert len(second.heard(OPENAI)) == 1
