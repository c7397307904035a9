"""Bodies on a real connection: too large, too slow, announced with `Expect`, or cut off."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import anthropic
import openai
import pytest

from gateway.settings import LimitSettings
from tests.unit.gateway.api.serving import Served, serving

MIB = 1024 * 1024
BODY = b'{"model":"gpt-5.5","messages":[]}'
HUGE = 50 * MIB
LIMITS = LimitSettings(body_bytes=MIB, body_read_s=0.5)
WAIT_S = 10.0


def test_50_mb_body_is_refused_through_both_sdks(tmp_path: Path) -> None:
    messages = [{"role": "user", "content": "x" * HUGE}]
    with serving(tmp_path, limits=LIMITS) as served:
        with openai.OpenAI(base_url=f"{served.url}/v1", api_key=served.key, max_retries=0) as client:
            with pytest.raises(openai.APIStatusError) as seen:
                client.chat.completions.create(model="m", messages=messages)
            assert (seen.value.status_code, seen.value.code) == (413, "body_too_large")
        other = anthropic.Anthropic(base_url=served.url, api_key=served.key, max_retries=0)
        with other, pytest.raises(anthropic.RequestTooLargeError):
            other.messages.create(model="m", max_tokens=1, messages=messages)
        assert served.pipeline.calls == []


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
@pytest.mark.parametrize("known_key", [True, False], ids=["known", "unknown"])
def test_50_mb_body_is_refused_without_being_read_whole(tmp_path: Path, *, chunked: bool, known_key: bool) -> None:
    with serving(tmp_path, limits=LIMITS) as served, connect(served) as connection:
        framing = "transfer-encoding: chunked" if chunked else f"content-length: {HUGE}"
        connection.sendall(head(served.key if known_key else "gk_0.0", framing))
        sent = send_until_refused(connection, chunk(b"x" * 65_536) if chunked else b"x" * 65_536)
        answer = read_to_end(connection)
    assert answer.startswith(b"HTTP/1.1 413 " if known_key else b"HTTP/1.1 401 ")
    assert b"connection: close" in answer
    assert sent < 20 * MIB, "the kernel's buffers hold a few MiB; the rest must never have been taken"


def test_expected_continue_is_not_given_to_a_body_that_will_be_refused(tmp_path: Path) -> None:
    with serving(tmp_path, limits=LIMITS) as served, connect(served) as connection:
        connection.sendall(head(served.key, f"content-length: {HUGE}\r\nexpect: 100-continue"))
        assert read_to_end(connection).startswith(b"HTTP/1.1 413 ")
    with serving(tmp_path / "other", limits=LIMITS) as served, connect(served) as connection:
        connection.sendall(head("gk_0.0", f"content-length: {len(BODY)}\r\nexpect: 100-continue"))
        assert read_to_end(connection).startswith(b"HTTP/1.1 401 ")


def test_expected_continue_is_given_once_the_headers_are_good(tmp_path: Path) -> None:
    with serving(tmp_path, limits=LIMITS) as served, connect(served) as connection:
        connection.sendall(head(served.key, f"content-length: {len(BODY)}\r\nexpect: 100-continue"))
        assert connection.recv(64).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(BODY)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_body_that_stops_arriving_is_given_up(tmp_path: Path) -> None:
    with serving(tmp_path, limits=LIMITS) as served, connect(served) as connection:
        connection.sendall(head(served.key, f"content-length: {len(BODY)}") + BODY[:10])
        answer = read_to_end(connection)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"body_incomplete" in answer
        assert served.pipeline.calls == []


def test_caller_who_leaves_inside_the_body_costs_nothing(tmp_path: Path) -> None:
    with serving(tmp_path, limits=LIMITS) as served:
        with connect(served) as connection:
            connection.sendall(head(served.key, f"content-length: {len(BODY)}") + BODY[:10])
        with connect(served) as connection:
            connection.sendall(head(served.key, f"content-length: {len(BODY)}") + BODY)
            assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
        assert len(served.pipeline.calls) == 1


def test_connection_is_kept_after_a_body_that_was_read_and_found_wrong(tmp_path: Path) -> None:
    with serving(tmp_path, limits=LIMITS) as served, connect(served) as connection:
        connection.sendall(head(served.key, "content-length: 4") + b"nope")
        assert connection.recv(4096).startswith(b"HTTP/1.1 400 ")
        connection.sendall(head(served.key, f"content-length: {len(BODY)}") + BODY)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")


def head(key: str, more: str) -> bytes:
    return (
        "POST /v1/chat/completions HTTP/1.1\r\nhost: gateway.test\r\n"
        f"authorization: Bearer {key}\r\ncontent-type: application/json\r\n{more}\r\n\r\n"
    ).encode()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def connect(served: Served) -> socket.socket:
    return socket.create_connection(served.address, timeout=WAIT_S)


def send_until_refused(connection: socket.socket, piece: bytes) -> int:
    sent = 0
    try:
        while sent < HUGE:
            connection.sendall(piece)
            sent += len(piece)
    except ConnectionError:
        pass
    return sent


def read_to_end(connection: socket.socket) -> bytes:
    return b"".join(pieces(connection))


def pieces(connection: socket.socket) -> Iterator[bytes]:
    try:
        while piece := connection.recv(65_536):
            yield piece
    except ConnectionResetError:
        return
