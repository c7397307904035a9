"""Labels only ever rise, whatever is found, declared or broken; overlaps are resolved the same way in any order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.classify.combine import label, resolve
from gateway.classify.taxonomy.floors import FLOORS
from gateway.classify.taxonomy.table import TYPES, rule_of
from gateway.types import Category, Declared, Finding, Level

TYPE = st.sampled_from([*sorted(TYPES), "SECRET_GENERIC", "NEVER_HEARD_OF"])
FINDINGS = st.lists(
    st.builds(
        lambda leaf, start, size, kind, score: Finding(
            leaf, start, start + size, kind, rule_of(kind).category, score, "test"
        ),
        st.integers(0, 2),
        st.integers(0, 40),
        st.integers(1, 20),
        TYPE,
        st.integers(0, 1000),
    ),
    max_size=25,
)
DECLARED = st.builds(Declared, st.none() | st.sampled_from(Level), st.frozensets(st.sampled_from(Category), max_size=3))
FAILED = st.lists(st.sampled_from(["presidio", "secrets"]), unique=True, max_size=2)


@settings(max_examples=300)
@given(FINDINGS, FINDINGS, FAILED, DECLARED)
def test_more_findings_failures_or_declarations_never_lower_a_label(
    some: list[Finding], more: list[Finding], failed: list[str], declared: Declared
) -> None:
    less = label(some, (), Declared())
    full = label([*some, *more], failed, declared)
    assert full.categories >= less.categories
    if declared.level is not Level.PUBLIC:
        assert full.level >= less.level


@settings(max_examples=300)
@given(FINDINGS, FAILED, DECLARED)
def test_the_level_reaches_every_floor(findings: list[Finding], failed: list[str], declared: Declared) -> None:
    labels = label(findings, failed, declared)
    assert all(labels.level >= FLOORS[category] for category in labels.categories)
    counting = {finding.category for finding in findings if rule_of(finding.type).alone}
    assert counting | declared.categories <= labels.categories
    assert labels.level is Level.REGULATED or not failed
    assert declared.level is None or labels.level >= declared.level


@settings(max_examples=300)
@given(FINDINGS, st.randoms(use_true_random=False))
def test_overlaps_of_a_category_are_resolved_alike_in_any_order(findings: list[Finding], random: object) -> None:
    shuffled = sorted(findings, key=lambda _: random.random())  # type: ignore[attr-defined]  # hypothesis types it loosely
    kept = resolve(findings)
    assert resolve(shuffled) == kept
    for one in kept:
        for other in kept:
            apart = one.end <= other.start or other.end <= one.start
            assert one is other or apart or (one.leaf, one.category) != (other.leaf, other.category)
    for finding in findings:
        assert any(
            (finding.leaf, finding.category) == (each.leaf, each.category)
            and finding.start < each.end
            and each.start < finding.end
            for each in kept
        )
