from __future__ import annotations

import pytest

from routers.wire.sse import EventTooLarge, SseSplitter

STREAM = (
    ': keep-alive\n\ndata: {"a":"é"}\n\nevent: x\r\ndata: 1\r\ndata:  2\r\n\r\n'
    "data: cr\r\rid: 7\ndata:no space\n\ndata: \U0001f9ea\n\n"
).encode()
EXPECTED_DATA = [None, '{"a":"é"}'.encode(), b"1\n 2", b"cr", b"no space", "\U0001f9ea".encode()]


def split(pieces: list[bytes]) -> list[tuple[bytes, bytes | None, str]]:
    splitter = SseSplitter()
    events = [event for piece in pieces for event in splitter.feed(piece)]
    assert splitter.empty
    return [(event.raw, event.data, event.name) for event in events]


def test_every_line_end_comment_and_multi_line_data_is_understood() -> None:
    events = split([STREAM])
    assert [data for _, data, _ in events] == EXPECTED_DATA
    assert events[2][2] == "x"
    assert b"".join(raw for raw, _, _ in events) == STREAM


@pytest.mark.parametrize("at", range(1, len(STREAM)))
def test_a_split_at_any_byte_gives_the_same_events(at: int) -> None:
    assert split([STREAM[:at], STREAM[at:]]) == split([STREAM])


def test_single_bytes_give_the_same_events() -> None:
    assert split([STREAM[i : i + 1] for i in range(len(STREAM))]) == split([STREAM])


def test_two_events_in_one_piece_are_two_events() -> None:
    assert [raw for raw, _, _ in split([b"data: 1\n\ndata: 2\n\n"])] == [b"data: 1\n\n", b"data: 2\n\n"]


def test_superfluous_blank_lines_lose_no_byte() -> None:
    splitter = SseSplitter()
    stream = b"data: 1\n\n\ndata: 2\n\n\n\n"
    events = splitter.feed(stream)
    assert b"".join(event.raw for event in events) + splitter.rest() == stream
    assert [event.data for event in events if event.data] == [b"1", b"2"]


def test_a_byte_order_mark_is_not_part_of_the_first_field() -> None:
    assert split([b"\xef\xbb\xbfdata: 1\n\n"])[0][1] == b"1"


def test_an_event_that_never_ends_is_bounded() -> None:
    splitter = SseSplitter(limit_bytes=100)
    splitter.feed(b"data: " + b"x" * 90)
    with pytest.raises(EventTooLarge, match="100 bytes"):
        splitter.feed(b"secret")


def test_what_never_ended_is_given_back_once() -> None:
    splitter = SseSplitter()
    splitter.feed(b"data: half")
    assert (splitter.rest(), splitter.rest(), splitter.empty) == (b"data: half", b"", True)


def test_an_event_shows_no_content_in_its_repr() -> None:
    assert "secret" not in repr(SseSplitter().feed(b"data: secret\n\n"))
