"""A failover never widens: every attempt is decided anew, and the set of destinations can only shrink."""

from __future__ import annotations

import orjson
import pytest

from tests.fakes.upstream import Fate, stream, whole
from tests.integration.composition import ANTHROPIC, INHOUSE, MINIMAX, OPENAI, PUBLIC, Gateway, Json, Record

CARD = "4111 1111 1111 1111"
RESTRICTED = f"Check this payment: card number {CARD}, amount 40 euros."
INTERNAL = "Draft the agenda of Thursday's team meeting: budget, hiring, the office move."
WITHDRAWN = {
    "type": "error",
    "error": {
        "type": "not_found_error",
        "message": "Claude Fable 5 is not available. Please use Opus 4.8. "
        "Learn more: https://www.anthropic.com/news/fable-mythos-access",
    },
}
TERMINATED = {"error": {"message": "Your access was terminated due to violation of our policies.", "type": "x"}}


def messages(text: str, *, model: str = "claude-fable-5", streamed: bool = False) -> Json:
    return {"model": model, "max_tokens": 50, "stream": streamed, "messages": [{"role": "user", "content": text}]}


def withdraw(gateway: Gateway) -> None:
    """The upstreams answer as after an order to cut access off: one model at one, everything at the other."""
    gateway.upstreams[ANTHROPIC].default = whole(orjson.dumps(WITHDRAWN), 404)
    gateway.upstreams[OPENAI].default = whole(orjson.dumps(TERMINATED), 403)


def down(gateway: Gateway, *names: str) -> None:
    for name in names:
        gateway.upstreams[name].default = Fate(raw=b"")


def considered(record: Record) -> dict[str, bool]:
    subject = record["subject"]
    assert isinstance(subject, dict)
    return {each["destination"]: each["allowed"] for each in subject["considered"]}


async def test_restricted_data_goes_in_house_and_nowhere_else_when_the_closed_model_is_withdrawn(
    gateway: Gateway,
) -> None:
    withdraw(gateway)
    answer = await gateway.ask("/v1/messages", messages(RESTRICTED))
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-gateway-destination"] == INHOUSE
    assert gateway.heard_by == {ANTHROPIC: 1, INHOUSE: 1}
    assert CARD.encode() not in gateway.heard(ANTHROPIC)[0]


async def test_attempts_are_decided_and_recorded_one_by_one(gateway: Gateway) -> None:
    withdraw(gateway)
    answer = await gateway.ask("/v1/messages", messages(RESTRICTED))
    first, second = await gateway.records("intent")
    assert (first["destination"], first["attempt"], first["cause"]) == (ANTHROPIC, 1, "")
    assert (second["destination"], second["attempt"], second["cause"]) == (INHOUSE, 2, "revoked")
    assert first["question"] != second["question"]
    assert first["sent_commitment"] != second["sent_commitment"]  # masked for the one, whole for the other
    assert considered(second) == {ANTHROPIC: True, OPENAI: False, MINIMAX: False, INHOUSE: True}
    failed, served = await gateway.records("outcome")
    assert (failed["ending"], failed["failure_class"], failed["status"]) == ("failed", "revoked", 404)
    assert (served["ending"], served["intent_seq"]) == ("complete", second["seq"])
    assert answer.headers["x-audit-record"] == str(second["seq"])


async def test_destination_set_aside_is_not_asked_again(gateway: Gateway) -> None:
    withdraw(gateway)
    for _ in range(3):
        assert (await gateway.ask("/v1/messages", messages(RESTRICTED))).status_code == 200
    assert gateway.heard_by == {ANTHROPIC: 1, INHOUSE: 3}


async def test_every_permitted_destination_down_is_an_error_and_never_a_wider_one(gateway: Gateway) -> None:
    down(gateway, ANTHROPIC, INHOUSE)
    answer = await gateway.ask("/v1/messages", messages(RESTRICTED))
    assert answer.status_code == 502
    assert "upstream_failed" in answer.text
    assert not {OPENAI, MINIMAX} & set(gateway.heard_by)


async def test_nothing_left_that_policy_permits_is_a_typed_503(gateway: Gateway) -> None:
    """The vendor stands ready, cheaper and healthy, and gets nothing."""
    for name in (ANTHROPIC, OPENAI, INHOUSE):
        assert (await gateway.operate(name, "suspend")).status_code == 200
    answer = await gateway.ask("/v1/messages", messages(RESTRICTED))
    assert answer.status_code == 503
    assert answer.json()["error"]["message"].startswith("no_permitted_route")
    assert gateway.heard_by == {}
    (refusal,) = await gateway.records("refusal")
    assert (refusal["code"], refusal["status"]) == ("no_permitted_route", 503)
    assert set(considered(refusal).values()) == {False}


async def test_last_permitted_destination_withdrawn_under_the_call_is_a_typed_503(gateway: Gateway) -> None:
    await gateway.operate(INHOUSE, "suspend")
    withdraw(gateway)
    answer = await gateway.ask("/v1/messages", messages(RESTRICTED))
    assert answer.status_code == 503
    assert "no_permitted_route" in answer.text
    assert gateway.heard_by == {ANTHROPIC: 1}
    assert [r["kind"] for r in await gateway.records() if r["kind"] in ("intent", "outcome", "refusal")] == [
        "intent",
        "outcome",
        "refusal",
    ]


async def test_streamed_answer_fails_over_before_its_first_content_only(gateway: Gateway) -> None:
    early = b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'
    gateway.upstreams[ANTHROPIC].default = stream([early])
    gateway.upstreams[OPENAI].default = Fate(raw=b"")
    gateway.upstreams[INHOUSE].default = Fate(raw=b"")
    answer = await gateway.ask("/v1/messages", messages(RESTRICTED, streamed=True))
    assert answer.status_code == 502
    assert set(gateway.heard_by) == {ANTHROPIC, INHOUSE}


@pytest.mark.parametrize("text", [INTERNAL, RESTRICTED])
async def test_destinations_reached_are_always_among_those_allowed_at_first(gateway: Gateway, text: str) -> None:
    down(gateway, ANTHROPIC, OPENAI, MINIMAX, INHOUSE)
    await gateway.ask("/v1/messages", messages(text, model="auto"))
    intents = await gateway.records("intent")
    allowed = {name for name, permitted in considered(intents[0]).items() if permitted}
    assert len(intents) > 1
    assert {str(intent["destination"]) for intent in intents} <= allowed
    assert set(gateway.heard_by) <= allowed


async def test_public_text_does_go_to_the_vendor(gateway: Gateway) -> None:
    """It is within reach: only policy keeps it from the calls above."""
    body = {"model": "cheap", "messages": [{"role": "user", "content": "How do tides work?"}]}
    answer = await gateway.ask("/v1/chat/completions", body, headers=PUBLIC)
    assert answer.headers["x-gateway-destination"] == MINIMAX


async def test_answer_that_is_an_error_page_fails_over_to_an_allowed_destination_only(gateway: Gateway) -> None:
    body = {"model": "cheap", "messages": [{"role": "user", "content": INTERNAL}]}
    gateway.upstreams[INHOUSE].then(whole(b"<html>maintenance</html>"))
    answer = await gateway.ask("/v1/chat/completions", body)
    assert answer.headers["x-gateway-destination"] == OPENAI
    assert gateway.heard_by == {INHOUSE: 1, OPENAI: 1}
