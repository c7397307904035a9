from __future__ import annotations

import json

import openai
import pytest
from openai.types.chat import ChatCompletionChunk

from routers.types import Dialect, Usage
from routers.wire import WIRES
from routers.wire.dialect import SlotKind

WIRE = WIRES[Dialect.OPENAI_CHAT]
HEAD = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-test"}


def chunk(delta: dict[str, object], *, index: int = 0, finish: str | None = None, **more: object) -> dict[str, object]:
    return {**HEAD, "choices": [{"index": index, "delta": delta, "finish_reason": finish}], **more}


def sse(*events: dict[str, object], end: bytes = b"data: [DONE]\n\n", compact: bool = True) -> bytes:
    separators = (",", ":") if compact else (", ", ": ")
    return b"".join(b"data: " + json.dumps(e, separators=separators).encode() + b"\n\n" for e in events) + end


TOOL = {"index": 1, "id": "call_2", "type": "function", "function": {"name": "mail", "arguments": ""}}
SLOTS = [
    (chunk({"role": "assistant", "content": "Hi"}), [("0/text/content", "text", "Hi")]),
    (chunk({"refusal": "No"}, index=2), [("2/text/refusal", "text", "No")]),
    (chunk({"reasoning_content": "Hm"}), [("0/text/reasoning_content", "text", "Hm")]),
    (chunk({"reasoning": "Hm"}), [("0/text/reasoning", "text", "Hm")]),
    (chunk({"tool_calls": [TOOL]}), [("0/tool/1/name", "text", "mail"), ("0/tool/1/arguments", "json", "")]),
    (chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"a'}}]}), [("0/tool/0/arguments", "json", '{"a')]),
    (chunk({"function_call": {"arguments": "{}"}}), [("0/call/arguments", "json", "{}")]),
    (chunk({"content": None, "role": "assistant"}), []),
    ({**HEAD, "choices": [], "usage": {"prompt_tokens": 1}}, []),
    ({"choices": "odd", "usage": 3}, []),
]


@pytest.mark.parametrize(("data", "expected"), SLOTS)
def test_every_text_of_a_chunk_has_a_slot(data: dict[str, object], expected: list[tuple[str, str, str]]) -> None:
    slots = list(WIRE.slots(data))
    assert [(s.channel, s.kind.value, s.text) for s in slots] == expected
    for slot in slots:
        value: object = data
        for step in slot.path:
            value = value[step]  # type: ignore[index]  # walking parsed JSON
        assert value == slot.text


def test_a_whole_answer_has_the_same_slots() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "mail", "arguments": "{}"}}
    message = {"role": "assistant", "content": "Hi", "tool_calls": [call]}
    body: dict[str, object] = {"choices": [{"index": 0, "message": message}]}
    assert [(s.path[-1], s.kind) for s in WIRE.whole_slots(body)] == [
        ("content", SlotKind.TEXT),
        ("name", SlotKind.TEXT),
        ("arguments", SlotKind.JSON),
    ]


CLOSES = [
    (chunk({"content": "x"}), frozenset()),
    (chunk({}, finish="stop"), {"0/"}),
    (chunk({}, index=3, finish="length"), {"3/"}),
    (chunk({"tool_calls": [TOOL]}), {"0/text/", "0/tool/0/"}),
    (chunk({"tool_calls": [{"index": 1, "function": {"arguments": "1"}}]}), frozenset()),
    ({"error": {"message": "m"}}, None),
]


@pytest.mark.parametrize(("data", "expected"), CLOSES)
def test_a_channel_closes_when_its_choice_or_call_ends(data: dict[str, object], expected: set[str] | None) -> None:
    assert WIRE.closes(data) == expected


@pytest.mark.parametrize(
    ("channel", "where"),
    [
        ("1/text/content", ("delta", "content")),
        ("1/tool/2/arguments", ("delta", "tool_calls", 0, "function", "arguments")),
        ("1/call/arguments", ("delta", "function_call", "arguments")),
    ],
)
def test_a_continuation_is_a_chunk_the_sdk_reads(channel: str, where: tuple[str | int, ...]) -> None:
    raw = WIRE.continuation(channel, chunk({"content": "x"}), 'a "quote"')
    assert raw.startswith(b"data: ")
    assert raw.endswith(b"\n\n")
    data = json.loads(raw[6:])
    assert ChatCompletionChunk.model_validate(data).id == "chatcmpl-1"
    assert [slot.channel for slot in WIRE.slots(data)] == [channel]
    value = data["choices"][0]
    for step in where:
        value = value[step]
    assert value == 'a "quote"'


USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
TWO = (chunk({"content": "a"}), chunk({"content": "b"}, index=1), chunk({}, finish="stop"))
COUNTS: dict[str, object] = {**HEAD, "choices": [], "usage": USAGE}
COUNTED = (chunk({"content": "a"}, usage=None), chunk({}, finish="stop", usage=None), COUNTS)
ERROR: dict[str, object] = {"error": {"message": "m"}}
QUOTING = 'data: "error" "finish_reason":"stop"'
WATCHED = [
    ("done mark", sse(chunk({"content": "Hi"})), True, Usage(), None),
    ("finish reason, no mark", sse(chunk({"content": "Hi"}), chunk({}, finish="stop"), end=b""), True, Usage(), None),
    ("cut", sse(chunk({"content": "Hi"}), end=b""), False, Usage(), None),
    ("cut in the mark", sse(chunk({"content": "Hi"}), end=b"data: [DON"), False, Usage(), None),
    ("one of two choices", sse(*TWO, end=b""), False, Usage(), None),
    ("both choices", sse(*TWO, chunk({}, index=1, finish="stop"), end=b""), True, Usage(), None),
    ("counts", sse(*COUNTED), True, Usage(11, 7), None),
    ("marks in text", sse(chunk({"content": QUOTING}), end=b""), False, Usage(), None),
    ("error", sse(chunk({"content": "Hi"}), ERROR, end=b""), False, Usage(), b'{"error":{"message":"m"}}'),
]


@pytest.mark.parametrize(("title", "stream", "complete", "usage", "error"), WATCHED)
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_watch_notes_end_error_counts_and_model(
    title: str, stream: bytes, complete: bool, usage: Usage, error: bytes | None, size: int
) -> None:
    watch = WIRE.watch()
    for at in range(0, len(stream), size):
        watch.feed(stream[at : at + size])
    assert (watch.complete, watch.usage, watch.error_body, watch.model) == (complete, usage, error, "gpt-test")


def test_a_watch_understands_spaced_json() -> None:
    watch = WIRE.watch()
    for event in sse(*COUNTED, compact=False).split(b"\n\n"):
        watch.feed(event + b"\n\n")
    assert (watch.complete, watch.usage, watch.model) == (True, Usage(11, 7), "gpt-test")


def test_a_watch_survives_garbage() -> None:
    watch = WIRE.watch()
    watch.feed(b'data: {"error"\n\ndata: \xff"error"\n\n: ping\n\nnonsense\n\ndata: [1,"error"]\n\n')
    assert (watch.complete, watch.error_body) == (False, None)


def test_an_answer_names_its_counts_and_model() -> None:
    assert WIRE.answer({"model": "m", "usage": USAGE}) == (Usage(11, 7), "m")
    assert WIRE.answer({"usage": {"prompt_tokens": True}}) == (Usage(), None)


ERROR_TYPES = [(400, "invalid_request_error"), (429, "rate_limit_error"), (503, "server_error")]


@pytest.mark.parametrize(("status", "kind"), ERROR_TYPES)
def test_an_error_is_the_object_the_sdk_reads(status: int, kind: str) -> None:
    body = json.loads(WIRE.error_body(status=status, code="policy_denied", message="m", request_id="r"))
    assert body == {"error": {"message": "m", "type": kind, "param": None, "code": "policy_denied"}}
    error = openai.APIError("m", request=None, body=body["error"])  # type: ignore[arg-type]  # only the body is read
    assert (error.code, error.type) == ("policy_denied", kind)
    event = WIRE.error_event(status=status, code="policy_denied", message="m", request_id="r")
    assert json.loads(event.removeprefix(b"data: ")) == body


FEATURES: list[tuple[dict[str, object], set[str]]] = [
    ({"messages": [{"role": "user", "content": "hi"}]}, set()),
    ({"stream": True, "tools": [{}]}, {"stream", "tools"}),
    ({"stream": "yes", "functions": [{}], "messages": None}, {"tools"}),
    ({"messages": [{"content": [{"type": "image_url"}, {"type": "text"}]}]}, {"images"}),
    ({"messages": [{"content": [{"type": "file"}, {"type": "input_audio"}]}]}, {"documents", "audio"}),
    ({"messages": [{"role": "assistant", "tool_calls": [{}]}]}, {"tools"}),
    ({"reasoning_effort": "high", "modalities": ["text", "audio"]}, {"thinking", "audio"}),
]


@pytest.mark.parametrize(("body", "expected"), FEATURES)
def test_features_are_what_the_body_uses(body: dict[str, object], expected: set[str]) -> None:
    assert WIRE.features(body) == expected


def test_the_key_travels_as_a_bearer_token() -> None:
    assert WIRE.auth_headers("k") == (("authorization", "Bearer k"),)
    assert WIRE.auth_headers("") == ()
