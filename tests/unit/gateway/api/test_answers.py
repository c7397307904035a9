"""What every answer says about itself, and how failures end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import orjson
import pytest

from gateway import errors
from gateway.exchange import Exchange, TraceSink
from gateway.types import Call
from routers.errors import EgressForbidden, UpstreamCut
from routers.types import DestinationId, Ending
from routers.wire.sse import EventTooLarge
from tests.unit.gateway.api.edge import Answer, KeyBench, Sender, ask, build, post_headers

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
GOOD = b'{"model":"gpt-5.5","messages":[],"stream":true}'
SECRET = "zq-private-words"
SSE = (("content-type", "text/event-stream"),)
TRACE_HEADERS = ("x-gateway-request-id", "x-gateway-destination", "x-gateway-decision", "x-audit-record")


def failing(error: Exception) -> Answer:
    async def answer(call: Call, trace: TraceSink) -> Exchange:
        trace.destination, trace.decision, trace.record = "sim-us", "deny; rules=CN-NIL-7", "9"
        raise error

    return answer


def streaming(*pieces: bytes, error: BaseException | None = None, closed: list[str] | None = None) -> Answer:
    async def chunks() -> AsyncIterator[bytes]:
        try:
            for piece in pieces:
                yield piece
            if error is not None:
                raise error
        finally:
            if closed is not None:
                closed.append("closed")

    async def answer(call: Call, trace: TraceSink) -> Exchange:
        return Exchange(200, SSE, trace.freeze(), chunks=chunks())

    return answer


async def test_every_answer_says_what_became_of_the_request(bench: KeyBench, key: str) -> None:
    app, _ = build(bench)
    seen = await ask(app, "POST", CHAT, post_headers(key), Sender([GOOD]))
    assert [seen.header(name) for name in TRACE_HEADERS] == ["req_1", "sim-us", "allow; level=public", "7"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/healthz"), ("GET", "/nowhere"), ("POST", CHAT), ("PUT", MESSAGES), ("GET", "/v1/models")],
)
async def test_answer_that_never_reached_a_stage_says_so(bench: KeyBench, method: str, path: str) -> None:
    app, _ = build(bench)
    seen = await ask(app, method, path)
    assert [seen.header(name) for name in TRACE_HEADERS] == ["req_1", "none", "none", "none"]


ERRORS = (
    errors.PolicyDenied(["CN-NIL-7", "PHI-2"]),
    errors.NoPermittedRoute(["ACCESS"]),
    errors.ModelNotFound("the requested model is not offered here"),
    errors.AuditUnavailable("the record could not be made durable"),
    errors.PolicyUnavailable("policy could not be evaluated"),
    errors.UpstreamFailed("every permitted destination failed"),
    errors.RestoreFailed("the answer could not be restored"),
    errors.Forbidden("this key is not for the purpose"),
)


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code)
async def test_error_of_a_stage_is_told_in_the_callers_dialect(
    bench: KeyBench, key: str, error: errors.GatewayError, path: str
) -> None:
    app, _ = build(bench, failing(error))
    seen = await ask(app, "POST", path, post_headers(key), Sender([GOOD]))
    document = orjson.loads(seen.body)
    assert seen.status == error.status
    assert error.code.encode() in seen.body
    assert document["error"]["message"].endswith(str(error))
    assert ("type" in document) is (path == MESSAGES)
    assert [seen.header(name) for name in TRACE_HEADERS] == ["req_1", "sim-us", "deny; rules=CN-NIL-7", "9"]
    assert seen.header("x-should-retry") == ("true" if error.retryable else "false")
    assert (seen.header("retry-after") is not None) is (error.status == 503)


async def test_denial_names_its_rules(bench: KeyBench, key: str) -> None:
    app, _ = build(bench, failing(errors.PolicyDenied(["CN-NIL-7", "PHI-2"])))
    seen = await ask(app, "POST", CHAT, post_headers(key), Sender([GOOD]))
    assert b"CN-NIL-7, PHI-2" in seen.body


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
async def test_defect_shows_neither_the_caller_nor_the_log_what_it_was_about(
    bench: KeyBench, key: str, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    app, _ = build(bench, failing(ValueError(SECRET)))
    body = f'{{"model":"gpt-5.5","messages":["{SECRET}"]}}'.encode()
    with caplog.at_level(logging.DEBUG):
        seen = await ask(app, "POST", path, post_headers(key), Sender([body]))
    assert (seen.status, seen.header("x-should-retry")) == (500, "false")
    assert b"internal_error" in seen.body
    assert SECRET.encode() not in seen.body
    assert "ValueError" in caplog.text
    assert "req_1" in caplog.text
    assert SECRET not in caplog.text


async def test_upstream_headers_are_passed_back_by_an_allow_list(bench: KeyBench, key: str) -> None:
    upstream = (
        ("content-type", "application/json"),
        ("retry-after", "3"),
        ("request-id", "up-1"),
        ("x-ratelimit-remaining-requests", "5"),
        ("anthropic-ratelimit-tokens-limit", "100"),
        ("set-cookie", "a=b"),
        ("server", "cloud"),
        ("content-encoding", "gzip"),
        ("content-length", "999"),
        ("x-audit-record", "forged"),
        ("x-model-provenance", '{"root":"ab","text":"of an answer"}'),
        ("x-ratelimit-limit", "1\r\nset-cookie: forged=1"),
    )

    async def answer(call: Call, trace: TraceSink) -> Exchange:
        return Exchange(429, upstream, trace.freeze(), body=b"{}")

    app, _ = build(bench, answer)
    seen = await ask(app, "POST", CHAT, post_headers(key), Sender([GOOD]))
    assert seen.status == 429
    ours = {*TRACE_HEADERS, "x-request-id", "request-id", "content-length", "cache-control", "x-content-type-options"}
    assert [(n, v) for n, v in seen.headers if n not in ours] == [
        ("content-type", "application/json"),
        ("retry-after", "3"),
        ("x-upstream-request-id", "up-1"),
        ("x-ratelimit-remaining-requests", "5"),
        ("anthropic-ratelimit-tokens-limit", "100"),
    ]
    assert (seen.header("content-length"), seen.header("x-audit-record")) == ("2", "none")


async def test_stream_is_passed_on_piece_by_piece_and_unchanged(bench: KeyBench, key: str) -> None:
    pieces = [
        b"data: 1\n\n",
        b"event: x\r\ndata: 2\r\n\r\n",
        b": ping\n\n",
        b"data: 3\n\ndata: 4\n\n",
        b"data: [DONE]\n\n",
    ]
    app, _ = build(bench, streaming(*pieces))
    seen = await ask(app, "POST", CHAT, post_headers(key), Sender([GOOD]))
    assert seen.pieces == [*pieces, b""]
    assert seen.ended
    assert seen.header("content-length") is None
    assert seen.header("x-accel-buffering") == "no"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
async def test_stream_cut_at_any_byte_arrives_byte_for_byte(bench: KeyBench, key: str, size: int) -> None:
    whole = b"data: 1\n\nevent: x\r\ndata: 2\r\n\r\ndata: 3\ndata: 4\n\ndata: no end"
    app, _ = build(bench, streaming(*(whole[i : i + size] for i in range(0, len(whole), size))))
    seen = await ask(app, "POST", CHAT, post_headers(key), Sender([GOOD]))
    assert seen.body == whole


async def test_empty_stream_ends(bench: KeyBench, key: str) -> None:
    app, _ = build(bench, streaming())
    seen = await ask(app, "POST", CHAT, post_headers(key), Sender([GOOD]))
    assert (seen.status, seen.body, seen.ended) == (200, b"", True)


STREAM_ERRORS = (
    (errors.UpstreamFailed("it failed"), "upstream_failed"),
    (errors.RestoreFailed("not restored"), "restore_failed"),
    (UpstreamCut(DestinationId("sim-us"), Ending.CUT), "upstream_failed"),
    (EventTooLarge("an event exceeds the limit"), "upstream_failed"),
    (EgressForbidden("the permit names another body"), "internal_error"),
    (ValueError(SECRET), "internal_error"),
)


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
@pytest.mark.parametrize(("error", "code"), STREAM_ERRORS, ids=lambda value: type(value).__name__)
async def test_error_after_the_first_byte_becomes_a_readable_event_and_nothing_follows(
    bench: KeyBench, key: str, error: Exception, code: str, path: str
) -> None:
    closed: list[str] = []
    app, _ = build(bench, streaming(b"data: 1\n\n", b'data: {"half', error=error, closed=closed))
    seen = await ask(app, "POST", path, post_headers(key), Sender([GOOD]))
    assert (seen.status, seen.ended, closed) == (200, True, ["closed"])
    first, last, nothing = seen.body.split(b"\n\n")
    assert (first, nothing) == (b"data: 1", b"")
    assert code.encode() in last
    assert last.startswith(b"data: {" if path == CHAT else b"event: error\ndata: {")
    assert b"[DONE]" not in seen.body
    assert b"half" not in seen.body
    assert SECRET.encode() not in seen.body


async def test_error_before_the_first_byte_of_a_stream_is_an_http_error(bench: KeyBench, key: str) -> None:
    app, _ = build(bench, streaming(error=errors.UpstreamFailed("it failed")))
    seen = await ask(app, "POST", CHAT, post_headers(key), Sender([GOOD]))
    assert (seen.status, orjson.loads(seen.body)["error"]["code"]) == (502, "upstream_failed")


def endless(states: list[str], leaves: asyncio.Event) -> Answer:
    """A stream that never ends by itself; the caller leaves after its first piece."""

    async def chunks() -> AsyncIterator[bytes]:
        try:
            yield b"data: 1\n\n"
            leaves.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            states.append("cancelled")
            raise
        finally:
            states.append("closed")

    async def answer(call: Call, trace: TraceSink) -> Exchange:
        return Exchange(200, SSE, trace.freeze(), chunks=chunks())

    return answer


async def test_caller_who_hangs_up_mid_stream_cancels_the_upstream_at_once(bench: KeyBench, key: str) -> None:
    states: list[str] = []
    leaves = asyncio.Event()
    app, _ = build(bench, endless(states, leaves))
    sender = Sender([GOOD], leaves=leaves)
    async with asyncio.timeout(2):
        seen = await ask(app, "POST", CHAT, post_headers(key), sender)
    assert states == ["cancelled", "closed"]
    assert (seen.body, seen.ended) == (b"data: 1\n\n", False)


async def test_caller_who_hangs_up_before_the_stream_begins_still_closes_it(bench: KeyBench, key: str) -> None:
    states: list[str] = []
    leaves = asyncio.Event()
    leaves.set()

    async def chunks() -> AsyncIterator[bytes]:
        try:
            await asyncio.Event().wait()
            yield b""
        finally:
            states.append("closed")

    async def answer(call: Call, trace: TraceSink) -> Exchange:
        return Exchange(200, SSE, trace.freeze(), chunks=chunks())

    app, _ = build(bench, answer)
    async with asyncio.timeout(2):
        seen = await ask(app, "POST", CHAT, post_headers(key), Sender([GOOD], leaves=leaves))
    assert (states, seen.status) == (["closed"], 0)


async def test_caller_who_stops_reading_and_leaves_closes_the_stream(bench: KeyBench, key: str) -> None:
    closed: list[str] = []
    app, _ = build(bench, streaming(b"data: 1\n\n", b"data: 2\n\n", closed=closed))
    async with asyncio.timeout(2):
        seen = await ask(app, "POST", CHAT, post_headers(key), Sender([GOOD], leaves=asyncio.Event(), takes=1))
    assert (closed, seen.pieces) == (["closed"], [b"data: 1\n\n"])


async def test_caller_who_hangs_up_while_stages_work_cancels_them(bench: KeyBench, key: str) -> None:
    states: list[str] = []
    leaves = asyncio.Event()

    async def answer(call: Call, trace: TraceSink) -> Exchange:
        try:
            leaves.set()
            await asyncio.Event().wait()
        finally:
            states.append("stopped")
        raise AssertionError

    app, _ = build(bench, answer)
    async with asyncio.timeout(2):
        seen = await ask(app, "POST", CHAT, post_headers(key), Sender([GOOD], leaves=leaves))
    assert (states, seen.status) == (["stopped"], 0)


async def test_server_that_shuts_down_cancels_as_usual(bench: KeyBench, key: str) -> None:
    states: list[str] = []
    begun = asyncio.Event()
    app, _ = build(bench, endless(states, begun))
    request = asyncio.create_task(ask(app, "POST", CHAT, post_headers(key), Sender([GOOD])))
    await begun.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert states == ["cancelled", "closed"]
