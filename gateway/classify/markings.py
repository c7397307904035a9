"""Explicit markings and roadmap language. Everything is RE2 and linear."""

# ruff: noqa: E501  (a pattern broken over lines is harder to check than a long one)

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.prefilter import Prefilter, compiled


@dataclass(frozen=True, slots=True)
class MarkingRule:
    """One marking and the type it stands for."""

    type: str
    pattern: str


RULES = (
    MarkingRule("PRIVILEGE_MARKING", r"(?i)\battorney[- /]+client[- ]+(?:privileged?|communications?)\b"),
    MarkingRule("PRIVILEGE_MARKING", r"(?i)\b(?:privileged (?:and|&) confidential|attorney work[- ]product|legal(?:ly)? privileged)\b"),
    # 22 CFR 120-130 and 15 CFR 730-774: notices, and classification numbers (ECCN: digit, group A-E, three digits).
    MarkingRule("EXPORT_MARKING", r"\bITAR\b|(?i)\binternational traffic in arms regulations\b"),
    MarkingRule("EXPORT_MARKING", r"(?i)\bexport administration regulations\b|\bexport[- ]controlled\b"),
    MarkingRule("EXPORT_MARKING", r"\bEAR(?:99\b|[- ](?:controlled|restricted))|\bECCN[:# ]{0,3}[0-9][A-E][0-9]{3}"),
    MarkingRule("EXPORT_MARKING", r"\bUSML (?i:category) [IVX]{1,5}\b"),
    # 32 CFR 2002.20: the banner `CUI`, `CUI//…`, `CONTROLLED`; and dissemination controls of classified papers.
    MarkingRule("CUI_MARKING", r"\bCUI(?://[A-Z/\-]{2,40}|\b)|\bCONTROLLED//[A-Z]{2,20}|(?i)\bcontrolled unclassified information\b"),
    MarkingRule("CLASSIFIED_MARKING", r"\b(?:TOP SECRET|SECRET|CONFIDENTIAL)//[A-Z][A-Z0-9 ,/\-]{1,60}"),
    MarkingRule("CLASSIFIED_MARKING", r"\bTOP SECRET\b|\bNOFORN\b"),
    MarkingRule(
        "CONFIDENTIALITY_MARKING",
        r"(?i)\b(?:(?:company|strictly|highly|commercial(?:ly)?(?: in)?)[- ]confidential|confidential (?:and|&) proprietary|proprietary (?:and|&) confidential"
        r"|internal (?:use )?only|for internal use|do not (?:distribute|share|forward|disclose)|not for (?:external )?distribution|trade secrets?)\b",
    ),
    MarkingRule("CONFIDENTIALITY_MARKING", r"(?m)^[\s#*\[(\-=]{0,12}(?:CONFIDENTIAL|(?i:confidential[ \t]*[:\-\]]))|\bCOMPANY CONFIDENTIAL\b|\bCONFIDENTIAL\s*$"),
    MarkingRule(
        "ROADMAP",
        r"(?i)\b(?:unreleased|unannounced|not[- ]yet[- ](?:released|announced|launched|public)|pre[- ]?announcement|stealth[- ]mode) "
        r"(?:\w+ ){0,3}(?:product|feature|model|version|device|chip|service|app|platform|release|line|project|sku)s?\b",
    ),
    MarkingRule(
        "ROADMAP",
        r"(?i)\b(?:our|internal|company|confidential) (?:\w+ ){0,2}road-?map\b|\broad-?map(?: for| of)? (?:our|internal)\b"
        r"|\b(?:product )?road-?map[:\-] |\bunder embargo\b|\binternal code ?name\b",
    ),
    MarkingRule(
        "ROADMAP",
        r"(?i)\b(?:we|our \w+(?: \w+)?|it|which|product|project \w+|feature) (?:will |is |are |plans? to |planned to |to )*(?:launch|ship|releas|announc)(?:e?s|e?d|ing|e)?\b"
        r"[^.\n]{0,60}\b(?:q[1-4]|h[12]|spring|summer|autumn|fall|winter|january|february|march|april|may|june|july|august|september|october|november|december)[ ,/\-]{1,3}(?:fy)?20\d\d\b",
    ),
    MarkingRule("ROADMAP", r"(?i)\b(?:planned|internal|target|tentative|secret) (?:launch|release|ship|announcement) date\b|\blaunch date (?:is|:|of)"),
    MarkingRule(
        "ROADMAP",
        r"(?i)\b(?:do not|don't|never) (?:mention|discuss|reveal|talk about|leak|tell)\b[^.\n]{0,80}\b(?:launch|road-?map|unreleased|unannounced|upcoming|code ?name|acquisition|merger)\b",
    ),
)  # fmt: skip


class MarkingDetector:
    """Finds markings."""

    name = "markings"

    def __init__(self) -> None:
        """Compiles the rules."""
        self._prefilter = Prefilter([rule.pattern for rule in RULES])
        self._finders = tuple(compiled(rule.pattern) for rule in RULES)

    def may_find(self, passage: Passage) -> bool:
        """Whether any marking is there."""
        return bool(self._prefilter.match(passage.shadow))

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        """Returns the markings themselves; what they mark is the whole call."""
        spans: list[Span] = []
        for number in sorted(self._prefilter.match(passage.shadow)):
            budget.check()
            for match in self._finders[number].finditer(passage.shadow):
                start, end = match.span()
                spans.append(Span(start, end, RULES[number].type, 900))
        return spans
