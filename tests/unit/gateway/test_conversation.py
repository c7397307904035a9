"""A conversation is told by what is resent with every turn, in every dialect, or by the state it goes on from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.conversation import conversation_key, conversation_name
from gateway.types import Labels, Level, Memory, TenantId
from routers.types import DestinationId, Dialect, ModelName
from tests.unit.gateway.redact.made import call

Json = dict[str, object]
FIRST = {"role": "user", "content": [{"type": "input_text", "text": "first"}]}
SAID = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "said"}]}
NEXT = {"role": "user", "content": "next"}
KEY = bytes(32)


def name(body: Json, dialect: Dialect = Dialect.OPENAI_RESPONSES) -> bytes:
    return conversation_name(call({"model": "m", **body}, dialect))


TURNS: list[tuple[Dialect, Json, Json, Json]] = [
    (
        Dialect.OPENAI_RESPONSES,
        {"instructions": "be brief", "input": [FIRST]},
        {"instructions": "be brief", "input": [FIRST, SAID, NEXT]},
        {"instructions": "be brief", "input": [NEXT]},
    ),
    (
        Dialect.OPENAI_RESPONSES,
        {"input": "first"},
        {"input": "first", "temperature": 1},
        {"input": "first", "instructions": "be brief"},
    ),
    (Dialect.OPENAI_COMPLETIONS, {"prompt": ["a", "b"]}, {"prompt": ["a", "b"], "n": 2}, {"prompt": ["a", "c"]}),
    (
        Dialect.ANTHROPIC_COUNT_TOKENS,
        {"system": "be brief", "messages": [{"role": "user", "content": "first"}]},
        {"system": "be brief", "messages": [{"role": "user", "content": "first"}, NEXT]},
        {"system": "be long", "messages": [{"role": "user", "content": "first"}]},
    ),
]


@pytest.mark.parametrize(("dialect", "first", "later", "other"), TURNS)
def test_a_later_turn_is_the_same_conversation_and_another_beginning_is_not(
    dialect: Dialect, first: Json, later: Json, other: Json
) -> None:
    assert name(first, dialect) == name(later, dialect)
    assert name(first, dialect) != name(other, dialect)


def test_counting_and_sending_are_one_conversation() -> None:
    body: Json = {"messages": [{"role": "user", "content": "first"}]}
    assert name(body, Dialect.ANTHROPIC_COUNT_TOKENS) == name(body, Dialect.ANTHROPIC_MESSAGES)


def test_all_embeddings_of_a_tenant_are_one_conversation_and_of_nobody_else() -> None:
    one, other = (call({"input": text}, Dialect.OPENAI_EMBEDDINGS) for text in ("a document", "a question"))
    assert conversation_key(KEY, TenantId("acme"), one) == conversation_key(KEY, TenantId("acme"), other)
    assert conversation_key(KEY, TenantId("acme"), one) != conversation_key(KEY, TenantId("other"), one)


def test_what_builds_on_stored_state_goes_on_where_that_began() -> None:
    began = call({"input": [FIRST]}, Dialect.OPENAI_RESPONSES, conversation="named")
    memory = Memory(conversation_name(began), DestinationId("d"), ModelName("m"), Labels(Level.INTERNAL, frozenset()))
    later = replace(call({"input": "something else"}, Dialect.OPENAI_RESPONSES), memory=memory)
    assert conversation_key(KEY, TenantId("acme"), later) == conversation_key(KEY, TenantId("acme"), began)
