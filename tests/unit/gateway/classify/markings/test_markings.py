from __future__ import annotations

import pytest

from gateway.classify.detector import Budget, Passage
from gateway.classify.markings import MarkingDetector
from gateway.classify.shadow import Shadow
from tests.unit.gateway.classify.cost import least_cpu_s

DETECTOR = MarkingDetector()
BUDGET = Budget(1.0, lambda: 0.0)


def types(text: str) -> set[str]:
    return {span.type for span in DETECTOR.detect(Passage.of(text, Shadow()), BUDGET)}


MARKED = [
    ("PRIVILEGE_MARKING", "Attorney-client privileged: see below"),
    ("EXPORT_MARKING", "ITAR: this drawing is controlled"),
    ("CONFIDENTIALITY_MARKING", "Confidential: minutes of the meeting"),
    ("PRIVILEGE_MARKING", "ATTORNEY-CLIENT PRIVILEGED\nDear Board,"),
    ("PRIVILEGE_MARKING", "PRIVILEGED & CONFIDENTIAL — ATTORNEY WORK PRODUCT"),
    ("PRIVILEGE_MARKING", "This memo is attorney work product."),
    ("PRIVILEGE_MARKING", "This e-mail may contain attorney-client privileged information."),
    ("PRIVILEGE_MARKING", "Notes prepared at the direction of counsel on 3 May."),
    ("PRIVILEGE_MARKING", "[Attorney-Client Privileged] Draft reply"),
    ("EXPORT_MARKING", "This drawing contains technical data under ITAR"),
    ("EXPORT_MARKING", "ECCN: 3A001.b"),
    ("EXPORT_MARKING", "ECCN 5E002"),
    ("EXPORT_MARKING", "USML Category XI(a)(4)"),
    ("EXPORT_MARKING", "The part is subject to the Export Administration Regulations."),
    ("EXPORT_MARKING", "EXPORT CONTROLLED"),
    ("EXPORT_MARKING", "Diversion contrary to U.S. law is prohibited."),
    ("CUI_MARKING", "CUI//SP-EXPT"),
    ("CUI_MARKING", "CUI\nReport of the team"),
    ("CUI_MARKING", "CUI//SP-CTI/PRVCY//NOFORN"),
    ("CUI_MARKING", "(CUI) The valve opens at 30 bar."),
    ("CUI_MARKING", "CONTROLLED UNCLASSIFIED INFORMATION"),
    ("CUI_MARKING", "DISTRIBUTION STATEMENT D: Distribution authorized to the Department of Defense."),
    ("CUI_MARKING", "FOR OFFICIAL USE ONLY"),
    ("CLASSIFIED_MARKING", "SECRET//NOFORN"),
    ("CLASSIFIED_MARKING", "TOP SECRET//SI-G/TK//ORCON/NOFORN"),
    ("CLASSIFIED_MARKING", "SECRET//REL TO USA, GBR, AUS"),
    ("CLASSIFIED_MARKING", "TOP SECRET"),
    ("CLASSIFIED_MARKING", "(S//NF) The unit moved north."),
    ("CLASSIFIED_MARKING", "(TS) The source reports."),
    ("CLASSIFIED_MARKING", "Classified By: J. Roe\nDerived From: SCG 4\nDeclassify On: 20501231"),
    ("CLASSIFIED_MARKING", "NATO RESTRICTED"),
    ("CLASSIFIED_MARKING", "COSMIC TOP SECRET"),
    ("CLASSIFIED_MARKING", "RESTREINT UE/EU RESTRICTED"),
    ("CLASSIFIED_MARKING", "VS - NUR FÜR DEN DIENSTGEBRAUCH"),
    ("CLASSIFIED_MARKING", "VS-NfD\nLagebericht"),
    ("CLASSIFIED_MARKING", "Einstufung: VS-NfD"),
    ("CLASSIFIED_MARKING", "机密★5年\n关于项目的报告"),
    ("CLASSIFIED_MARKING", "密级：绝密"),
    ("CLASSIFIED_MARKING", "【秘密】"),
    ("CLASSIFIED_MARKING", "OFFICIAL-SENSITIVE"),
    ("CLASSIFIED_MARKING", "OFFICIAL – SENSITIVE COMMERCIAL"),
    ("CONFIDENTIALITY_MARKING", "Company confidential - page 3"),
    ("CONFIDENTIALITY_MARKING", "CONFIDENTIAL\nMinutes of the meeting"),
    ("CONFIDENTIALITY_MARKING", "*** Strictly Confidential ***"),
    ("CONFIDENTIALITY_MARKING", "For internal use only. Do not distribute."),
    ("CONFIDENTIALITY_MARKING", "This presentation contains confidential and proprietary information."),
    ("CONFIDENTIALITY_MARKING", "Streng vertraulich"),
    ("CONFIDENTIALITY_MARKING", "商业秘密"),
    ("CONFIDENTIALITY_MARKING", "社外秘"),
    ("CONFIDENTIALITY_MARKING", "TLP:RED"),
    ("MNPI_MARKING", "CONTAINS MATERIAL NON-PUBLIC INFORMATION"),
    ("MNPI_MARKING", "MNPI - do not trade"),
    ("MNPI_MARKING", "This deck contains material nonpublic information about the merger."),
    ("MNPI_MARKING", "You have been wall-crossed."),
    ("MNPI_MARKING", "Do not trade until results are announced."),
    ("ROADMAP", "the unreleased model"),
    ("ROADMAP", "Our product roadmap has two parts"),
    ("ROADMAP", "Falcon is the product which launches in Q3 2027"),
    ("ROADMAP", "The planned launch date is near"),
    ("ROADMAP", "You are a support bot. Never mention the upcoming acquisition."),
]


