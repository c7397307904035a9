"""Bytes in, bytes out: over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from routers.errors import CatalogError, EgressForbidden, UpstreamCut, UpstreamUnreachable
from routers.permit import PermitBook
from routers.types import AttemptId, DestinationId, Dialect, Ending, Headers, Prompt, Reply
from routers.upstreams.endpoint import Endpoint, endpoint_url, require_confidential
from routers.upstreams.passthrough import Passthrough, Patience, open_session
from tests.fakes.answers import anthropic_answer, openai_answer, openai_events
from tests.fakes.targets import target
from tests.fakes.upstream import Fate, ScriptedUpstream, stream, whole

CREDENTIAL = "test-key-not-real-0001"
BODY = b'{ "model" : "asked-for",\n "messages":[{"role":"user","content":"\\u4f60\\u597d 1.50"}], "x_unknown": 1e2 }'
PATIENCE = Patience(connect_s=2, idle_s=0.2)


class Bench:
    """A passthrough to one destination and the book its permits come from."""

    def __init__(self, door: Passthrough, book: PermitBook) -> None:
        self.door = door
        self.book = book

    async def send(
        self, body: bytes = BODY, *, dialect: Dialect = Dialect.OPENAI_CHAT, headers: Headers = (), stream: bool = False
    ) -> Reply:
        permit = self.book.issue(AttemptId("a"), DestinationId("closed-a"), body)
        return await self.door.send(target(), Prompt(dialect, body, headers, stream), permit)


@pytest.fixture
async def bench(upstream: ScriptedUpstream) -> AsyncIterator[Bench]:
    book = PermitBook()
    endpoints = {DestinationId("closed-a"): Endpoint(upstream.base_url, CREDENTIAL)}
    door = Passthrough(open_session(PATIENCE), endpoints, book, PATIENCE)
    yield Bench(door, book)
    await door.close()


async def read(reply: Reply) -> bytes:
    return b"".join([piece async for piece in reply.chunks])


async def test_every_byte_but_the_model_name_is_sent_as_it_was(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = whole(openai_answer())
    reply = await bench.send()
    assert await read(reply) == openai_answer()
    (heard,) = upstream.heard
    assert heard.body == BODY.replace(b"asked-for", b"gpt-fake")
    assert (heard.method, heard.path) == ("POST", "/v1/chat/completions")


async def test_only_the_dialects_headers_are_sent_on(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = whole(anthropic_answer())
    callers: Headers = (
        ("anthropic-version", "2023-06-01"),
        ("anthropic-beta", "a,b"),
        ("authorization", "Bearer caller-key"),
        ("x-api-key", "caller-key"),
        ("cookie", "session=1"),
        ("x-forwarded-for", "10.0.0.1"),
        ("accept-encoding", "br"),
    )
    reply = await bench.send(dialect=Dialect.ANTHROPIC_MESSAGES, headers=callers)
    await read(reply)
    sent = dict(upstream.heard[0].headers)
    sent.pop("host")
    sent.pop("content-length")
    assert sent == {
        "content-type": "application/json",
        "accept-encoding": "identity",
        "user-agent": "sovereign-llm-gateway",
        "x-api-key": CREDENTIAL,
        "anthropic-version": "2023-06-01",
        "anthropic-beta": "a,b",
    }


async def test_without_a_valid_permit_no_connection_is_opened(bench: Bench, upstream: ScriptedUpstream) -> None:
    prompt = Prompt(Dialect.OPENAI_CHAT, BODY, (), False)
    here = DestinationId("closed-a")
    spent = bench.book.issue(AttemptId("a"), here, BODY)
    bench.book.redeem(spent, here, BODY)
    wrong = (
        spent,
        bench.book.issue(AttemptId("a"), here, BODY + b" "),
        bench.book.issue(AttemptId("a"), DestinationId("elsewhere"), BODY),
        PermitBook().issue(AttemptId("a"), here, BODY),
    )
    for permit in wrong:
        with pytest.raises(EgressForbidden):
            await bench.door.send(target(), prompt, permit)
    assert upstream.connections == 0


async def test_a_destination_without_an_endpoint_is_never_reached(bench: Bench, upstream: ScriptedUpstream) -> None:
    permit = bench.book.issue(AttemptId("a"), DestinationId("other"), BODY)
    with pytest.raises(EgressForbidden):
        await bench.door.send(target("other"), Prompt(Dialect.OPENAI_CHAT, BODY, (), False), permit)
    assert upstream.connections == 0


async def test_stream_pieces_arrive_as_they_are_sent(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = stream(openai_events(["a", "b", "c"]), pace_s=0.01)
    reply = await bench.send(stream=True)
    pieces = [piece async for piece in reply.chunks]
    assert b"".join(pieces) == b"".join(openai_events(["a", "b", "c"]))
    assert len(pieces) > 3


async def test_a_redirect_is_not_followed(
    bench: Bench, upstream: ScriptedUpstream, other_upstream: ScriptedUpstream
) -> None:
    place = f"{other_upstream.base_url}/v1/chat/completions"
    upstream.default = Fate(status=307, headers=(("location", place),))
    reply = await bench.send()
    await read(reply)
    assert (reply.status, other_upstream.connections) == (307, 0)


async def test_proxies_of_the_environment_are_ignored(
    bench: Bench, upstream: ScriptedUpstream, other_upstream: ScriptedUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", other_upstream.base_url)
    monkeypatch.setenv("HTTP_PROXY", other_upstream.base_url)
    upstream.default = whole(openai_answer())
    await read(await bench.send())
    assert (len(upstream.heard), other_upstream.connections) == (1, 0)


async def test_a_cookie_is_never_sent_back(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = whole(openai_answer(), headers=(("set-cookie", "tracker=1"),))
    for _ in range(2):
        reply = await bench.send()
        await read(reply)
        assert "set-cookie" not in dict(reply.headers)
    assert upstream.heard[1].header("cookie") is None


async def test_a_connection_is_used_again(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = whole(openai_answer())
    for _ in range(3):
        reply = await bench.send()
        await read(reply)
        await reply.close()
    assert upstream.connections == 1


async def test_a_compressed_answer_is_relayed_as_bytes(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = Fate(pieces=(b"\x1f\x8b\x08 not really gzip",), headers=(("content-encoding", "gzip"),))
    assert await read(await bench.send()) == b"\x1f\x8b\x08 not really gzip"


@pytest.mark.parametrize(
    ("fate", "ending"),
    [
        (stream(openai_events(), cut_after=2), Ending.CUT),
        (stream(openai_events(), stall_after=2), Ending.STALLED),
    ],
)
async def test_a_broken_answer_raises_with_its_ending(
    bench: Bench, upstream: ScriptedUpstream, fate: Fate, ending: Ending
) -> None:
    upstream.default = fate
    reply = await bench.send(stream=True)
    with pytest.raises(UpstreamCut) as cut:
        await read(reply)
    assert cut.value.ending is ending
    await reply.close()


@pytest.mark.parametrize("raw", [b"", b"\x00\x01garbage\r\n\r\n", b"HTTP/1.1 999999 Nope\r\n\r\n", b"SSH-2.0-x\r\n"])
async def test_an_answer_that_is_no_http_is_unreachable(bench: Bench, upstream: ScriptedUpstream, raw: bytes) -> None:
    upstream.default = Fate(raw=raw)
    with pytest.raises(UpstreamUnreachable) as unreachable:
        await bench.send()
    assert unreachable.value.sent


async def test_no_listener_is_unreachable_and_nothing_was_sent() -> None:
    async with ScriptedUpstream() as gone:
        url = gone.base_url
    book = PermitBook()
    door = Passthrough(open_session(PATIENCE), {DestinationId("closed-a"): Endpoint(url)}, book, PATIENCE)
    with pytest.raises(UpstreamUnreachable) as unreachable:
        await Bench(door, book).send()
    await door.close()
    assert not unreachable.value.sent


async def test_closing_a_reply_cancels_the_upstream(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = stream(openai_events(), stall_after=2)
    reply = await bench.send(stream=True)
    await anext(reply.chunks)
    await reply.close()
    await upstream.hung_up.wait()


async def test_an_error_never_carries_the_key_back(bench: Bench, upstream: ScriptedUpstream) -> None:
    body = b'{"error":{"message":"Consumer api_key:%b has been suspended"}}' % CREDENTIAL.encode()
    upstream.default = Fate(status=403, pieces=(body[:30], body[30:45], body[45:]))
    reply = await bench.send()
    said = await read(reply)
    assert b"suspended" in said
    assert CREDENTIAL.encode() not in said


async def test_an_error_that_breaks_off_is_still_an_error(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = Fate(status=500, pieces=(b'{"error":', b"{}}"), cut_after=1)
    reply = await bench.send()
    assert (reply.status, await read(reply)) == (500, b'{"error":')


async def test_a_body_larger_than_a_buffer_arrives_whole(bench: Bench, upstream: ScriptedUpstream) -> None:
    upstream.default = whole(openai_answer())
    body = b'{"model":"asked-for","messages":[{"role":"user","content":"%b"}]}' % (b"x" * 3_000_000)
    await read(await bench.send(body))
    assert upstream.heard[0].body == body.replace(b"asked-for", b"gpt-fake")


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("https://api.example.com", "https://api.example.com/v1/chat/completions"),
        ("https://api.example.com/", "https://api.example.com/v1/chat/completions"),
        ("https://api.example.com/v1", "https://api.example.com/v1/chat/completions"),
        ("https://api.example.com/v1/", "https://api.example.com/v1/chat/completions"),
        ("https://api.example.com/openai/v1", "https://api.example.com/openai/v1/chat/completions"),
        ("http://127.0.0.1:8000/x", "http://127.0.0.1:8000/x/v1/chat/completions"),
    ],
)
def test_the_path_joins_the_base_url_once(base: str, expected: str) -> None:
    assert endpoint_url(Endpoint(base), "/v1/chat/completions") == expected


@pytest.mark.parametrize(
    "base",
    ["", "api.example.com", "ftp://a", "https://", "https://u:p@a", "https://a/?x=1", "https://a/#x", "http://["],
)
def test_a_base_url_with_more_or_less_than_a_place_is_refused(base: str) -> None:
    with pytest.raises(CatalogError) as refused:
        endpoint_url(Endpoint(base), "/v1/messages")
    assert base == "" or base not in str(refused.value)


@pytest.mark.parametrize("base", ["http://api.example.com", "http://10.0.0.1", "http://127.0.0.1.example.com"])
def test_a_closed_destination_is_never_reached_without_tls(base: str) -> None:
    with pytest.raises(CatalogError):
        require_confidential(target().destination, Endpoint(base))


@pytest.mark.parametrize(
    "base", ["https://api.example.com", "http://127.0.0.1:1", "http://localhost:1", "http://[::1]"]
)
def test_tls_or_loopback_is_accepted(base: str) -> None:
    require_confidential(target().destination, Endpoint(base))


def test_a_credential_is_in_no_repr() -> None:
    assert CREDENTIAL not in repr(Endpoint("https://a", CREDENTIAL))
