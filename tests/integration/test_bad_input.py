"""Whatever a caller or an upstream does wrong: a typed error in the caller's dialect, and the truth on record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import anthropic
import httpx
import openai
import orjson
import pytest

from gateway.app import Prepared
from tests.fakes.answers import anthropic_events, openai_events
from tests.fakes.upstream import Fate, ScriptedUpstream, stream, whole
from tests.integration.composition import ANTHROPIC, INHOUSE, OPENAI, PUBLIC, Gateway, Json, gateway_at

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
ASKED: Json = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "How do tides work?"}]}
BODIES: dict[str, Json] = {CHAT: ASKED, MESSAGES: ASKED | {"model": "claude-opus-4.8", "max_tokens": 50}}
EVENTS = {CHAT: openai_events, MESSAGES: anthropic_events}
DESTINATIONS = {CHAT: OPENAI, MESSAGES: ANTHROPIC}
LIMITS = {"body_bytes": 4096, "depth": 16, "leaves": 200, "body_read_s": 0.5}
TIMES = {"first_byte_s": 0.6, "idle_s": 0.6, "attempts": 1}
DEEP = b'{"model":"gpt-5.5","messages":' + b"[" * 40 + b"]" * 40 + b"}"


@pytest.fixture
async def gateway(tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]) -> AsyncIterator[Gateway]:
    """A gateway with little patience and small limits."""
    async with gateway_at(tmp_path / "state", base, upstreams, limits=LIMITS, failover=TIMES) as found:
        yield found


def code_of(path: str, body: bytes) -> str:
    """The code of an error as a caller of this dialect finds it."""
    error = orjson.loads(body)["error"]
    return str(error["code"]) if path == CHAT else str(error["message"]).partition(":")[0]


WRONG_BODIES = [
    (b"", 400, "invalid_body"),
    (b"not json", 400, "invalid_body"),
    (b'{"model":"gpt-5.5"', 400, "invalid_body"),
    (b"[]", 400, "invalid_body"),
    (b"null", 400, "invalid_body"),
    (b'{"model":"gpt-5.5","model":"auto","messages":[]}', 400, "invalid_body"),
    (b'{"model":"gpt-5.5","messages":[{"content":"\xff\xfe"}]}', 400, "invalid_body"),
    (b'{"model":"gpt-5.5","messages":[{"content":"\\ud800"}]}', 400, "invalid_body"),
    (b'{"model":7,"messages":[]}', 400, "invalid_body"),
    (b'{"messages":[]}', 400, "invalid_body"),
    (b'{"model":"gpt-5.5","stream":"yes","messages":[]}', 400, "invalid_body"),
    (DEEP, 400, "invalid_body"),
    (b'{"model":"gpt-5.5","messages":[' + b"1234567," * 300 + b"1]}", 400, "invalid_body"),
    (b'{"model":"gpt-5.5","x":"' + b"y" * 5000 + b'"}', 413, "body_too_large"),
    (b'{"model":"gpt-9","messages":[]}', 404, "model_not_found"),
]


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
async def test_wrong_body_is_refused_before_anything_leaves(gateway: Gateway, path: str) -> None:
    answers = [await gateway.ask(path, body) for body, _, _ in WRONG_BODIES]
    found = [
        (body, each.status_code, code_of(path, each.content))
        for (body, _, _), each in zip(WRONG_BODIES, answers, strict=True)
    ]
    assert found == WRONG_BODIES
    assert all(each.headers["x-gateway-request-id"] for each in answers)
    assert gateway.heard_by == {}
    assert await gateway.records("intent") == []


async def test_body_that_is_not_declared_as_json_is_refused(gateway: Gateway) -> None:
    for content_type in ("text/plain", "application/json; charset=utf-16", "multipart/form-data", ""):
        answer = await gateway.ask(CHAT, ASKED, headers={"content-type": content_type})
        assert (answer.status_code, code_of(CHAT, answer.content)) == (415, "unsupported_media_type"), content_type


async def test_compressed_body_is_refused(gateway: Gateway) -> None:
    answer = await gateway.ask(CHAT, ASKED, headers={"content-encoding": "gzip"})
    assert answer.status_code == 415


async def test_chunked_body_over_the_limit_is_refused(gateway: Gateway) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"model":"gpt-5.5","x":"'
        for _ in range(10):
            yield b"y" * 1000
        yield b'"}'

    headers = {"authorization": f"Bearer {gateway.keys['employee']}", "content-type": "application/json"}
    answer = await gateway.client.post(gateway.url + CHAT, content=pieces(), headers=headers)
    assert (answer.status_code, code_of(CHAT, answer.content)) == (413, "body_too_large")
    assert gateway.heard_by == {}


async def test_body_that_never_comes_whole_is_refused_in_time(gateway: Gateway) -> None:
    host, port = httpx.URL(gateway.url).host, httpx.URL(gateway.url).port
    reader, writer = await asyncio.open_connection(host, port)
    head = f"POST {CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {gateway.keys['employee']}\r\n"
    writer.write(f"{head}content-type: application/json\r\ncontent-length: 100\r\n\r\n{{".encode())
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"body_incomplete" in answer


WRONG_KEYS = {
    "expired": (401, "api_key_expired"),
    "auditor": (403, "permission_denied"),
    "operator": (403, "permission_denied"),
}


async def test_key_that_may_not_call_is_refused(gateway: Gateway) -> None:
    for key, expected in WRONG_KEYS.items():
        for path, body in BODIES.items():
            answer = await gateway.ask(path, body, key=key)
            assert (answer.status_code, code_of(path, answer.content)) == expected, (key, path)
    assert gateway.heard_by == {}


async def test_key_that_is_missing_or_made_up_is_refused(gateway: Gateway) -> None:
    for credential in ("", "Bearer", "Bearer gk_0000000000000000_nothing", "Basic abc"):
        answer = await gateway.ask(CHAT, ASKED, headers={"authorization": credential})
        assert (answer.status_code, code_of(CHAT, answer.content)) == (401, "invalid_api_key"), credential


async def test_official_sdks_read_our_errors(gateway: Gateway) -> None:
    with pytest.raises(openai.NotFoundError) as missing:
        await gateway.openai().chat.completions.create(model="gpt-9", messages=[])
    assert missing.value.code == "model_not_found"
    assert missing.value.request_id
    with pytest.raises(openai.AuthenticationError) as expired:
        await gateway.openai("expired").chat.completions.create(model="gpt-5.5", messages=[])
    assert expired.value.code == "api_key_expired"
    with pytest.raises(openai.PermissionDeniedError) as denied:
        await gateway.openai("public").chat.completions.create(
            model="gpt-5.5", messages=[{"role": "user", "content": "Agenda of Thursday's meeting"}]
        )
    assert denied.value.code == "policy_denied"
    assert "CLEAR-1" in denied.value.message
    with pytest.raises(anthropic.NotFoundError) as nowhere:
        await gateway.anthropic().messages.create(model="claude-9", max_tokens=9, messages=[])
    assert "model_not_found" in nowhere.value.message
    with pytest.raises(anthropic.AuthenticationError):
        await gateway.anthropic("expired").messages.create(model="claude-opus-4.8", max_tokens=9, messages=[])


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
async def test_caller_who_hangs_up_in_a_stream_cancels_the_upstream(gateway: Gateway, path: str) -> None:
    upstream = gateway.upstreams[DESTINATIONS[path]]
    upstream.default = stream(EVENTS[path](["word "] * 500), pace_s=0.02)
    headers = PUBLIC | {"authorization": f"Bearer {gateway.keys['employee']}"}
    body = BODIES[path] | {"stream": True}
    async with gateway.client.stream("POST", gateway.url + path, json=body, headers=headers) as answer:
        async for _ in answer.aiter_bytes():
            break
    async with asyncio.timeout(5):
        await upstream.hung_up.wait()
    (outcome,) = await gateway.records_once("outcome", 1)
    assert outcome["ending"] == "client_closed"
    assert int(str(outcome["bytes_received"])) > 0


async def test_caller_who_hangs_up_before_the_answer_cancels_the_upstream(gateway: Gateway) -> None:
    upstream = gateway.upstreams[OPENAI]
    upstream.default = Fate(stall_before=True)
    call = asyncio.create_task(gateway.ask(CHAT, ASKED, headers=PUBLIC))
    await upstream.asked.wait()
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    async with asyncio.timeout(5):
        await upstream.hung_up.wait()
    (outcome,) = await gateway.records_once("outcome", 1)
    assert outcome["ending"] == "client_closed"


BROKEN_WHOLE = [
    (Fate(stall_before=True), "stalled"),
    (Fate(raw=b""), "failed"),
    (Fate(raw=b"\x16\x03\x01 this is no HTTP\r\n\r\n"), "failed"),
    (whole(b"<html>maintenance</html>"), "garbled"),
    (whole(b"{}"), "garbled"),
    (Fate(pieces=(b'{"choices":', b"[]}"), cut_after=1), "cut"),
    (whole(b'{"error":{"message":"boom"}}', 500), "failed"),
]


@pytest.mark.parametrize(("fate", "ending"), BROKEN_WHOLE, ids=lambda value: str(value)[:60])
async def test_answer_that_cannot_be_used_is_a_502_and_recorded_as_what_it_was(
    gateway: Gateway, fate: Fate, ending: str
) -> None:
    for path, body in BODIES.items():
        gateway.upstreams[DESTINATIONS[path]].default = fate
        answer = await gateway.ask(path, body, headers=PUBLIC)
        assert (answer.status_code, code_of(path, answer.content)) == (502, "upstream_failed")
    assert [outcome["ending"] for outcome in await gateway.records_once("outcome", 2)] == [ending, ending]


BROKEN_STREAMS = [
    ("stalls", {"stall_after": 4}, "stalled"),
    ("is cut off", {"cut_after": 4}, "cut"),
    ("ends without its end mark", {}, "cut"),
    ("turns to garbage", {}, "garbled"),
    ("reports an error", {}, "failed"),
]


def broken_stream(path: str, how: str, options: dict[str, object]) -> Fate:
    events = EVENTS[path](["one ", "two ", "three "])
    if how == "ends without its end mark":
        events = events[:4]
    if how == "turns to garbage":
        events = [*events[:5], b"data: {]]\n\n", *events[5:]]
    if how == "reports an error":
        error = b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
        events = [*events[:5], (b"event: error\n" if path == MESSAGES else b"") + b"data: " + error + b"\n\n"]
    return stream(events, **options)


@pytest.mark.parametrize(("how", "options", "ending"), BROKEN_STREAMS, ids=lambda value: str(value)[:30])
async def test_stream_that_breaks_ends_with_a_typed_error_and_no_end_mark(
    gateway: Gateway, how: str, options: dict[str, object], ending: str
) -> None:
    await gateway.operate(INHOUSE, "suspend")  # which would go on with it
    for path, body in BODIES.items():
        gateway.upstreams[DESTINATIONS[path]].default = broken_stream(path, how, options)
        answer = await gateway.ask(path, body | {"stream": True}, headers=PUBLIC)
        assert answer.status_code == 200
        last = answer.text.rstrip().rpartition("\n\n")[2]
        assert "upstream_failed" in last
        orjson.loads(last[last.index("{") :])
        assert "[DONE]" not in answer.text
        assert "message_stop" not in answer.text
    assert [outcome["ending"] for outcome in await gateway.records_once("outcome", 2)] == [ending, ending]


async def test_official_sdks_raise_on_a_stream_that_breaks(gateway: Gateway) -> None:
    gateway.upstreams[OPENAI].default = broken_stream(CHAT, "is cut off", {"cut_after": 4})
    gateway.upstreams[ANTHROPIC].default = broken_stream(MESSAGES, "is cut off", {"cut_after": 5})
    words: list[str] = []
    chunks = await gateway.openai().chat.completions.create(
        model="gpt-5.5", stream=True, messages=[{"role": "user", "content": "How do tides work?"}], extra_headers=PUBLIC
    )

    async def read() -> None:
        async for chunk in chunks:
            words.extend(choice.delta.content or "" for choice in chunk.choices)

    with pytest.raises(openai.APIError, match="broke off"):
        await read()
    assert "".join(words).startswith("one ")
    with pytest.raises(anthropic.APIStatusError, match="upstream_failed"):
        async with gateway.anthropic().messages.stream(
            model="claude-opus-4.8",
            max_tokens=50,
            messages=[{"role": "user", "content": "How do tides work?"}],
            extra_headers=PUBLIC,
        ) as stream:
            await stream.get_final_message()


async def test_upstream_error_that_is_the_callers_own_comes_back_as_it_was(gateway: Gateway) -> None:
    error = b'{"error":{"message":"max_tokens is too large","type":"invalid_request_error","param":"max_tokens"}}'
    gateway.upstreams[OPENAI].default = whole(error, 400)
    answer = await gateway.ask(CHAT, ASKED, headers=PUBLIC)
    assert (answer.status_code, answer.content) == (400, error)
    assert gateway.heard_by == {OPENAI: 1}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nowhere", 404, "not_found"), ("GET", CHAT, 405, "method_not_allowed")],
)
async def test_wrong_path_or_method_is_a_typed_error(
    gateway: Gateway, method: str, path: str, status: int, code: str
) -> None:
    headers = {"authorization": f"Bearer {gateway.keys['employee']}"}
    answer = await gateway.client.request(method, gateway.url + path, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert INHOUSE not in gateway.heard_by
