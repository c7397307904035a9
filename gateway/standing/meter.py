"""The bulk meter: how many people's data each destination of concern received over the last 365 days, by kind of data.

28 CFR 202.206 counts U.S. persons over twelve months, "regardless of whether the data is anonymized, pseudonymized,
de-identified, or encrypted": what is masked counts as well, and since nothing says who is a U.S. person, everybody
does. Months fall out as a whole, so the window is up to a month longer than it must be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.errors import StandingUnavailable
from gateway.standing.distinct import Distinct
from gateway.standing.store import StandingStore
from gateway.standing.terms import Terms
from gateway.types import BulkCrossing
from routers.types import DestinationId

_BANDS = ((100, "100"), (80, "80"), (50, "50"))
"""Percent of the threshold. 100 is denied by policy, 50 and 80 warn."""

People = Mapping[str, Set[int]]
"""Keyed hashes of people, by kind of data."""


@dataclass(slots=True)
class _Count:
    """One destination and kind: the months apart, for storing and forgetting, and all of them together."""

    months: dict[str, Distinct]
    window: Distinct


class BulkMeter:
    """Counts people per destination and kind of data. The file is read once, at start."""

    def __init__(self, store: StandingStore, terms: Terms, today: date) -> None:
        """Loads the counters.

        Raises:
            StandingUnavailable: they cannot be read; nothing may be sent where they count.
        """
        self._store = store
        self._terms = terms
        self._first_month = self._first(today)
        self._counts: dict[tuple[str, str], _Count] = {}
        self._writing = asyncio.Lock()
        for destination, kind, month, members in store.counters():
            if month >= self._first_month:
                self._add_month(destination, kind, month, _loaded(members))

    def bands(self, destination: DestinationId, people: People, today: date) -> tuple[str, ...]:
        """Returns `<kind>.<band>` for every kind with a threshold, as it would stand once these people were sent."""
        self._forget(today)
        return tuple(
            f"{kind}.{_band(self._count_with(destination, kind, people.get(kind, frozenset())), limit)}"
            for kind, limit in sorted(self._terms.bulk.items())
        )

    async def count(self, destination: DestinationId, people: People, today: date) -> tuple[BulkCrossing, ...]:
        """Counts these people as sent, durably, and returns the bands that were reached by it.

        Raises:
            StandingUnavailable: the count could not be made durable, so nothing may be sent.
        """
        self._forget(today)
        kinds = {kind: members for kind, members in people.items() if kind in self._terms.bulk and members}
        if not kinds:
            return ()
        async with self._writing:
            crossings = [self._add(destination, kind, members, today) for kind, members in sorted(kinds.items())]
            month = today.isoformat()[:7]
            rows = [(destination, kind, month, self._counts[destination, kind].months[month].dump()) for kind in kinds]
            await asyncio.to_thread(self._store.put_counters, rows)
        return tuple(crossing for crossing in crossings if crossing is not None)

    def _count_with(self, destination: DestinationId, kind: str, people: Set[int]) -> int:
        known = self._counts.get((destination, kind))
        return len(people) if known is None else known.window.count_with(people)

    def _add(self, destination: DestinationId, kind: str, people: Set[int], today: date) -> BulkCrossing | None:
        count = self._counts.setdefault((destination, kind), _Count({}, Distinct()))
        limit = self._terms.bulk[kind]
        before = _band(count.window.count(), limit)
        count.months.setdefault(today.isoformat()[:7], Distinct()).add(people)
        count.window.add(people)
        after = _band(count.window.count(), limit)
        return None if after == before else BulkCrossing(destination, kind, after, count.window.count(), limit)

    def _add_month(self, destination: str, kind: str, month: str, members: Distinct) -> None:
        count = self._counts.setdefault((destination, kind), _Count({}, Distinct()))
        count.months[month] = members
        count.window.merge(members)

    def _first(self, today: date) -> str:
        return (today - timedelta(days=self._terms.window_days)).isoformat()[:7]

    def _forget(self, today: date) -> None:
        first = self._first(today)
        if first == self._first_month:
            return
        self._first_month = first
        for count in self._counts.values():
            count.months = {month: members for month, members in count.months.items() if month >= first}
            count.window = Distinct()
            for members in count.months.values():
                count.window.merge(members)


def _loaded(members: bytes) -> Distinct:
    try:
        return Distinct.load(members)
    except ValueError:
        raise StandingUnavailable("a stored count is damaged") from None


def _band(count: int, limit: int) -> str:
    return next((band for percent, band in _BANDS if count * 100 >= limit * percent), "0")
