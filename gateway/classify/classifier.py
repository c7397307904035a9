"""What a call carries: every string leaf, read by every detector, combined into labels.

Keys that are no protocol field names, long numbers and unknown fields are read like any other text. A detector that
fails, for whatever reason, is named in `failed` and the call counts as regulated.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from gateway.classify import health, opaque
from gateway.classify.combine import label, resolve, top_scores
from gateway.classify.detector import Budget, BudgetSpent, Passage, Span, TextDetector
from gateway.classify.fields import FIELD_NAMES
from gateway.classify.health import HealthTerms, is_about_somebody
from gateway.classify.opaque import encoded_leaves, find_opaque
from gateway.classify.shadow import Shadow
from gateway.classify.taxonomy.table import rule_of
from gateway.classify.text_call import call_of
from gateway.settings import ClassifySettings
from gateway.types import Call, Classification, Finding
from routers.types import Leaf, LeafKind

_LOG = logging.getLogger(__name__)
T = TypeVar("T")

READER = "reader"
"""Stands in `failed` for the reading itself: preparation failed or the time was up before the detectors began."""
_WORKERS = 2


@dataclass(frozen=True, slots=True)
class _Reading:
    """The leaves that are read, as passages, and all of them joined line by line."""

    numbers: tuple[int, ...]
    passages: tuple[Passage, ...]
    joined: Passage


class CallClassifier:
    """Satisfies `gateway.ports.Classifier`."""

    def __init__(
        self, detectors: Sequence[TextDetector], settings: ClassifySettings, monotonic_s: Callable[[], float]
    ) -> None:
        """Takes the detectors in the order in which they run."""
        self._detectors = tuple(detectors)
        self._settings = settings
        self._monotonic_s = monotonic_s
        self._shadow = Shadow()
        self._health = HealthTerms()
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="classify")

    async def classify(self, call: Call) -> Classification:
        """Returns what the call carries; a large body is read on a worker thread. Never raises for content."""
        if len(call.body) <= self._settings.offload_bytes:
            return self.read(call)
        work = asyncio.get_running_loop().run_in_executor(self._workers, self.read, call)
        try:
            return await asyncio.wait_for(work, self._settings.timeout_s)
        except TimeoutError:
            return _unread(call)

    def read(self, call: Call) -> Classification:
        """Returns what the call carries; blocks for up to `timeout_s`. Never raises for content."""
        budget = Budget(self._monotonic_s() + self._settings.timeout_s, self._monotonic_s)
        failed: set[str] = set()
        found = list(_guard(opaque.NAME, failed, lambda: find_opaque(call.leaves)))
        for reading in _guard(READER, failed, lambda: [self._reading(call.leaves)]):
            found += self._read_passages(reading, budget, failed)
        names = tuple(sorted(failed))
        kept = [each for each in found if each.score_milli >= self._settings.score_milli]
        return Classification(resolve(kept), label(kept, names, call.declared), names, scores=top_scores(kept))

    def read_text(self, text: str) -> Classification:
        """Returns what one text carries, as if it were the only string of a call. Never raises for content."""
        return self.read(call_of(text))

    def _read_passages(self, reading: _Reading, budget: Budget, failed: set[str]) -> list[Finding]:
        found: list[Finding] = []
        for detector in self._detectors:
            found += _guard(detector.name, failed, partial(_findings, detector, reading, budget))
        found += _guard(health.NAME, failed, lambda: self._health_findings(reading, found, budget))
        return found

    def _reading(self, leaves: Sequence[Leaf]) -> _Reading:
        encoded = encoded_leaves(leaves)
        numbers = tuple(number for number, leaf in enumerate(leaves) if number not in encoded and _is_read(leaf))
        joined = Passage.of("\n".join(leaves[number].text for number in numbers), self._shadow)
        passages, place = [], 0
        for number in numbers:
            leaf = leaves[number]
            end = place + len(leaf.text)
            passages.append(Passage(leaf.text, joined.shadow[place:end], _field_name(leaf)))
            place = end + 1
        return _Reading(numbers, tuple(passages), joined)

    def _health_findings(self, reading: _Reading, found: Sequence[Finding], budget: Budget) -> Iterable[Finding]:
        if is_about_somebody(finding.type for finding in found):
            for number, span in self._health.find(reading.passages, budget):
                yield _finding(reading.numbers[number], span, health.NAME)


def _is_read(leaf: Leaf) -> bool:
    return leaf.kind is not LeafKind.KEY or leaf.text not in FIELD_NAMES


def _field_name(leaf: Leaf) -> str:
    """The field a value stands under: `"phone": "…"` says what the digits are."""
    if leaf.kind is LeafKind.KEY:
        return ""
    return next((step for step in reversed(leaf.path) if isinstance(step, str)), "")


def _findings(detector: TextDetector, reading: _Reading, budget: Budget) -> Iterable[Finding]:
    """What one detector finds in all passages. The joined text tells at once when there is nothing in any of them."""
    budget.check()
    if not detector.may_find(reading.joined):
        return
    for number, passage in zip(reading.numbers, reading.passages, strict=True):
        for span in detector.detect(passage, budget):
            yield _finding(number, span, detector.name)


def _finding(leaf: int, span: Span, detector: str) -> Finding:
    return Finding(leaf, span.start, span.end, span.type, rule_of(span.type).category, span.score_milli, detector)


def _guard(name: str, failed: set[str], work: Callable[[], Iterable[T]]) -> list[T]:
    """Runs one detector. What it found before it failed still counts; `failed` makes the call regulated anyway."""
    results: list[T] = []
    try:
        for result in work():
            results.append(result)  # noqa: PERF402  (a list comprehension would lose the part found before a failure)
    except BudgetSpent:
        failed.add(name)
    except Exception as error:  # noqa: BLE001  (the boundary to detectors: ANY failure must read as "regulated", so none may pass)
        _LOG.warning("detector %s failed: %s", name, type(error).__name__)
        failed.add(name)
    return results


def _unread(call: Call) -> Classification:
    """The classification of a call that was not read in time."""
    return Classification((), label((), (READER,), call.declared), (READER,))
