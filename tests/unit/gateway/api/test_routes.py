"""The route table decides who is asked for a key: everybody, everywhere, unless a row says otherwise."""

from __future__ import annotations

import orjson
import pytest

from gateway.api.routes import Parts, table
from gateway.settings import LimitSettings
from gateway.types import RequestId
from routers.wire import WIRES
from tests.unit.gateway.api.edge import (
    MODELS,
    KeyBench,
    NoDowngrades,
    OwnPipeline,
    Sender,
    ask,
    build,
    hello,
    no_batches,
    post_headers,
    registry,
    unrecorded,
)

GOOD = b'{"model":"gpt-5.5","messages":[]}'


def rows(bench: KeyBench) -> list[tuple[str, str, bool]]:
    """Every path and method of the table, and whether it is public."""
    parts = Parts(
        pipeline=OwnPipeline(bench.ring, hello),
        keys=bench.ring,
        desk=registry(bench),
        downgrades=NoDowngrades(),
        record_downgrade=unrecorded,
        destinations=frozenset(),
        models=lambda: MODELS,
        checks={},
        limits=LimitSettings(),
        clock=bench.clock,
        new_request_id=lambda: RequestId("r"),
        wires=WIRES,
        batch=no_batches(bench),
    )
    return [
        (
            row.path.replace("{model:path}", "gpt-5.5")
            .replace("{destination}", "sim-us")
            .replace("{downgrade}", "d-1")
            .replace("{file_id}", "file-1")
            .replace("{batch_id}", "batch-1"),
            method,
            row.role is None,
        )
        for row in table(parts)
        for method in (*row.handlers, "DELETE")
    ]


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("host", "localhost")],
        [("host", "127.0.0.1:8080"), ("x-forwarded-host", "admin"), ("x-forwarded-for", "127.0.0.1")],
        [("authorization", "Bearer ")],
        [("authorization", "Bearer sk-ant-oat01-simulated")],
        [("x-api-key", "gk_0000000000000000." + "0" * 64)],
        [("cookie", "session=1"), ("authorization", "Basic dXNlcjpwYXNz")],
    ],
    ids=str,
)
async def test_every_v1_route_refuses_without_a_key(bench: KeyBench, headers: list[tuple[str, str]]) -> None:
    app, pipeline = build(bench)
    guarded = [(path, method) for path, method, public in rows(bench) if not public]
    assert {"/v1/chat/completions", "/v1/messages", "/v1/models"} <= {path for path, _ in guarded}
    for path, method in guarded:
        sender = Sender([GOOD], stalls=True)
        seen = await ask(app, method, path, [*headers, ("content-length", "0")], sender)
        assert (seen.status, seen.header("www-authenticate")) == (401, "Bearer"), (method, path)
        assert seen.received == 0, "the body was touched before the key was checked"
    assert pipeline.calls == []


def test_only_the_health_paths_are_public(bench: KeyBench) -> None:
    assert {path for path, _, public in rows(bench) if public} == {"/", "/healthz", "/readyz"}


@pytest.mark.parametrize(("method", "path"), [("GET", "/operator/providers"), ("POST", "/operator/providers/sim-us")])
async def test_a_callers_key_opens_no_operators_path(bench: KeyBench, key: str, method: str, path: str) -> None:
    app, _ = build(bench)
    seen = await ask(app, method, path, post_headers(key), Sender([b'{"action":"suspend","reason":"x"}']))
    assert seen.status == 403


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages", "/v1/models", "/v1/models/gpt-5.5"])
async def test_key_without_the_call_role_is_refused(bench: KeyBench, auditor_key: str, path: str) -> None:
    app, pipeline = build(bench)
    method = "POST" if path in {"/v1/chat/completions", "/v1/messages"} else "GET"
    seen = await ask(app, method, path, post_headers(auditor_key), Sender([GOOD]))
    assert seen.status == 403
    assert pipeline.calls == []


