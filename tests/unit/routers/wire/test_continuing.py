"""What of a broken stream can be gone on with, how the rest is asked for, and how it is fitted to what was shown."""

from __future__ import annotations

import json

import pytest

from routers.types import Dialect
from routers.wire.continuing import Splice, begun_in, continued_body
from tests.fakes.answers import anthropic_event, anthropic_events, openai_events

CHAT, MESSAGES = Dialect.OPENAI_CHAT, Dialect.ANTHROPIC_MESSAGES
TOOL = ("send", ('{"a":', "1}"))
Json = dict[str, object]


def raw_thought(text: str) -> bytes:
    return b"".join(openai_events((text,))[:2])


BROKEN = {
    "chat, in its text": (CHAT, b"".join(openai_events(("The ", "cap"))[:3]), "The cap"),
    "chat, after its role": (CHAT, openai_events(("The ",))[0], None),
    "chat, in a tool call": (CHAT, b"".join(openai_events(tool=TOOL)[:3]), None),
    "chat, after its finish reason": (CHAT, b"".join(openai_events(("The ",))[:3]), None),
    "chat, inside a thought in its text": (CHAT, raw_thought("<think>I must"), None),
    "chat, after a thought in its text": (CHAT, raw_thought("<think>x</think>The"), "<think>x</think>The"),
    "chat, nothing": (CHAT, b"", None),
    "messages, in its text": (MESSAGES, b"".join(anthropic_events(("The ", "cap"))[:5]), "The cap"),
    "messages, after its thinking": (MESSAGES, b"".join(anthropic_events(("The",), thinking="hm")[:8]), "The"),
    "messages, in its thinking": (MESSAGES, b"".join(anthropic_events(("The",), thinking="hm")[:4]), None),
    "messages, after its text": (MESSAGES, b"".join(anthropic_events(("The",))[:5]), "The"),
    "messages, in a tool call": (MESSAGES, b"".join(anthropic_events(("The",), tool=TOOL)[:6]), None),
    "messages, after its delta": (MESSAGES, b"".join(anthropic_events(("The",))[:6]), None),
    "responses": (Dialect.OPENAI_RESPONSES, b'data: {"type":"response.created"}\n\n', None),
}


@pytest.mark.parametrize(("dialect", "shown", "said"), BROKEN.values(), ids=BROKEN)
def test_what_was_said_is_known_where_it_can_be_gone_on_with(dialect: Dialect, shown: bytes, said: str | None) -> None:
    begun = begun_in(dialect, shown)
    assert (begun.said if begun else None) == said


USER = {"role": "user", "content": "Hello."}
SAID = {"role": "assistant", "content": "The cap"}
LAST = {"role": "assistant", "content": "Well. "}
REQUESTS: dict[str, tuple[Dialect, Json, list[Json] | None]] = {
    "chat": (CHAT, {"messages": [USER]}, [USER, SAID]),
    "chat that was itself begun": (
        CHAT,
        {"messages": [USER, LAST], "continue_final_message": True},
        [USER, {"role": "assistant", "content": "Well. The cap"}],
    ),
    "chat of two answers": (CHAT, {"messages": [USER], "n": 2}, None),
    "chat without messages": (CHAT, {"messages": "x"}, None),
    "messages": (MESSAGES, {"messages": [USER]}, [USER, SAID]),
    "messages that were begun": (
        MESSAGES,
        {"messages": [USER, LAST]},
        [USER, {"role": "assistant", "content": "Well. The cap"}],
    ),
    "messages begun with blocks": (MESSAGES, {"messages": [USER, {"role": "assistant", "content": []}]}, None),
}


@pytest.mark.parametrize(("dialect", "body", "messages"), REQUESTS.values(), ids=REQUESTS)
def test_the_rest_is_asked_for_with_what_was_said_as_the_last_message(
    dialect: Dialect, body: Json, messages: list[Json] | None
) -> None:
    big = 12345678901234567890
    source = json.dumps({"model": "m", "seed": big, **body}).encode()
    made = continued_body(dialect, source, "The cap")
    if messages is None:
        assert made is None
        return
    found = json.loads(made or b"")
    assert (found["messages"], found["model"], found["seed"]) == (messages, "m", big)
    switch = ("continue_final_message", True) if dialect is CHAT else ("thinking", {"type": "disabled"})
    assert found[switch[0]] == switch[1]


def spliced(dialect: Dialect, shown: bytes, rest: list[bytes]) -> list[Json]:
    begun = begun_in(dialect, shown)
    assert begun is not None
    splice = Splice(dialect, begun)
    made = b"".join(splice.feed(event) for event in rest)
    datas = [line.removeprefix(b"data: ") for line in made.split(b"\n") if line.startswith(b"data: ")]
    return [json.loads(data) for data in datas if data != b"[DONE]"]


def test_chunks_of_the_rest_come_under_the_first_answers_id() -> None:
    shown = b"".join(openai_events(("The ",))[:2]).replace(b'"c1"', b'"first"')
    found = spliced(CHAT, shown, openai_events(("capital",)))
    assert {chunk["id"] for chunk in found} == {"first"}
    assert [chunk["choices"][0]["delta"] for chunk in found[:-1]] == [{"content": "capital"}, {}]  # type: ignore[index]


@pytest.mark.parametrize(("place", "kind"), [(4, "open"), (5, "ended")])
def test_text_of_the_rest_goes_on_in_the_open_block_or_in_one_behind(place: int, kind: str) -> None:
    shown = b"".join(anthropic_events(("The ",))[:place])
    found = spliced(MESSAGES, shown, anthropic_events(("capital",), tool=TOOL))
    starts = [(event["index"], event["content_block"]["type"]) for event in found if "content_block" in event]  # type: ignore[index]
    stops = [event["index"] for event in found if event["type"] == "content_block_stop"]
    assert starts == {"open": [(1, "tool_use")], "ended": [(1, "text"), (2, "tool_use")]}[kind]
    assert stops == {"open": [0, 1], "ended": [1, 2]}[kind]
    assert "message_start" not in {event["type"] for event in found}
    assert found[-1]["type"] == "message_stop"


def test_a_rest_that_begins_with_a_tool_ends_the_open_text_first() -> None:
    shown = b"".join(anthropic_events(("The ",))[:4])
    events = [event for event in anthropic_events((), tool=TOOL) if b'"text"' not in event]
    rest = [event.replace(b'"index":1', b'"index":0') for event in events if b'"index":0' not in event]
    found = spliced(MESSAGES, shown, rest)
    kinds = [(event["type"], event.get("index")) for event in found]
    assert kinds[:3] == [("ping", None), ("content_block_stop", 0), ("content_block_start", 1)]
    assert ("content_block_stop", 1) in kinds


def test_a_rest_of_nothing_ends_the_open_text() -> None:
    shown = b"".join(anthropic_events(("The ",))[:4])
    rest = [
        anthropic_event({"type": "message_start", "message": {}}),
        anthropic_event({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {}}),
        anthropic_event({"type": "message_stop"}),
    ]
    kinds = [event["type"] for event in spliced(MESSAGES, shown, rest)]
    assert kinds == ["content_block_stop", "message_delta", "message_stop"]
