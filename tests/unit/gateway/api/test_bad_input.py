"""Every way a request can be wrong gets its own typed error, in the caller's dialect, and never reaches a stage."""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson
import pytest

from gateway.identity.keys import STALE_S
from tests.unit.gateway.api.edge import KeyBench, Sender, ask, build, post_headers

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
GOOD = b'{"model":"gpt-5.5","messages":[{"role":"user","content":"hello"}]}'
MARK = "zq-private-words"


@dataclass(frozen=True)
class Case:
    name: str
    status: int
    code: str
    body: bytes = GOOD
    headers: dict[str, str] = field(default_factory=dict)


def wrong_body(name: str, body: bytes) -> Case:
    return Case(name, 400, "invalid_body", body)


def wrong_media(name: str, **headers: str) -> Case:
    return Case(name, 415, "unsupported_media_type", headers=headers)


def wrong_label(name: str, **headers: str) -> Case:
    return Case(name, 400, "invalid_header", headers=headers)


CASES = (
    wrong_body("empty", b""),
    wrong_body("white space", b"   "),
    wrong_body("not JSON", f"hello {MARK}".encode()),
    wrong_body("cut short", f'{{"model":"m","messages":[{{"{MARK}'.encode()),
    wrong_body("two documents", GOOD + GOOD),
    wrong_body("an array", b"[1]"),
    wrong_body("a string", f'"{MARK}"'.encode()),
    wrong_body("null", b"null"),
    wrong_body("NaN", b'{"model":"m","temperature":NaN}'),
    wrong_body("Infinity", b'{"model":"m","temperature":Infinity}'),
    wrong_body("trailing comma", b'{"model":"m",}'),
    wrong_body("comment", b'{"model":"m"/*x*/}'),
    wrong_body("byte order mark", b"\xef\xbb\xbf" + GOOD),
    wrong_body("UTF-16", GOOD.decode().encode("utf-16")),
    wrong_body("invalid UTF-8", b'{"model":"m\xff"}'),
    wrong_body("overlong UTF-8", b'{"model":"m\xc0\xaf"}'),
    wrong_body("lone surrogate", b'{"model":"m","x":"\\ud800"}'),
    wrong_body("lone surrogate key", b'{"model":"m","\\udc00":1}'),
    wrong_body("duplicate key", f'{{"model":"m","{MARK}":1,"{MARK}":2}}'.encode()),
    wrong_body("duplicate key by escape", b'{"model":"m","a":1,"\\u0061":2}'),
    wrong_body("too deep", b'{"model":"m","x":' + b"[" * 40 + b"]" * 40 + b"}"),
    wrong_body("absurdly deep", b'{"model":"m","x":' + b"[" * 90_000 + b"]" * 90_000 + b"}"),
    wrong_body("no model", b'{"messages":[]}'),
    wrong_body("empty model", b'{"model":""}'),
    wrong_body("model is a number", b'{"model":5}'),
    wrong_body("model is an object", b'{"model":{}}'),
    wrong_body("stream is a string", b'{"model":"m","stream":"true"}'),
    wrong_body("stream is a number", b'{"model":"m","stream":1}'),
    Case("too large", 413, "body_too_large", b'{"model":"' + b"x" * 200_000 + b'"}'),
    wrong_media("text", content_type="text/plain"),
    wrong_media("form", content_type="application/x-www-form-urlencoded"),
    wrong_media("no content type", content_type=""),
    wrong_media("json by prefix", content_type="application/jsonp"),
    wrong_media("other charset", content_type="application/json; charset=utf-16"),
    wrong_media("gzip", content_encoding="gzip"),
    wrong_media("two codings", content_encoding="identity, gzip"),
    wrong_label("level", x_gateway_level=MARK),
    wrong_label("level by number", x_gateway_level="4"),
    wrong_label("level in capitals", x_gateway_level="REGULATED"),
    wrong_label("empty level", x_gateway_level=""),
    wrong_label("category", x_gateway_categories=f"phi,{MARK}"),
    wrong_label("empty category", x_gateway_categories="phi,"),
    wrong_label("purpose with space", x_gateway_purpose=f"{MARK} x"),
    wrong_label("long purpose", x_gateway_purpose="p" * 65),
    wrong_label("conversation with space", x_gateway_conversation=f"a {MARK}"),
    wrong_label("long conversation", x_gateway_conversation="c" * 201),
    wrong_label("misspelt label", x_gateway_levle="regulated"),
)


def with_headers(key: str, case: Case) -> list[tuple[str, str]]:
    changes = {name.replace("_", "-"): value for name, value in case.headers.items()}
    headers = [(name, value) for name, value in post_headers(key) if name not in changes]
    return headers + [(name, value) for name, value in changes.items() if value or name != "content-type"]


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_wrong_request_gets_its_typed_error_and_no_stage_sees_it(
    bench: KeyBench, key: str, case: Case, path: str
) -> None:
    app, pipeline = build(bench)
    seen = await ask(app, "POST", path, with_headers(key, case), Sender([case.body]))
    assert (seen.status, seen.ended) == (case.status, True)
    assert case.code in code_in(seen.body, path)
    assert pipeline.calls == []
    assert MARK.encode() not in seen.body
    assert seen.header("x-gateway-request-id") == "req_1"
    assert seen.header("x-should-retry") == "false"


