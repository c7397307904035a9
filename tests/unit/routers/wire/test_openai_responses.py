"""OpenAI's Responses: every text has a place, every stream an end, and what is kept has a name."""

from __future__ import annotations

import orjson
import pytest

from routers.types import Dialect, Usage
from routers.wire import WIRES
from routers.wire.dialect import SlotKind
from routers.wire.sse import SseSplitter
from routers.wire.stored_state import built_on, kept_ids
from tests.fakes.responses import Tale, function_call, message, reasoning, response, responses_events

WIRE = WIRES[Dialect.OPENAI_RESPONSES]
Json = dict[str, object]


@pytest.mark.parametrize(
    ("body", "features"),
    [
        ({"input": "a"}, {"store"}),
        ({"input": "a", "store": True}, {"store"}),
        ({"input": "a", "store": None}, {"store"}),
        ({"input": "a", "store": False}, set()),
        ({"input": "a", "store": False, "stream": True, "background": True}, {"stream", "background"}),
        ({"input": "a", "store": False, "previous_response_id": "resp_1"}, {"store"}),
        ({"input": "a", "store": False, "conversation": {"id": "conv_1"}}, {"store"}),
        ({"input": "a", "store": False, "prompt": {"id": "pmpt_1"}}, {"store"}),
        ({"input": [{"type": "item_reference", "id": "msg_1"}], "store": False}, {"store"}),
        ({"input": [{"id": "msg_1"}], "store": False}, {"store"}),
        ({"input": [{"type": "compaction", "encrypted_content": "x"}], "store": False}, {"store"}),
        ({"input": "a", "store": False, "tools": [{"type": "function"}], "reasoning": {}}, {"tools"}),
        ({"input": "a", "store": False, "reasoning": {"effort": "low"}}, {"thinking"}),
        ({"input": [{"role": "user", "content": [{"type": "input_image"}]}], "store": False}, {"images"}),
        (
            {"input": [{"type": "function_call_output", "output": [{"type": "input_file"}]}], "store": False},
            {"documents"},
        ),
        ({"input": [{"type": "function_call", "name": "f"}], "store": False}, {"tools"}),
    ],
)
def test_features_tell_what_a_request_uses(body: Json, features: set[str]) -> None:
    assert WIRE.features(body) == features


def test_what_a_request_builds_on_is_named_once() -> None:
    sealed = {"type": "compaction", "id": "cmp_9", "encrypted_content": "x"}
    body: Json = {"previous_response_id": "resp_1", "input": [{"type": "item_reference", "id": "resp_1"}, sealed]}
    assert built_on(body)[0] == "resp_1"
    assert built_on(body)[1:] == built_on({"input": [sealed | {"id": "another"}]})
    assert built_on({"input": [message("full text with an id")], "store": True}) == ()
    assert built_on({"conversation": 7}) == ("None",), "what cannot be read names nothing that exists"


def test_what_an_answer_leaves_behind_is_named() -> None:
    kept = kept_ids(response([message("a"), reasoning("b")], conversation={"id": "conv_1"}))
    assert kept == ("resp_1", "conv_1", "msg_1", "rs_1")
    compacted = {"type": "compaction", "id": "cmp_1", "encrypted_content": "x"}
    assert kept_ids({"id": "resp_2", "output": [compacted]})[2:] == built_on({"input": [compacted]})


def test_every_text_of_a_whole_answer_has_a_place_but_what_is_sealed() -> None:
    body = response([reasoning("why"), message("text"), function_call("f", '{"a":1}')], instructions="be brief")
    slots = {slot.path: slot for slot in WIRE.whole_slots(body)}
    assert slots["output", 0, "summary", 0, "text"].text == "why"
    assert slots["output", 1, "content", 0, "text"].text == "text"
    assert slots["output", 2, "arguments"].kind is SlotKind.JSON
    assert slots["instructions",].kind is SlotKind.TEXT
    assert not [path for path in slots if path[-1] == "encrypted_content"]
    assert len({slot.channel for slot in slots.values()}) == len(slots)


