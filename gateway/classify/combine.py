"""From types found to labels: one maximum. Pure.

Types, categories and floors are in `gateway.classify.taxonomy`; docs/explanation/classification.md explains them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import pairwise
from operator import attrgetter

from gateway.classify.taxonomy.floors import BASELINE, FLOORS
from gateway.classify.taxonomy.table import rule_of
from gateway.types import Category, Declared, Finding, Labels, Level

_START, _END = attrgetter("start"), attrgetter("end")


def label(findings: Iterable[Finding], failed: Sequence[str], declared: Declared) -> Labels:
    """Returns `label_types` of the types found."""
    return label_types({finding.type for finding in findings}, failed, declared)


def label_types(found: Set[str], failed: Sequence[str], declared: Declared) -> Labels:
    """Returns the effective labels: the maximum of what was declared, what was found and what could not be read.

    `declared` is caller-supplied and can only raise: `public` states that the text is published, and holds only when
    nothing was found. Reasons are the types found, the detectors that failed and `declared`, sorted.
    """
    types = _counting(found)
    rules = [rule_of(each) for each in types]
    categories = set(declared.categories)
    for rule in rules:
        categories |= {rule.category, *rule.also}
    if failed:
        categories.add(Category.UNKNOWN)
    level = declared.level if declared.level is not None else BASELINE
    level = max([level, *(FLOORS[category] for category in categories), *(rule.level for rule in rules)])
    reasons = {*types, *(f"failed:{name}" for name in failed)}
    if declared.categories or (declared.level is not None and declared.level > BASELINE):
        reasons.add("declared")
    return Labels(Level(level), frozenset(categories), tuple(sorted(reasons)))


def top_scores(findings: Iterable[Finding]) -> dict[str, int]:
    """Returns the highest score of every type, in thousandths."""
    scores: dict[str, int] = {}
    for finding in findings:
        if finding.score_milli > scores.get(finding.type, -1):
            scores[finding.type] = finding.score_milli
    return scores


def raise_scores(scores: dict[str, int], others: Mapping[str, int]) -> None:
    """Makes `scores` the highest of both."""
    for kind, score in others.items():
        if score > scores.get(kind, -1):
            scores[kind] = score


_PERSONAL = frozenset((Category.PII_DIRECT, Category.PHI, Category.GOV_ID, Category.CN_PERSONAL, Category.PCI_PAN))


def _counting(types: Set[str]) -> Set[str]:
    """The types that count: those that need company only when somebody is identified."""
    alone = {each for each in types if rule_of(each).alone}
    return types if any(rule_of(each).category in _PERSONAL for each in alone) else alone


def resolve(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Returns the findings without those that overlap a better one of the same category in the same leaf.

    Longest first, then the higher score, then type and detector by name. Findings of different categories may overlap:
    a key inside source code is both, and whoever masks only one of the two must still see it. What is kept reaches over
    what it was preferred to, so that no end of a dropped finding stays unmasked. n log n for any n.
    """
    groups: dict[tuple[int, Category], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.leaf, finding.category), []).append(finding)
    best: list[Finding] = []
    for group in groups.values():
        group.sort(key=_START)
        if all(each.end <= after.start > each.start for each, after in pairwise(group)):
            best += group
        else:
            best += (kept for cluster in _clusters(group) for kept in _best(cluster))
    return tuple(sorted(best, key=_place))


def _clusters(findings: Sequence[Finding]) -> Iterator[list[Finding]]:
    """Splits findings of one leaf and category, in order, where nothing overlaps. Mostly each stands alone."""
    cluster: list[Finding] = []
    end = -1
    for finding in findings:
        if cluster and finding.start >= end:
            yield cluster
            cluster = []
        cluster.append(finding)
        end = max(end, finding.end)
    if cluster:
        yield cluster


def _best(cluster: list[Finding]) -> list[Finding]:
    if len(cluster) == 1:
        return cluster
    start, end = cluster[0].start, max(map(_END, cluster))
    best = min(cluster, key=_precedence)
    if (best.start, best.end) == (start, end) and start < min(map(_END, cluster)):
        return [best]  # holds all the others, none of which is empty
    taken: list[tuple[int, int]] = []
    kept = [each for each in sorted(set(cluster), key=_precedence) if _claim(taken, each.start, each.end)]
    return list(_reaching(sorted(kept, key=_place), start, end))


def _reaching(kept: Sequence[Finding], start: int, end: int) -> Iterator[Finding]:
    """Stretches findings that are in order over the whole cluster: something in it overlaps each gap between them."""
    ends = [each.start for each in kept[1:]] + [end]
    for finding, reach in zip(kept, ends, strict=True):
        if (finding.start, finding.end) == (start, reach):
            yield finding
        else:
            yield replace(finding, start=start, end=reach)
        start = reach


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