@pytest.mark.parametrize(("kind", "text"), MARKED, ids=[row[1] for row in MARKED])
def test_a_marking_is_found(kind: str, text: str) -> None:
    assert kind in types(text)


@pytest.mark.parametrize(("kind", "text"), MARKED, ids=[row[1] for row in MARKED])
def test_a_marking_is_found_in_the_middle_of_a_text(kind: str, text: str) -> None:
    assert kind in types(f"Hello,\nplease summarise:\n\n{text}\n\nThank you.")


UNMARKED = [
    "Confidential computing: an introduction",
    "I am confident that this is fine.",
    "How do I keep a secret?",
    "Can you explain what a confidential computing enclave is?",
    "Make me a roadmap for learning Rust.",
    "The ear is a sensory organ.",
    "When did Apollo 11 launch?",
    "Write a circuit description.",
    "What does CUI mean?",
    "What is the difference between CUI and FOUO?",
    "Explain attorney-client privilege to a first-year student.",
    "What is attorney work product?",
    "Does this document contain material non-public information?",
    "Explain the ITAR and the EAR in two sentences.",
    "The ITAR is a set of United States rules on arms exports.",
    "How is a secret kept in Kubernetes?",
    "A secret santa party is planned.",
    "The top secret of a good cake is butter.",
    "kubectl create secret generic db",
    "secret: db-credentials",
    "The company keeps customer data confidential.",
    "Our policy on confidential information has three parts.",
    "什么是国家秘密？",
    "这是我们的秘密花园。",
    "商业秘密的定义是什么？",
    "Was bedeutet VS-NfD?",
    "He spoke in a confidential tone.",
    "(s) plural, (c) copyright, (C) 2026 Example GmbH",
    "(C) 2026 Example GmbH",
    "Copyright (c) 2026. All rights reserved.",
    "Insider information is regulated by MAR, article 7.",
    "What is the material non-public information rule?",
    "privileged: true",
    "runAsPrivileged: false",
    "The committee will restrict access; the restricted list is long.",
    "It is not for internal reasons only.",
    "An ECCN is a number; USML stands for United States Munitions List.",
    "const SECRET = load()",
    "SECRET=abc",
    "Trade secrets are protected by the DTSA.",
]


@pytest.mark.parametrize("text", UNMARKED)
def test_text_about_markings_and_ordinary_text_carry_none(text: str) -> None:
    assert types(text) == set()


@pytest.mark.parametrize("text", UNMARKED)
def test_the_same_text_inside_a_letter_carries_none(text: str) -> None:
    assert types(f"Dear team,\n\n{text}\n\nKind regards") == set()


def test_ordinary_code_carries_no_markings() -> None:
    import argparse
    import inspect
    import ssl

    assert types(inspect.getsource(argparse) + inspect.getsource(ssl)) == set()


@pytest.mark.parametrize(
    "shape", ["SECRET//", "this document is ", "CUI//AB/", "(S//NF) ", "*** ", "机密", "CONFIDENTIAL ", "REL TO USA, "]
)
def test_hostile_shapes_cost_in_proportion_to_their_length(shape: str) -> None:
    text = (shape * 200_000)[:200_000]
    assert least_cpu_s(lambda: list(DETECTOR.detect(Passage.of(text, Shadow()), BUDGET))) < 1.0
