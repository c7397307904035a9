"""What is remembered between calls, and what never is."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from gateway.classify.classifier import CallClassifier
from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.memory.local import LocalMemory
from gateway.classify.memory.opening import Kept
from gateway.settings import ClassifySettings
from gateway.types import Call, Level
from tests.unit.gateway.classify.calls import call_with

SECRET = bytes(range(32))


@dataclass(slots=True)
class Watched:
    """Finds every `needle`, notes what it reads, fails when told to."""

    name: str = "watched"
    revision: str = "1"
    read: list[str] = field(default_factory=list)
    error: Exception | None = None

    def may_find(self, passage: Passage) -> bool:
        return True

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        self.read.append(passage.text)
        if self.error is not None:
            raise self.error
        place = passage.text.find("needle")
        return [Span(place, place + 6, "PERSON", 900)] if place >= 0 else []


def chat(*texts: str) -> Call:
    return call_with({"messages": [{"role": "user", "content": text} for text in texts]})


def classifier_of(detector: Watched, memory: LocalMemory | None = None, secret: bytes = SECRET) -> CallClassifier:
    kept = Kept(LocalMemory(100_000) if memory is None else memory, secret)
    return CallClassifier([detector], ClassifySettings(), time.monotonic, kept=kept)


def test_a_text_is_read_once_and_its_findings_count_wherever_it_comes_again() -> None:
    detector = Watched()
    classifier = classifier_of(detector)
    classifier.read(chat("A needle.", "Some hay."))
    detector.read.clear()
    content = classifier.read(chat("Something new.", "Some hay.", "A needle."))
    assert detector.read == ["Something new."]
    assert [(each.leaf, each.start) for each in content.findings] == [(12, 2)]


def test_the_same_text_under_another_field_is_read_again() -> None:
    detector = Watched()
    classifier = classifier_of(detector)
    classifier.read(call_with({"phone": "needle"}))
    detector.read.clear()
    classifier.read(call_with({"fax": "needle"}))
    assert "needle" in detector.read


@pytest.mark.parametrize("error", [ValueError(), TimeoutError(), MemoryError()], ids=repr)
def test_a_reading_that_failed_is_not_kept(error: Exception) -> None:
    detector = Watched(error=error)
    memory = LocalMemory(100_000)
    classifier = classifier_of(detector, memory)
    assert classifier.read(chat("A needle.")).labels.level is Level.REGULATED
    assert len(memory) == 0
    detector.error = None
    content = classifier.read(chat("A needle."))
    assert (content.failed, len(content.findings)) == ((), 1)


def test_a_reading_cut_by_the_budget_is_not_kept() -> None:
    memory = LocalMemory(100_000)
    kept = Kept(memory, SECRET)
    seconds = iter(range(0, 100_000, 100))
    cut = CallClassifier([Watched()], ClassifySettings(timeout_s=1), lambda: float(next(seconds)), kept=kept)
    assert cut.read(chat("A needle.")).failed
    assert len(memory) == 0


def test_a_detector_that_changed_reads_everything_again() -> None:
    detector = Watched()
    classifier = classifier_of(detector)
    classifier.read(chat("A needle."))
    detector.read.clear()
    detector.revision = "2"
    classifier.read(chat("A needle."))
    assert detector.read == ["A needle."]


def test_a_reading_during_which_a_detector_changed_is_not_kept() -> None:
    class Changing(Watched):
        def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
            self.revision += "'"
            return []

    memory = LocalMemory(100_000)
    classifier_of(Changing(), memory).read(chat("A needle."))
    assert len(memory) == 0


def test_who_does_not_know_the_secret_finds_nothing_of_another_process() -> None:
    detector, memory = Watched(), LocalMemory(100_000)
    classifier_of(detector, memory).read(chat("A needle."))
    detector.read.clear()
    classifier_of(detector, memory, bytes(32)).read(chat("A needle."))
    assert detector.read == ["A needle."]


def test_health_terms_remembered_from_an_earlier_turn_count_beside_a_name_in_a_later_one(
    classifier: CallClassifier,
) -> None:
    terms = "The biopsy showed a carcinoma, chemotherapy begins in May."
    assert "HEALTH_RECORD" not in {each.type for each in classifier.read(chat(terms)).findings}
    content = classifier.read(chat(terms, "Send it to dana.whitfield@example.com."))
    assert [each.leaf for each in content.findings if each.type == "HEALTH_RECORD"] == [4]


def test_remembered_or_not_the_answer_is_the_same(classifier: CallClassifier, forgetful: CallClassifier) -> None:
    texts = [
        "Card 4111 1111", "1111 1111.", "ann@example.com", "%64ana%40example.com", "password=Xk29fjQ0dkW1",
        "MRN: 00482913, diagnosed with asthma", "def f(x):\n    return x\n", "call (415) 555-0132",
    ]  # fmt: skip
    for count in (3, 5, 8, 8):
        call = chat(*texts[:count])
        assert classifier.read(call) == forgetful.read(call)
