"""Reads texts: every detector over every text and every view of it. What it returns depends on the texts alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from gateway.classify import opaque
from gateway.classify.combine import resolve, top_scores
from gateway.classify.detector import Batching, Budget, Notes, Passage, Span, TextDetector
from gateway.classify.guard import guard
from gateway.classify.health import NAME as HEALTH
from gateway.classify.health import HealthSigns, HealthTerms
from gateway.classify.memory.reading import Reading
from gateway.classify.opaque import encoded_runs
from gateway.classify.shadow import Shadow
from gateway.classify.taxonomy.table import rule_of
from gateway.classify.view import View
from gateway.classify.views import text_views
from gateway.classify.views.held import Held
from gateway.classify.views.rewriting import SEPARATOR, placed_in
from gateway.classify.views.source import ViewSource
from gateway.classify.views.text_views import FOLDED, Room, TextViews
from gateway.types import Finding
from routers.types import Leaf, LeafKind

READER = "reader"
"""Stands in `failed` for the reading itself: preparation failed or the time was up before the detectors began."""
NEED_SENTENCES = frozenset(("names", "names_large", "source_code", "markings", "fingerprints"))
"""Detectors that judge the words around a place: in folded views and across joints these are nobody's words."""
_LONGEST_NAME = 64
_CERTAIN = 950
"""Score from which nothing better can be made of the same characters: their check digits or their form hold."""


@dataclass(frozen=True, slots=True)
class Item:
    """One text to read: leaf `number`. What is `encoded` as a whole is read only through the sources of views."""

    number: int
    leaf: Leaf = field(repr=False)
    field_name: str = field(default="", repr=False)
    encoded: bool = False


@dataclass(slots=True)
class _Draft:
    """What was found in one item so far."""

    item: Item
    findings: list[Finding] = field(default_factory=list)
    health: HealthSigns | None = None

    def held(self) -> Held:
        """What was found for certain so far."""
        return Held((each.start, each.end) for each in self.findings if each.score_milli >= _CERTAIN)

    def add(self, span: Span, detector: str) -> None:
        category = rule_of(span.type).category
        number = self.item.number
        self.findings.append(Finding(number, span.start, span.end, span.type, category, span.score_milli, detector))


@dataclass(frozen=True, slots=True)
class _Work:
    """One batch: the items as passages, and all of them joined line by line, which tells at once what none holds."""

    drafts: Sequence[_Draft]
    passages: Sequence[Passage]
    joined: Passage
    room: Room
    budget: Budget
    failed: set[str]
    values: Notes = field(default_factory=Notes, repr=False)

    def each(self) -> Iterator[tuple[_Draft, Passage]]:
        return zip(self.drafts, self.passages, strict=True)


