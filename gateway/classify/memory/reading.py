"""What was found in one text, as it is kept."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from gateway.classify.health import HealthSigns
from gateway.classify.taxonomy.table import rule_of
from gateway.types import Finding

_FIXED_BYTES, _FINDING_BYTES, _SCORE_BYTES = 512, 224, 96
"""What a reading takes in memory, measured with `tracemalloc` and rounded up."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The findings of one text as leaf number `leaf`, without those that overlap a better one, in order of place.

    `scores` is the highest score of every type, overlapped findings included.
    """

    leaf: int
    findings: tuple[Finding, ...] = ()
    scores: Mapping[str, int] = field(default_factory=dict)
    health: HealthSigns | None = None

    def at(self, leaf: int) -> Reading:
        """Returns the same for another leaf with the same text. Without findings the number says nothing."""
        if leaf == self.leaf or not self.findings:
            return self
        return Reading(leaf, tuple(_moved(each, leaf) for each in self.findings), self.scores, self.health)

    @property
    def size_bytes(self) -> int:
        """About how much memory it takes."""
        return _FIXED_BYTES + _FINDING_BYTES * len(self.findings) + _SCORE_BYTES * len(self.scores)


def _moved(each: Finding, leaf: int) -> Finding:
    """As `dataclasses.replace`, in a third of its time: bodies say the same thousands of times."""
    return Finding(leaf, each.start, each.end, each.type, each.category, each.score_milli, each.detector)


def without(reading: Reading, kind: str) -> Reading:
    """Returns the reading without the findings of one type."""
    if kind not in reading.scores:
        return reading
    findings = tuple(each for each in reading.findings if each.type != kind)
    scores = {each: score for each, score in reading.scores.items() if each != kind}
    return Reading(reading.leaf, findings, scores, reading.health)


def encoded(reading: Reading) -> bytes:
    """Returns the reading as bytes. The leaf number is not part of it."""
    health = reading.health
    return orjson.dumps(
        [
            [[each.start, each.end, each.type, each.score_milli, each.detector] for each in reading.findings],
            reading.scores,
            None if health is None else [health.start, health.end, *health.terms],
        ]
    )


def decoded(data: bytes, leaf: int) -> Reading:
    """Returns the reading for a leaf. The bytes must be authentic; others raise `ValueError` or `TypeError`."""
    findings, scores, health = orjson.loads(data)
    return Reading(
        leaf,
        tuple(
            Finding(leaf, start, end, sys.intern(kind), rule_of(kind).category, score, sys.intern(detector))
            for start, end, kind, score, detector in findings
        ),
        scores,
        None if health is None else HealthSigns(health[0], health[1], tuple(health[2:])),
    )
