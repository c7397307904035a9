"""Requests about kept state: closed forms in, one address out, and back from what was recorded."""

from __future__ import annotations

import pytest

from routers.types import Dialect, Usage
from routers.wire import WIRES
from routers.wire.state_request import StateAction, StateRequestError, read_state_request, state_request


@pytest.mark.parametrize(
    ("action", "query", "line"),
    [
        (StateAction.RETRIEVE, (), ("GET", "/resp_1")),
        (
            StateAction.RETRIEVE,
            (("stream", "true"), ("starting_after", "7")),
            ("GET", "/resp_1?stream=true&starting_after=7"),
        ),
        (StateAction.DELETE, (), ("DELETE", "/resp_1")),
        (StateAction.CANCEL, (), ("POST", "/resp_1/cancel")),
        (StateAction.INPUT_ITEMS, (("after", "msg_1"),), ("GET", "/resp_1/input_items?after=msg_1")),
    ],
)
def test_what_is_recorded_is_what_leaves(
    action: StateAction, query: tuple[tuple[str, str], ...], line: tuple[str, str]
) -> None:
    asked = state_request(action, "resp_1", query)
    assert (asked.method, asked.suffix) == line
    assert read_state_request(asked.body()) == asked
    assert asked.stream == (("stream", "true") in query)


@pytest.mark.parametrize("response_id", ["", "..", "a/b", "a?b", "a b", "-a", "a\n", "é", "x" * 129])
def test_an_id_that_could_lead_elsewhere_is_refused(response_id: str) -> None:
    with pytest.raises(StateRequestError):
        state_request(StateAction.DELETE, response_id, ())


@pytest.mark.parametrize("pair", [("stream", "yes"), ("novelty", "1"), ("after", "a&b=c"), ("limit", "-1")])
def test_a_parameter_of_no_known_form_is_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(StateRequestError):
        state_request(StateAction.RETRIEVE, "resp_1", [pair])


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'["destroy","resp_1",[]]', b'["delete","../x",[]]', b'["delete",7,[]]']
)
def test_a_record_of_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(StateRequestError):
        read_state_request(body)


def test_the_wire_of_kept_state_reads_answers_as_responses_does() -> None:
    wire = WIRES[Dialect.OPENAI_STORED]
    assert wire.features({}) == {"store"}
    assert wire.answer({"model": "m", "usage": {"input_tokens": 3}}) == (Usage(), "m")
    assert [slot.text for slot in wire.whole_slots({"data": [{"text": "a"}]})] == ["a"]
