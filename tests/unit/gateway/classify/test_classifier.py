from __future__ import annotations

from collections.abc import Iterable

import pytest

from gateway.classify.classifier import CallClassifier
from gateway.classify.detector import Budget, Passage, Span
from gateway.settings import ClassifySettings
from gateway.types import Category, Classification, Declared, Level
from tests.unit.gateway.classify.calls import call_with, chat

CLINICAL_NOTE = (
    "Patient: Jane Roe\nMRN: 00482913\nDOB: 04/12/1957\n"
    "Diagnosed with type 2 diabetes, prescribed metformin 500 mg BID."
)
PYTHON = "def add(first, second):\n    total = first + second\n    return total\n\nclass Ledger:\n    pass\n"

CONTENT = [
    ("public question", "What is the capital of France?", Level.INTERNAL, set()),
    ("card number", "My card is 4111 1111 1111 1111, thanks", Level.RESTRICTED, {Category.PCI_PAN}),
    ("aws key", "use AKIAIOSFODNN7EXAMPLE for it", Level.RESTRICTED, {Category.CREDENTIAL}),
    ("resident id", "身份证号码：11010519491231002X", Level.RESTRICTED, {Category.GOV_ID, Category.CN_PERSONAL}),
    ("chinese person", "联系人：张伟，手机13812345678", Level.CONFIDENTIAL, {Category.CN_PERSONAL}),
    ("clinical note", CLINICAL_NOTE, Level.RESTRICTED, {Category.PHI, Category.PII_DIRECT, Category.PII_QUASI}),
    ("code", PYTHON, Level.CONFIDENTIAL, {Category.SOURCE_CODE}),
    ("e-mail", "write to jane.roe@example.com", Level.CONFIDENTIAL, {Category.PII_DIRECT}),
    ("itar", "ITAR: this drawing is controlled", Level.REGULATED, {Category.EXPORT_CONTROL}),
    ("cui", "CUI//SP-CTI\nThe attached table", Level.REGULATED, {Category.CUI}),
    ("privilege", "Attorney-client privileged: see below", Level.RESTRICTED, {Category.LEGAL_PRIVILEGE}),
    ("roadmap", "The unreleased product Falcon ships in spring", Level.RESTRICTED, {Category.TRADE_SECRET}),
]


@pytest.mark.parametrize(("name", "text", "level", "categories"), CONTENT, ids=[row[0] for row in CONTENT])
def test_content_gets_its_level_and_categories(
    classifier: CallClassifier, name: str, text: str, level: Level, categories: set[Category]
) -> None:
    labels = classifier.read(chat(text)).labels
    assert (labels.level, labels.categories) == (level, categories)


PLACES = [
    {"messages": [{"role": "system", "content": "SSN 536-22-1234"}]},
    {"messages": [{"role": "user", "content": [{"type": "text", "text": "SSN 536-22-1234"}]}]},
    {"messages": [{"role": "assistant", "tool_calls": [{"function": {"arguments": '{"ssn": "536-22-1234"}'}}]}]},
    {"system": [{"type": "text", "text": "SSN 536-22-1234"}]},
    {"tools": [{"name": "t", "description": "SSN 536-22-1234"}]},
    {"never_heard_of": {"deep": [["SSN 536-22-1234"]]}},
    {"metadata": {"ssn 536-22-1234": True}},
    {"messages": [{"content": [{"type": "document", "source": {"type": "text", "data": "SSN 536-22-1234"}}]}]},
]


@pytest.mark.parametrize("body", PLACES, ids=lambda body: next(iter(body)))
def test_every_place_of_a_body_is_read(classifier: CallClassifier, body: dict[str, object]) -> None:
    assert Category.GOV_ID in classifier.read(call_with(body)).labels.categories


def test_a_number_is_read_like_text(classifier: CallClassifier) -> None:
    content = classifier.read(call_with({"input": {"card": 4111111111111111}}))
    assert [finding.type for finding in content.findings] == ["CREDIT_CARD"]


def test_a_finding_points_at_its_leaf_in_code_points(classifier: CallClassifier) -> None:
    call = chat("Grüße 😀 an jane.roe@example.com!")
    (finding,) = classifier.read(call).findings
    assert call.leaves[finding.leaf].text[finding.start : finding.end] == "jane.roe@example.com"


def test_nothing_of_a_value_is_in_the_classification(classifier: CallClassifier) -> None:
    text = repr(classifier.read(chat(CLINICAL_NOTE + " jane.roe@example.com AKIAIOSFODNN7EXAMPLE")))
    assert not [value for value in ("Jane", "00482913", "1957", "example.com", "AKIA", "metformin") if value in text]


DECLARED = [
    ("raises", "hello", Declared(Level.REGULATED), Level.REGULATED),
    ("never lowers", "4111 1111 1111 1111", Declared(Level.PUBLIC), Level.RESTRICTED),
    ("states that it is published", "hello", Declared(Level.PUBLIC), Level.PUBLIC),
    ("a category sets its floor", "hello", Declared(None, frozenset({Category.CUI})), Level.REGULATED),
    ("a category beats a declared level", "hello", Declared(Level.PUBLIC, frozenset({Category.PHI})), Level.RESTRICTED),
    ("nothing", "hello", Declared(), Level.INTERNAL),
]


@pytest.mark.parametrize(("name", "text", "declared", "level"), DECLARED, ids=[row[0] for row in DECLARED])
def test_a_declared_label(classifier: CallClassifier, name: str, text: str, declared: Declared, level: Level) -> None:
    assert classifier.read(chat(text, declared)).labels.level is level


class Broken:
    name = "broken"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def may_find(self, passage: Passage) -> bool:
        return True

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        yield Span(0, 5, "EMAIL_ADDRESS", 900)
        raise self.error


@pytest.mark.parametrize("error", [ValueError("jane"), RecursionError(), MemoryError(), TimeoutError()], ids=repr)
def test_a_detector_that_fails_counts_as_regulated(error: Exception) -> None:
    content = CallClassifier([Broken(error)], ClassifySettings(), lambda: 0.0).read(chat("hello world"))
    assert content.failed == ("broken",)
    assert content.labels.level is Level.REGULATED
    assert Category.UNKNOWN in content.labels.categories
    assert {finding.type for finding in content.findings} == {"EMAIL_ADDRESS"}


def test_what_a_failing_detector_says_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    CallClassifier([Broken(ValueError("jane.roe@example.com"))], ClassifySettings(), lambda: 0.0).read(chat("hello"))
    assert "broken" in caplog.text
    assert "jane" not in caplog.text


def test_a_spent_budget_counts_as_regulated(classifier: CallClassifier) -> None:
    seconds = iter(range(0, 10_000, 100))
    spent = CallClassifier([Broken(ValueError())], ClassifySettings(timeout_s=1), lambda: float(next(seconds)))
    content = spent.read(chat("hello"))
    assert (content.failed, content.labels.level) == (("reader",), Level.REGULATED)


def test_one_text_is_classified_like_a_call(classifier: CallClassifier) -> None:
    content = classifier.read_text("write to jane.roe@example.com")
    assert isinstance(content, Classification)
    assert [finding.type for finding in content.findings] == ["EMAIL_ADDRESS"]
