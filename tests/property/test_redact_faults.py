"""P12: detectors that fail, in every way that a detector can, never let a request or an answer through unread."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify.classifier import CallClassifier
from gateway.classify.detector import Budget, BudgetSpent, Passage, Span
from gateway.errors import RestoreFailed
from gateway.redact.redactor import build_redactor
from gateway.settings import ClassifySettings
from gateway.types import Category, Finding, Level, Obligations
from routers.types import LeafKind
from tests.property.redact_cases import TEXT, VALUES, share
from tests.unit.gateway.redact.made import KEY, call, chat, classification, findings, identity, redact
from tests.unit.gateway.redact.streams import CHAT, cut, streamed, whole


def spent() -> None:
    raise BudgetSpent


def broken() -> None:
    raise RuntimeError("ann@example.com")


def exhausted() -> None:
    raise MemoryError


def garbled() -> None:
    b"\xff".decode()


WAYS: list[Callable[[], None]] = [spent, broken, exhausted, garbled]


@dataclass
class Failing:
    """Finds every value, and fails in this way at the nth text."""

    way: Callable[[], None]
    after: int
    name: str = "failing"
    seen: int = field(default=0)

    def may_find(self, passage: Passage) -> bool:
        return True

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        self.seen += 1
        if self.seen > self.after:
            self.way()
        for value, kind in VALUES.items():
            if value in passage.text:
                start = passage.text.index(value)
                yield Span(start, start + len(value), kind, 900)


def reader(way: Callable[[], None], after: int) -> CallClassifier:
    clock = itertools.count()
    return CallClassifier([Failing(way, after)], ClassifySettings(), lambda: next(clock) * 1e-6)


@share(0.01)
@given(texts=st.lists(TEXT, min_size=1, max_size=4), way=st.sampled_from(WAYS), after=st.integers(0, 3))
def test_p12_a_call_that_was_not_read_to_its_end_is_regulated(
    texts: list[str], way: Callable[[], None], after: int
) -> None:
    classifier = reader(way, after)
    made = call(chat(*(text or "x" for text in texts)))
    content = classifier.read(made)
    failed = bool(content.failed)
    assert failed == (content.labels.level is Level.REGULATED)
    if failed:
        assert Category.UNKNOWN in content.labels.categories
    else:  # everything was read: then what was found is masked
        sealed = redact(made, content, obligations=Obligations(mask=frozenset(Category)))
        assert sealed.body == made.body or sealed.masked or sealed.dropped


@share(0.01)
@given(text=TEXT, size=st.integers(1, 9), way=st.sampled_from(WAYS), after=st.integers(0, 2))
def test_p12_an_answer_that_was_not_read_is_not_shown(
    text: str, size: int, way: Callable[[], None], after: int
) -> None:
    made = call(chat("hello"))
    duty = Obligations(answer_drop=frozenset({Category.PII_DIRECT}))
    said = "".join(f"{text}. Sentence {number}.\n" for number in range(4))
    sealed = build_redactor(KEY, reader(way, after)).redact(made, identity(), findings(made), duty)
    restorer = sealed.restorer.stream(CHAT)
    events = streamed(CHAT, cut(said, list(range(size, len(said), size))), source=False)
    shown: list[bytes] = []
    with pytest.raises(RestoreFailed):
        shown.extend(restorer.feed(event) for event in events)
    assert b"Sentence 3" not in b"".join(shown)
    assert b"[DONE]" not in b"".join(shown)
    with pytest.raises(RestoreFailed):
        build_redactor(KEY, reader(way, 0)).redact(made, identity(), findings(made), duty).restorer.whole(
            whole(CHAT, said, source=False)
        )


@share(0.01)
@given(text=TEXT, start=st.integers(-9, 90), length=st.integers(-9, 90))
def test_p12_a_finding_that_does_not_fit_masks_all_of_its_text(text: str, start: int, length: int) -> None:
    made = call(chat(f"mark-7 {text}"))
    index = next(
        i for i, leaf in enumerate(made.leaves) if leaf.kind is LeafKind.STRING and leaf.text.startswith("mark-7")
    )
    size = len(made.leaves[index].text)
    sealed = redact(
        made, classification(Finding(index, start, start + length, "PERSON", Category.PII_DIRECT, 900, "t"))
    )
    if not 0 <= start < start + length <= size:
        assert b"mark-7" not in sealed.body
    assert json.loads(sealed.restorer.whole(sealed.body)[0]) == json.loads(made.body)
