"""Counting distinct people: exact while few, never too few when many, the same after storing and merging."""

from __future__ import annotations

import random

import pytest

from gateway.standing.distinct import EXACT, Distinct


def members(count: int, seed: int = 1) -> list[int]:
    rng = random.Random(seed)
    return [rng.getrandbits(64) for _ in range(count)]


@pytest.mark.parametrize("count", [0, 1, 2, 999, EXACT])
def test_few_are_counted_exactly(count: int) -> None:
    assert Distinct([*members(count), *members(count)]).count() == count


@pytest.mark.parametrize("count", [EXACT + 1, 5_000, 20_000, 41_000, 100_000])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_many_are_never_counted_too_low_and_at_most_a_little_too_high(count: int, seed: int) -> None:
    counted = Distinct(members(count, seed)).count()
    assert count <= counted <= count * 1.09


@pytest.mark.parametrize("count", [0, 10, EXACT, EXACT + 1, 30_000])
def test_storing_changes_nothing(count: int) -> None:
    distinct = Distinct(members(count))
    stored = Distinct.load(distinct.dump())
    assert (stored.count(), stored.dump()) == (distinct.count(), distinct.dump())


@pytest.mark.parametrize(("one", "other"), [(10, 10), (1_500, 1_500), (10, 30_000), (30_000, 10), (20_000, 20_000)])
def test_merging_counts_everybody_once(one: int, other: int) -> None:
    first, second = members(one, 1), members(other, 2)
    merged = Distinct(first)
    merged.merge(Distinct(second))
    merged.merge(Distinct(second))
    assert merged.count() == Distinct([*first, *second]).count()


@pytest.mark.parametrize("before", [0, EXACT - 1, EXACT, 30_000])
def test_counting_with_more_adds_nothing(before: int) -> None:
    distinct = Distinct(members(before))
    more = members(500, 9)
    expected = Distinct([*members(before), *more]).count()
    assert distinct.count_with(more) == expected
    assert distinct.count() == Distinct(members(before)).count()


@pytest.mark.parametrize(
    "stored", [b"", b"x", b"e1234567", b"h" + bytes(7), b"h" + bytes([200]) * 16_384, b"e" + bytes(8 * (EXACT + 1))]
)
def test_what_was_never_stored_is_refused(stored: bytes) -> None:
    with pytest.raises(ValueError, match="not a stored counter"):
        Distinct.load(stored)
