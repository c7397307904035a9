from __future__ import annotations

import json

import pytest

from gateway.redact.envelope import Envelope
from routers.types import Dialect
from routers.wire import WIRES
from tests.unit.gateway.redact.streams import STREAMED, streamed


def envelope(raw: bytes, dialect: Dialect) -> Envelope | None:
    data = json.loads(raw.split(b"data: ")[1])
    slots = list(WIRES[dialect].slots(data))
    return Envelope.of(raw, slots, WIRES[dialect].closes(data) or ())


@pytest.mark.parametrize("source", [False, True], ids=["text", "arguments"])
@pytest.mark.parametrize("dialect", STREAMED, ids=lambda dialect: dialect.value)
def test_the_next_piece_differs_in_its_text_alone(dialect: Dialect, source: bool) -> None:
    events = streamed(dialect, ["one", "another", 'a "quote"', "back\\slash"], source=source)
    first, second, quoted, escaped = [
        event for event in events if b"one" in event or b"another" in event or b"\\" in event
    ][:4]
    made = envelope(first, dialect)
    assert made is not None
    assert made.text_of(first) == b"one"
    assert made.text_of(second) == b"another"
    assert made.text_of(quoted) is None
    assert made.text_of(escaped) is None


@pytest.mark.parametrize("dialect", STREAMED, ids=lambda dialect: dialect.value)
def test_an_event_that_differs_elsewhere_is_another_event(dialect: Dialect) -> None:
    events = streamed(dialect, ["one", "two"], source=False)
    first = next(event for event in events if b'"one"' in event)
    made = envelope(first, dialect)
    assert made is not None
    for other in [event for event in events if b'"one"' not in event and b'"two"' not in event]:
        assert made.text_of(other) is None
    assert made.text_of(first + first) is None
    assert made.text_of(first[:-1]) is None
    assert (
        made.text_of(first.replace(b'"index": 0', b'"index": 1').replace(b'"item_id": "i"', b'"item_id": "j"')) is None
    )


def test_running_numbers_and_padding_do_not_count() -> None:
    def event(number: int, padding: str, text: str) -> bytes:
        data = {"type": "response.output_text.delta", "delta": text, "output_index": 0, "content_index": 0}
        return f"data: {json.dumps(data | {'sequence_number': number, 'obfuscation': padding})}\n\n".encode()

    made = envelope(event(9, "ab", "one"), Dialect.OPENAI_RESPONSES)
    assert made is not None
    assert made.text_of(event(10, "xyz0", "two")) == b"two"
    assert made.text_of(event(10, 'x"', "two")) is None


def test_an_event_with_two_texts_or_none_has_no_envelope() -> None:
    two = {"choices": [{"index": place, "delta": {"content": "x"}} for place in range(2)]}
    none = {"choices": [{"index": 0, "delta": {}}]}
    for data in (two, none):
        assert envelope(f"data: {json.dumps(data)}\n\n".encode(), Dialect.OPENAI_CHAT) is None
