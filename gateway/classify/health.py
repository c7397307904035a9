"""Health information about a person: health terms together with an identifier, never terms alone.

Source: 45 CFR 160.103 (protected health information is *individually identifiable*) and 164.514(b)(2), the identifiers.
A question about a disease is not protected; the same words beside a name or a record number are.
"""

# ruff: noqa: E501  (a pattern broken over lines is harder to check than a long one)

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.prefilter import Prefilter, compiled

TYPE = "HEALTH_RECORD"
NAME = "health"
IDENTIFIERS = frozenset((
    "PERSON", "CN_PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "CN_MOBILE", "US_SSN", "US_ITIN", "US_PASSPORT",
    "US_DRIVER_LICENSE", "UK_NHS", "CN_RESIDENT_ID", "MEDICAL_RECORD_NUMBER", "DATE_OF_BIRTH", "IBAN_CODE",
    "US_BANK_NUMBER", "CREDIT_CARD", "IP_ADDRESS",
))  # fmt: skip
"""Types that identify a person in the sense of 164.514(b)(2)(i)."""

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


class HealthTerms:
    """Finds health terms. What they mean depends on what else the call carries; see `is_about_somebody`."""

    def __init__(self) -> None:
        """Compiles the terms."""
        self._prefilter = Prefilter([_CLINICAL, _PATIENT])
        self._clinical = compiled(_CLINICAL)
        self._patient = compiled(_PATIENT)

    def find(self, passages: Sequence[Passage], budget: Budget) -> list[tuple[int, Span]]:
        """Returns the first clinical term of each passage, when all together hold a clinical term and one more.

        Each comes with the number of its passage.
        """
        firsts: list[tuple[int, Span]] = []
        terms: set[bytes | str] = set()
        for number, passage in enumerate(passages):
            budget.check()
            spans = [*self._english(passage, terms), *_chinese(passage, terms)]
            if spans:
                firsts.append((number, min(spans, key=lambda span: span.start)))
        return firsts if len(terms) > 1 else []

    def _english(self, passage: Passage, terms: set[bytes | str]) -> Iterable[Span]:
        fired = self._prefilter.match(passage.shadow)
        if 1 in fired:
            terms.add("patient")
        if 0 not in fired:
            return
        for match in self._clinical.finditer(passage.shadow):
            terms.add(match.group().lower())
            start, end = match.span()
            yield Span(start, end, TYPE, 700)


def _chinese(passage: Passage, terms: set[bytes | str]) -> Iterable[Span]:
    if passage.text.isascii():
        return
    for term in _CHINESE:
        place = passage.text.find(term)
        if place >= 0:
            terms.add(term)
            yield Span(place, place + len(term), TYPE, 700)


def is_about_somebody(types: Iterable[str]) -> bool:
    """Whether any type found identifies a person."""
    return not IDENTIFIERS.isdisjoint(types)
