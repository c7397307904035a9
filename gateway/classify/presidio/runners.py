"""How each recognizer is run: as Presidio would, with less work where what it does is known.

A recognizer that only has patterns and checks keeps its checks and gets our finders; so do the phone and IBAN
recognizers of Presidio, whose own loops are written again here. Any other recognizer runs as it is, in windows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, TypeVar

import phonenumbers
from phonenumbers import Leniency

from gateway.classify.detector import Budget, Notes
from gateway.classify.phones import Candidates, Numbers, PhoneRegions
from gateway.classify.presidio.artifacts import artifacts_of
from gateway.classify.presidio.context import CERTAIN, Context
from gateway.classify.presidio.hits import Hit, without_duplicates
from gateway.classify.presidio.library import (
    EntityRecognizer,
    IbanRecognizer,
    IpRecognizer,
    Pattern,
    PatternRecognizer,
    PhoneRecognizer,
    RecognizerResult,
    UsSsnRecognizer,
    ZaMobileNumberRecognizer,
    ZaTelephoneNumberRecognizer,
)
from gateway.classify.presidio.own_checks import own_check_of
from gateway.classify.presidio.spans import Finder, Reading, inline_flags
from gateway.classify.presidio.tokens import Tokenizers
from gateway.classify.windows import windows

Item = TypeVar("Item")
_P = r"[-xa \x7f()\[\]./~]{0,4}"
"""What may stand between two digits (`a` stands for the katakana length mark, which the matcher takes for a sign)."""
PHONE_GATES = (rf"\d(?:{_P}\d){{5,}}", rf"0(?:{_P}\d){{4,}}", rf"1{_P}6{_P}[489](?:{_P}\d)+")
"""What numbers of Presidio's regions need: six digits, or five with a trunk `0`, or Germany's numbers of four and five,
which begin with 164, 168 or 169 (phonenumbers metadata; a test tries all shorter ones)."""
ANY_PHONE_GATES = (rf"\d(?:{_P}\d){{3,}}",)
"""What numbers of any region need: some have four digits."""
GATED_REGIONS = frozenset((*PhoneRecognizer.DEFAULT_SUPPORTED_REGIONS, "ZA"))
_WORTHLESS = 0.0
_REMEMBERED = 16_384
"""Values of one call that one pattern checks once, however often they stand there."""
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_DOTTED_QUAD = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")
"""What is an address to `ipaddress` at any rate. Asking it takes four microseconds."""
_USUAL_SSN = re.compile(r"(?!000|666|078|123|987|([0-9])\1\1)[0-9]{3}([-. ]?)(?!00)[0-9]{2}\2(?!0000)[0-9]{4}")
"""What breaks none of the rules of Presidio's recognizer. Asking it takes ten microseconds."""
_NEVER_REFUSED: Mapping[type, re.Pattern[str]] = {IpRecognizer: _DOTTED_QUAD, UsSsnRecognizer: _USUAL_SSN}
_PLAIN_METHODS = ("analyze", "enhance_using_context", "remove_duplicates")
_ZA = (ZaMobileNumberRecognizer, ZaTelephoneNumberRecognizer)


@dataclass(frozen=True, slots=True)
class Asked:
    """How a text is asked: words said about it, how long it may take, and what is known of values in the same call.

    Bare numbers of `bare` types are of no use without a word that explains them.
    """

    context: Sequence[str] = field(default=(), repr=False)
    budget: Budget | None = None
    bare: frozenset[str] = frozenset()
    values: Notes = field(default_factory=Notes, repr=False)

    def over(self, items: Iterable[Item]) -> Iterable[Item]:
        """Returns the items; raises `BudgetSpent` between some hundreds of them when the time is up."""
        return items if self.budget is None else self.budget.over(items)


class Text:
    """One text under analysis: what several recognizers need of it is made once."""

    __slots__ = ("around", "asked", "candidates", "helped", "reading")

    def __init__(self, reading: Reading, around: Context, helped: frozenset[int], asked: Asked) -> None:
        """Takes the words of the text, and the recognizers for which a word near by could speak."""
        self.reading = reading
        self.around = around
        self.helped = helped
        self.asked = asked
        self.candidates = Candidates(reading.text, reading.shadow)


class Runner(Protocol):
    """Runs one recognizer."""

    def gates(self) -> Sequence[str]:
        """Returns RE2 patterns of which one matches wherever the recognizer finds something; none if it always runs."""
        ...

    def hits(self, text: Text, fired: frozenset[int]) -> Sequence[Hit]:
        """Returns what the recognizer finds; `fired` are the numbers of its gates that matched."""
        ...


