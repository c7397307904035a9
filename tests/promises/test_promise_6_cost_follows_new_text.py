"""Cost follows new text: a conversation that is sent again with one more turn costs that turn.

Proved by counting what detectors are given to read, not by the clock: every character that is looked at, even to say
that there is nothing in it, counts. `scripts/bench resent` measures the same in CPU time.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import pytest

from gateway.app import Prepared
from gateway.classify.classifier import CallClassifier
from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.memory.opening import open_memory
from gateway.classify.windows import OVERLAP, WINDOW, windows
from gateway.settings import ClassifySettings
from tests.fakes.upstream import ScriptedUpstream
from tests.integration.composition import PUBLIC, Json, gateway_at
from tests.unit.gateway.classify.calls import call_with

SENTENCE = "The tide rises twice a day because the earth turns beneath two bulges of water. "
SLACK = 1.3
"""Windows overlap and end at white space: this much more than their share of a text is read at most."""
MOST_FOR_NEW_TEXT = 2.0


@dataclass(slots=True)
class CountingDetector:
    """Counts what it is given to read, in the windows that the engine uses. Finds `tide`."""

    name: str = "counting"
    glanced: int = 0
    read: list[str] = field(default_factory=list)

    def may_find(self, passage: Passage) -> bool:
        self.glanced += len(passage.text)
        return True

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        self.read += [passage.text[start:end] for start, end in windows(passage.text)]
        place = passage.text.find("tide")
        return [Span(place, place + 4, "PERSON", 900)] if place >= 0 else []

    def taken(self) -> tuple[int, int]:
        """The characters looked at and the characters read since the last time."""
        taken = self.glanced, sum(map(len, self.read))
        self.glanced, self.read = 0, []
        return taken


def conversation(turns: int) -> Json:
    messages = [
        {"role": ("user", "assistant")[turn % 2], "content": f"Turn {turn}. " + SENTENCE * 40} for turn in range(turns)
    ]
    return {"model": "auto", "messages": messages}


def classifier_of(detector: CountingDetector, cache_bytes: int = 1 << 24) -> CallClassifier:
    settings = ClassifySettings(cache_bytes=cache_bytes)
    return CallClassifier([detector], settings, time.monotonic, kept=open_memory(settings, None, time.monotonic))


async def test_reading_is_linear_in_the_length_of_the_request(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    detector = CountingDetector()
    counting = replace(base, classifier=classifier_of(detector, cache_bytes=0))
    taken: dict[int, int] = {}
    async with gateway_at(tmp_path / "state", counting, upstreams) as gateway:
        for turns in (1, 11, 101):
            answer = await gateway.ask("/v1/chat/completions", conversation(turns), headers=PUBLIC)
            assert answer.status_code == 200
            taken[turns] = detector.taken()[1]
    text = len(SENTENCE) * 40
    assert all(turns * text <= taken[turns] <= SLACK * turns * (text + 200) for turns in taken)


@pytest.mark.parametrize("turns", [10, 100])
async def test_a_turn_that_resends_its_history_reads_only_what_is_new(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream], turns: int
) -> None:
    detector = CountingDetector()
    counting = replace(base, classifier=classifier_of(detector))
    new = len(SENTENCE) * 40
    async with gateway_at(tmp_path / "state", counting, upstreams) as gateway:
        await gateway.ask("/v1/chat/completions", conversation(turns), headers=PUBLIC)
        assert detector.taken()[1] >= turns * new
        answer = await gateway.ask("/v1/chat/completions", conversation(turns + 1), headers=PUBLIC)
        glanced, read = detector.taken()
        assert answer.status_code == 200
        assert new <= read <= MOST_FOR_NEW_TEXT * new
        assert glanced <= MOST_FOR_NEW_TEXT * new
        await gateway.ask("/v1/chat/completions", conversation(turns + 1), headers=PUBLIC)
        assert detector.taken() == (0, 0)


async def test_what_was_found_in_the_history_counts_in_every_turn() -> None:
    detector = CountingDetector()
    remembering, forgetful = classifier_of(detector), classifier_of(detector, cache_bytes=0)
    for turns in (3, 4, 4):
        call = call_with(conversation(turns))
        assert remembering.read(call) == forgetful.read(call)
        assert len(remembering.read(call).findings) == turns


def test_windows_of_a_long_text_cover_it_and_are_as_many_as_its_length_asks_for() -> None:
    for length in (WINDOW, 10 * WINDOW, 100 * WINDOW):
        text = (SENTENCE * (length // len(SENTENCE) + 1))[:length]
        found = list(windows(text))
        assert found[0][0] == 0
        assert found[-1][1] == length
        assert all(later[0] <= earlier[1] for earlier, later in pairwise(found))
        assert len(found) <= length / (WINDOW - 2 * OVERLAP) + 1
