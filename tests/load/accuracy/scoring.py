"""Counting: what was found of what there is, type by type and document by document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gateway.classify.source_code.detector import TYPE as SOURCE_CODE
from gateway.types import Category, Classification, Finding
from tests.load.accuracy.classes import Mapping
from tests.load.accuracy.documents import Document, Truth

ENOUGH_OVERLAP = 0.5
"""Intersection over union from which a finding counts as the labelled stretch."""


PERSONAL = frozenset((
    Category.PII_DIRECT, Category.PII_QUASI, Category.PII_SPECIAL, Category.PHI, Category.PCI_PAN, Category.PCI_SAD,
    Category.GOV_ID, Category.CN_PERSONAL, Category.CREDENTIAL, Category.UNKNOWN,
))  # fmt: skip
"""A call that carries one of these is flagged. Code and markings are not counted: they are not about anybody."""


IN_COMPANY = frozenset(
    ("LOCATION", "ORGANIZATION", "DATE", "AGE", "SALARY", "BANK_ROUTING", "INVOICE_NUMBER", "SWIFT_BIC")
)
"""Classes that say something of somebody only beside a finding that names them."""


@dataclass(slots=True)
class Count:
    """Right, missed and false findings of one class."""

    right: int = 0
    missed: int = 0
    false: int = 0

    @property
    def labelled(self) -> int:
        return self.right + self.missed

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.false) if self.right + self.false else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.labelled if self.labelled else 1.0

    @property
    def f2(self) -> float:
        """Recall weighs twice as much as precision."""
        weighed = 5 * self.right + 4 * self.missed + self.false
        return 5 * self.right / weighed if weighed else 1.0


@dataclass(slots=True)
class Score:
    """The counts of a set. `covered` is labelled stretches that any finding of any type covers by half."""

    classes: dict[str, Count] = field(default_factory=dict)
    unlabelled: dict[str, int] = field(default_factory=dict)
    """Findings of classes that the set does not label at all: neither right nor false."""
    personal: int = 0
    missed: int = 0
    missed_in_company: int = 0
    """Of the missed documents those in which nothing counts by itself: places, dates, companies without a person."""
    clean: int = 0
    flagged: int = 0
    clean_characters: int = 0
    clean_entities: int = 0
    """Findings in documents without a label, right or false, but for what says that a text is code."""
    truths: int = 0
    covered: int = 0

    @property
    def missed_share(self) -> float:
        """The share of documents with personal data in which nothing personal was found."""
        return self.missed / self.personal if self.personal else 0.0

    @property
    def flagged_share(self) -> float:
        """The share of documents without a label in which something personal was found."""
        return self.flagged / self.clean if self.clean else 0.0

    @property
    def entities_per_kilobyte(self) -> float:
        """Findings in 1,024 characters of documents without a label."""
        return 1024 * self.clean_entities / self.clean_characters if self.clean_characters else 0.0

    @property
    def coverage(self) -> float:
        """The share of labelled stretches that something was found in."""
        return self.covered / self.truths if self.truths else 1.0


def score(read: Iterable[tuple[Document, Classification]], mapping: Mapping) -> Score:
    """Returns the counts of all documents together."""
    pairs = list(read)
    total = Score()
    for document, _ in pairs:
        for truth in document.truths:
            name = mapping.of_label(truth.label)
            if name is not None:
                total.classes.setdefault(name, Count())
    for document, content in pairs:
        _add_document(total, document, content, mapping)
        _add_spans(total, document.truths, content.findings, mapping)
    return total


def _add_document(total: Score, document: Document, content: Classification, mapping: Mapping) -> None:
    flagged = not PERSONAL.isdisjoint(content.labels.categories)
    if document.truths:
        total.personal += 1
        total.missed += not flagged
        is_in_company = all(mapping.of_label(truth.label) in IN_COMPANY for truth in document.truths)
        total.missed_in_company += is_in_company and not flagged
    else:
        total.clean += 1
        total.flagged += flagged
        total.clean_characters += len(document.text)
        total.clean_entities += sum(finding.type != SOURCE_CODE for finding in content.findings)
    total.truths += len(document.truths)
    total.covered += sum(
        any(overlap(truth, finding) >= ENOUGH_OVERLAP for finding in content.findings) for truth in document.truths
    )


def _add_spans(total: Score, truths: Sequence[Truth], findings: Sequence[Finding], mapping: Mapping) -> None:
    used: set[int] = set()
    for truth in truths:
        name = mapping.of_label(truth.label)
        if name is None:
            continue
        number = best_match(truth, name, findings, mapping, used)
        total.classes[name].right += number is not None
        total.classes[name].missed += number is None
        used |= set() if number is None else {number}
    for number, finding in enumerate(findings):
        name = mapping.of_type(finding.type)
        if number in used:
            continue
        if name in total.classes:
            total.classes[name].false += 1
        else:
            total.unlabelled[finding.type] = total.unlabelled.get(finding.type, 0) + 1


def best_match(truth: Truth, name: str, findings: Sequence[Finding], mapping: Mapping, used: set[int]) -> int | None:
    """Returns the number of the unused finding of the class that overlaps most, if one overlaps enough."""
    accepted = (
        (overlap(truth, finding), number)
        for number, finding in enumerate(findings)
        if number not in used and mapping.accepts(name, finding.type)
    )
    size, number = max(accepted, default=(0.0, -1))
    return number if size >= ENOUGH_OVERLAP else None


def overlap(truth: Truth, finding: Finding) -> float:
    """Returns intersection over union of two stretches."""
    shared = min(truth.end, finding.end) - max(truth.start, finding.start)
    return max(0, shared) / (max(truth.end, finding.end) - min(truth.start, finding.start)) if shared > 0 else 0.0