def code_in(body: bytes, path: str) -> str:
    document = orjson.loads(body)
    if path == CHAT:
        return str(document["error"]["code"])
    assert document["type"] == "error"
    return str(document["error"]["message"])


@pytest.mark.parametrize(
    "repeated",
    ["content-type", "x-gateway-level", "x-gateway-purpose", "x-gateway-categories", "x-gateway-conversation"],
)
async def test_header_that_must_be_one_is_refused_when_given_twice(bench: KeyBench, key: str, repeated: str) -> None:
    value = "application/json" if repeated == "content-type" else "public"
    headers = [*post_headers(key), (repeated, value), (repeated, value)]
    app, _ = build(bench)
    seen = await ask(app, "POST", CHAT, headers, Sender([GOOD]))
    assert (seen.status, code_in(seen.body, CHAT)) == (400, "invalid_header")


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']
)
async def test_json_is_read_however_its_type_is_written(bench: KeyBench, key: str, content_type: str) -> None:
    app, pipeline = build(bench)
    headers = [("authorization", f"Bearer {key}"), ("content-type", content_type)]
    assert (await ask(app, "POST", CHAT, headers, Sender([GOOD]))).status == 200
    assert pipeline.calls[0].body == GOOD


async def test_declared_size_over_the_limit_is_refused_before_a_byte_is_read(bench: KeyBench, key: str) -> None:
    app, _ = build(bench)
    headers = post_headers(key, content_length="200001")
    seen = await ask(app, "POST", CHAT, headers, Sender([b"x" * 300_000], stalls=True))
    assert (seen.status, seen.header("connection")) == (413, "close")
    assert seen.pieces[0] != b""
    assert seen.received <= 1  # what is drained after the answer was given


async def test_undeclared_body_over_the_limit_is_refused_without_being_read_whole(bench: KeyBench, key: str) -> None:
    app, _ = build(bench)
    pieces = [b"x" * 50_000] * 1000
    seen = await ask(app, "POST", CHAT, post_headers(key, transfer_encoding="chunked"), Sender(pieces))
    assert (seen.status, seen.header("connection")) == (413, "close")
    assert seen.received < 20


@pytest.mark.parametrize("length", ["-1", "1_0", "0x10", "ten"])
async def test_size_that_is_no_number_is_refused(bench: KeyBench, key: str, length: str) -> None:
    app, _ = build(bench)
    seen = await ask(app, "POST", CHAT, post_headers(key, content_length=length), Sender([GOOD]))
    assert (seen.status, code_in(seen.body, CHAT)) == (400, "invalid_body")


async def test_body_that_stops_arriving_is_given_up(bench: KeyBench, key: str) -> None:
    app, pipeline = build(bench)
    headers = post_headers(key, content_length=str(len(GOOD)))
    seen = await ask(app, "POST", CHAT, headers, Sender([GOOD[:10]], stalls=True))
    assert (seen.status, code_in(seen.body, CHAT)) == (408, "body_incomplete")
    assert seen.header("x-should-retry") == "true"
    assert pipeline.calls == []


async def test_body_in_pieces_is_put_together(bench: KeyBench, key: str) -> None:
    app, pipeline = build(bench)
    pieces = [GOOD[:7], b"", GOOD[7:30], GOOD[30:]]
    assert (await ask(app, "POST", CHAT, post_headers(key), Sender(pieces))).status == 200
    assert pipeline.calls[0].body == GOOD


async def test_long_body_is_parsed_off_the_event_loop_and_arrives_whole(bench: KeyBench, key: str) -> None:
    app, pipeline = build(bench)
    body = b'{"model":"gpt-5.5","messages":[{"role":"user","content":"' + b"word " * 20_000 + b'"}]}'
    assert (await ask(app, "POST", CHAT, post_headers(key), Sender([body]))).status == 200
    assert pipeline.calls[0].body == body
    assert pipeline.calls[0].leaves[-1].text == "word " * 20_000


@pytest.mark.parametrize("body", [b'{"model":"m","messages":5}', b'{"model":"m","tools":"x","messages":[1,[],null]}'])
@pytest.mark.parametrize("path", [CHAT, MESSAGES])
async def test_odd_shapes_are_the_providers_to_judge(bench: KeyBench, key: str, body: bytes, path: str) -> None:
    app, pipeline = build(bench)
    assert (await ask(app, "POST", path, post_headers(key), Sender([body]))).status == 200
    assert pipeline.calls[0].body == body


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
async def test_expired_key_is_told_so_before_the_body_is_read(bench: KeyBench, expired_key: str, path: str) -> None:
    app, pipeline = build(bench)
    seen = await ask(app, "POST", path, post_headers(expired_key), Sender([GOOD]))
    assert (seen.status, seen.received) == (401, 0)
    assert "api_key_expired" in code_in(seen.body, path)
    assert pipeline.calls == []


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
async def test_nobody_is_let_in_while_revocations_cannot_be_seen(bench: KeyBench, key: str, path: str) -> None:
    app, pipeline = build(bench)
    bench.clock.s += STALE_S + 1
    seen = await ask(app, "POST", path, post_headers(key), Sender([GOOD]))
    assert (seen.status, seen.header("retry-after"), seen.header("x-should-retry")) == (503, "2", "true")
    assert "keys_unavailable" in code_in(seen.body, path)
    assert pipeline.calls == []