class PatternRunner:
    """A recognizer that looks for patterns and checks what it finds."""

    __slots__ = (
        "_checks",
        "_never_refused",
        "_own_check",
        "_owner",
        "_patterns",
        "_recognizer",
        "_refuses",
        "_threshold",
        "_type",
    )

    def __init__(self, recognizer: PatternRecognizer, owner: int, threshold: float, timeout_s: float) -> None:
        flags = recognizer.global_regex_flags or 0
        self._recognizer = recognizer
        self._owner = owner
        self._threshold = threshold
        self._type: str = recognizer.supported_entities[0]
        self._patterns = [(each.score, Finder(each.regex, flags, timeout_s)) for each in patterns_of(recognizer)]
        self._own_check = own_check_of(recognizer)
        self._checks = type(recognizer).validate_result is not PatternRecognizer.validate_result
        self._refuses = type(recognizer).invalidate_result is not PatternRecognizer.invalidate_result
        self._never_refused = _NEVER_REFUSED.get(type(recognizer))

    def gates(self) -> Sequence[str]:
        """One for each pattern."""
        flags = inline_flags(self._recognizer.global_regex_flags or 0)
        return [flags + pattern.regex for pattern in patterns_of(self._recognizer)]

    def hits(self, text: Text, fired: frozenset[int]) -> Sequence[Hit]:
        """Returns what the patterns find that passes the checks, unless nothing could lift it above the threshold."""
        may_rise = self._checks or self._owner in text.helped
        found: list[Hit] = []
        for number in sorted(fired):
            score, finder = self._patterns[number]
            if may_rise or score >= self._threshold:
                known = text.asked.values.of((self, number), dict, dict)
                found += text.asked.over(self._checked(score, finder, text.reading, known))
        return without_duplicates(set(found)) if len(found) > 1 else found

    def _checked(self, score: float, finder: Finder, reading: Reading, scores: dict[str, float]) -> Iterator[Hit]:
        """Checks what one pattern finds. `scores` are of values met before in the same call."""
        for start, end in finder.spans(reading):
            if start == end:
                continue
            value = reading.text[start:end]
            final = scores.get(value)
            if final is None:
                final = self._final(score, value)
                if len(scores) < _REMEMBERED:
                    scores[value] = final
            if final > _WORTHLESS:
                yield Hit(start, end, final, self._type, self._owner)

    def _is_right(self, value: str) -> bool | None:
        """As the recognizer's own check says; `None` where it does not know."""
        own = self._own_check(value) if self._own_check is not None else None
        if own is not None:
            return own
        is_right: bool | None = self._recognizer.validate_result(value)
        return is_right

    def _final(self, score: float, value: str) -> float:
        """The score of a value after the recognizer's checks, which look at nothing but the value."""
        is_right = self._is_right(value) if self._checks else None
        final = score if is_right is None else CERTAIN if is_right else _WORTHLESS
        if final == _WORTHLESS or not self._refuses:
            return final
        if self._never_refused is not None and self._never_refused.fullmatch(value):
            return final
        return _WORTHLESS if self._recognizer.invalidate_result(value) else final


class IbanRunner(PatternRunner):
    """Presidio's IBAN recognizer: the longest of the nested matches that passes the check."""

    __slots__ = ()

    def hits(self, text: Text, fired: frozenset[int]) -> Sequence[Hit]:
        """Returns the account numbers."""
        return [
            hit
            for number in sorted(fired)
            for hit in text.asked.over(self._accounts(*self._patterns[number], text.reading))
        ]

    def _accounts(self, score: float, finder: Finder, reading: Reading) -> Iterator[Hit]:
        for match in finder.matches(reading):
            for group in range(len(match.groups()), 0, -1):
                start, end = match.start(), match.end(group) if match.end(group) > 0 else match.end()
                if start == end:
                    continue
                is_right = self._is_right(reading.text[start:end])
                final = score if is_right is None else CERTAIN if is_right else _WORTHLESS
                if final > _WORTHLESS:
                    yield Hit(start, end, final, self._type, self._owner)
                    break


class PhoneRunner:
    """Presidio's phone recognizers: one pass over the text for all regions."""

    __slots__ = ("_gates", "_kind", "_owner", "_regions", "_score", "_type")

    def __init__(self, recognizer: PhoneRecognizer, owner: int) -> None:
        leniency = Leniency.VALID if recognizer.leniency is None else recognizer.leniency
        is_gated = leniency >= Leniency.VALID and GATED_REGIONS.issuperset(recognizer.supported_regions)
        self._gates = PHONE_GATES if is_gated else ANY_PHONE_GATES if leniency >= Leniency.VALID else (r"\d",)
        self._owner = owner
        self._regions = PhoneRegions(recognizer.supported_regions, leniency)
        self._score: float = recognizer.SCORE
        self._type: str = recognizer.supported_entities[0]
        self._kind = recognizer if isinstance(recognizer, _ZA) else None

    def gates(self) -> Sequence[str]:
        """Enough digits."""
        return self._gates

    def hits(self, text: Text, fired: frozenset[int]) -> Sequence[Hit]:
        """Returns the numbers."""
        del fired
        is_useless = partial(text.around.stands_alone, self._owner) if self._type in text.asked.bare else None
        known = text.asked.values.of(self._regions, Numbers, Numbers)
        check = None if text.asked.budget is None else text.asked.budget.check
        places = self._regions.find(text.candidates, is_useless, outermost=self._kind is None, known=known, check=check)
        return without_duplicates(
            Hit(start, end, self._score, self._type, self._owner)
            for start, end in places
            if self._is_of_kind(text.reading.text[start:end])
        )

    def _is_of_kind(self, raw: str) -> bool:
        """South Africa's two recognizers tell mobile numbers from the others."""
        if self._kind is None:
            return True
        number = phonenumbers.parse(raw, self._kind.REGION, keep_raw_input=True)
        if phonenumbers.region_code_for_number(number) != self._kind.REGION:
            return False
        return bool(self._kind._classify(number) == self._kind.target_classification)  # noqa: SLF001  (its own way)


