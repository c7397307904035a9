"""A finder finds what `regex` finds, whichever of its three ways it takes."""

from __future__ import annotations

import random

import pytest
import regex

from gateway.classify.presidio.spans import Finder, Reading
from gateway.classify.shadow import OwnLetters, Shadow

SHADOW, OWN = Shadow(), OwnLetters()
PATTERNS = (
    r"\b\d{3}-\d{2}\b",
    r"(?<!\d)\d{2,3}(?!\d)",
    r"([:-])ab\1",
    r"\w+@\w+(?:\.\w+)+",
    r"\b((?=.*?[a-z])(?=.*?[0-9]{2})[\w-]{4})\b",
    r"a*",
    r"(?<=tel ?)\d+",
    r"[äö]\d",
    r"x(?=.*y)|z",
    r"\b[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1)[0-9a-f]{2}\b",
    r"(?<![\w:])(?:[a-k0-9]{1,2}:){1,3}|::[a-k]\b",
    r"-\b",
)
ALPHABET = "abxyz019 -:.@\n\x0bäéKſ٣３—姓ａ："
FLAGS = regex.I | regex.S | regex.M


@pytest.mark.parametrize("pattern", PATTERNS)
def test_places_are_those_of_the_pattern_engine(pattern: str) -> None:
    source = random.Random(9)
    finder, exact = Finder(pattern, FLAGS, 2.0), regex.compile(pattern, FLAGS)
    for _ in range(600):
        text = "".join(source.choices(ALPHABET, k=source.randint(0, 40)))
        reading = Reading.of(text, SHADOW.of(text), source.choice((None, OWN)))
        found = {span for span in finder.spans(reading) if span[0] < span[1]}
        assert found == {match.span() for match in exact.finditer(text) if match.group()}, text


def test_a_pattern_that_only_seems_to_begin_everywhere_is_read_in_windows() -> None:
    text = "é" * 4_000 + "é1"
    finder = Finder(r"[^\W\d]+1(?<=z1)|é1", FLAGS, 2.0)
    assert list(finder.spans(Reading.of(text, SHADOW.of(text))))[-1] == (len(text) - 2, len(text))
