# ruff: noqa: E501  (tables of samples)

from __future__ import annotations

import logging
import random
import subprocess
import sys
from collections.abc import Iterator

import pytest

from gateway.classify.classifier import CallClassifier
from gateway.classify.detector import Budget, Passage
from gateway.classify.presidio import (
    Pattern,
    PatternRecognizer,
    PatternTimeout,
    PresidioDetector,
    Tokenizer,
    load_recognizers,
)
from gateway.classify.recognizers import own_recognizers
from gateway.classify.shadow import Shadow
from gateway.classify.taxonomy.table import TYPES
from gateway.settings import ClassifySettings
from gateway.types import Level
from tests.unit.gateway.classify.calls import chat
from tests.unit.gateway.classify.stock import StockPresidio

BUDGET = Budget(1.0, lambda: 0.0)
SHADOW = Shadow()


def recognizers() -> list[PatternRecognizer]:
    return [*load_recognizers(("en",), frozenset(TYPES)), *own_recognizers()]


@pytest.fixture(scope="module")
def detector() -> PresidioDetector:
    return PresidioDetector(recognizers(), score_milli=0)


@pytest.fixture(scope="module")
def stock() -> StockPresidio:
    return StockPresidio(recognizers(), 0.0)


VALUES = (
    "jane.roe@example.com", "zoë@exämple.com", "(415) 555-0132", "+44 20 7946 0958", "+49 30 901820", "0171 1234567",
    "536-22-1234", "078-05-1120", "4111 1111 1111 1111", "5555-5555-5555-4444", "4111111111111112", "371449635398431",
    "DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "de89370400440532013000", "203.0.113.7", "2001:db8::1",
    "::ffff:10.0.0.1", "00-B0-D0-63-C2-26", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "C1234567", "943 476 5919", "AB1234563",
    "A1234567", "912345678", "900-70-1234", "11010519491231002X", "13812345678", "２０３.0.113.7", "١٢٣-٤٥-٦٧٨٩",
    "2026-11-21", "10:32:07", "1732190000", "12,345,678", "v1.2.3.4", "550e8400-e29b-41d4-a716-446655440000",
)  # fmt: skip
WORDS = (
    "please", "phone", "number", "card", "credit", "ssn", "social", "security", "passport", "license", "driver", "bank",
    "account", "call", "ip", "e-mail:", "mobile", "iban", "the", "of", "and", "—", "“quoted”", "naïve", "电话", "姓名：张伟", "客户",
    "МВД", "\n", "\t", "\x0b", "(", ")", ",", ":", "https://example.com/a?b=1", "mrn", "dob", "patient:", "wallet", "NHS",
)  # fmt: skip


def generated(count: int) -> Iterator[str]:
    """Texts in which the values stand among words, in other scripts and glued to each other."""
    source = random.Random(20_261_121)
    for _ in range(count):
        parts = source.choices(WORDS, k=source.randint(3, 25)) + source.choices(VALUES, k=source.randint(0, 6))
        source.shuffle(parts)
        yield source.choice((" ", " ", " ", "", "  ", "\u3000")).join(parts)


def test_findings_are_those_of_stock_presidio_running_everything(
    detector: PresidioDetector, stock: StockPresidio
) -> None:
    compared = 0
    for text in generated(400):
        ours = {
            (each.entity_type, each.start, each.end, round(each.score * 1000))
            for each in detector.analyze(text, SHADOW.of(text), ["note"])
        }
        reference = stock.find(text, ["note"])
        assert ours == reference, text
        compared += len(reference)
    assert compared > 1_000


RUN = "=" * 25
FILLERS = (
    "of",
    "the",
    "be",
    ",",
    "…",
    ":)",
    ">:(",
    ": (",
    "a:the",
    "10:30",
    "foo:,",
    "::1",
    "\n\n",
    "   ",
    RUN,
)
"""What is no context, and what makes it one: Presidio takes a token with a colon apart once more."""


def test_findings_in_long_texts_are_those_of_stock_presidio(detector: PresidioDetector, stock: StockPresidio) -> None:
    """Only the words around a finding are read: what is a filler or a keyword must be told as in the whole text."""
    source = random.Random(1)
    compared = 0
    for _ in range(120):
        fillers = source.sample(FILLERS, k=source.randint(1, len(FILLERS)))
        parts = [source.choice(fillers if source.random() < 0.8 else WORDS) for _ in range(source.randint(100, 500))]
        for value in source.choices(VALUES, k=8):
            parts.insert(source.randint(0, len(parts)), value)
        text = " ".join(parts)
        ours = {
            (each.entity_type, each.start, each.end, round(each.score * 1000))
            for each in detector.analyze(text, SHADOW.of(text), [])
        }
        # The reference never ends on long runs of punctuation; blanks in their place have no words either.
        reference = stock.find(text.replace(RUN, " " * len(RUN)), [])
        assert ours == reference, text
        compared += len(reference)
    assert compared > 500


def test_a_clean_text_runs_no_recognizer(detector: PresidioDetector) -> None:
    passage = Passage.of("What is the capital of France — and why? 解释一下。", SHADOW)
    assert not detector.may_find(passage)


def test_a_word_in_the_field_name_counts_as_context() -> None:
    detector = PresidioDetector(recognizers(), score_milli=350)
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


def test_a_pattern_that_times_out_is_an_error_and_never_skipped() -> None:
    # A back-reference keeps it from the linear engine; the nested repeats never end on this text.
    detector = PresidioDetector([TicketRecognizer(r"(a)\1(?:(?:a|aa)+)+$")], score_milli=0, pattern_timeout_s=0.1)
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


def test_words_of_earlier_texts_are_let_go() -> None:
    tokenizer = Tokenizer(zone_characters=1000)
    tokenizer.words("the first words")
    size = tokenizer.known_words
    for number in range(2000):
        tokenizer.words(f"unheardof{number} word")
    assert tokenizer.known_words <= size + 2 * 1000 // len("unheardof1 word")


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
