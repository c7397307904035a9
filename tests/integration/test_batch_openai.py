"""Files and batches of files, by OpenAI's own SDK over real HTTP."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from pathlib import Path

import openai
import orjson
import pytest
from openai.types import Batch

from gateway.app import Prepared
from gateway.batch.documents import label_of, read_batch
from gateway.batch.nouns import OPEN
from gateway.clock import SystemClock
from gateway.identity.credentials import public_part
from gateway.identity.store import KeyFile
from gateway.vault.archive import Archive, Label
from tests.fakes.answers import completion_answer, embeddings_answer, openai_answer
from tests.fakes.responses import message, responses_answer
from tests.fakes.upstream import Fate, ScriptedUpstream, whole
from tests.integration.batches import CHAT, EMAIL, begun, echo, ended, jsonl, line, results, uploaded
from tests.integration.composition import ANTHROPIC, INHOUSE, OPENAI, Gateway, Json, Record, gateway_at

SMALL = {"depth": 8, "body_bytes": 2_000}
LIMITS = {"file_bytes": 100_000, "lines": 5, "pause_s": 0.05, "tries": 3, "settle_s": 0.0, "open_batches": 2}
SLOWLY = 0.6


@pytest.fixture(name="small")
async def _small(tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]) -> AsyncIterator[Gateway]:
    """A gateway with little room, one line at a time."""
    limits = LIMITS | {"concurrency": 1}
    async with gateway_at(tmp_path / "state", base, upstreams, batch=limits, limits=SMALL) as found:
        yield found


def slowly(text: str = "Hello.") -> Fate:
    """An answer that takes a moment."""
    body = openai_answer(text)
    return Fate(pieces=(body[:9], body[9:]), pace_s=SLOWLY / 2)


def response_of(result: Json) -> tuple[int, str | None, Json]:
    """The status, the error code and the body of what a line was answered."""
    response = result["response"]
    assert isinstance(response, dict)
    error = response["body"].get("error")
    return response["status_code"], error and error["code"], response["body"]


def code_of(result: Json) -> str:
    """Why a line was not sent."""
    error = result["error"]
    assert isinstance(error, dict)
    return str(error["code"])


def request_ids(records: Sequence[Record]) -> list[str]:
    """Under which requests these are."""
    return [str(subject_of(record)["request_id"]) for record in records]


def subject_of(record: Record) -> Json:
    subject = record["subject"]
    assert isinstance(subject, dict)
    return subject


async def test_upload_create_poll_and_read_the_output(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].default = echo
    client = gateway.openai()
    lines = [line("a"), line("b", f"Write to {EMAIL}.")]
    batch = await begun(client, jsonl(lines), metadata={"run": "nightly"})
    assert (batch.status, batch.endpoint, batch.metadata) == ("validating", CHAT, {"run": "nightly"})
    done = await ended(client, batch.id)
    assert (done.status, done.error_file_id) == ("completed", None)
    assert done.request_counts is not None
    assert (done.request_counts.total, done.request_counts.completed, done.request_counts.failed) == (2, 2, 0)
    found = await results(client, done.output_file_id)
    assert found.keys() == {"a", "b"}
    status, error, body = response_of(found["b"])
    assert (status, error, found["b"]["error"]) == (200, None, None)
    assert body["choices"][0]["message"]["content"] == f"Write to {EMAIL}."  # type: ignore[index]  # JSON
    assert not [body for body in gateway.heard(OPENAI) if EMAIL.encode() in body], "masked on the way out"


async def test_every_line_has_its_own_records_under_the_id_of_the_batch(gateway: Gateway) -> None:
    client = gateway.openai()
    batch = await ended(client, (await begun(client, jsonl([line("a"), line("b")]))).id)
    intents = await gateway.records_once("intent", 2)
    subjects = list(map(subject_of, intents))
    assert set(request_ids(intents)) == {f"{batch.id}-0", f"{batch.id}-1"}
    assert {(subject["app"], subject["dialect"]) for subject in subjects} == {("assistant", "openai_chat")}
    outcomes = await gateway.records_once("outcome", 2)
    assert {outcome["request_id"] for outcome in outcomes} == {f"{batch.id}-0", f"{batch.id}-1"}
    answered = (await results(client, batch.output_file_id))["a"]["response"]
    assert isinstance(answered, dict)
    assert answered["request_id"] == f"{batch.id}-0"


ENDPOINTS: dict[str, tuple[Json, bytes]] = {
    "/v1/completions": ({"prompt": "Once"}, completion_answer("upon")),
    "/v1/embeddings": ({"input": "Once", "model": "text-embedding-3-large"}, embeddings_answer()),
    "/v1/responses": ({"input": "Once", "store": False}, responses_answer(message("upon"))),
}


async def test_lines_of_every_endpoint_go_where_they_would_by_themselves(gateway: Gateway) -> None:
    client = gateway.openai()
    for endpoint, (body, answer) in ENDPOINTS.items():
        gateway.upstreams[OPENAI].default = whole(answer)
        one: Json = {"custom_id": "a", "method": "POST", "url": endpoint, "body": {"model": "gpt-5.5"} | body}
        done = await ended(client, (await begun(client, jsonl([one]), endpoint)).id)
        assert done.status == "completed", endpoint
        assert gateway.upstreams[OPENAI].heard[-1].path == endpoint
        found = await results(client, done.output_file_id)
        assert response_of(found["a"])[2] == orjson.loads(answer)


async def test_a_line_is_sent_and_answered_as_it_was_written(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].default = whole(b'{"choices": [],\r\n\n "x": 1.0, "y": 12345678901234567890123}')
    client = gateway.openai()
    body = b'{ "model":"gpt-5.5", "temperature":1.00,"seed":1e2, "messages":[{"role":"user","content":"\\u0041"}] }'
    content = b'{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body": ' + body + b" }"
    done = await ended(client, (await begun(client, content)).id)
    assert gateway.heard(OPENAI) == [body]
    assert done.output_file_id is not None
    output = (await client.files.content(done.output_file_id)).content
    assert b'{"choices": [],"x": 1.0, "y": 12345678901234567890123}' in re.sub(rb"], +", b"],", output)
    assert output.count(b"\n") == 1


async def test_what_goes_wrong_with_a_line_is_in_the_error_file(small: Gateway) -> None:
    client = small.openai()
    small.upstreams[OPENAI].default = lambda heard: whole(b'{"error":{"message":"no","type":"bad","code":"x"}}', 400)
    unknown, deep = line("unknown", model="no-such-model"), line("deep", x=[[[[[[[[[[0]]]]]]]]]])
    large = line("large", "x" * 2_000)
    done = await ended(client, (await begun(client, jsonl([unknown, line("refused"), deep, large]))).id)
    assert (done.status, done.output_file_id) == ("completed", None)
    assert done.request_counts is not None
    assert (done.request_counts.completed, done.request_counts.failed) == (0, 4)
    found = await results(client, done.error_file_id)
    assert {key: response_of(one)[:2] for key, one in found.items()} == {
        "unknown": (404, "model_not_found"),
        "refused": (400, "x"),
        "deep": (400, "invalid_body"),
        "large": (413, "body_too_large"),
    }


async def test_a_line_that_policy_denies_is_refused_on_record_and_goes_nowhere(gateway: Gateway) -> None:
    client = gateway.openai("public")
    headers = {"x-gateway-level": "regulated"}
    batch = await begun(client, jsonl([line("denied")]), extra_headers=headers)
    found = await results(client, (await ended(client, batch.id)).error_file_id)
    assert response_of(found["denied"])[:2] == (403, "policy_denied")
    assert gateway.heard_by == {}
    (refusal,) = await gateway.records("refusal")
    assert (refusal["code"], request_ids([refusal])) == ("policy_denied", [f"{batch.id}-0"])


async def test_a_purpose_that_the_key_does_not_have_is_refused_at_once(gateway: Gateway) -> None:
    client = gateway.openai("versatile")
    file = await uploaded(client, jsonl([line("a")]))

    async def made(headers: dict[str, str]) -> Batch:
        return await client.batches.create(
            input_file_id=file.id,
            endpoint="/v1/chat/completions",
            completion_window="24h",
            extra_headers=headers,
        )

    for headers in ({}, {"x-gateway-purpose": "clinical"}):
        with pytest.raises(openai.PermissionDeniedError):
            await made(headers)
    await ended(client, (await made({"x-gateway-purpose": "support"})).id)
    assert {subject_of(record)["purpose"] for record in await gateway.records_once("intent", 1)} == {"support"}


async def test_labels_declared_at_the_upload_count_for_every_line(gateway: Gateway) -> None:
    client = gateway.openai()
    file = await uploaded(client, jsonl([line("a")]), extra_headers={"x-gateway-level": "restricted"})
    headers = {"x-gateway-level": "public", "x-gateway-categories": "mnpi"}
    batch = await client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", extra_headers=headers
    )
    await ended(client, batch.id)
    (subject, *_) = [subject_of(record) for record in await gateway.records() if "subject" in record]
    assert (subject["level"], subject["categories"]) == ("restricted", ["mnpi"])


PROBLEMS = {
    "invalid_json_line": b"not json",
    "missing_custom_id": orjson.dumps(line("a") | {"custom_id": ""}),
    "duplicate_custom_id": jsonl([line("x"), line("x")]).strip(),
    "invalid_method": orjson.dumps(line("a") | {"method": "GET"}),
    "invalid_url": orjson.dumps(line("a", url="/v1/embeddings")),
    "invalid_body": orjson.dumps(line("a") | {"body": [EMAIL]}),
    "invalid_stream": orjson.dumps(line("a", stream=True)),
}


async def test_a_file_with_a_bad_line_fails_and_says_which_and_nothing_is_sent(gateway: Gateway) -> None:
    client = gateway.openai()
    for code, bad in PROBLEMS.items():
        content = jsonl([line("first")]) + bad
        batch = await begun(client, content)
        assert (batch.status, batch.output_file_id) == ("failed", None), code
        assert batch.errors is not None
        assert batch.errors.data is not None
        assert [(one.code, one.line) for one in batch.errors.data] == [(code, content.count(b"\n") + 1)]
        assert EMAIL not in batch.model_dump_json()
        assert (await client.batches.retrieve(batch.id)).status == "failed"
    assert gateway.heard(OPENAI) == []


NOT_OFFERED: list[tuple[Json, int, str]] = [
    ({"endpoint": "/v1/messages"}, 400, "invalid_batch"),
    ({"endpoint": "/v1/moderations"}, 400, "invalid_batch"),
    ({"completion_window": "1h"}, 400, "invalid_batch"),
    ({"input_file_id": "file-unknown"}, 404, "file_not_found"),
    ({"input_file_id": 3}, 400, "invalid_batch"),
    ({"metadata": {"a": "b" * 513}}, 400, "invalid_batch"),
    ({"metadata": {"a": 1}}, 400, "invalid_batch"),
    ({"metadata": []}, 400, "invalid_batch"),
    ({"output_expires_after": {"anchor": "created_at", "seconds": 5}}, 400, "invalid_body"),
    ({"output_expires_after": 5}, 400, "invalid_body"),
]


async def test_a_batch_that_is_not_offered_is_refused(gateway: Gateway) -> None:
    file = await uploaded(gateway.openai(), jsonl([line("a")]))
    usual: Json = {"input_file_id": file.id, "endpoint": CHAT, "completion_window": "24h"}
    for asked, status, code in NOT_OFFERED:
        answer = await gateway.ask("/v1/batches", usual | asked)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), asked


NOT_TAKEN = {
    "empty": (b"", "batch", 400, "invalid_file"),
    "blank": (b"\n \r\n", "batch", 400, "invalid_file"),
    "lines": (b"{}\n" * 6, "batch", 400, "invalid_file"),
    "large": (b"{" + b" " * 100_000, "batch", 400, "invalid_file"),
    "larger": (b"{" + b" " * 300_000, "batch", 413, "body_too_large"),
    "purpose": (b"{}", "assistants", 400, "invalid_file"),
}


async def test_a_file_that_is_not_taken_is_refused(small: Gateway) -> None:
    for name, (content, purpose, status, code) in NOT_TAKEN.items():
        with pytest.raises(openai.APIStatusError) as refused:
            await small.openai().files.create(file=("a.jsonl", content), purpose=purpose)  # type: ignore[arg-type]  # wrong ones
        assert (refused.value.status_code, refused.value.code) == (status, code), name
    assert (await small.openai().files.list()).data == []


async def test_files_are_listed_in_pages_shown_read_and_destroyed(gateway: Gateway) -> None:
    client = gateway.openai()
    contents = [jsonl([line(f"{number}")]) + b"\n" for number in range(3)]
    files = [await uploaded(client, content) for content in contents]
    assert [file.bytes for file in files] == [len(content) for content in contents]
    assert [file.id async for file in client.files.list(limit=2)] == [file.id for file in reversed(files)]
    assert [file.id async for file in client.files.list(limit=1, order="asc")] == [file.id for file in files]
    assert (await client.files.list(purpose="batch_output")).data == []
    assert await client.files.retrieve(files[1].id) == files[1]
    assert (await client.files.content(files[1].id)).content == contents[1]
    assert (await client.files.delete(files[1].id)).deleted
    for gone in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(openai.NotFoundError):
            await gone(files[1].id)
    soon = await client.files.create(
        file=("a.jsonl", contents[0]), purpose="batch", expires_after={"anchor": "created_at", "seconds": 3600}
    )
    assert soon.expires_at == soon.created_at + 3600


async def test_batches_are_listed_in_pages(gateway: Gateway) -> None:
    client = gateway.openai()
    made = [await begun(client, jsonl([line("a")])) for _ in range(3)]
    assert [batch.id async for batch in client.batches.list(limit=2)] == [batch.id for batch in reversed(made)]
    answer = await gateway.client.get(
        f"{gateway.url}/v1/batches?limit=0", headers={"authorization": f"Bearer {gateway.keys['employee']}"}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_body")


async def test_to_another_app_there_is_no_such_file_or_batch(gateway: Gateway) -> None:
    mine, other = gateway.openai(), gateway.openai("clinic")
    batch = await begun(mine, jsonl([line("a")]))
    done = await ended(mine, batch.id)
    assert done.output_file_id is not None
    for file_id in (batch.input_file_id, done.output_file_id):
        for ask in (other.files.retrieve, other.files.content, other.files.delete):
            with pytest.raises(openai.NotFoundError):
                await ask(file_id)
    for asked in (other.batches.retrieve(batch.id), other.batches.cancel(batch.id)):
        with pytest.raises(openai.NotFoundError):
            await asked
    with pytest.raises(openai.NotFoundError):
        await other.batches.create(input_file_id=batch.input_file_id, endpoint=CHAT, completion_window="24h")  # type: ignore[arg-type]  # a str
    assert (await other.files.list()).data == []
    assert (await other.batches.list()).data == []
    assert (await results(mine, done.output_file_id)).keys() == {"a"}


async def test_a_cancelled_batch_sends_no_further_line_and_keeps_what_came(small: Gateway) -> None:
    client = small.openai()
    small.upstreams[OPENAI].default = slowly()
    batch = await begun(client, jsonl([line("a"), line("b"), line("c")]))
    await small.upstreams[OPENAI].asked.wait()
    with pytest.raises(openai.ConflictError):
        await client.files.delete(batch.input_file_id)
    assert (await client.batches.cancel(batch.id)).status == "cancelling"
    done = await ended(client, batch.id)
    assert done.status == "cancelled"
    assert (await results(client, done.output_file_id)).keys() == {"a"}
    errors = await results(client, done.error_file_id)
    assert {key: code_of(one) for key, one in errors.items()} == dict.fromkeys("bc", "batch_cancelled")
    assert len(small.heard(OPENAI)) == 1
    with pytest.raises(openai.ConflictError):
        await client.batches.cancel(batch.id)
    assert (await client.files.delete(batch.input_file_id)).deleted


async def test_access_withdrawn_after_the_upload_counts_for_the_lines_not_yet_sent(small: Gateway) -> None:
    client = small.openai()
    for name in (OPENAI, ANTHROPIC, "simulated-minimax", INHOUSE):
        small.upstreams[name].default = slowly()
    batch = await begun(client, jsonl([line("a"), line("b")]))
    await small.upstreams[OPENAI].asked.wait()
    for name in (OPENAI, ANTHROPIC, "simulated-minimax", INHOUSE):
        assert (await small.operate(name, "suspend")).status_code == 200
    done = await ended(client, batch.id)
    errors = await results(client, done.error_file_id)
    assert (await results(client, done.output_file_id)).keys() == {"a"}
    assert response_of(errors["b"])[:2] == (503, "no_permitted_route")
    assert small.heard_by == {OPENAI: 1}
    refusals = request_ids(await small.records("refusal"))
    assert refusals == [f"{batch.id}-1", f"{batch.id}-1-1", f"{batch.id}-1-2"], "tried again, each on record"


async def test_a_key_revoked_in_between_stops_the_rest(small: Gateway) -> None:
    client = small.openai()
    small.upstreams[OPENAI].default = slowly()
    batch = await begun(client, jsonl([line("a"), line("b"), line("c")]))
    await small.upstreams[OPENAI].asked.wait()
    await asyncio.to_thread(revoke, small, "employee")
    async with asyncio.timeout(20):
        while (await small.ask("/v1/chat/completions", b"{}")).status_code != 401:
            await asyncio.sleep(0.02)
    found: list[Json] = []
    async with asyncio.timeout(20):
        while not found:
            found = await stored_errors(small, batch.id)
            await asyncio.sleep(0.05)
    assert [(one["custom_id"], *response_of(one)[:2]) for one in found] == [
        ("b", 401, "invalid_api_key"),
        ("c", 401, "invalid_api_key"),
    ]
    assert len(small.heard(OPENAI)) == 1


def revoke(gateway: Gateway, name: str) -> None:
    with closing(KeyFile(gateway.directory)) as file:
        file.revoke(public_part(gateway.keys[name]), SystemClock().now_ms())


async def stored_errors(gateway: Gateway, batch_id: str) -> list[Json]:
    """The error file of a batch of the revoked key's app, read past the API."""
    owner, now_ms = "4:acme:assistant", SystemClock().now_ms()

    def work(archive: Archive) -> list[Json]:
        document = archive.read(Label(owner, "openai", batch_id), now_ms)
        assert document is not None
        batch = read_batch(document)
        file = archive.read(label_of(owner, batch.error_id or ""), now_ms)
        if batch.state in OPEN or file is None:
            return []
        return [json.loads(piece) for _, piece in sorted(archive.pieces(file, range(batch.total)).items())]

    return await gateway.prepared.vault.archived(work)


