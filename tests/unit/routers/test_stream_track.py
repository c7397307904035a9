"""A stream is followed alike whether its events come one by one, together, or cut anywhere."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from routers.stream_track import StreamTrack
from routers.types import Dialect, Ending
from routers.wire import WIRES
from tests.fakes.answers import anthropic_events, openai_events

WORDS = [f"word{number} " for number in range(60)]
ERROR = b'data: {"error": {"message": "overloaded", "code": "x"}}\n\n'
HALVES = b'data: {"choices": [\n\ndata: ]}\n\n'
MADE = {Dialect.OPENAI_CHAT: openai_events(WORDS), Dialect.ANTHROPIC_MESSAGES: anthropic_events(WORDS)}


def followed(dialect: Dialect, pieces: Sequence[bytes]) -> tuple[bytes, StreamTrack]:
    track = StreamTrack(WIRES[dialect])
    return b"".join([track.feed(piece) for piece in pieces]), track


def together(events: Sequence[bytes], rng: random.Random) -> list[bytes]:
    """The events, some of them in one piece."""
    pieces: list[bytes] = []
    rest = list(events)
    while rest:
        count = rng.choice((1, 2, 7, 40))
        pieces.append(b"".join(rest[:count]))
        rest = rest[count:]
    return pieces


@pytest.mark.parametrize("dialect", MADE)
@pytest.mark.parametrize("strange", [b"", ERROR, HALVES, b": keep-alive\n\n", b"<html>\n\n", b"data: 5\r\n\r\n"])
def test_events_together_are_followed_as_events_alone(dialect: Dialect, strange: bytes) -> None:
    rng = random.Random(f"{dialect} {strange!r}")
    for place in (1, 9, 30, 61):
        events = [*MADE[dialect][:place], *([strange] if strange else ()), *MADE[dialect][place:]]
        shown, alone = followed(dialect, events)
        for pieces in ([b"".join(events)], together(events, rng), together(events, rng)):
            again, track = followed(dialect, pieces)
            assert again == shown
            assert (track.broken, track.has_content) == (alone.broken, alone.has_content)
            assert (track.watch.complete, track.watch.usage) == (alone.watch.complete, alone.watch.usage)
            assert track.watch.error_body == alone.watch.error_body


@pytest.mark.parametrize(
    ("dialect", "error"),
    [
        (Dialect.OPENAI_CHAT, ERROR),
        (Dialect.ANTHROPIC_MESSAGES, b'event: error\ndata: {"type": "error", "error": {"message": "x"}}\n\n'),
    ],
)
def test_nothing_is_shown_from_an_error_on_though_it_came_with_events_before_it(dialect: Dialect, error: bytes) -> None:
    events = MADE[dialect]
    shown, track = followed(dialect, [b"".join([*events[:40], error, *events[40:]])])
    assert shown == b"".join(events[:40])
    assert track.broken is Ending.FAILED


@pytest.mark.parametrize("dialect", MADE)
def test_halves_of_an_event_are_no_events_though_they_came_together(dialect: Dialect) -> None:
    shown, track = followed(dialect, [b"".join([*MADE[dialect][:40], HALVES])])
    assert shown == b"".join(MADE[dialect][:40])
    assert track.broken is Ending.GARBLED
