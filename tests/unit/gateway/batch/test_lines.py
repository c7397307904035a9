"""What a file must look like before any of it is sent."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.batch.lines import MOST_PROBLEMS, Reading, line_of, pieces_of, requests_of
from gateway.errors import InvalidFile

CHAT = "/v1/chat/completions"


def piece(custom_id: object = "a", **changes: object) -> bytes:
    return orjson.dumps({"custom_id": custom_id, "method": "POST", "url": CHAT, "body": {"model": "m"}} | changes)


def problems(*pieces: bytes) -> list[tuple[str, int | None]]:
    reading = Reading(CHAT)
    reading.check(pieces, 1)
    return [(problem.code, problem.line) for problem in reading.problems]


@settings(max_examples=100)
@given(st.lists(st.binary(min_size=1, max_size=6), min_size=1, max_size=6), st.sampled_from([b"\n", b"\r\n"]))
def test_the_pieces_of_a_file_are_the_file(lines: list[bytes], end: bytes) -> None:
    content = end.join(lines)
    if not content.strip():
        with pytest.raises(InvalidFile):
            pieces_of(content, 100)
        return
    pieces = pieces_of(content, 100)
    assert b"".join(pieces) == content
    assert all(b"\n" not in one.rstrip() for one in pieces)


@pytest.mark.parametrize(("count", "fits"), [(1, True), (3, True), (4, False)])
def test_a_file_has_as_many_lines_as_are_allowed(count: int, fits: bool) -> None:
    content = b"\n".join([b"{}"] * count) + b"\n\n\n"
    if fits:
        assert len(pieces_of(content, 3)) == count
    else:
        with pytest.raises(InvalidFile, match="4 lines"):
            pieces_of(content, 3)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (b"", "invalid_json_line"),
        (b"\xff", "invalid_json_line"),
        (b"{}{}", "invalid_json_line"),
        (piece(None), "missing_custom_id"),
        (piece(5), "missing_custom_id"),
        (piece("x" * 513), "missing_custom_id"),
        (piece().replace(b'"a"', b'"\\ud800"'), "missing_custom_id"),
        (piece(method="post"), "invalid_method"),
        (piece(url="/v1/responses"), "invalid_url"),
        (piece(url="https://elsewhere.example" + CHAT), "invalid_url"),
        (piece(body=None), "invalid_body"),
        (piece(body="{}"), "invalid_body"),
        (piece(body={"stream": True}), "invalid_stream"),
        (piece(body={"stream": "false"}), "invalid_stream"),
    ],
)
def test_a_bad_line_is_named_with_its_number(bad: bytes, code: str) -> None:
    assert problems(piece("first"), bad) == [(code, 2)]


def test_everything_wrong_with_a_line_is_told_and_a_repeated_id_at_its_second_place() -> None:
    assert problems(b"{}") == [
        ("missing_custom_id", 1),
        ("invalid_method", 1),
        ("invalid_url", 1),
        ("invalid_body", 1),
    ]
    assert problems(piece("a"), piece("b"), piece("a")) == [("duplicate_custom_id", 3)]
    assert problems(piece(body={"stream": False}), piece("b", body={"stream": None}, more=1)) == []


def test_not_endlessly_many_problems_are_told() -> None:
    assert len(problems(*[b"x"] * 1000)) == MOST_PROBLEMS


def test_a_line_is_cut_out_as_it_was_written() -> None:
    line = line_of('{"body": {"n": 1.00, "t":"\\u00e4 ä"}, "custom_id":"\\u00e4"}\r\n'.encode())
    assert (line.custom_id, line.body) == ("ä", '{"n": 1.00, "t":"\\u00e4 ä"}'.encode())


def test_requests_become_lines_with_their_params_as_written() -> None:
    body = b'{"requests" : [ {"custom_id":"a-1","params":{"n": 1.00,\n\r "t":"\\n"}} ]}'
    (made,) = requests_of(body, 3)
    assert made.count(b"\n") == 1
    assert line_of(made).body.replace(b" ", b"") == b'{"n":1.00,"t":"\\n"}'
    assert line_of(made).custom_id == "a-1"
