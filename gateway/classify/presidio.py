"""Presidio's recognizers, on a blank spaCy pipeline, behind a prefilter. The only module that imports either.

The findings are those of `AnalyzerEngine.analyze` on the same windows with every recognizer running; the prefilter only
leaves out recognizers that could find nothing. Importing this module costs about a second: `classifier` does it late.

Measured traps of the libraries, and what is done here:

* An e-mail recognizer asks the network for the public suffix list: `_pin_suffix_list` keeps the bundled one.
* A pattern that times out is skipped with a warning, and the IBAN recognizer logs the candidate: `_RefuseToSkip`.
* Patterns are quadratic on hostile text: RE2 finds the spans wherever it reads the pattern unchanged, windows bound
  the rest.
* spaCy keeps every new word for ever (memory, and the words are personal data): tokens live in memory zones.
"""

from __future__ import annotations

import logging
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import cast

# TRAP: `import spacy` pulls in its command line (typer, weasel, httpx, rich: 0.33 s, 20 MB) for one name, `info`, that
# nothing here uses. A stand-in takes its place while spaCy loads and leaves at once, so the real one can still load.
# TRAP: thinc, beneath spaCy, and Presidio import these wherever they are installed: seconds, and hundreds of megabytes.
# `None` in `sys.modules` reads as "not installed" until the imports below are done; what was loaded before stays.
_STAND_INS = ("spacy.cli", "spacy.cli.info")
_NOT_FOR_US = [name for name in ("torch", "cupy", "transformers", "stanza", "gliner") if name not in sys.modules]
for _name in _STAND_INS:
    sys.modules.setdefault(_name, types.ModuleType(_name)).__dict__.setdefault("info", None)
sys.modules.update(dict.fromkeys(_NOT_FOR_US))  # type: ignore[arg-type]  # None is what the import system documents
import spacy  # noqa: E402

for _name in _STAND_INS:
    if sys.modules[_name].__dict__.get("__file__") is None:
        del sys.modules[_name]

import regex  # type: ignore[import-untyped]  # noqa: E402  (the engine Presidio runs on; ships no types)
import tldextract  # noqa: E402
from presidio_analyzer import (  # noqa: E402
    EntityRecognizer,
    LemmaContextAwareEnhancer,
    Pattern,
    PatternRecognizer,
    RecognizerResult,
)
from presidio_analyzer.nlp_engine import NlpArtifacts  # noqa: E402
from presidio_analyzer.predefined_recognizers import PhoneRecognizer  # noqa: E402
from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider  # noqa: E402
from spacy.language import Language  # noqa: E402

for _name in _NOT_FOR_US:
    del sys.modules[_name]

from gateway.classify.context_words import KEYWORDS_BEFORE, TextWords, Words, token_at  # noqa: E402
from gateway.classify.detector import Budget, Passage, Span  # noqa: E402
from gateway.classify.phones import Leniency, PhoneNumberMatch, phone_matches  # noqa: E402
from gateway.classify.prefilter import Prefilter, compiled, is_expressible  # noqa: E402
from gateway.classify.windows import windows  # noqa: E402

__all__ = ["Pattern", "PatternRecognizer", "PatternTimeout", "PresidioDetector", "load_recognizers"]

ZONE_CHARACTERS = 200_000
"""Characters read in one memory zone of spaCy: bounds what unseen words can hold on to."""
PATTERN_TIMEOUT_S = 2.0
"""Longest time for one pattern on one window."""
_PHONE_PUNCTUATION = r"[-xa \x7f()\[\]./~]{0,4}"
PHONE_GATES = (rf"\d(?:{_PHONE_PUNCTUATION}\d){{5,}}", rf"0(?:{_PHONE_PUNCTUATION}\d){{4,}}")
"""No valid number of any region has fewer digits: six with its country code, five with a trunk `0` (phonenumbers
metadata; `a` stands for the katakana length mark, which the matcher takes for punctuation)."""
_NEED_A_WORD = frozenset(("PHONE_NUMBER", "UK_NHS"))
_ODD_SPACE = r"[\x0b\x1c-\x1f]"
"""White space to Python's patterns and not to RE2's."""


class PatternTimeout(Exception):
    """A pattern did not finish. Not a `TimeoutError`, which Presidio would take for "nothing found"."""


