"""The bulk meter: counts before sending, over restarts and months, and closes when it cannot count."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import date, timedelta

import pytest

from gateway.errors import StandingUnavailable, StartupError
from gateway.standing.meter import BulkMeter, People
from gateway.standing.store import FILE_NAME
from gateway.standing.terms import read_terms
from gateway.types import BulkCrossing
from routers.types import DestinationId
from tests.unit.gateway.held import held_open
from tests.unit.gateway.standing.made import OF_CONCERN, TODAY, Bench, limits

HERE = OF_CONCERN.id


def meter(bench: Bench, today: date = TODAY, **thresholds: int) -> BulkMeter:
    bulk = {"countries": ["cn"], "window_days": 365, "thresholds": thresholds or {"health": 10}}
    return BulkMeter(bench.store(), read_terms(limits(bulk=bulk), 350), today)


def counted(counting: BulkMeter, people: People, today: date) -> tuple[BulkCrossing, ...]:
    return asyncio.run(counting.count(HERE, people, today))


def people(first: int, last: int) -> dict[str, frozenset[int]]:
    return {"health": frozenset(number * 0x9E3779B97F4A7C15 % 2**64 for number in range(first, last))}


@pytest.mark.parametrize(
    ("count", "band"), [(0, "0"), (4, "0"), (5, "50"), (7, "50"), (8, "80"), (9, "80"), (10, "100")]
)
def test_the_band_is_what_it_would_be_after_sending(bench: Bench, count: int, band: str) -> None:
    assert meter(bench).bands(HERE, people(0, count), TODAY) == (f"health.{band}",)


def test_people_count_once_per_destination(bench: Bench) -> None:
    counting = meter(bench)
    for _ in range(3):
        counted(counting, people(0, 4), TODAY)
    assert counting.bands(HERE, people(2, 4), TODAY) == ("health.0",)
    assert counting.bands(HERE, people(4, 5), TODAY) == ("health.50",)
    assert counting.bands(DestinationId("elsewhere"), people(0, 4), TODAY) == ("health.0",)


def test_a_band_is_told_once_when_it_is_reached(bench: Bench) -> None:
    counting = meter(bench)
    assert counted(counting, people(0, 4), TODAY) == ()
    assert counted(counting, people(4, 6), TODAY) == (BulkCrossing(HERE, "health", "50", 6, 10),)
    assert counted(counting, people(0, 6), TODAY) == ()
    assert counted(counting, people(6, 12), TODAY) == (BulkCrossing(HERE, "health", "100", 12, 10),)


def test_counts_outlive_the_process(bench: Bench) -> None:
    counted(meter(bench, health=5_000), people(0, 3_000), TODAY)
    assert meter(bench, health=5_000).bands(HERE, people(0, 1), TODAY) == ("health.50",)


def test_people_are_forgotten_after_a_year_and_not_before(bench: Bench) -> None:
    counting = meter(bench)
    counted(counting, people(0, 8), TODAY)
    assert counting.bands(HERE, people(0, 0), TODAY + timedelta(days=365)) == ("health.80",)
    assert counting.bands(HERE, people(0, 0), TODAY + timedelta(days=396)) == ("health.0",)


def test_the_window_moves_while_the_process_runs_and_at_start_alike(bench: Bench) -> None:
    counting = meter(bench)
    counted(counting, people(0, 4), TODAY)
    later = TODAY + timedelta(days=200)
    counted(counting, people(4, 8), later)
    end = TODAY + timedelta(days=400)
    assert counting.bands(HERE, people(0, 0), end) == meter(bench, end).bands(HERE, people(0, 0), end) == ("health.0",)
    assert counting.bands(HERE, people(8, 9), end) == ("health.50",)


def test_a_count_that_cannot_be_kept_is_an_error(bench: Bench) -> None:
    counting = meter(bench)
    with closing(sqlite3.connect(bench.directory / FILE_NAME)) as connection, connection:
        connection.execute("DROP TABLE counter")
    with pytest.raises(StandingUnavailable):
        counted(counting, people(0, 1), TODAY)


def test_a_damaged_count_keeps_the_gateway_from_starting(bench: Bench) -> None:
    bench.open().store.close()
    with closing(sqlite3.connect(bench.directory / FILE_NAME)) as connection, connection:
        connection.execute("INSERT INTO counter VALUES ('minimax-intl', 'health', '2026-11', x'0102')")
    with pytest.raises(StartupError, match="damaged"):
        bench.open()
    assert held_open(bench.directory) == []
