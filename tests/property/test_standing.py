"""What counts only rises, with findings, turns, declarations and floors; a downgrade never reaches what is proven."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.classify.combine import label_types
from gateway.classify.taxonomy.floors import FLOORS
from gateway.classify.taxonomy.table import TYPES, rule_of
from gateway.standing.build import StandingParts
from gateway.standing.distinct import Distinct
from gateway.types import Category, Classification, Declared, Finding, Level
from tests.unit.gateway.standing.made import INHOUSE, OF_CONCERN, US, Bench, call, downgrade, identity, limits

TYPE = st.sampled_from([*sorted(TYPES), "SECRET_GENERIC", "NEVER_HEARD_OF"])
FOUND = st.dictionaries(TYPE, st.integers(350, 1000), max_size=5)
THRESHOLD = st.integers(350, 1000)
LEVEL = st.none() | st.sampled_from(Level)


@contextmanager
def standing(threshold: int, floor: Level = Level.PUBLIC) -> Iterator[StandingParts]:
    thresholds = {"version": "t", "default_milli": threshold, "kinds": {}, "destinations": {}}
    tenants = {"acme": {"floor": floor.label}}
    with tempfile.TemporaryDirectory() as directory:
        parts = Bench(Path(directory), limits=limits(thresholds=thresholds, tenants=tenants)).open()
        try:
            yield parts
        finally:
            parts.store.close()


def classification(found: dict[str, int], declared: Level | None = None) -> Classification:
    findings = tuple(Finding(0, 0, 1, kind, rule_of(kind).category, score, "t") for kind, score in found.items())
    return Classification(findings, label_types(set(found), (), Declared(declared)), scores=found)


def settle(parts: StandingParts, found: dict[str, int], **how: object) -> Classification:
    of = call("x", **how)  # type: ignore[arg-type]  # whatever a test says of the call
    return asyncio.run(parts.stage.settle(identity(), of, classification(found, of.declared.level)))


@settings(max_examples=100, deadline=None)
@given(st.lists(FOUND, min_size=1, max_size=4), LEVEL, st.sampled_from(Level))
def test_a_conversation_never_falls(turns: list[dict[str, int]], declared: Level | None, floor: Level) -> None:
    with standing(350, floor) as parts:
        seen = [settle(parts, turn, conversation="c", declared=declared).labels for turn in turns]
    for turn, labels in zip(turns, seen, strict=True):
        assert labels.level >= max(floor, declared or Level.PUBLIC)
        assert labels.level >= classification(turn, declared).labels.level
    for earlier, later in pairwise(seen):
        assert later.level >= earlier.level
        assert later.categories >= earlier.categories


@settings(max_examples=100, deadline=None)
@given(FOUND, THRESHOLD)
def test_a_destination_sees_what_is_sure_enough_and_no_less(found: dict[str, int], threshold: int) -> None:
    with standing(threshold) as parts:
        content = settle(parts, found)
        for destination in (US, INHOUSE, OF_CONCERN):
            labels = parts.stage.sight(identity(), call("x"), content, destination).content.labels
            sure = {kind for kind, score in found.items() if score >= threshold}
            assert labels.categories == label_types(sure, (), Declared()).categories
            assert labels.level <= content.labels.level


@settings(max_examples=100, deadline=None)
@given(FOUND, st.frozensets(TYPE, min_size=1, max_size=5), st.sampled_from(Level))
def test_a_downgrade_never_reaches_what_is_proven(found: dict[str, int], types: frozenset[str], least: Level) -> None:
    with standing(350) as parts:
        parts.stage.downgrades = (downgrade(types=tuple(sorted(types)), level=least.label),)
        lowered = settle(parts, found).labels
        parts.stage.downgrades = ()
        plain = settle(parts, found).labels
    kept = {kind for kind, score in found.items() if score == 1000 or kind not in types}
    kept |= {kind for kind in found if rule_of(kind).category in (Category.CREDENTIAL, Category.UNKNOWN)}
    proven = label_types(kept, (), Declared())
    assert proven.level <= lowered.level
    assert proven.categories <= lowered.categories <= plain.categories
    assert all(lowered.level >= FLOORS[category] for category in lowered.categories)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.frozensets(st.integers(0, 2**64 - 1), max_size=60), max_size=6))
def test_counting_in_parts_counts_everybody_once(parts: list[frozenset[int]]) -> None:
    whole = Distinct()
    for part in parts:
        before = whole.count_with(part)
        whole.merge(Distinct(part))
        assert whole.count() == before
    assert whole.count() == len(frozenset().union(*parts))
    assert Distinct.load(whole.dump()).count() == whole.count()
