"""Batches of files, by OpenAI's own SDK over real HTTP."""

from __future__ import annotations

from tests.integration.batches import CHAT, EMAIL, begun, echo, ended, jsonl, line, results
from tests.integration.composition import OPENAI, Gateway


async def test_upload_create_poll_and_read_the_output(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].default = echo
    client = gateway.openai()
    batch = await begun(client, jsonl([line("a"), line("b", f"Write to {EMAIL}.")]), metadata={"run": "nightly"})
    assert (batch.status, batch.endpoint, batch.metadata) == ("validating", CHAT, {"run": "nightly"})
    done = await ended(client, batch.id)
    assert done.status == "completed"
    assert done.request_counts is not None
    assert (done.request_counts.total, done.request_counts.completed, done.request_counts.failed) == (2, 2, 0)
    assert done.error_file_id is None
    found = await results(client, done.output_file_id)
    assert found.keys() == {"a", "b"}
    answer = found["b"]["response"]
    assert isinstance(answer, dict)
    assert answer["status_code"] == 200
    assert answer["body"]["choices"][0]["message"]["content"] == f"Write to {EMAIL}."
    assert not [body for body in gateway.heard(OPENAI) if EMAIL.encode() in body], "masked on the way out"
