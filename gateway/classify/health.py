"""Health information about a person: health terms together with an identifier, never terms alone.

Source: 45 CFR 160.103 (protected health information is *individually identifiable*) and 164.514(b)(2), the identifiers.
A question about a disease is not protected; the same words beside a name or a record number are.
"""

# ruff: noqa: E501  (a pattern broken over lines is harder to check than a long one)

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.classify.detector import Passage
from gateway.classify.prefilter import Prefilter, compiled
from gateway.classify.taxonomy.table import TYPES, rule_of
from gateway.types import Category, Finding

TYPE = "HEALTH_RECORD"
NAME = "health"
SCORE_MILLI = 700
_CLINICAL_NUMBER, _PATIENT_NUMBER = 0, 1
_ENOUGH_TERMS = 2
_PERSONAL = frozenset((
    Category.PII_DIRECT, Category.PII_QUASI, Category.PHI, Category.GOV_ID, Category.CN_PERSONAL, Category.PCI_PAN,
))  # fmt: skip
_OF_NO_PATIENT = frozenset((TYPE, "US_NPI"))
"""The terms themselves, and the number of a provider in a public register."""
IDENTIFIERS = frozenset(
    kind for kind, rule in TYPES.items() if rule.alone and rule.category in _PERSONAL and kind not in _OF_NO_PATIENT
)
"""Types that identify a person in the sense of 164.514(b)(2)(i): every personal one that says something alone."""

_CLINICAL = (
    r"(?i)\b(?:diagnos(?:is|ed|es)|prognosis|prescri(?:bed|ption)|symptoms?|biopsy|metasta\w+|oncolog\w+|chemotherapy|radiotherapy"
    r"|hypertension|diabet(?:es|ic)|asthma|copd|hiv|hepatitis|tuberculosis|cancer|tumou?r|carcinoma|leuk[ae]+mia|lymphoma|melanoma"
    r"|depress(?:ion|ive)|bipolar|schizophreni\w+|anxiety disorder|adhd|autism|dementia|alzheimer\S*|parkinson\S*|epilep\w+|stroke"
    r"|pregnan\w+|miscarriage|abortion|infertility|myocardial|infarction|angina|arrhythmia|pneumonia|covid(?:-19)?|sepsis"
    r"|mri|ct scan|x-?ray|ultrasound|echocardiogram|ecg|ekg|h(?:emoglobin )?a1c|blood pressure|lab results?|allerg(?:y|ies|ic)"
    r"|metformin|insulin|lisinopril|atorvastatin|amoxicillin|warfarin|sertraline|fluoxetine|oxycodone|ibuprofen|prednisone"
    r"|admitted (?:to|with|for)|discharge summary|chief complaint|history of present illness|past medical history|vital signs"
    r"|post-?operative|surgery|icd-?10|\d+ ?mg(?: (?:bid|tid|qd|po|daily))?)\b"
)
_PATIENT = (
    r"(?i)\b(?:patients?|clinic(?:al)?|physician|hospital|medical record|mrn|treatment|medication|nurse|dosage)\b"
)
_CHINESE = (
    "诊断",
    "患者",
    "病历",
    "症状",
    "处方",
    "手术",
    "糖尿病",
    "高血压",
    "癌",
    "肿瘤",
    "过敏",
    "住院",
    "用药",
    "病史",
)


@dataclass(frozen=True, slots=True)
class HealthSigns:
    """Where the first health term of a text stands, and checksums of up to two different terms of it."""

    start: int
    end: int
    terms: tuple[int, ...]


class HealthTerms:
    """Finds health terms. What they mean depends on what else the call carries; see `is_about_somebody`."""

    def __init__(self) -> None:
        """Compiles the terms."""
        self._prefilter = Prefilter([_CLINICAL, _PATIENT])
        self._clinical = compiled(_CLINICAL)

    def may_have(self, passage: Passage) -> bool:
        """Returns `False` only when no line-wise part of the passage has any sign."""
        return bool(self._prefilter.match(passage.shadow)) or _has_chinese(passage.text)

    def signs(self, passage: Passage) -> HealthSigns | None:
        """Returns the signs of one text. A word of the clinic alone (`patient`) has no place but counts as a term."""
        terms: set[int] = set()
        places: list[tuple[int, int]] = []
        fired = self._prefilter.match(passage.shadow)
        if _PATIENT_NUMBER in fired:
            terms.add(0)
        if _CLINICAL_NUMBER in fired:
            for match in self._clinical.finditer(passage.shadow):
                places.append(match.span())
                terms.add(zlib.crc32(match.group().lower()))
                if len(terms) >= _ENOUGH_TERMS:
                    break
        for term in _CHINESE if _has_chinese(passage.text) else ():
            if (place := passage.text.find(term)) >= 0:
                places.append((place, place + len(term)))
                terms.add(zlib.crc32(term.encode()))
        if not terms:
            return None
        start, end = min(places, default=(-1, -1))
        return HealthSigns(start, end, tuple(sorted(terms)[:_ENOUGH_TERMS]))


def _has_chinese(text: str) -> bool:
    return not text.isascii() and any(term in text for term in _CHINESE)


def health_findings(signs: Sequence[tuple[int, HealthSigns]]) -> list[Finding]:
    """Returns the first clinical term of each leaf, when all leaves together hold a clinical term and one more.

    `signs` come with the numbers of their leaves.
    """
    if len({term for _, each in signs for term in each.terms}) < _ENOUGH_TERMS:
        return []
    return [
        Finding(leaf, each.start, each.end, TYPE, rule_of(TYPE).category, SCORE_MILLI, NAME)
        for leaf, each in signs
        if each.start >= 0
    ]


def is_about_somebody(types: Iterable[str]) -> bool:
    """Whether any type found identifies a person."""
    return not IDENTIFIERS.isdisjoint(types)
