"""Whoever is greeted, thanked, asked or quoted is somebody, with a first name that is an everyday word too."""

from __future__ import annotations

import pytest

from gateway.classify.detector import Budget, Passage
from gateway.classify.names.detector import load_detector
from gateway.classify.shadow import Shadow

DETECTOR = load_detector()
LEAST = 350
DOUBTED = ("Bob", "Mark", "Grant", "Will", "Marge", "Bill", "Pat", "Taylor", "Max", "Olive", "Nigel", "Clive")
"""First names that are words, brands or places as well."""
ROUND = (
    "Dear {},\nthank you for your letter.\n",
    "Hello {}!\n",
    "Thanks, {}\n",
    "See you on Monday.\n\nBest,\n{}",
    "I talked to {} yesterday.",
    "Please send it to {}.",
    "Bring {} the keys, please.",
    "let {} know that it rains",
    "{} is my neighbour.",
    "{} wrote: I agree.",
    "{} and I went home.",
    "{} will call you tomorrow.",
)
GREETED = (
    ("Liebe Bärbel,\nvielen Dank", ["Bärbel"]),
    ("Cher Frank,\nmerci", ["Frank"]),
    ("Hola Rosa, gracias", ["Rosa"]),
    ("Olá Hope!", ["Hope"]),
    ("Dear Jean-Luc,\nthe car is ready", ["Jean-Luc"]),
    ("Dear Chidi,\nthe car is ready", ["Chidi"]),
    ("Dear Bob and Mark,\nthe car is ready", ["Bob"]),
    ("Dear Bob Miller,\nthe car is ready", ["Bob Miller"]),
)
NOBODY = (
    "Dear Sir or Madam,\nthe car is ready\n",
    "Dear Customer,\nthe car is ready\n",
    "Dear Residents,\nthe lift is out of order\n",
    "Dear Santa,\nI was good\n",
    "Dear Doctor,\nmy knee hurts\n",
    "Hello World!\n",
    "Hello Docker!\n",
    "Thanks, everyone\n",
    "We met Max Headroom Software GmbH_X(1)\n",
    "asked Grant(role)\n",
    "The Old North Arabian, Lycian and Thai scripts\n",
    "show Page the way\n",
)


def people(text: str) -> list[str]:
    spans = DETECTOR.detect(Passage.of(text, Shadow()), Budget(float("inf"), lambda: 0.0))
    return [text[s.start : s.end] for s in spans if s.type == "PERSON" and s.score_milli >= LEAST]


@pytest.mark.parametrize("frame", ROUND, ids=lambda frame: repr(frame[:24]))
def test_what_stands_beside_a_first_name_outweighs_that_it_is_a_word(frame: str) -> None:
    texts = {name: frame.format(name) for name in DOUBTED}
    assert {name: people(text) for name, text in texts.items()} == {name: [name] for name in DOUBTED}


@pytest.mark.parametrize(("text", "names"), GREETED, ids=lambda value: repr(value)[:24])
def test_a_greeting_of_any_language_names_somebody(text: str, names: list[str]) -> None:
    assert [each for each in people(text) if each in names] == names


@pytest.mark.parametrize("text", NOBODY, ids=lambda text: repr(text[:24]))
def test_who_is_addressed_by_what_they_are_is_nobody(text: str) -> None:
    assert people(text) == []


def test_what_a_model_found_whole_stays_whole() -> None:
    assert people("On Monday Zainab Yusuf wrote:\n> I told Esperanza Cruz the same.\n") == [
        "Zainab Yusuf",
        "Esperanza Cruz",
    ]


def test_among_format_strings_only_a_greeting_counts() -> None:
    assert people("Could not give Grant the role %s\nNo %d such file\nasked Mark for %s\n") == []
