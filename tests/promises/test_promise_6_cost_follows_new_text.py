"""Cost follows new text, as far as that holds today.

What holds: what a detector reads grows in proportion to the request, however long the history is, and a question that
was answered before is not evaluated again. What is not there yet: a memory of parts already read. A turn that resends
its history is read whole again, and the second test says so in numbers.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from gateway.app import Prepared
from gateway.classify.classifier import CallClassifier
from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.windows import OVERLAP, WINDOW, windows
from gateway.settings import ClassifySettings
from tests.fakes.upstream import ScriptedUpstream
from tests.integration.composition import PUBLIC, Json, gateway_at

SENTENCE = "The tide rises twice a day because the earth turns beneath two bulges of water. "
SLACK = 1.3
"""Windows overlap and end at white space: this much more than their share of a text is read at most."""


@dataclass(slots=True)
class CountingDetector:
    """Counts what it is given to read, in the windows that the engine uses."""

    name: str = "counting"
    characters: int = 0

    def may_find(self, passage: Passage) -> bool:
        return True

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        self.characters += sum(end - start for start, end in windows(passage.text))
        return ()

    def taken(self) -> int:
        """The characters read since the last time."""
        taken, self.characters = self.characters, 0
        return taken


def conversation(turns: int) -> Json:
    messages = [{"role": ("user", "assistant")[turn % 2], "content": SENTENCE * 40} for turn in range(turns)]
    return {"model": "auto", "messages": messages}


async def test_reading_is_linear_in_the_length_of_the_request(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    detector = CountingDetector()
    counting = replace(base, classifier=CallClassifier([detector], ClassifySettings(), time.monotonic))
    read: dict[int, int] = {}
    async with gateway_at(tmp_path / "state", counting, upstreams) as gateway:
        for turns in (1, 11, 101):
            answer = await gateway.ask("/v1/chat/completions", conversation(turns), headers=PUBLIC)
            assert answer.status_code == 200
            read[turns] = detector.taken()
    text = len(SENTENCE) * 40
    assert all(turns * text <= read[turns] <= SLACK * turns * text + 100 for turns in read)


async def test_history_sent_again_is_read_again(
    tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    detector = CountingDetector()
    counting = replace(base, classifier=CallClassifier([detector], ClassifySettings(), time.monotonic))
    async with gateway_at(tmp_path / "state", counting, upstreams) as gateway:
        await gateway.ask("/v1/chat/completions", conversation(11), headers=PUBLIC)
        first = detector.taken()
        await gateway.ask("/v1/chat/completions", conversation(11), headers=PUBLIC)
        assert detector.taken() == first


def test_windows_of_a_long_text_cover_it_and_are_as_many_as_its_length_asks_for() -> None:
    for length in (WINDOW, 10 * WINDOW, 100 * WINDOW):
        text = (SENTENCE * (length // len(SENTENCE) + 1))[:length]
        found = list(windows(text))
        assert found[0][0] == 0
        assert found[-1][1] == length
        assert all(later[0] <= earlier[1] for earlier, later in pairwise(found))
        assert len(found) <= length / (WINDOW - 2 * OVERLAP) + 1
