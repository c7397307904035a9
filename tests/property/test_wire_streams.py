"""Every streaming dialect: where the bytes of a stream are cut changes nothing, and only its own end completes it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from routers.stream_track import StreamTrack
from routers.types import Dialect, Ending
from routers.wire import WIRES
from tests.fakes.answers import anthropic_events, completion_events, openai_events
from tests.fakes.responses import Tale
from tests.unit.gateway.redact.made import EMAIL, PHONE, call, chat, redact, texts

SEALED = redact(call(chat(f"{EMAIL} and {PHONE}")))
TOKENS = tuple(texts(SEALED)[0].split(" and "))
FRAGMENTS = st.sampled_from([*TOKENS, "[", "[[", "]]", TOKENS[0][:9], '"', "\\", "\n", " ", "日本😀", "ß"])
PIECES = st.lists(FRAGMENTS | st.text(max_size=5), max_size=6).map(
    lambda parts: [piece for part in parts for piece in (part[: len(part) // 2], part[len(part) // 2 :])]
)
Making = Callable[[list[str]], list[bytes]]


def of_responses(pieces: list[str]) -> list[bytes]:
    """Everything that Responses streams, in one answer."""
    source = [orjson.dumps({"a": piece}).decode() for piece in pieces[:1]]
    tale = Tale({"instructions": "".join(pieces)})
    tale.begin()
    tale.think(pieces)
    tale.say(pieces)
    tale.call("f", source)
    tale.run("custom_tool_call_input", pieces, "input", {"id": "ctc_1", "type": "custom_tool_call", "name": "g"})
    tale.run("code_interpreter_call_code", pieces, "code", {"id": "ci_1", "type": "code_interpreter_call"})
    return tale.end()


MAKING: dict[Dialect, Making] = {
    Dialect.OPENAI_CHAT: openai_events,
    Dialect.OPENAI_COMPLETIONS: completion_events,
    Dialect.OPENAI_RESPONSES: of_responses,
    Dialect.OPENAI_STORED: of_responses,
    Dialect.ANTHROPIC_MESSAGES: anthropic_events,
}
DIALECTS = st.sampled_from(sorted(MAKING))


def test_every_dialect_that_streams_is_here() -> None:
    assert set(MAKING) == {dialect for dialect, wire in WIRES.items() if wire.streams}


def cuts(data: st.DataObject, stream: bytes) -> list[bytes]:
    places = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    return [stream[low:high] for low, high in pairwise([0, *places, len(stream)])]


def restored(dialect: Dialect, pieces: list[bytes]) -> bytes:
    restorer = SEALED.restorer.stream(dialect)
    return b"".join([*(restorer.feed(piece) for piece in pieces), restorer.finish()])


@given(DIALECTS, PIECES, st.data())
@settings(max_examples=300, deadline=None)
def test_a_split_anywhere_gives_the_same_answer_bytes(dialect: Dialect, pieces: list[str], data: st.DataObject) -> None:
    events = MAKING[dialect](pieces)
    at_once = restored(dialect, events)
    assert restored(dialect, cuts(data, b"".join(events))) == at_once
    assert not [token for token in TOKENS if orjson.dumps(token)[1:-1] in at_once and token in "".join(pieces)]


@given(DIALECTS, PIECES, st.data())
@settings(max_examples=300, deadline=None)
def test_a_watch_sees_the_same_wherever_the_stream_is_cut(
    dialect: Dialect, pieces: list[str], data: st.DataObject
) -> None:
    events = MAKING[dialect](pieces)
    whole, split = WIRES[dialect].watch(), WIRES[dialect].watch()
    for event in events:
        whole.feed(event)
    for piece in cuts(data, b"".join(events)):
        split.feed(piece)
    seen = [(each.complete, each.error_body, each.usage, each.model, each.kept_ids) for each in (whole, split)]
    assert seen[0] == seen[1]
    assert whole.complete


@given(DIALECTS, PIECES, st.data())
@settings(max_examples=300, deadline=None)
def test_a_stream_that_stops_before_its_end_mark_is_never_complete(
    dialect: Dialect, pieces: list[str], data: st.DataObject
) -> None:
    events = MAKING[dialect](pieces)
    last = next(place for place in range(len(events)) if _complete(dialect, events[: place + 1]))
    before = b"".join(events[: last + 1])
    stop = data.draw(st.integers(0, len(before) - 2))
    track = StreamTrack(WIRES[dialect])
    for piece in cuts(data, before[:stop]):
        track.feed(piece)
    assert not track.watch.complete
    assert track.ending_at_eof() is not Ending.COMPLETE


def _complete(dialect: Dialect, events: list[bytes]) -> bool:
    watch = WIRES[dialect].watch()
    for event in events:
        watch.feed(event)
    return watch.complete
