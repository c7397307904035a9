from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify.combine import label, resolve
from gateway.classify.taxonomy.floors import FLOORS
from gateway.classify.taxonomy.table import TYPES, rule_of
from gateway.types import Category, Declared, Finding, Level


def finding(start: int, end: int, kind: str = "EMAIL_ADDRESS", score: int = 900, leaf: int = 0) -> Finding:
    return Finding(leaf, start, end, kind, rule_of(kind).category, score, "test")


def test_every_category_has_a_floor() -> None:
    assert set(FLOORS) == set(Category)


def test_a_type_without_a_rule_counts_as_the_worst_case() -> None:
    assert label([finding(0, 1, "NEVER_HEARD_OF")], (), Declared()).level is Level.REGULATED


def test_reasons_are_sorted_types_failures_and_declarations() -> None:
    labels = label([finding(0, 1), finding(2, 3, "US_SSN")], ("secrets",), Declared(Level.RESTRICTED))
    assert labels.reasons == ("EMAIL_ADDRESS", "US_SSN", "declared", "failed:secrets")


@pytest.mark.parametrize("kind", sorted(kind for kind, rule in TYPES.items() if rule.alone))
def test_a_type_raises_the_call_to_the_floor_of_its_category(kind: str) -> None:
    labels = label([finding(0, 1, kind)], (), Declared(Level.PUBLIC))
    assert labels.level >= FLOORS[TYPES[kind].category]
    assert TYPES[kind].category in labels.categories


@pytest.mark.parametrize("kind", sorted(kind for kind, rule in TYPES.items() if not rule.alone))
def test_what_says_nothing_of_anybody_alone_counts_beside_a_person(kind: str) -> None:
    alone = label([finding(0, 1, kind)], (), Declared())
    beside = label([finding(0, 1, kind), finding(2, 3, "PERSON")], (), Declared())
    assert (alone.level, alone.categories) == (Level.INTERNAL, frozenset())
    assert TYPES[kind].category in beside.categories


OVERLAPS = [
    ("longest wins and reaches over the other", [finding(0, 5), finding(2, 12)], [(0, 12)]),
    ("what is inside adds nothing", [finding(0, 12), finding(2, 5), finding(7, 12)], [(0, 12)]),
    (
        "between two that are kept the first reaches on",
        [finding(0, 9), finding(8, 13), finding(12, 20)],
        [(0, 12), (12, 20)],
    ),
    ("then the higher score", [finding(0, 5, score=500), finding(0, 5, "PHONE_NUMBER", 900)], [(0, 5)]),
    ("neighbours stay", [finding(0, 5), finding(5, 9)], [(0, 5), (5, 9)]),
    ("other leaves stay", [finding(0, 5), finding(0, 9, leaf=1)], [(0, 5), (0, 9)]),
    ("other categories stay", [finding(0, 50, "SOURCE_CODE"), finding(3, 9)], [(0, 50), (3, 9)]),
    ("duplicates are one", [finding(0, 5), finding(0, 5)], [(0, 5)]),
]


@pytest.mark.parametrize(("name", "findings", "spans"), OVERLAPS, ids=[row[0] for row in OVERLAPS])
def test_overlaps_are_resolved(name: str, findings: list[Finding], spans: list[tuple[int, int]]) -> None:
    for order in (findings, findings[::-1]):
        assert [(each.start, each.end) for each in resolve(order)] == spans


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12), st.integers(0, 2)), max_size=12))
def test_no_character_of_a_finding_is_lost_and_none_is_added(places: list[tuple[int, int, int]]) -> None:
    kinds = ("EMAIL_ADDRESS", "PHONE_NUMBER", "US_SSN")
    given_ = [finding(start, start + size, kinds[kind]) for start, size, kind in places]
    kept = resolve(given_)
    for category in (Category.PII_DIRECT, Category.GOV_ID):
        before = [range(each.start, each.end) for each in given_ if each.category is category]
        after = [place for each in kept if each.category is category for place in range(each.start, each.end)]
        assert sorted(after) == sorted(set().union(*before))
    assert resolve(kept) == kept


def test_of_equal_spans_the_higher_score_wins() -> None:
    (kept,) = resolve([finding(0, 5, score=500), finding(0, 5, "PHONE_NUMBER", 900)])
    assert kept.type == "PHONE_NUMBER"
