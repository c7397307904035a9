"""A call that brings more different words than any text has is not read for names, and counts as the worst."""

from __future__ import annotations

import random

import pytest

from gateway.classify.classifier import CallClassifier
from gateway.classify.names.word_room import LEAST_WORDS, TooManyWords, WordRoom
from gateway.types import Level
from tests.unit.gateway.classify.calls import chat


def _new_words(count: int) -> list[str]:
    source = random.Random(20_261_122)
    letters = [chr(point) for point in range(0x4E00, 0x9FFF)]
    return ["".join(source.choices(letters, k=2)) for _ in range(count)]


def test_names_are_read_in_as_many_different_words_as_there_is_room_for() -> None:
    room = WordRoom(0)
    room.take([[str(number) for number in range(LEAST_WORDS)], ["1", "2"]])
    with pytest.raises(TooManyWords):
        room.take([["one more"]])


def test_there_is_more_room_in_a_longer_call() -> None:
    room = WordRoom(10 * LEAST_WORDS)
    room.take([[str(number) for number in range(4 * LEAST_WORDS)]])
    with pytest.raises(TooManyWords):
        room.take([["one more"]])


def test_what_has_too_many_words_counts_as_regulated_and_is_still_read_for_the_rest(forgetful: CallClassifier) -> None:
    content = forgetful.read(chat(" ".join(_new_words(60_000)) + " jane.roe@example.com"))
    assert content.failed == ("names",)
    assert content.labels.level is Level.REGULATED
    assert "EMAIL_ADDRESS" in {each.type for each in content.findings}


def test_a_long_text_is_read_for_names(forgetful: CallClassifier) -> None:
    words = _new_words(20_000)
    drawn = random.Random(1).choices(words, [1 / rank for rank in range(1, len(words) + 1)], k=50_000)
    assert forgetful.read(chat(" ".join(drawn) + " Please ask Dr. Jane Roe.")).failed == ()
