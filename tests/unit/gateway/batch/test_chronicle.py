"""What is on record of a batch as a whole: every act of a caller, and nothing of a line."""

from __future__ import annotations

import hashlib

import pytest

from gateway.batch.batches import Wanted
from gateway.batch.files import Upload
from gateway.batch.nouns import MESSAGES, Said, State, Surface
from gateway.errors import AuditUnavailable, BatchNotKnown, InvalidFile
from gateway.types import KeyId
from gateway.vault.vault import names_in
from tests.unit.gateway.batch.bench import CHAT, KEY, OWNER, Bench

OTHER_KEY = KeyId("key-9")
SECRET = "Dana Whitfield, 078-05-1120"


async def test_an_order_says_who_and_what_and_how_much(bench: Bench) -> None:
    batch = await bench.batch(3)
    (ordered,) = bench.records.kept
    content = b"".join(
        [piece async for piece in bench.files.content(OWNER, await bench.files.get(OWNER, batch.input_id))]
    )
    assert (ordered.action, ordered.about, ordered.tenant, ordered.app) == ("ordered", batch.id, "acme", "assistant")
    assert (ordered.key_id, ordered.endpoint, ordered.lines) == (KEY, CHAT, 3)
    assert ordered.input_commitment == bench.chronicle._log.commitment(hashlib.sha256(content).digest())
    assert batch.input_id not in ordered.file


async def test_an_end_says_how_many_lines_ended_how_and_until_when_results_are_kept(bench: Bench) -> None:
    batch = await bench.batch(2, output_ttl_ms=3_600_000)
    done = await bench.run(batch)
    ended = bench.records.kept[-1]
    assert (ended.action, ended.state, ended.lines, ended.succeeded, ended.errored, ended.cancelled, ended.expired) == (
        "ended", "completed", 2, 2, 0, 0, 0,
    )  # fmt: skip
    assert ended.until_ms == (await bench.files.get(OWNER, done.output_id)).expires_ms


async def test_who_cancelled_and_who_destroyed_is_on_record(bench: Bench) -> None:
    wanted = Wanted(KEY, MESSAGES, Said(), digest=b"digest")
    line = b'{"custom_id":"a","method":"POST","url":"/v1/messages","body":{}}\n'
    batch = await bench.batches.create_of(OWNER, wanted, [line])
    await bench.batches.cancel(OWNER, Surface.ANTHROPIC, batch.id, OTHER_KEY)
    await bench.run(batch)
    await bench.batches.delete(OWNER, Surface.ANTHROPIC, batch.id, OTHER_KEY)
    told = [(one.action, one.key_id, one.state) for one in bench.records.kept]
    assert told == [
        ("ordered", KEY, "waiting"),
        ("cancelled", OTHER_KEY, "cancelling"),
        ("taken", KEY, "cancelling"),
        ("ended", KEY, "cancelled"),
        ("destroyed", OTHER_KEY, ""),
    ]
    assert {one.about for one in bench.records.kept} == {batch.id}


async def test_destroying_results_is_on_record_under_their_batch_and_an_upload_under_its_own_name(bench: Bench) -> None:
    done = await bench.run(await bench.batch(1))
    await bench.files.delete(OWNER, done.output_id, OTHER_KEY)
    await bench.files.delete(OWNER, done.input_id, OTHER_KEY)
    results, upload = bench.records.kept[-2:]
    assert (results.action, results.about, results.key_id) == ("destroyed", done.id, OTHER_KEY)
    ordered = bench.records.kept[0]
    assert (upload.action, upload.about, upload.file) == ("destroyed", ordered.file, ordered.file)


async def test_an_order_that_cannot_be_recorded_makes_no_batch(bench: Bench) -> None:
    bench.records.available = False
    with pytest.raises(AuditUnavailable):
        await bench.batch(1)
    assert await bench.batches.listed(OWNER, Surface.OPENAI) == []
    assert await bench.progress.open() == []


async def test_an_order_that_cannot_be_kept_is_on_record_as_failed(bench: Bench) -> None:
    for _ in range(3):
        await bench.batch(1)
    line = b'{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{}}'
    file = await bench.files.add(OWNER, Upload("a.jsonl", line, Said()))
    bench.records.kept.clear()
    with pytest.raises(InvalidFile):
        await bench.batches.create(OWNER, Wanted(KEY, CHAT, Said()), file.id)
    assert [(one.action, one.state) for one in bench.records.kept] == [("ordered", "waiting"), ("ended", "failed")]


async def test_a_file_whose_lines_are_not_in_form_is_on_record_as_failed(bench: Bench) -> None:
    file = await bench.files.add(OWNER, Upload("a.jsonl", SECRET.encode(), Said()))
    batch = await bench.batches.create(OWNER, Wanted(KEY, CHAT, Said(), metadata={"note": SECRET}), file.id)
    assert batch.state is State.FAILED
    assert [(one.action, one.state) for one in bench.records.kept] == [("ordered", "failed"), ("ended", "failed")]
    assert SECRET not in repr(bench.records.kept)


async def test_an_act_on_a_batch_that_is_not_ones_own_is_no_act(bench: Bench) -> None:
    batch = await bench.batch(1)
    bench.records.kept.clear()
    with pytest.raises(BatchNotKnown):
        await bench.batches.cancel("5:other:app", Surface.OPENAI, batch.id, OTHER_KEY)
    with pytest.raises(BatchNotKnown):
        await bench.batches.delete("5:other:app", Surface.OPENAI, batch.id, OTHER_KEY)
    assert bench.records.kept == []


@pytest.mark.parametrize(("tenant", "app"), [("acme", "assistant"), ("a:1:b", "c:d"), ("é😀:", ""), ("1:", ":")])
def test_the_names_in_an_owner_are_those_it_was_made_of(tenant: str, app: str) -> None:
    assert names_in(f"{len(tenant)}:{tenant}:{app}") == (tenant, app)
