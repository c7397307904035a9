from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from itertools import product

from gateway.classify.names.model import load_model
from gateway.classify.names.whole import whole

_LETTERS = "abcdefghijklmn"
_MOST_BYTES = 6_000_000
"""Sixteen thousand words, and as many again while they are replaced."""


def _new_words() -> Iterator[str]:
    """Texts of one window each, and no word of them twice."""
    words = ("".join(each) for each in product(_LETTERS, repeat=4))
    while text := " ".join(word for _, word in zip(range(1_600), words, strict=False)):
        yield text


def test_what_is_kept_of_words_is_bounded_however_many_are_new() -> None:
    model = load_model("latin.npz")
    held = []
    tracemalloc.start()
    try:
        for text in _new_words():
            model.names(text)
            held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert len(held) > 20
    assert max(held) < _MOST_BYTES


def test_chinese_characters_of_the_same_octets_hide_nobody() -> None:
    text = "Please ask Anna Kowalska about the invoice."
    twins = [word.encode().decode("utf-16-le") for word in ("Anna", "Kowalska")]
    assert [hash(word) for word in twins] == [hash("Anna"), hash("Kowalska")]
    model = load_model("latin.npz")
    model.names(" ".join(twins))
    assert [text[name.start : name.end] for name in whole(model.names(text), text)] == ["Anna Kowalska"]
