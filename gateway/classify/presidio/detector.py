"""Presidio's recognizers, and any others that follow its interface, behind a prefilter.

The findings are those of `AnalyzerEngine.analyze` with every recognizer running; the prefilter only leaves out patterns
that could match nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from gateway.classify.context_words import TextWords
from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.phones import is_bare
from gateway.classify.prefilter import Prefilter
from gateway.classify.presidio.context import Context, ContextLists
from gateway.classify.presidio.hits import Hit, without_duplicates
from gateway.classify.presidio.library import EntityRecognizer, pin_suffix_list, quieten
from gateway.classify.presidio.runners import Asked, Runner, RunnerFactory, Text
from gateway.classify.presidio.spans import Reading
from gateway.classify.presidio.tokens import Tokenizers
from gateway.classify.shadow import OwnLetters

PATTERN_TIMEOUT_S = 2.0
"""Longest time for one pattern on one window."""
_NEED_A_WORD = frozenset(("PHONE_NUMBER", "UK_NHS"))


class PresidioDetector:
    """Satisfies `gateway.classify.detector.TextDetector`."""

    name = "presidio"

    def __init__(
        self,
        recognizers: Sequence[EntityRecognizer],
        *,
        score_milli: int,
        pattern_timeout_s: float = PATTERN_TIMEOUT_S,
    ) -> None:
        """Prepares the recognizers. Findings below `score_milli` are dropped."""
        quieten()
        pin_suffix_list()
        self._threshold = score_milli / 1000
        self.tokenizers = Tokenizers()
        self._own_letters = OwnLetters()
        self._lists = ContextLists(recognizers)
        factory = RunnerFactory(self.tokenizers, self._threshold, pattern_timeout_s)
        self._runners: tuple[Runner, ...] = tuple(factory.runner_of(each, i) for i, each in enumerate(recognizers))
        self._own_gates = frozenset(i for i, each in enumerate(recognizers) if _gates(each) or _labels(each))
        self._labels = tuple((i, _labels(each)) for i, each in enumerate(recognizers) if _labels(each))
        gates = [
            (i, number, gate)
            for i, each in enumerate(recognizers)
            for number, gate in enumerate(_gates(each) if i in self._own_gates else self._runners[i].gates())
        ]
        self._gated = tuple((i, number) for i, number, _ in gates)
        self._prefilter = Prefilter([gate for _, _, gate in gates])
        gated = {i for i, _ in self._gated} | self._own_gates
        self._ungated = tuple(i for i in range(len(recognizers)) if i not in gated)
        self._everything = tuple(frozenset(range(len(runner.gates()))) for runner in self._runners)

    def may_find(self, passage: Passage) -> bool:
        """Whether any recognizer could find anything."""
        return bool(self._fired_in(passage))

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        """Returns what the recognizers find. Raises `BudgetSpent`, `PatternTimeout`."""
        budget.check()
        context = [passage.field_name] if passage.field_name else []
        asked = Asked(context, budget, _NEED_A_WORD, passage.values)
        reading = Reading.of(passage.text, passage.shadow, self._own_letters)
        return [
            Span(hit.start, hit.end, hit.type, round(hit.score * 1000))
            for hit in self._analyzed(reading, self._fired_in(passage), asked)
            if not _is_bare_number(passage.text, hit)
        ]

    def analyze(self, text: str, shadow: bytes, context: Sequence[str] = (), budget: Budget | None = None) -> list[Hit]:
        """Returns what `AnalyzerEngine.analyze` would, running only patterns that could match."""
        reading = Reading.of(text, shadow, self._own_letters)
        return self._analyzed(reading, self._fired(text, shadow), Asked(context, budget))

    def _analyzed(self, reading: Reading, fired: Mapping[int, frozenset[int]], asked: Asked) -> list[Hit]:
        """As `analyze`, perhaps without bare numbers of `bare` types that no word explains."""
        if not fired:
            return []
        words = TextWords(reading.text, self.tokenizers)
        owners_named = partial(self._lists.owners_named, asked.context)
        named = asked.values.of((self._lists, *asked.context), frozenset, owners_named)
        around = Context(self._lists, reading, words, named)
        helped = frozenset(owner for owner in fired if around.may_help(owner))
        within = Text(reading, around, helped, asked)
        hits: list[Hit] = []
        for owner in sorted(fired):
            if asked.budget is not None:
                asked.budget.check()
            hits += self._runners[owner].hits(within, fired[owner])
        raised = around.raised(asked.over(hits), _NEED_A_WORD)
        return without_duplicates(hit for hit in raised if hit.score >= self._threshold)

    def _fired_in(self, passage: Passage) -> Mapping[int, frozenset[int]]:
        return passage.notes.of(self, dict, lambda: self._fired(passage.text, passage.shadow))

    def _fired(self, text: str, shadow: bytes) -> dict[int, frozenset[int]]:
        """The recognizers that could find something, each with the numbers of its patterns that could match."""
        fired: dict[int, set[int]] = {}
        for hit in self._prefilter.match(shadow):
            owner, number = self._gated[hit]
            fired.setdefault(owner, set()).add(number)
        found = {i: self._everything[i] if i in self._own_gates else frozenset(each) for i, each in fired.items()}
        found.update((i, self._everything[i]) for i in self._ungated)
        if not text.isascii():
            found.update((i, self._everything[i]) for i, labels in self._labels if any(each in text for each in labels))
        return found


def _is_bare_number(text: str, hit: Hit) -> bool:
    """Whether a finding is digits alone, or a decimal, that no word near by explains.

    One ten-digit number in eleven has the check digit of an NHS number, and most are valid in some numbering plan.
    """
    return hit.type in _NEED_A_WORD and not hit.is_supported and is_bare(text[hit.start : hit.end])


def _labels(recognizer: EntityRecognizer) -> tuple[str, ...]:
    """Words beyond ASCII of which one stands wherever a recognizer with such labels finds something."""
    labels: tuple[str, ...] = getattr(recognizer, "labels", ())
    return labels


def _gates(recognizer: EntityRecognizer) -> tuple[str, ...]:
    """RE2 patterns of which one matches wherever a recognizer of our own finds something."""
    gates: tuple[str, ...] = getattr(recognizer, "gates", ())
    return gates
