from __future__ import annotations

from gateway.classify.classifier import CallClassifier
from gateway.classify.detector import Notes, Passage
from gateway.classify.shadow import Shadow
from tests.unit.gateway.classify.calls import call_with, chat


def test_what_was_made_is_made_once_for_each_owner_and_text() -> None:
    made: list[str] = []

    def make() -> str:
        made.append("x")
        return f"made {len(made)}"

    first, second = (Passage.of("text", Shadow()) for _ in range(2))
    assert first.notes.of("a", str, make) == first.notes.of("a", str, make) == "made 1"
    assert first.notes.of("b", str, make) == "made 2"
    assert second.notes.of("a", str, make) == "made 3"


def test_what_is_of_another_kind_is_made_anew() -> None:
    notes = Notes()
    assert notes.of("a", str, lambda: "text") == "text"
    assert notes.of("a", int, lambda: 7) == 7


def test_a_text_is_read_alone_as_it_is_among_others(forgetful: CallClassifier) -> None:
    """Notes on all texts together serve the only one, and none of several."""
    texts = ("ssn 536-22-1234", "call (415) 555-0132", "NHS number 943 476 5919", "def f(x):\n    return x\n")
    together = forgetful.read(call_with({"parts": list(texts)}))
    found = {(each.type, each.start, each.end) for each in together.findings if each.type != "SOURCE_CODE"}
    alone = [each for text in texts for each in forgetful.read(chat(text)).findings if each.type != "SOURCE_CODE"]
    assert found == {(each.type, each.start, each.end) for each in alone}
    assert {"US_SSN", "PHONE_NUMBER", "UK_NHS"} <= {each.type for each in alone}
