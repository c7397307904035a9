"""The stage between classifying and deciding: from what a call carries to what counts, for this caller and destination.

    level = max(declared, detected, tenant's floor, conversation's high-water mark, fingerprints)

Only a signed downgrade lowers, and never what is proven. What is masked follows what was found, not what counts.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import date
from typing import Protocol

from gateway.standing.downgrades import Downgrade, in_force
from gateway.standing.marks import Marks
from gateway.standing.meter import BulkMeter, People
from gateway.standing.people import people_by_kind, persons_in
from gateway.standing.terms import Terms
from gateway.types import (
    PROVEN_MILLI,
    BulkCrossing,
    Call,
    Carried,
    Category,
    Classification,
    Declared,
    Identity,
    Labels,
    Level,
    RequestId,
    Sight,
)
from routers.types import Destination

_NEVER_LOWERED = frozenset((Category.REGISTERED, Category.CREDENTIAL, Category.UNKNOWN))
_REQUESTS_KEPT = 256
_DAY_MS = 86_400_000
_DAY_ZERO = date(1970, 1, 1).toordinal()
LabelTypes = Callable[[Set[str], Sequence[str], Declared], Labels]
"""From the types that count, the detectors that failed and what was declared to labels."""


class Now(Protocol):
    """The clock, as far as it is needed here."""

    def now_ms(self) -> int:
        """UTC, milliseconds since 1970."""
        ...


class CallStanding:
    """Satisfies `gateway.ports.Standing`."""

    def __init__(
        self,
        terms: Terms,
        label_types: LabelTypes,
        category_of: Callable[[str], Category],
        marks: Marks,
        meter: BulkMeter,
        key: bytes,
        clock: Now,
    ) -> None:
        """`key` is 32 secret bytes under which people are hashed, the same for as long as the counters are kept."""
        self._terms = terms
        self._label_types = label_types
        self._category_of = category_of
        self._marks = marks
        self._meter = meter
        self._key = key
        self._clock = clock
        self._people: OrderedDict[RequestId, People] = OrderedDict()
        self._day = (-1, date.min)
        self.downgrades: tuple[Downgrade, ...] = ()

    async def settle(self, identity: Identity, call: Call, content: Classification) -> Classification:
        """Returns the classification with the labels that count for this caller, whatever the destination.

        Raises:
            StandingUnavailable: what is remembered of the conversation cannot be read or written.
        """
        found = Carried(_scores(content), call.declared.level or Level.PUBLIC)
        carried = await self._marks.raised(identity, call, found, self._clock.now_ms())
        settled = replace(content, carried=carried, persons=persons_in(call, content.findings))
        labels = self._labels(identity, call, settled, carried.scores.keys())
        return settled if labels == content.labels else replace(settled, labels=labels)

    def sight(self, identity: Identity, call: Call, content: Classification, destination: Destination) -> Sight:
        """Returns the call as this destination's policy sees it. `content` is what `settle` returned."""
        seen, today = self._seen(identity, call, content, destination), self._today()
        found = self._found(identity, call, content)
        if not self._terms.is_of_concern(destination, today):
            return Sight(seen, found)
        return Sight(seen, found, self._meter.bands(destination.id, self._people_of(call, content), today))

    async def count(self, call: Call, content: Classification, destination: Destination) -> tuple[BulkCrossing, ...]:
        """Counts the people whose data is about to be sent, where that is counted; returns the bands reached by it.

        Raises:
            StandingUnavailable: the count could not be made durable; nothing may be sent.
        """
        today = self._today()
        if not content.findings or not self._terms.is_of_concern(destination, today):
            return ()
        return await self._meter.count(destination.id, self._people_of(call, content), today)

    def _people_of(self, call: Call, content: Classification) -> People:
        """Asked up to four times a request; a prompt can name thousands."""
        known = self._people.get(call.request_id)
        if known is None:
            known = people_by_kind(call, content.findings, self._key)
            self._people[call.request_id] = known
            if len(self._people) > _REQUESTS_KEPT:
                self._people.popitem(last=False)
        return known

    def _seen(
        self, identity: Identity, call: Call, content: Classification, destination: Destination
    ) -> Classification:
        """The classification without the types of which no detector is sure enough for this destination."""
        scores = content.carried.scores
        if not scores:
            return content
        threshold = self._terms.threshold_milli(destination)
        sure = frozenset(kind for kind, score in scores.items() if score >= threshold)
        if len(sure) == len(scores):
            return content
        return replace(content, labels=self._labels(identity, call, content, sure))

    def _found(self, identity: Identity, call: Call, content: Classification) -> Labels:
        """The labels as no threshold lowers them, nor any downgrade but one by which values leave as they are."""
        if not self.downgrades:
            return content.labels
        used = in_force(self.downgrades, identity, self._today())
        if all(downgrade.unmasked for downgrade in used):
            return content.labels
        return self._labels_under(
            [each for each in used if each.unmasked], identity, call, content, content.carried.scores.keys()
        )

    def _labels(self, identity: Identity, call: Call, content: Classification, types: Set[str]) -> Labels:
        used = in_force(self.downgrades, identity, self._today())
        return self._labels_under(used, identity, call, content, types)

    def _labels_under(
        self, used: Sequence[Downgrade], identity: Identity, call: Call, content: Classification, types: Set[str]
    ) -> Labels:
        excused = {kind for downgrade in used for kind in downgrade.types if self._can_be_lowered(kind, content)}
        labels = self._label_types(types - excused, content.failed, call.declared)
        applied = [downgrade for downgrade in used if not types.isdisjoint(excused.intersection(downgrade.types))]
        floor = self._terms.floors.get(identity.tenant, Level.PUBLIC)
        level = max([labels.level, content.carried.level, floor, *(downgrade.least for downgrade in applied)])
        if level == labels.level and not applied:
            return labels
        reasons = {*labels.reasons, *(f"downgrade:{downgrade.id}" for downgrade in applied)}
        if level > labels.level:
            reasons.add(
                "floor" if level == floor else "conversation" if level == content.carried.level else "downgrade"
            )
        return replace(labels, level=level, reasons=tuple(sorted(reasons)))

    def _can_be_lowered(self, kind: str, content: Classification) -> bool:
        proven = content.carried.scores.get(kind, 0) >= PROVEN_MILLI
        return not proven and self._category_of(kind) not in _NEVER_LOWERED

    def _today(self) -> date:
        """The day in UTC, of the clock's own reckoning: asked up to ten times a request."""
        number = self._clock.now_ms() // _DAY_MS
        known = self._day
        if known[0] != number:
            known = self._day = (number, date.fromordinal(_DAY_ZERO + number))
        return known[1]


def _scores(content: Classification) -> Mapping[str, int]:
    scores = dict(content.scores)
    for finding in content.findings:
        scores[finding.type] = max(finding.score_milli, scores.get(finding.type, 0))
    return scores
