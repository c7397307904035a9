"""OpenAI's Completions: text of every choice, token prompts named, a stream that ends."""

from __future__ import annotations

import orjson
import pytest

from routers.types import Dialect, Usage
from routers.wire import WIRES
from tests.fakes.answers import completion_events

WIRE = WIRES[Dialect.OPENAI_COMPLETIONS]


@pytest.mark.parametrize(
    ("body", "features"),
    [
        ({"prompt": "a"}, set()),
        ({"prompt": ["a", "b"], "stream": True}, {"stream"}),
        ({"prompt": [1, 2, 3]}, {"tokens"}),
        ({"prompt": [[1, 2], [3]]}, {"tokens"}),
        ({"prompt": ["a", [3]]}, {"tokens"}),
        ({"prompt": []}, set()),
    ],
)
def test_a_prompt_of_numbers_is_named(body: dict[str, object], features: set[str]) -> None:
    assert WIRE.features(body) == features


def test_every_choice_is_a_channel_of_its_own() -> None:
    data = {"choices": [{"index": 1, "text": "b"}, {"index": 0, "text": "a", "finish_reason": "stop"}]}
    assert [(slot.channel, slot.path, slot.text) for slot in WIRE.slots(data)] == [
        ("1/text", ("choices", 0, "text"), "b"),
        ("0/text", ("choices", 1, "text"), "a"),
    ]
    assert WIRE.closes(data) == {"0/"}
    assert WIRE.closes({"error": {}}) is None


def test_a_continuation_is_read_like_any_other_chunk() -> None:
    written = WIRE.continuation("2/text", {"id": "x", "model": "m", "choices": []}, "rest")
    assert written.endswith(b"\n\n")
    chunk = orjson.loads(written.removeprefix(b"data: "))
    assert chunk["id"] == "x"
    assert [(slot.channel, slot.text) for slot in WIRE.slots(chunk)] == [("2/text", "rest")]


def test_a_stream_is_complete_only_at_its_end() -> None:
    events = completion_events(["a", "b"])
    watch = WIRE.watch()
    for event in events[:2]:
        watch.feed(event)
    assert not watch.complete
    for event in events[2:]:
        watch.feed(event)
    assert (watch.complete, watch.usage, watch.model) == (True, Usage(7, 3), "gpt-fake")
