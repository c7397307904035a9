"""Presidio's recognizers behind our engine: what plugs in, what fails closed, what never leaves."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from gateway.classify.classifier import CallClassifier
from gateway.classify.detector import Budget, BudgetSpent, Passage
from gateway.classify.presidio import (
    Pattern,
    PatternRecognizer,
    PatternTimeout,
    PresidioDetector,
    load_recognizers,
)
from gateway.classify.presidio.library import EntityRecognizer, NlpArtifacts, RecognizerResult
from gateway.classify.shadow import Shadow
from gateway.classify.taxonomy.table import TYPES
from gateway.settings import ClassifySettings
from gateway.types import Level
from tests.unit.gateway.classify.calls import chat

BUDGET = Budget(1.0, lambda: 0.0)
SHADOW = Shadow()


@pytest.fixture(scope="module")
def detector() -> PresidioDetector:
    return PresidioDetector(load_recognizers(("en",), frozenset(TYPES)), score_milli=0)


def test_a_clean_text_runs_no_recognizer(detector: PresidioDetector) -> None:
    passage = Passage.of("What is the capital of France — and why? 解释一下。", SHADOW)
    assert not detector.may_find(passage)


def test_a_word_in_the_field_name_counts_as_context() -> None:
    detector = PresidioDetector(load_recognizers(("en",), frozenset(TYPES)), score_milli=350)
    assert list(detector.detect(Passage.of("4155550132", SHADOW), BUDGET)) == []
    (span,) = detector.detect(Passage.of("4155550132", SHADOW, "phone"), BUDGET)
    assert span.type == "PHONE_NUMBER"


class TicketRecognizer(PatternRecognizer):
    def __init__(self, pattern: str) -> None:
        super().__init__("TICKET", patterns=[Pattern("ticket", pattern, 0.5)], context=["ticket"])


def test_a_custom_recognizer_plugs_in_unchanged() -> None:
    detector = PresidioDetector([TicketRecognizer(r"\bT-\d{4}\b")], score_milli=0)
    assert [(s.type, s.score_milli) for s in detector.detect(Passage.of("ticket T-1234", SHADOW), BUDGET)] == [
        ("TICKET", 850)
    ]


class WordRecognizer(EntityRecognizer):
    """No pattern: reads the tokens and their places, and raises scores in its own way."""

    def __init__(self) -> None:
        super().__init__(["LOUD_WORD"], name="loud")

    def load(self) -> None: ...

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        assert nlp_artifacts.keywords == [word.lower() for word in nlp_artifacts.keywords]
        places = zip(nlp_artifacts.tokens, nlp_artifacts.tokens_indices, strict=True)
        return [
            RecognizerResult("LOUD_WORD", place, place + len(token), 0.6)
            for token, place in places
            if token.text.isupper()
        ]


def test_a_recognizer_that_is_no_pattern_runs_as_it_is_and_reads_the_tokens() -> None:
    detector = PresidioDetector([WordRecognizer()], score_milli=350)
    text = "now STOP it " + "quiet " * 1_000 + "HERE"
    spans = list(detector.detect(Passage.of(text, SHADOW), BUDGET))
    assert [text[each.start : each.end] for each in sorted(spans, key=lambda each: each.start)] == ["STOP", "HERE"]


def test_time_that_is_used_up_ends_a_recognizer_that_cannot_be_bounded() -> None:
    now_s = iter(range(1_000))
    detector = PresidioDetector([WordRecognizer()], score_milli=350)
    with pytest.raises(BudgetSpent):
        list(detector.detect(Passage.of("word " * 20_000, SHADOW), Budget(10, lambda: float(next(now_s)))))


class SlowCheckRecognizer(PatternRecognizer):
    """Looks for its pattern in its own way, on the compiled pattern that Presidio keeps."""

    def __init__(self) -> None:
        super().__init__("TICKET", patterns=[Pattern("ticket", r"a(?:(?:a|aa)+)+(?=!)(?!!)", 0.5)])

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None, regex_flags: int | None = None
    ) -> list[RecognizerResult]:
        return list(super().analyze(text, entities, nlp_artifacts, regex_flags))


def test_a_pattern_in_a_recognizers_own_loop_times_out_as_well() -> None:
    detector = PresidioDetector([SlowCheckRecognizer()], score_milli=0, pattern_timeout_s=0.1)
    with pytest.raises(PatternTimeout):
        list(detector.detect(Passage.of("a" * 2_000 + "!", SHADOW), BUDGET))


def test_a_pattern_that_times_out_is_an_error_and_never_skipped() -> None:
    # What must not stand ahead keeps it from the linear engine; the nested repeats never end on this text.
    detector = PresidioDetector([TicketRecognizer(r"a(?:(?:a|aa)+)+(?=!)(?!!)")], score_milli=0, pattern_timeout_s=0.1)
    text = "a" * 2_000 + "!\naaaa"
    with pytest.raises(PatternTimeout):
        list(detector.detect(Passage.of(text, SHADOW), BUDGET))
    content = CallClassifier([detector], ClassifySettings(), lambda: 0.0).read(chat(text))
    assert (content.failed, content.labels.level) == (("presidio",), Level.REGULATED)


def test_presidios_log_says_nothing_and_a_skipped_pattern_is_an_error(
    detector: PresidioDetector, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    log = logging.getLogger("presidio-analyzer")
    log.error("Failed to validate text %s", "DE89370400440532013000")
    with pytest.raises(PatternTimeout):
        log.warning("Regex pattern '%s' timed out after %s seconds, skipping.", "x", 60)
    assert caplog.text == ""
    assert capsys.readouterr() == ("", "")


NO_NETWORK = """
import sys
loaded = False
def refuse(event, args):
    # While libraries load, one of them binds the loopback address to learn whether IPv6 exists. Nothing else may be.
    if event.startswith("socket.") and (loaded or event not in ("socket.__new__", "socket.bind")):
        raise SystemExit("the network was asked: " + event)
sys.addaudithook(refuse)
import gateway
from gateway.classify.build import build_classifier
from gateway.settings import ClassifySettings
classifier = build_classifier(ClassifySettings())
loaded = True
found = classifier.read_text("jane@example.co.uk, 4111 1111 1111 1111, DE89370400440532013000")
print(sorted({each.type for each in found.findings}), found.failed)
print([name for name in sys.modules if name.startswith(("spacy.cli", "typer", "httpx"))])
"""


def test_loading_asks_no_network_and_classifying_opens_no_socket() -> None:
    done = subprocess.run([sys.executable, "-c", NO_NETWORK], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.splitlines() == ["['CREDIT_CARD', 'EMAIL_ADDRESS', 'IBAN_CODE'] ()", "[]"], done.stderr


def test_mentioning_the_classifier_loads_neither_presidio_nor_spacy() -> None:
    code = "import sys, gateway.classify.build; print('spacy' in sys.modules, 'presidio_analyzer' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["False", "False"]