@pytest.mark.parametrize(
    ("credentials", "status"),
    [
        ([("authorization", "Bearer {key}")], 200),
        ([("authorization", "bearer  {key} ")], 200),
        ([("x-api-key", "{key}")], 200),
        ([("x-api-key", "{key}"), ("authorization", "Bearer {key}")], 200),
        ([("x-api-key", "{key}"), ("authorization", "Bearer sk-other")], 401),
        ([("authorization", "Bearer {key}"), ("authorization", "Bearer sk-other")], 401),
        ([("authorization", "Basic {key}")], 401),
        ([("authorization", "{key}")], 401),
    ],
)
async def test_key_is_read_from_either_header_and_never_guessed(
    bench: KeyBench, key: str, credentials: list[tuple[str, str]], status: int
) -> None:
    app, _ = build(bench)
    headers = [(name, value.format(key=key)) for name, value in credentials]
    seen = await ask(app, "POST", "/v1/messages", [*headers, ("content-type", "application/json")], Sender([GOOD]))
    assert seen.status == status


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
async def test_wrong_method_is_named_with_the_right_ones(bench: KeyBench, key: str, method: str) -> None:
    app, _ = build(bench)
    seen = await ask(app, method, "/v1/chat/completions", post_headers(key))
    assert (seen.status, seen.header("allow")) == (405, "POST, HEAD")
    assert orjson.loads(seen.body)["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    "path", ["/v2", "/v1/chat/completions/", "/v1//messages", "/V1/messages", "/v1/chat/../messages"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_unknown_path_is_not_found(bench: KeyBench, key: str, path: str, method: str) -> None:
    app, pipeline = build(bench)
    seen = await ask(app, method, path, post_headers(key), Sender([GOOD]))
    assert seen.status == 404
    assert pipeline.calls == []


async def test_unknown_path_answers_in_the_dialect_the_caller_shows(bench: KeyBench) -> None:
    app, _ = build(bench)
    openai = orjson.loads((await ask(app, "GET", "/v1/nothing")).body)
    by_header = orjson.loads((await ask(app, "GET", "/v1/nothing", [("anthropic-version", "2023-06-01")])).body)
    by_path = orjson.loads((await ask(app, "POST", "/v1/messages/drafts")).body)
    assert openai["error"]["code"] == "not_found"
    assert by_header["error"]["type"] == by_path["error"]["type"] == "not_found_error"


async def test_head_probe_says_that_path_and_key_are_good(bench: KeyBench, key: str) -> None:
    app, pipeline = build(bench)
    for path in ("/v1/messages", "/v1/chat/completions", "/v1/models"):
        assert (await ask(app, "HEAD", path, post_headers(key))).status == 200
    assert (await ask(app, "HEAD", "/")).status == 200
    assert pipeline.calls == []


async def test_health_is_open_and_readiness_names_what_fails(bench: KeyBench) -> None:
    app, _ = build(bench, checks={"audit": lambda: False, "keys": lambda: True, "policy": lambda: False})
    assert (await ask(app, "GET", "/healthz")).status == 200
    seen = await ask(app, "GET", "/readyz")
    assert (seen.status, orjson.loads(seen.body)) == (503, {"status": "not ready", "failing": ["audit", "policy"]})
    app, _ = build(bench, checks={"keys": lambda: True})
    assert (await ask(app, "GET", "/readyz")).status == 200


async def test_models_come_in_the_shape_the_caller_reads(bench: KeyBench, key: str) -> None:
    app, _ = build(bench)
    openai = orjson.loads((await ask(app, "GET", "/v1/models", post_headers(key))).body)
    assert [(m["object"], m["id"], m["owned_by"]) for m in openai["data"]] == [
        ("model", "gpt-5.5", "simulated-us"),
        ("model", "anthropic/claude-opus", "simulated-us"),
    ]
    headers = post_headers(key, anthropic_version="2023-06-01")
    anthropic = orjson.loads((await ask(app, "GET", "/v1/models", headers)).body)
    assert [(m["type"], m["display_name"]) for m in anthropic["data"]] == [
        ("model", "GPT 5.5"),
        ("model", "Claude Opus"),
    ]
    assert (anthropic["first_id"], anthropic["has_more"]) == ("gpt-5.5", False)


async def test_one_model_is_shown_by_an_id_with_slashes_and_a_missing_one_is_not_found(
    bench: KeyBench, key: str
) -> None:
    app, _ = build(bench)
    seen = await ask(app, "GET", "/v1/models/anthropic/claude-opus", post_headers(key))
    assert orjson.loads(seen.body)["id"] == "anthropic/claude-opus"
    missing = await ask(app, "GET", "/v1/models/private-name", post_headers(key))
    assert (missing.status, orjson.loads(missing.body)["error"]["code"]) == (404, "model_not_found")
    assert b"private-name" not in missing.body


async def test_no_models_is_an_empty_page(bench: KeyBench, key: str) -> None:
    app, _ = build(bench, models=lambda: ())
    headers = post_headers(key, anthropic_version="2023-06-01")
    assert orjson.loads((await ask(app, "GET", "/v1/models", headers)).body) == {"data": [], "has_more": False}


async def test_websocket_is_closed(bench: KeyBench) -> None:
    app, _ = build(bench)
    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    async def receive() -> dict[str, object]:
        return {"type": "websocket.connect"}

    await app({"type": "websocket", "path": "/v1/messages", "root_path": "", "headers": []}, receive, send)
    assert [message["type"] for message in sent] == ["websocket.close"]
