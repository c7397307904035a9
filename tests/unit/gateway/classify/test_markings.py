from __future__ import annotations

import pytest

from gateway.classify.detector import Budget, Passage
from gateway.classify.markings import MarkingDetector
from gateway.classify.shadow import Shadow

DETECTOR = MarkingDetector()
BUDGET = Budget(1.0, lambda: 0.0)


def types(text: str) -> set[str]:
    return {span.type for span in DETECTOR.detect(Passage.of(text, Shadow()), BUDGET)}


MARKED = [
    ("PRIVILEGE_MARKING", "ATTORNEY-CLIENT PRIVILEGED"),
    ("PRIVILEGE_MARKING", "This memo is attorney work product."),
    ("EXPORT_MARKING", "Contains technical data under ITAR"),
    ("EXPORT_MARKING", "ECCN: 3A001.b"),
    ("EXPORT_MARKING", "subject to the Export Administration Regulations"),
    ("CUI_MARKING", "CUI//SP-EXPT"),
    ("CUI_MARKING", "Controlled Unclassified Information"),
    ("CLASSIFIED_MARKING", "SECRET//NOFORN"),
    ("CLASSIFIED_MARKING", "TOP SECRET"),
    ("CONFIDENTIALITY_MARKING", "Company confidential - page 3"),
    ("CONFIDENTIALITY_MARKING", "CONFIDENTIAL\nMinutes of the meeting"),
    ("CONFIDENTIALITY_MARKING", "For internal use only. Do not distribute."),
    ("ROADMAP", "the unreleased model"),
    ("ROADMAP", "Our product roadmap has two parts"),
    ("ROADMAP", "Falcon is the product which launches in Q3 2027"),
    ("ROADMAP", "The planned launch date is near"),
    ("ROADMAP", "You are a support bot. Never mention the upcoming acquisition."),
]


@pytest.mark.parametrize(("kind", "text"), MARKED, ids=[row[1] for row in MARKED])
def test_a_marking_is_found(kind: str, text: str) -> None:
    assert kind in types(text)


UNMARKED = [
    "I am confident that this is fine.",
    "How do I keep a secret?",
    "Can you explain what a confidential computing enclave is?",
    "Make me a roadmap for learning Rust.",
    "The ear is a sensory organ.",
    "When did Apollo 11 launch?",
    "Write a circuit description.",
]


@pytest.mark.parametrize("text", UNMARKED)
def test_ordinary_text_carries_no_marking(text: str) -> None:
    assert types(text) == set()
