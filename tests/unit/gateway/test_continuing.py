"""An answer that outlives the destination that began it: who may go on, with what, and what is closed in the end."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

import pytest

from gateway.continuing import LastingAnswer, Rest, can_continue, with_said
from routers.catalog import CONTINUATION
from routers.errors import UpstreamCut
from routers.types import DestinationId, Dialect, Ending, Kind, Target
from routers.wire.continuing import Begun
from tests.fakes.answers import openai_events
from tests.fakes.targets import target
from tests.unit.gateway.redact.made import call

CHAT = Dialect.OPENAI_CHAT
CUT = UpstreamCut(DestinationId("outside"), Ending.CUT)


def house(**changes: object) -> Target:
    found = target("house")
    usual = {"kind": Kind.INHOUSE, "capabilities": frozenset({CONTINUATION}), "dialects": frozenset({CHAT})}
    return replace(found, destination=replace(found.destination, **(usual | changes)))  # type: ignore[arg-type]


TARGETS = [
    (house(), True),
    (house(kind=Kind.VENDOR), False),
    (house(kind=Kind.CLOSED), False),
    (house(capabilities=frozenset({"stream", "tools"})), False),
    (house(dialects=frozenset({Dialect.ANTHROPIC_MESSAGES})), False),
]


@pytest.mark.parametrize(("place", "may"), TARGETS)
def test_only_the_house_goes_on_and_only_in_the_callers_own_dialect(place: Target, may: bool) -> None:
    assert can_continue(place, CHAT) is may


def test_what_was_said_is_a_leaf_like_any_other_so_that_it_is_classified_too() -> None:
    asked = call({"model": "m", "messages": [{"role": "user", "content": "Who?"}]}, CHAT)
    further = with_said(asked, "Dana Roe")
    assert further is not None
    assert "Dana Roe" in {leaf.text for leaf in further.leaves}
    assert (further.request_id, further.model, further.dialect) == (asked.request_id, asked.model, asked.dialect)
    assert with_said(call({"model": "m", "messages": [], "n": 2}, CHAT), "x") is None


class Stream:
    """A delivered answer: these pieces, then a cut or an end."""

    def __init__(self, *pieces: bytes, cut: bool = False) -> None:
        self.pieces, self.cut, self.closed = list(pieces), cut, 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self.pieces:
            return self.pieces.pop(0)
        if self.cut:
            raise CUT
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self.closed += 1


async def test_the_rest_follows_a_comment_and_both_streams_are_closed() -> None:
    first = Stream(*openai_events(("The ",))[:2], cut=True)
    second = Stream(*openai_events(("end.",)))
    asked: list[str] = []

    async def go_on(begun: Begun) -> Rest:
        asked.append(begun.said)
        return Rest(second, "house", "17")

    answer = LastingAnswer(first, CHAT, go_on)
    shown = b"".join([piece async for piece in answer])
    await answer.aclose()
    assert asked == ["The "]
    assert b": continued by house, audit record 17\n\n" in shown
    assert shown.endswith(b"data: [DONE]\n\n")
    assert (first.closed, second.closed) == (1, 1)


async def test_nobody_is_asked_about_an_answer_too_long_to_remember() -> None:
    long = openai_events(("x" * (5 * 1024 * 1024),))[:2]

    async def go_on(begun: Begun) -> Rest | None:
        raise AssertionError("it is not remembered")

    answer = LastingAnswer(Stream(*long, cut=True), CHAT, go_on)
    with pytest.raises(UpstreamCut):
        [piece async for piece in answer]


async def test_when_nobody_goes_on_the_first_error_stands() -> None:
    async def go_on(begun: Begun) -> Rest | None:
        return None

    answer = LastingAnswer(Stream(*openai_events(("The ",))[:2], cut=True), CHAT, go_on)
    with pytest.raises(UpstreamCut) as cut:
        [piece async for piece in answer]
    assert cut.value is CUT
