from __future__ import annotations

import json

import pytest
from anthropic.types import RawContentBlockDeltaEvent

from routers.types import Dialect, Usage
from routers.wire import WIRES

WIRE = WIRES[Dialect.ANTHROPIC_MESSAGES]


def delta(index: int, **fields: object) -> dict[str, object]:
    return {"type": "content_block_delta", "index": index, "delta": fields}


def start(index: int, **block: object) -> dict[str, object]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def sse(*events: dict[str, object]) -> bytes:
    return b"".join(f"event: {e['type']}\ndata: {json.dumps(e, ensure_ascii=False)}\n\n".encode() for e in events)


START: dict[str, object] = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-test",
        "content": [],
        "usage": {
            "input_tokens": 10,
            "cache_read_input_tokens": 5,
            "cache_creation_input_tokens": 2,
            "output_tokens": 1,
        },
    },
}
END: dict[str, object] = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}}
STOP: dict[str, object] = {"type": "message_stop"}
CITATION = {"type": "char_location", "cited_text": "quote", "document_title": "T", "document_index": 0}

SLOTS = [
    (delta(0, type="text_delta", text="Hi"), [("0/text", "text", "Hi")]),
    (delta(2, type="input_json_delta", partial_json='{"a'), [("2/json", "json", '{"a')]),
    (delta(0, type="thinking_delta", thinking="Hm"), []),
    (delta(0, type="signature_delta", signature="EqQB"), []),
    (
        delta(1, type="citations_delta", citation=CITATION),
        [("1/whole/cited_text", "text", "quote"), ("1/whole/document_title", "text", "T")],
    ),
    (start(0, type="text", text=""), [("0/text", "text", "")]),
    (start(0, type="thinking", thinking="", signature=""), []),
    (
        start(1, type="tool_use", id="toolu_1", name="mail", input={"to": ["a", {"x": "b"}], "n": 1}),
        [("1/whole/name", "text", "mail"), ("1/whole/input/0", "text", "a"), ("1/whole/input/1", "text", "b")],
    ),
    (START, []),
    ({"type": "ping"}, []),
    ({"delta": 3}, []),
]


@pytest.mark.parametrize(("data", "expected"), SLOTS)
def test_every_text_but_thinking_has_a_slot(data: dict[str, object], expected: list[tuple[str, str, str]]) -> None:
    slots = list(WIRE.slots(data))
    assert [(s.channel, s.kind.value, s.text) for s in slots] == expected
    for slot in slots:
        value: object = data
        for step in slot.path:
            value = value[step]  # type: ignore[index]  # walking parsed JSON
        assert value == slot.text


def test_a_whole_answer_has_the_same_slots() -> None:
    content = [
        {"type": "thinking", "thinking": "Hm", "signature": "EqQB"},
        {"type": "text", "text": "Hi", "citations": [CITATION]},
        {"type": "tool_use", "id": "toolu_1", "name": "mail", "input": {"to": "a"}},
    ]
    found = [(s.path, s.text) for s in WIRE.whole_slots({"content": content})]
    assert found == [
        (("content", 1, "text"), "Hi"),
        (("content", 1, "citations", 0, "cited_text"), "quote"),
        (("content", 1, "citations", 0, "document_title"), "T"),
        (("content", 2, "name"), "mail"),
        (("content", 2, "input", "to"), "a"),
    ]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"type": "content_block_stop", "index": 4}, {"4/"}),
        (delta(4, type="text_delta", text="x"), {"4/whole/"}),
        (END, None),
        (STOP, None),
        ({"type": "error", "error": {}}, None),
    ],
)
def test_a_channel_closes_with_its_block_or_the_message(data: dict[str, object], expected: set[str] | None) -> None:
    assert WIRE.closes(data) == expected