class Reader:
    """Runs the detectors. Keeps nothing between calls; safe to share between threads."""

    def __init__(self, detectors: Sequence[TextDetector], sources: Sequence[ViewSource], score_milli: int) -> None:
        """Takes the detectors in the order in which they run. Findings below `score_milli` are left out."""
        self._detectors = tuple(detectors)
        self._exact = tuple(each for each in detectors if each.name not in NEED_SENTENCES)
        # Asked once: looking for a protocol's members takes 20 microseconds.
        self._batching = {id(each): each for each in self._detectors if isinstance(each, Batching)}
        self._sources = tuple(sources)
        self._score_milli = score_milli
        self._shadow = Shadow()
        self._views = TextViews()
        self._health = HealthTerms()

    def read(self, items: Sequence[Item], budget: Budget, failed: set[str]) -> list[Reading]:
        """Returns what each item holds. Adds to `failed` what could not finish. Never raises for content."""
        drafts = [_Draft(item) for item in items]
        with guard(READER, failed):
            work = self._work([draft for draft in drafts if not draft.item.encoded], budget, failed)
            self._read_originals(work, self._detectors)
            self._read_views(work, self._detectors)
            self._read_health(work)
        with guard(READER, failed):
            self._read_sources(drafts, budget, failed)
        with guard(opaque.NAME, failed):
            for draft in drafts:
                number = draft.item.number
                draft.findings.extend(encoded_runs(number, draft.item.leaf, partial(self.is_read, budget)))
        return [self._finished(draft) for draft in drafts]

    def read_stretches(self, items: Sequence[Item], budget: Budget, failed: set[str]) -> list[Reading]:
        """Returns what has a form of its own in texts that nobody wrote in one piece. Like `read` otherwise."""
        drafts = [_Draft(item) for item in items]
        with guard(READER, failed):
            work = self._work(drafts, budget, failed)
            self._read_originals(work, self._exact)
            self._read_views(work, self._exact)
        return [self._finished(draft) for draft in drafts]

    def is_read(self, budget: Budget, leaf: Leaf) -> bool:
        """Whether a leaf is a document of which a source has read everything. Raises what sources raise."""
        return any(source.is_read(leaf, budget) for source in self._sources)

    def _work(self, drafts: Sequence[_Draft], budget: Budget, failed: set[str]) -> _Work:
        budget.check()
        joined = Passage.of("\n".join(draft.item.leaf.text for draft in drafts), self._shadow)
        passages, place = [], 0
        for draft in drafts:
            end = place + len(draft.item.leaf.text)
            notes = joined.notes if len(drafts) == 1 else Notes()
            shadow = joined.shadow[place:end]
            text, name = draft.item.leaf.text, draft.item.field_name
            passages.append(Passage(text, shadow, name, notes=notes, values=joined.values))
            place = end + 1
        return _Work(drafts, passages, joined, Room(len(joined.text)), budget, failed, joined.values)

    def _read_originals(self, work: _Work, detectors: Iterable[TextDetector]) -> None:
        for detector in detectors:
            with guard(detector.name, work.failed):
                work.budget.check()
                if not detector.may_find(work.joined):
                    continue
                chosen = [each for each in work.each() if not _is_out_of_place(detector, each[0].item.leaf)]
                batching = self._batching.get(id(detector))
                if batching is not None:
                    for number, span in batching.detect_all([passage for _, passage in chosen], work.budget):
                        chosen[number][0].add(span, detector.name)
                    continue
                for draft, passage in chosen:
                    for span in detector.detect(passage, work.budget):
                        draft.add(span, detector.name)

    def _read_views(self, work: _Work, detectors: Sequence[TextDetector]) -> None:
        with guard(text_views.NAME, work.failed):
            if self._views.may_have(work.joined):
                for draft, passage in work.each():
                    for view in self._views.of(passage, work.room, work.budget, draft.held()):
                        self._read_view(draft, view, work, detectors)

    def _read_health(self, work: _Work) -> None:
        with guard(HEALTH, work.failed):
            if self._health.may_have(work.joined):
                for draft, passage in work.each():
                    work.budget.check()
                    draft.health = self._health.signs(passage)

    def _read_sources(self, drafts: Sequence[_Draft], budget: Budget, failed: set[str]) -> None:
        if not self._sources:
            return
        budget.check()
        room = Room(sum(len(draft.item.leaf.text) + 1 for draft in drafts) - 1)
        work = _Work(drafts, (), Passage("", b""), room, budget, failed)
        for source in self._sources:
            with guard(source.name, work.failed):
                for draft in work.drafts:
                    for view in source.views(draft.item.leaf, work.budget):
                        self._read_view(draft, work.room.take(view), work, self._detectors)
                        self._read_nested(draft, view, work)

    def _read_nested(self, draft: _Draft, outer: View, work: _Work) -> None:
        passage = Passage.of(outer.text, self._shadow)
        for inner in self._views.of(passage, work.room, work.budget):
            self._read_view(draft, placed_in(outer, inner), work, self._detectors)
        if self._health.may_have(passage) and (signs := self._health.signs(passage)) is not None:
            start, end = outer.place(signs.start, signs.end) if signs.start >= 0 else (-1, -1)
            draft.health = draft.health or HealthSigns(start, end, signs.terms)

    def _read_view(self, draft: _Draft, view: View, work: _Work, detectors: Sequence[TextDetector]) -> None:
        name, is_folded = draft.item.field_name, view.name == FOLDED
        passage = Passage(view.text, self._shadow.of(view.text), name, is_folded, values=work.values)
        for detector in detectors:
            if is_folded and detector.name in NEED_SENTENCES:
                continue
            with guard(detector.name, work.failed):
                work.budget.check()
                if detector.may_find(passage):
                    for span in detector.detect(passage, work.budget):
                        if view.text.find(SEPARATOR, span.start, span.end) < 0:
                            start, end = view.place(span.start, span.end)
                            draft.add(Span(start, end, span.type, span.score_milli), detector.name)

    def _finished(self, draft: _Draft) -> Reading:
        kept = [each for each in draft.findings if each.score_milli >= self._score_milli]
        return Reading(draft.item.number, resolve(kept), top_scores(kept), draft.health)


def _is_out_of_place(detector: TextDetector, leaf: Leaf) -> bool:
    return detector.name in NEED_SENTENCES and _is_no_sentence(leaf)


def _is_no_sentence(leaf: Leaf) -> bool:
    """Whether a leaf is a number or the name of a member: tool schemas have hundreds, and no words to judge."""
    if leaf.kind is LeafKind.KEY:
        return len(leaf.text) <= _LONGEST_NAME and leaf.text.isascii() and " " not in leaf.text
    return leaf.kind is LeafKind.NUMBER