class StockRunner:
    """Any other recognizer, as it is, on windows: its cost may grow with the square of what it reads."""

    __slots__ = ("_owner", "_recognizer", "_tokenizers")

    def __init__(self, recognizer: EntityRecognizer, owner: int, tokenizers: Tokenizers) -> None:
        self._recognizer = recognizer
        self._owner = owner
        self._tokenizers = tokenizers

    def gates(self) -> Sequence[str]:
        """None are known."""
        return ()

    def hits(self, text: Text, fired: frozenset[int]) -> Sequence[Hit]:
        """Returns what it finds; raises `BudgetSpent` between windows, and whatever the recognizer raises."""
        del fired
        found: set[Hit] = set()
        for start, end in windows(text.reading.text):
            if text.asked.budget is not None:
                text.asked.budget.check()
            piece = text.reading.text[start:end]
            for result in self._results(piece, text):
                found.add(self._hit(result, start))
        return list(found)

    def _results(self, piece: str, text: Text) -> Sequence[RecognizerResult]:
        with self._tokenizers.document(piece) as document:
            artifacts = artifacts_of(document)
            results = self._recognizer.analyze(piece, self._recognizer.supported_entities, artifacts) or []
            for result in results:
                marks = result.recognition_metadata = result.recognition_metadata or {}
                marks.setdefault(RecognizerResult.RECOGNIZER_IDENTIFIER_KEY, self._recognizer.id)
            return list(
                self._recognizer.enhance_using_context(
                    text=piece,
                    raw_recognizer_results=list(results),
                    other_raw_recognizer_results=[],
                    nlp_artifacts=artifacts,
                    context=list(text.asked.context),
                )
            )

    def _hit(self, result: RecognizerResult, offset: int) -> Hit:
        is_settled = bool(result.recognition_metadata.get(RecognizerResult.IS_SCORE_ENHANCED_BY_CONTEXT_KEY))
        start, end = offset + result.start, offset + result.end
        return Hit(start, end, result.score, result.entity_type, self._owner, is_settled, is_settled)


@dataclass(frozen=True, slots=True)
class RunnerFactory:
    """Chooses the fastest way to run a recognizer that finds what it finds."""

    tokenizers: Tokenizers
    threshold: float
    timeout_s: float

    def runner_of(self, recognizer: EntityRecognizer, owner: int) -> Runner:
        """Returns how the recognizer is run; `owner` is its number, which its hits carry."""
        kind = type(recognizer)
        if isinstance(recognizer, PhoneRecognizer) and kind in {PhoneRecognizer, *_ZA}:
            return PhoneRunner(recognizer, owner)
        if isinstance(recognizer, IbanRecognizer) and kind is IbanRecognizer:
            return IbanRunner(recognizer, owner, self.threshold, self.timeout_s)
        if not isinstance(recognizer, PatternRecognizer):
            return StockRunner(recognizer, owner, self.tokenizers)
        if all(getattr(kind, name) is getattr(PatternRecognizer, name) for name in _PLAIN_METHODS):
            return PatternRunner(recognizer, owner, self.threshold, self.timeout_s)
        _bound_patterns(recognizer, self.timeout_s)
        return StockRunner(recognizer, owner, self.tokenizers)


def _bound_patterns(recognizer: PatternRecognizer, timeout_s: float) -> None:
    """Gives the recognizer patterns of its own, since Presidio shares them between instances, with a time limit."""
    flags = recognizer.global_regex_flags or 0
    bounded = [Pattern(each.name, each.regex, each.score) for each in patterns_of(recognizer)]
    for pattern in bounded:
        # Presidio compiles a pattern on first use unless it finds one compiled with the same flags.
        vars(pattern).update(compiled_regex=Finder(pattern.regex, flags, timeout_s), compiled_with_flags=flags)
    vars(recognizer)["patterns"] = bounded


def patterns_of(recognizer: PatternRecognizer) -> list[Pattern]:
    """Returns a recognizer's patterns, deny list included."""
    patterns: list[Pattern] = vars(recognizer)["patterns"]
    return patterns
