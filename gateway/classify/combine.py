"""From types found to labels: one table, one maximum. Pure.

Levels and floors follow section "Sensitivity" of docs/explanation/classification.md.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.types import Category, Declared, Finding, Labels, Level

FLOORS: dict[Category, Level] = {
    Category.PII_DIRECT: Level.CONFIDENTIAL,  # NIST SP 800-122; GDPR art. 4(1)
    Category.PII_QUASI: Level.CONFIDENTIAL,
    Category.PII_SPECIAL: Level.RESTRICTED,  # GDPR art. 9, 10; PIPL art. 28
    Category.PHI: Level.RESTRICTED,  # 45 CFR 164.514(b)(2)
    Category.PCI_PAN: Level.RESTRICTED,  # PCI DSS v4, requirement 3
    Category.PCI_SAD: Level.RESTRICTED,
    Category.CREDENTIAL: Level.RESTRICTED,  # NIST SP 800-53 IA-5
    Category.GOV_ID: Level.RESTRICTED,
    Category.CN_PERSONAL: Level.CONFIDENTIAL,  # PIPL art. 4, 38-40
    Category.SOURCE_CODE: Level.CONFIDENTIAL,  # DTSA; EU 2016/943
    Category.TRADE_SECRET: Level.RESTRICTED,
    Category.LEGAL_PRIVILEGE: Level.RESTRICTED,  # FRE 502
    Category.EXPORT_CONTROL: Level.REGULATED,  # 22 CFR 120-130; 15 CFR 730-774
    Category.CUI: Level.REGULATED,  # 32 CFR 2002
    Category.OPAQUE: Level.RESTRICTED,  # what cannot be read may hold anything: stays in-house by default
    Category.UNKNOWN: Level.REGULATED,
}
"""The lowest level a call has once a category is present."""

BASELINE = Level.INTERNAL
"""Ordinary business text, when nothing was found and nothing was declared."""


@dataclass(frozen=True, slots=True)
class TypeRule:
    """The category of a type's findings, further categories of the call, and a level above the category's floor."""

    category: Category
    also: frozenset[Category] = frozenset()
    level: Level = Level.PUBLIC


TYPES: dict[str, TypeRule] = {
    # people
    "PERSON": TypeRule(Category.PII_DIRECT),
    "EMAIL_ADDRESS": TypeRule(Category.PII_DIRECT),
    "PHONE_NUMBER": TypeRule(Category.PII_DIRECT),
    "IBAN_CODE": TypeRule(Category.PII_DIRECT),
    "US_BANK_NUMBER": TypeRule(Category.PII_DIRECT),
    "DATE_OF_BIRTH": TypeRule(Category.PII_QUASI),
    "IP_ADDRESS": TypeRule(Category.PII_QUASI),
    "MAC_ADDRESS": TypeRule(Category.PII_QUASI),
    "CRYPTO": TypeRule(Category.PII_QUASI),
    # identifiers issued by states
    "US_SSN": TypeRule(Category.GOV_ID),
    "US_ITIN": TypeRule(Category.GOV_ID),
    "US_PASSPORT": TypeRule(Category.GOV_ID),
    "US_DRIVER_LICENSE": TypeRule(Category.GOV_ID),
    "MEDICAL_LICENSE": TypeRule(Category.GOV_ID),
    "UK_NHS": TypeRule(Category.GOV_ID),
    "CN_RESIDENT_ID": TypeRule(Category.GOV_ID, also=frozenset((Category.CN_PERSONAL,))),
    # people in China
    "CN_MOBILE": TypeRule(Category.CN_PERSONAL),
    "CN_PERSON": TypeRule(Category.CN_PERSONAL),
    # health
    "MEDICAL_RECORD_NUMBER": TypeRule(Category.PHI),
    "HEALTH_RECORD": TypeRule(Category.PHI),
    # payment cards
    "CREDIT_CARD": TypeRule(Category.PCI_PAN),
    "CARD_SECURITY_CODE": TypeRule(Category.PCI_SAD),
    # company matters
    "SOURCE_CODE": TypeRule(Category.SOURCE_CODE),
    "ROADMAP": TypeRule(Category.TRADE_SECRET),
    "CONFIDENTIALITY_MARKING": TypeRule(Category.TRADE_SECRET),
    "PRIVILEGE_MARKING": TypeRule(Category.LEGAL_PRIVILEGE),
    "EXPORT_MARKING": TypeRule(Category.EXPORT_CONTROL),
    "CUI_MARKING": TypeRule(Category.CUI),
    "CLASSIFIED_MARKING": TypeRule(Category.CUI),
    # what cannot be read
    "IMAGE": TypeRule(Category.OPAQUE),
    "DOCUMENT": TypeRule(Category.OPAQUE),
    "FILE": TypeRule(Category.OPAQUE),
    "AUDIO": TypeRule(Category.OPAQUE),
    "VIDEO": TypeRule(Category.OPAQUE),
    "BASE64": TypeRule(Category.OPAQUE),
}
"""Every type a detector may report, but credentials (below). A Presidio recognizer whose type has no row is not loaded:
web addresses, dates and UUIDs alone say nothing about a person and stand in almost every prompt."""

CREDENTIAL_RULE = TypeRule(Category.CREDENTIAL)
UNKNOWN_RULE = TypeRule(Category.UNKNOWN)
CREDENTIAL_PREFIX = "SECRET_"
"""Types of credentials begin so; see `gateway.classify.secrets`."""


def rule_of(finding_type: str) -> TypeRule:
    """Returns the rule of a type. A type nobody wrote a rule for counts as unknown, the worst case."""
    if finding_type.startswith(CREDENTIAL_PREFIX):
        return CREDENTIAL_RULE
    return TYPES.get(finding_type, UNKNOWN_RULE)


def label(findings: Iterable[Finding], failed: Sequence[str], declared: Declared) -> Labels:
    """Returns the effective labels: the maximum of what was declared, what was found and what could not be read.

    `declared` is caller-supplied and can only raise: `public` states that the text is published, and holds only when
    nothing was found. Reasons are the types found, the detectors that failed and `declared`, sorted.
    """
    types = {finding.type for finding in findings}
    rules = [rule_of(each) for each in types]
    categories = set(declared.categories)
    for rule in rules:
        categories |= {rule.category, *rule.also}
    if failed:
        categories.add(Category.UNKNOWN)
    level = declared.level if declared.level is not None else BASELINE
    level = max([level, *(FLOORS[category] for category in categories), *(rule.level for rule in rules)])
    reasons = types | {f"failed:{name}" for name in failed}
    if declared.categories or (declared.level is not None and declared.level > BASELINE):
        reasons.add("declared")
    return Labels(Level(level), frozenset(categories), tuple(sorted(reasons)))


def resolve(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Returns the findings without those that overlap a better one of the same category in the same leaf.

    Longest first, then the higher score, then type and detector by name. Findings of different categories may overlap:
    a key inside source code is both, and whoever masks only one of the two must still see it.
    """
    taken: dict[tuple[int, Category], list[tuple[int, int]]] = {}
    best = [
        finding
        for finding in sorted(set(findings), key=_precedence)
        if _claim(taken.setdefault((finding.leaf, finding.category), []), finding.start, finding.end)
    ]
    return tuple(sorted(best, key=_place))


def _claim(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    """Adds the span to the sorted, disjoint spans unless it overlaps one; returns whether it did."""
    place = bisect_left(spans, (start, end))
    follows = place < len(spans) and spans[place][0] < end
    precedes = place > 0 and start < spans[place - 1][1]
    if follows or precedes:
        return False
    spans.insert(place, (start, end))
    return True


def _precedence(finding: Finding) -> tuple[int, int, int, int, str, str]:
    length = finding.end - finding.start
    return (finding.leaf, -length, -finding.score_milli, finding.start, finding.type, finding.detector)


def _place(finding: Finding) -> tuple[int, int, int, str, str, str]:
    return (finding.leaf, finding.start, finding.end, finding.category, finding.type, finding.detector)