async def test_a_line_fails_over_and_is_tried_again_like_any_request(small: Gateway) -> None:
    client = small.openai()
    small.upstreams[OPENAI].then(whole(b'{"error":{"message":"busy","type":"server_error"}}', 500))
    batch = await ended(client, (await begun(client, jsonl([line("a")]))).id)
    assert (await results(client, batch.output_file_id)).keys() == {"a"}
    attempts = [record["attempt_id"] for record in await small.records("intent")]
    assert attempts[:2] == [f"{batch.id}-0.1", f"{batch.id}-0.2"]


async def test_an_app_has_so_many_open_batches_and_no_more(small: Gateway) -> None:
    client = small.openai()
    small.upstreams[OPENAI].default = slowly()
    first, second = [await begun(client, jsonl([line("a")])) for _ in range(2)]
    with pytest.raises(openai.BadRequestError) as refused:
        await begun(client, jsonl([line("a")]))
    assert refused.value.code == "invalid_batch"
    await ended(client, first.id)
    await ended(client, second.id)
    assert (await begun(client, jsonl([line("a")]))).status == "validating"


async def test_nothing_of_a_batch_is_in_plain_text_on_disk(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].default = echo
    client = gateway.openai()
    canary = "Zanzibar-canary-7731"
    batch = await begun(client, jsonl([line("id-canary-5512", f"{canary} {EMAIL}")]), metadata={"note": canary})
    done = await ended(client, batch.id)
    assert canary in json.dumps(await results(client, done.output_file_id))
    content = await asyncio.to_thread(everything, gateway.directory)
    assert b"SQLite" in content
    for told in (canary, EMAIL, "id-canary-5512", "lines.jsonl", batch.input_file_id):
        assert told.encode() not in content, told


def everything(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())