FAMILIES = [
    ("output_text", SlotKind.TEXT),
    ("refusal", SlotKind.TEXT),
    ("reasoning_text", SlotKind.TEXT),
    ("reasoning_summary_text", SlotKind.TEXT),
    ("custom_tool_call_input", SlotKind.TEXT),
    ("code_interpreter_call_code", SlotKind.TEXT),
    ("function_call_arguments", SlotKind.JSON),
    ("mcp_call_arguments", SlotKind.JSON),
    ("a_family_of_next_year", SlotKind.TEXT),
]


@pytest.mark.parametrize(("family", "kind"), FAMILIES)
def test_deltas_of_one_place_are_one_channel_until_it_is_done(family: str, kind: SlotKind) -> None:
    place: Json = {"item_id": "x", "output_index": 3, "content_index": 1, "sequence_number": 9}
    delta = {"type": f"response.{family}.delta", "delta": "piece"} | place
    (slot,) = WIRE.slots(delta)
    assert (slot.path, slot.kind, slot.text) == (("delta",), kind, "piece")
    assert WIRE.closes(delta) == set()
    closed = WIRE.closes({"type": f"response.{family}.done"} | place)
    assert closed is not None
    assert slot.channel.startswith(tuple(closed))
    assert not slot.channel.startswith(tuple(WIRE.closes({"type": "response.annotation.added"} | place) or ()))
    (event,) = SseSplitter().feed(WIRE.continuation(slot.channel, delta, "rest"))
    assert event.name == delta["type"]
    assert orjson.loads(event.data or b"") == delta | {"delta": "rest"}


@pytest.mark.parametrize("kind", ["response.completed", "response.incomplete", "response.failed", "error"])
def test_the_end_ends_every_channel(kind: str) -> None:
    assert WIRE.closes({"type": kind}) is None


def test_a_done_event_holds_its_whole_text_in_channels_of_its_own() -> None:
    done = {"type": "response.function_call_arguments.done", "output_index": 0, "arguments": '{"a":1}', "name": "f"}
    kinds = {slot.path[-1]: slot.kind for slot in WIRE.slots(done)}
    assert kinds["arguments"] is SlotKind.JSON
    assert kinds["name"] is SlotKind.TEXT
    closed = WIRE.closes(done)
    assert closed is not None
    assert all(slot.channel.startswith(tuple(closed)) for slot in WIRE.slots(done))


def watched(events: list[bytes], size: int | None = None) -> object:
    watch = WIRE.watch()
    stream = b"".join(events)
    for piece in events if size is None else [stream[at : at + size] for at in range(0, len(stream), size)]:
        watch.feed(piece)
    return watch


@pytest.mark.parametrize("size", [None, 1, 50])
def test_a_stream_is_complete_when_the_response_says_so(size: int | None) -> None:
    events = responses_events(['say "response.failed"', "b"])
    assert not watched(events[:-1], size).complete
    watch = watched(events, size)
    assert (watch.complete, watch.error_body) == (True, None)
    assert (watch.usage, watch.model, watch.kept_ids) == (Usage(7, 3), "gpt-fake", ("resp_1", "msg_1"))


def test_an_incomplete_response_is_an_answer_and_a_failed_one_is_an_error() -> None:
    tale = Tale()
    tale.begin()
    assert watched(tale.end("response.incomplete", "incomplete")).complete
    tale = Tale()
    tale.begin()
    failed = watched(tale.end("response.failed", "failed", error={"code": "server_error", "message": "sorry"}))
    assert not failed.complete
    assert orjson.loads(failed.error_body)["error"] == {
        "code": "server_error",
        "message": "sorry",
        "param": None,
        "type": "server_error",
    }


def test_an_error_event_is_read_in_its_own_shape_and_in_ours() -> None:
    flat = b'event: error\ndata: {"type":"error","code":"rate_limit_exceeded","message":"m","param":null}\n\n'
    assert orjson.loads(watched([flat]).error_body)["error"]["code"] == "rate_limit_exceeded"
    ours = WIRE.error_event(status=502, code="upstream_failed", message="m", request_id="r")
    assert orjson.loads(watched([ours]).error_body)["error"]["code"] == "upstream_failed"
