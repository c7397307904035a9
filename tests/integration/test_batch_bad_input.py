"""Whatever is sent to the endpoints of files and batches is answered with a typed error, and nothing of it leaves."""

from __future__ import annotations

import random
from pathlib import Path

from gateway.app import Prepared
from tests.fakes.upstream import ScriptedUpstream
from tests.integration.batches import EMAIL, begun, ended, jsonl, line, results
from tests.integration.composition import Gateway, gateway_at

BODIES: tuple[bytes, ...] = (
    b"",
    b"\xff\xfe",
    b"null",
    b"[]",
    b"{" * 50_000,
    b"[" * 100_000,
    b'{"requests":' + b"[" * 100_000,
    b'{"requests":[' + b"0," * 50_000,
    b'{"requests":[{"custom_id":"a","params":' + b'{"a":' * 5_000,
    b'{"requests":[{"custom_id":"\\ud800","params":{}}]}',
    b'{"requests":[{"custom_id":1e999,"params":{"n":1e999}}]}',
    b'{"endpoint":"/v1/chat/completions","input_file_id":"\\u0000","completion_window":"24h"}',
    b'{"endpoint":"/v1/chat/completions","input_file_id":"' + b"x" * 10_000 + b'","completion_window":"24h"}',
    b'{"endpoint":{},"endpoint":[]}',
    EMAIL.encode(),
)
LINES: tuple[bytes, ...] = (
    b'{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":'
    + b'{"a":' * 900
    + b"1"
    + b"}" * 900
    + b"}",
    b'{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"m","messages":[{"a":1,"a":2}]}}',
    b'{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"n":1e999,"messages":[]}}',
    b'{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"\\ud800"}}',
    b'{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{}}',
)
PATHS = ("/v1/files", "/v1/batches", "/v1/messages/batches")
TYPES = ("application/json", "multipart/form-data; boundary=b", "multipart/form-data", "text/plain", "")


async def test_any_body_of_any_type_is_answered_with_a_typed_error(gateway: Gateway) -> None:
    chance = random.Random(5)
    good = jsonl([line("a")])
    bodies = [*BODIES, *(bytes(chance.choices(good, k=60)) for _ in range(10))]
    for path in PATHS:
        for body in bodies:
            for content_type in TYPES:
                answer = await gateway.ask(path, body, headers={"content-type": content_type})
                place = (path, body[:40], content_type, answer.status_code)
                assert 400 <= answer.status_code < 500, place
                assert answer.json()["error"]["message"], place
                assert EMAIL not in answer.text, place
    assert gateway.heard_by == {}


async def test_any_identifier_is_unknown_and_any_query_answered(gateway: Gateway) -> None:
    bearer = {"authorization": f"Bearer {gateway.keys['employee']}"}
    for name in ("x", "%00", "%FF", "..%2Fmodels", "a" * 5_000, "%F0%9F%98%80", "'; DROP TABLE items; --"):
        for path in (f"/v1/files/{name}", f"/v1/batches/{name}", f"/v1/messages/batches/{name}"):
            assert (await gateway.client.get(gateway.url + path, headers=bearer)).status_code == 404, path
            assert (await gateway.client.delete(gateway.url + path, headers=bearer)).status_code in (404, 405), path
    for query in (
        "limit=x",
        "after=x",
        "after_id=x",
        "before_id=x",
        "limit=1&limit=1",
        "%FF=%FF",
        "limit=" + "9" * 5_000,
    ):
        for path in PATHS:
            answer = await gateway.client.get(f"{gateway.url}{path}?{query}", headers=bearer)
            assert answer.status_code in (200, 400), (path, query)


async def test_lines_that_pass_the_first_look_and_are_no_requests_end_as_errors(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    async with gateway_at(tmp_path / "state", base, upstreams, batch={"settle_s": 0.0}) as gateway:
        client = gateway.openai()
        content = b"\n".join(one.replace(b'"a"', b'"c%d"' % place, 1) for place, one in enumerate(LINES))
        done = await ended(client, (await begun(client, content)).id)
        assert done.status == "completed", done.errors
        found = await results(client, done.error_file_id)
        assert len(found) == len(LINES)
        statuses = [one["response"]["status_code"] for one in found.values() if isinstance(one["response"], dict)]
        assert statuses == [400] * len(LINES)
        assert gateway.heard_by == {}