@pytest.mark.parametrize("channel", ["3/text", "3/json"])
def test_a_continuation_is_a_delta_the_sdk_reads(channel: str) -> None:
    raw = WIRE.continuation(channel, {}, 'a "quote"')
    head, body = raw.split(b"\n", 1)
    data = json.loads(body.removeprefix(b"data: "))
    assert head == b"event: content_block_delta"
    assert raw.endswith(b"\n\n")
    assert RawContentBlockDeltaEvent.model_validate(data).index == 3
    assert [(s.channel, s.text) for s in WIRE.slots(data)] == [(channel, 'a "quote"')]


ERROR: dict[str, object] = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
TEXT = delta(0, type="text_delta", text='say "error" and message_stop')
WATCHED = [
    ("whole", sse(START, TEXT, END, STOP), True, Usage(17, 9), None),
    ("cut", sse(START, TEXT), False, Usage(17, 1), None),
    ("cut before the end mark", sse(START, TEXT, END), False, Usage(17, 9), None),
    ("error", sse(START, ERROR), False, Usage(17, 1), json.dumps(ERROR).encode()),
    ("end mark without a type", sse(START) + b"event: message_stop\ndata: {}\n\n", True, Usage(17, 1), None),
]


@pytest.mark.parametrize(("title", "stream", "complete", "usage", "error"), WATCHED)
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_watch_notes_end_error_counts_and_model(
    title: str, stream: bytes, complete: bool, usage: Usage, error: bytes | None, size: int
) -> None:
    watch = WIRE.watch()
    for at in range(0, len(stream), size):
        watch.feed(stream[at : at + size])
    assert (watch.complete, watch.usage, watch.error_body, watch.model) == (complete, usage, error, "claude-test")


def test_a_later_count_replaces_an_earlier_one() -> None:
    watch = WIRE.watch()
    late = {**END, "usage": {"input_tokens": 40, "output_tokens": 8}}
    watch.feed(sse(START, late, STOP))
    assert watch.usage == Usage(40, 8)


def test_an_answer_names_its_counts_and_model() -> None:
    assert WIRE.answer({"model": "m", "usage": {"input_tokens": 1, "output_tokens": 2}}) == (Usage(1, 2), "m")
    assert WIRE.answer({"content": []}) == (Usage(), None)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (413, "request_too_large"),
        (415, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (503, "api_error"),
        (529, "overloaded_error"),
    ],
)
def test_an_error_is_the_object_the_sdk_reads(status: int, kind: str) -> None:
    body = json.loads(WIRE.error_body(status=status, code="policy_denied", message="m", request_id="req_1"))
    assert body == {"type": "error", "error": {"type": kind, "message": "policy_denied: m"}, "request_id": "req_1"}
    event = WIRE.error_event(status=status, code="policy_denied", message="m", request_id="req_1")
    assert json.loads(event.removeprefix(b"event: error\ndata: ")) == body


IMAGE_IN_RESULT = {"content": [{"type": "tool_result", "content": [{"type": "image"}]}]}
FEATURES: list[tuple[dict[str, object], set[str]]] = [
    ({"messages": [{"role": "user", "content": "hi"}]}, set()),
    ({"stream": True, "tools": [{}]}, {"stream", "tools"}),
    ({"thinking": {"type": "enabled"}}, {"thinking"}),
    ({"thinking": {"type": "adaptive"}}, {"thinking"}),
    ({"thinking": {"type": "disabled"}}, set()),
    ({"messages": [{"content": [{"type": "document"}, {"type": "text"}]}]}, {"documents"}),
    ({"messages": [IMAGE_IN_RESULT]}, {"images", "tools"}),
]


@pytest.mark.parametrize(("body", "expected"), FEATURES)
def test_features_are_what_the_body_uses(body: dict[str, object], expected: set[str]) -> None:
    assert WIRE.features(body) == expected


def test_the_key_travels_in_its_own_header() -> None:
    assert WIRE.auth_headers("k") == (("x-api-key", "k"),)
    assert WIRE.auth_headers("") == ()
