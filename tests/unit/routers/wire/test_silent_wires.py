"""Vectors and counts: nothing to restore, nothing to stream, token input named."""

from __future__ import annotations

import pytest

from routers.types import Dialect, Usage
from routers.wire import WIRES

EMBEDDINGS, COUNT = WIRES[Dialect.OPENAI_EMBEDDINGS], WIRES[Dialect.ANTHROPIC_COUNT_TOKENS]


@pytest.mark.parametrize(
    ("given", "features"),
    [("a", set()), (["a", "b"], set()), ([1, 2], {"tokens"}), ([[1], [2]], {"tokens"}), (["a", 7], {"tokens"})],
)
def test_an_input_of_numbers_is_named(given: object, features: set[str]) -> None:
    assert EMBEDDINGS.features({"input": given, "stream": True}) == features


def test_a_counted_request_uses_what_a_sent_one_would() -> None:
    block = {"type": "image", "source": {"type": "base64", "data": ""}}
    body = {"messages": [{"role": "user", "content": [block]}], "tools": [{"name": "t"}], "stream": True}
    assert COUNT.features(body) == {"images", "tools"}


def test_answers_tell_tokens() -> None:
    assert EMBEDDINGS.answer({"model": "e", "usage": {"prompt_tokens": 4}}) == (Usage(4, None), "e")
    assert COUNT.answer({"input_tokens": 9}) == (Usage(9, None), None)


@pytest.mark.parametrize("wire", [EMBEDDINGS, COUNT])
def test_a_stream_never_counts_as_complete(wire: object) -> None:
    watch = wire.watch()
    watch.feed(b'data: {"data":[]}\n\ndata: [DONE]\n\n')
    assert not wire.streams
    assert not watch.complete
    assert list(wire.slots({"data": [{"text": "x"}]})) == list(wire.whole_slots({"text": "x"})) == []
    assert wire.closes({}) == set()
    assert wire.continuation("x", {}, "y") == b""