class _RefuseToSkip(logging.Filter):
    """Presidio's log: says nothing (records may quote candidates) and turns a skipped pattern into an error."""

    def filter(self, record: logging.LogRecord) -> bool:
        if "timed out" in str(record.msg):
            raise PatternTimeout
        return False


class _Finder:
    """Stands where Presidio keeps a compiled pattern: RE2 where the result is the same, else the pattern itself."""

    __slots__ = ("_exact", "_linear", "_timeout_s")

    def __init__(self, pattern: str, flags: int, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._exact = regex.compile(pattern, flags)
        linear = _inline_flags(flags) + pattern
        self._linear = compiled(linear) if pattern.isascii() and is_expressible(linear) else None

    def finditer(self, text: str, timeout: float | None = None) -> Iterator[regex.Match[str]]:
        """Yields the matches. Raises `PatternTimeout`."""
        del timeout
        if self._linear is not None and _is_plain(text):
            return self._linear.finditer(text.encode("ascii"))  # type: ignore[no-any-return]  # spans only are read
        return self._bounded(text)

    def _bounded(self, text: str) -> Iterator[regex.Match[str]]:
        try:
            yield from self._exact.finditer(text, timeout=self._timeout_s)
        except TimeoutError:
            raise PatternTimeout from None


_ODD = regex.compile(_ODD_SPACE)


def _is_plain(text: str) -> bool:
    """Whether the two engines agree on every character class of the text."""
    return text.isascii() and _ODD.search(text) is None


def _inline_flags(flags: int) -> str:
    letters = "".join(letter for letter, flag in zip("ism", (regex.I, regex.S, regex.M), strict=True) if flags & flag)
    return f"(?{letters})" if letters else ""


class Tokenizer:
    """A blank spaCy pipeline. Not for two threads at once.

    Every new word stays in spaCy's vocabulary for ever unless it is read in a memory zone; leaving a zone costs 6 ms,
    as much as everything else about 4 kB of text, so one zone serves `zone_characters` of text.
    """

    __slots__ = ("_pipeline", "_read", "_zone", "_zone_characters")

    def __init__(self, zone_characters: int = ZONE_CHARACTERS) -> None:
        self._pipeline = spacy.blank("en")
        self._zone = ExitStack()
        self._zone_characters = self._read = zone_characters

    @property
    def known_words(self) -> int:
        """How many strings the pipeline holds."""
        return len(self._pipeline.vocab.strings)

    def words(self, text: str, offset: int = 0) -> Words:
        """Returns tokens, their places plus `offset`, their lemmas (lower case) and the keywords among them."""
        self._renew(len(text))
        document = self._pipeline.make_doc(text)
        tokens = [token.text for token in document]
        places = [token.idx + offset for token in document]
        lower = [token.lower() for token in tokens]
        keywords = frozenset(
            part for word in {*lower} if not _is_filler(self._pipeline, word) for part in word.split(":")
        )
        return Words(tokens, places, lower, keywords)

    def _renew(self, characters: int) -> None:
        self._read += characters
        if self._read > self._zone_characters:
            self._zone.close()
            self._zone.enter_context(self._pipeline.memory_zone())
            self._read = characters


class Tokenizers:
    """Tokenizers, each used by one thread at a time."""

    __slots__ = ("_spare",)

    def __init__(self) -> None:
        self._spare = [Tokenizer()]

    def words(self, text: str, offset: int = 0) -> Words:
        """See `Tokenizer.words`. Safe to call from any thread."""
        try:
            tokenizer = self._spare.pop()
        except IndexError:
            tokenizer = Tokenizer()
        try:
            return tokenizer.words(text, offset)
        finally:
            self._spare.append(tokenizer)


def _is_filler(pipeline: Language, word: str) -> bool:
    """As `NlpArtifacts.set_keywords`: stop words, punctuation and two lemmas are no keywords."""
    lexeme = pipeline.vocab[word]
    return bool(lexeme.is_stop or lexeme.is_punct or word in {"-PRON-", "be"})


class _ContextWords(LemmaContextAwareEnhancer):
    """Presidio's enhancer with its search for a token by bisection; the original walks the text for every finding."""

    def __init__(self) -> None:
        super().__init__(context_prefix_count=KEYWORDS_BEFORE, context_suffix_count=0)

    @staticmethod
    def _find_index_of_match_token(word: str, start: int, tokens: list[str], tokens_indices: list[int]) -> int:
        """The first token that ends after `start`."""
        del word
        return token_at(start, tokens, tokens_indices)


class PresidioDetector:
    """Presidio's recognizers and any others that follow its interface."""

    name = "presidio"

    def __init__(
        self,
        recognizers: Sequence[EntityRecognizer],
        *,
        score_milli: int,
        pattern_timeout_s: float = PATTERN_TIMEOUT_S,
    ) -> None:
        """Prepares the recognizers. Findings below `score_milli` are dropped."""
        _quieten()
        _pin_suffix_list()
        self._recognizers = tuple(recognizers)
        self._threshold = score_milli / 1000
        self.tokenizers = Tokenizers()
        self._enhancer = _ContextWords()
        self._labels = tuple((i, _labels(each)) for i, each in enumerate(self._recognizers) if _labels(each))
        self._ungated = frozenset(
            i for i, each in enumerate(self._recognizers) if not _gates(each) and not _labels(each)
        )
        gates = [(i, gate) for i, each in enumerate(self._recognizers) for gate in _gates(each)]
        self._owners = tuple(i for i, _ in gates)
        self._prefilter = Prefilter([gate for _, gate in gates])
        self._context = {each.id: tuple(word.lower() for word in each.context or ()) for each in self._recognizers}
        for each in self._recognizers:
            _adopt_patterns(each, pattern_timeout_s)
            _adopt_phones(each)

    def may_find(self, passage: Passage) -> bool:
        """Whether any recognizer could find anything."""
        return bool(self._fired(passage.text, passage.shadow))

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        """Returns what the recognizers find, window by window. Raises `BudgetSpent`, `PatternTimeout`."""
        found: dict[tuple[int, int, str], int] = {}
        context = [passage.field_name] if passage.field_name else []
        for start, end in windows(passage.text):
            budget.check()
            for result in self.analyze(passage.text[start:end], passage.shadow[start:end], context):
                if _is_bare_number(passage.text, start, result):
                    continue
                key = (start + result.start, start + result.end, result.entity_type)
                found[key] = max(found.get(key, 0), round(result.score * 1000))
        return [Span(start, end, kind, score) for (start, end, kind), score in found.items()]

    def _fired(self, text: str, shadow: bytes) -> set[int]:
        fired = {self._owners[hit] for hit in self._prefilter.match(shadow)}.union(self._ungated)
        if not text.isascii():
            fired.update(i for i, labels in self._labels if any(label in text for label in labels))
        return fired

    def analyze(self, text: str, shadow: bytes, context: list[str]) -> list[RecognizerResult]:
        """Returns what `AnalyzerEngine.analyze` would, running only recognizers that could find something."""
        recognizers = [self._recognizers[i] for i in sorted(self._fired(text, shadow))]
        words = TextWords(text, self.tokenizers)
        results = [result for each in recognizers for result in _results(each, text, words, context)]
        if not results:
            return []
        results = self._enhanced(text, results, words, context)
        kept = [result for result in results if result.score >= self._threshold]
        return list(EntityRecognizer.remove_duplicates(kept))

    def _enhanced(
        self, text: str, results: list[RecognizerResult], words: TextWords, context: list[str]
    ) -> list[RecognizerResult]:
        """The results, scored higher where a word near by supports them, as the analyzer engine does.

        A recognizer none of whose words stands anywhere in the text has nothing to gain from a look at it.
        """
        seen = "\n".join([text, *context]).lower()
        helped = {
            identifier
            for identifier in {_owner(result) for result in results}
            if any(word in seen for word in self._context[identifier])
        }
        recognizers = [each for each in self._recognizers if each.id in helped]
        return [
            self._enhancer.enhance_using_context(  # copies what it is given, so it is given one result at a time
                text, [result], _artifacts(words.around(result.start)), recognizers, context
            )[0]
            if _owner(result) in helped
            else result
            for result in results
        ]


def _owner(result: RecognizerResult) -> str:
    identifier: str = result.recognition_metadata[RecognizerResult.RECOGNIZER_IDENTIFIER_KEY]
    return identifier


def _artifacts(words: Words | TextWords) -> NlpArtifacts:
    """Presidio reads four attributes of the artifacts and asks for no method."""
    return cast(NlpArtifacts, words)


def _results(recognizer: EntityRecognizer, text: str, words: TextWords, context: list[str]) -> list[RecognizerResult]:
    """One recognizer's results, marked with its id as the analyzer engine does."""
    results = recognizer.analyze(text, recognizer.supported_entities, _artifacts(words)) or []
    name: str = vars(recognizer)["name"]
    for result in results:
        marks = result.recognition_metadata = result.recognition_metadata or {}
        marks.setdefault(RecognizerResult.RECOGNIZER_IDENTIFIER_KEY, recognizer.id)
        marks.setdefault(RecognizerResult.RECOGNIZER_NAME_KEY, name)
    enhanced = recognizer.enhance_using_context(
        text=text,
        raw_recognizer_results=results,
        other_raw_recognizer_results=[],
        nlp_artifacts=_artifacts(words),
        context=context,
    )
    return list(enhanced)


def _is_bare_number(text: str, offset: int, result: RecognizerResult) -> bool:
    """Whether a finding is digits alone that no word near by explains: a count, an identifier or a time stamp.

    One ten-digit number in eleven has the check digit of an NHS number, and most are valid in some numbering plan.
    """
    if result.entity_type not in _NEED_A_WORD or not text[offset + result.start : offset + result.end].isdigit():
        return False
    return not result.analysis_explanation.supportive_context_word


def _labels(recognizer: EntityRecognizer) -> tuple[str, ...]:
    """Words beyond ASCII of which one stands wherever a recognizer with such labels finds something."""
    labels: tuple[str, ...] = getattr(recognizer, "labels", ())
    return labels


def _gates(recognizer: EntityRecognizer) -> tuple[str, ...]:
    """RE2 patterns of which one matches wherever the recognizer finds something; empty if that cannot be said."""
    own: tuple[str, ...] = getattr(recognizer, "gates", ())
    if own or _labels(recognizer):
        return own
    if type(recognizer) is PhoneRecognizer:
        return PHONE_GATES
    if not isinstance(recognizer, PatternRecognizer):
        return ()
    flags = _inline_flags(recognizer.global_regex_flags or 0)
    return tuple(flags + pattern.regex for pattern in _patterns(recognizer))


def _adopt_patterns(recognizer: EntityRecognizer, timeout_s: float) -> None:
    """Gives the recognizer its own patterns with our finder: Presidio shares them between instances."""
    if not isinstance(recognizer, PatternRecognizer):
        return
    flags = recognizer.global_regex_flags or 0
    adopted = [Pattern(each.name, each.regex, each.score) for each in _patterns(recognizer)]
    for pattern in adopted:
        # Presidio compiles a pattern on first use unless it finds one compiled with the same flags.
        vars(pattern).update(compiled_regex=_Finder(pattern.regex, flags, timeout_s), compiled_with_flags=flags)
    vars(recognizer)["patterns"] = adopted


def _adopt_phones(recognizer: EntityRecognizer) -> None:
    """Lets the phone recognizer find what it finds in one pass over the text instead of one for each region."""
    if type(recognizer) is not PhoneRecognizer:
        return
    regions, leniency = recognizer.supported_regions, recognizer.leniency
    result_of = cast(
        Callable[[PhoneNumberMatch, str, str, NlpArtifacts], RecognizerResult],
        recognizer._get_recognizer_result,  # noqa: SLF001  (its own way to build a result)
    )

    def analyze(text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        del entities
        matches = phone_matches(text, regions, Leniency.VALID if leniency is None else leniency)
        results = [result_of(match, text, region, nlp_artifacts) for region, match in matches]
        return list(EntityRecognizer.remove_duplicates(results))

    vars(recognizer)["analyze"] = analyze


def _patterns(recognizer: PatternRecognizer) -> list[Pattern]:
    patterns: list[Pattern] = vars(recognizer)["patterns"]
    return patterns


def load_recognizers(languages: Sequence[str], types: frozenset[str]) -> list[EntityRecognizer]:
    """Returns Presidio's default recognizers for the languages that find any of the types."""
    configuration = {"supported_languages": list(languages)}
    registry = RecognizerRegistryProvider(registry_configuration=configuration).create_recognizer_registry()
    return [each for each in registry.recognizers if types.intersection(each.supported_entities)]


def _quieten() -> None:
    log = logging.getLogger("presidio-analyzer")
    log.setLevel(logging.WARNING)
    if not any(isinstance(each, _RefuseToSkip) for each in log.filters):
        log.addFilter(_RefuseToSkip())


def _pin_suffix_list() -> None:
    """Public suffixes come from the list in the package: nothing is fetched, nothing is written to a cache."""
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    tldextract.extract("example.com")
