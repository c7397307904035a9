"""A model that bears a first name is nobody where a text means the model; whoever else bears it is somebody."""

from __future__ import annotations

import pytest

from gateway.classify.detector import Budget, Passage
from gateway.classify.names.detector import load_detector
from gateway.classify.shadow import Shadow

DETECTOR = load_detector()
LEAST = 350
MODELS = (
    "Hello Claude!",
    "Hi Claude, please summarise this report.",
    "Hey Copilot, write tests for this class.",
    "You are Claude, a helpful assistant.",
    "Compare Claude 3.5 with GPT-4o on this task.",
    "Use Claude or ChatGPT for the first draft.",
    "What do Anthropic's Claude and other language models cost?",
    "Hi Siri, call a taxi",
)
PEOPLE = (
    ("My uncle Claude lives in Lyon.", "Claude"),
    ("I had dinner with Claude yesterday.", "Claude"),
    ("Claude and his wife moved to Nantes.", "Claude"),
    ("Dear team,\nplease send the contract to Claude before noon.", "Claude"),
    ("You are Claude Dupont and you rent a flat.", "Claude Dupont"),
    ("The letter from Alexa Schneider arrived.", "Alexa Schneider"),
    ("Patient: Claude, born 1971", "Claude"),
)


def people(text: str) -> list[str]:
    spans = DETECTOR.detect(Passage.of(text, Shadow()), Budget(float("inf"), lambda: 0.0))
    return [text[s.start : s.end] for s in spans if s.type == "PERSON" and s.score_milli >= LEAST]


@pytest.mark.parametrize("text", MODELS)
def test_a_model_that_is_meant_is_nobody(text: str) -> None:
    assert people(text) == []


@pytest.mark.parametrize(("text", "name"), PEOPLE)
def test_whoever_else_bears_the_name_is_somebody(text: str, name: str) -> None:
    assert people(text) == [name]
