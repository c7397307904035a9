"""Puts the stage together from the policy's terms and the state directory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from gateway.clock import Clock
from gateway.errors import StandingUnavailable, StartupError
from gateway.standing.downgrade_desk import DowngradeDesk
from gateway.standing.marks import Marks
from gateway.standing.meter import BulkMeter
from gateway.standing.standing import CallStanding, LabelTypes
from gateway.standing.store import StandingStore
from gateway.standing.terms import read_terms
from gateway.types import Category

_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class StandingParts:
    """The stage, the desk at which downgrades are granted and revoked, and the file behind both."""

    stage: CallStanding
    desk: DowngradeDesk
    store: StandingStore = field(repr=False)


@dataclass(frozen=True, slots=True)
class Labelling:
    """How types become labels and categories: the classifier's own rules."""

    label_types: LabelTypes
    category_of: Callable[[str], Category]


def build_standing(
    *,
    limits: Mapping[str, object],
    lowest_milli: int,
    mark_days: int,
    directory: Path,
    labelling: Labelling,
    key: bytes,
    clock: Clock,
) -> StandingParts:
    """Returns the stage. Blocks: opens and reads the state file. `limits` is the policy's `limits/data.json`.

    Raises:
        StartupError: the terms are not well formed, or the file cannot be read.
    """
    terms = read_terms(limits, lowest_milli)
    now_ms = clock.now_ms()
    today = datetime.fromtimestamp(now_ms / 1000, UTC).date()
    with ExitStack() as unless_built:
        store = StandingStore(directory)
        unless_built.callback(store.close)
        try:
            store.drop_marks_before(now_ms - mark_days * _DAY_MS)
            meter = BulkMeter(store, terms, today)
            marks = Marks(store, key, mark_days * _DAY_MS)
            stage = CallStanding(terms, labelling.label_types, labelling.category_of, marks, meter, key, clock)
            desk = DowngradeDesk(store, terms, stage)
        except StandingUnavailable as error:
            raise StartupError(str(error)) from None
        unless_built.pop_all()
    return StandingParts(stage, desk, store)
