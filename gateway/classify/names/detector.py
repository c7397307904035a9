"""The detector `names`: people, places and organisations in a passage, each with a probability as its score.

A passage is read in windows of whole lines, so the work is linear and the time limit is asked between them. Each
window starts a few lines before what it reports, for the words round a name decide what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple, Protocol

from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.names.addressed import Addressed
from gateway.classify.names.countries import SCORE_MILLI, Countries, load_countries
from gateway.classify.names.doubt import is_sure, sure_in_chinese
from gateway.classify.names.forms import Forms
from gateway.classify.names.model import Model, Name, load_model
from gateway.classify.names.titles import Titles, with_titled
from gateway.classify.names.tokens import has_han
from gateway.classify.names.word_room import WordRoom

NAME: Final = "names"
_WINDOW: Final = 8_192
_LINE: Final = 2_000
_LETTER: Final = re.compile(r"[^\W\d_]")
_SHORTEST_BLOB: Final = 120
_BLOB: Final = re.compile(rf"[A-Za-z0-9+/=_-]{{{_SHORTEST_BLOB},}}")


class _Window(NamedTuple):
    """A stretch of passage `number`."""

    number: int
    start: int
    end: int


class Opinion(Protocol):
    """A second reader of the same text. `revision` changes with what it would find."""

    @property
    def revision(self) -> str:
        """Names its model."""
        ...

    def names(self, text: str) -> Iterable[Name]:
        """Yields the names in a text."""
        ...


class NamesDetector:
    """Satisfies `gateway.classify.detector.TextDetector` and `Revised`. Pure by passage; safe for several threads."""

    name = NAME

    def __init__(
        self,
        latin: Model,
        chinese: Model,
        countries: Countries,
        second: Opinion | None = None,
    ) -> None:
        """Takes the two models, the countries and, where one is wanted, a second opinion whose findings are added."""
        self.revision = "" if second is None else second.revision
        self._latin = latin
        self._chinese = chinese
        self._countries = countries
        self._second = second
        self._titles = Titles()
        self._forms = Forms()
        self._addressed = Addressed()

    def may_find(self, passage: Passage) -> bool:
        """Returns `False` only for text without a letter."""
        return _LETTER.search(passage.text) is not None

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        """Yields the names. Raises `BudgetSpent` when the time is up."""
        for _, span in self.detect_all([passage], budget):
            yield span

    def detect_all(self, passages: Sequence[Passage], budget: Budget) -> Iterable[tuple[int, Span]]:
        """Yields the names of several passages, each with the number of its passage: short ones are read together.

        Raises `BudgetSpent`, and `TooManyWords` where a long call brings more different words than any text has.
        """
        characters = sum(len(each.text) for each in passages)
        room = None
        if characters > _WINDOW:
            room = passages[0].values.of(self, WordRoom, lambda: WordRoom(characters))
        for group in _together(passages):
            budget.check()
            texts = [blank(passages[each.number].text[each.start : each.end]) for each in group]
            for each, text, names in zip(group, texts, self._names(texts, room), strict=True):
                shadow = passages[each.number].shadow[each.start : each.end]
                in_forms = self._forms.names(text, shadow, self._latin.known)
                known = with_titled(names, in_forms, text)
                known = self._addressed.added_to(known, text, shadow, self._latin.known)
                for name in self._titles.added_to(known, text, shadow, self._latin.known):
                    yield each.number, span_of(name, text, each.start, self._countries)

    def _names(self, texts: Sequence[str], room: WordRoom | None) -> Iterator[Iterable[Name]]:
        chinese = [text for text in texts if has_han(text)]
        in_chinese = iter(self._chinese.names_in(chinese, room) if chinese else ())
        for text, names in zip(texts, self._latin.names_in(texts, room), strict=True):
            found = self._sure(names, text)
            if self._second:
                found = list(agree(found, self._sure(self._second.names(text), text)))
            if has_han(text):
                found += sure_in_chinese(next(in_chinese), text, self._chinese.known)
            yield found

    def _sure(self, names: Iterable[Name], text: str) -> list[Name]:
        return [name for name in names if is_sure(name, text, self._latin.known)]


def span_of(name: Name, text: str, offset: int, countries: Countries) -> Span:
    """Returns the finding for a name in a text that stands at `offset` in its passage.

    A person's name in Chinese characters is of the type that it has by its label too (PIPL art. 4); a country by itself
    gets `countries.SCORE_MILLI` at most.
    """
    written = text[name.start : name.end]
    kind = "CN_PERSON" if name.type == "PERSON" and has_han(written) else name.type
    score = round(name.probability * 1000)
    if kind == "LOCATION" and written in countries:
        score = min(score, SCORE_MILLI)
    return Span(offset + name.start, offset + name.end, kind, score)


def _together(passages: Sequence[Passage]) -> Iterator[list[_Window]]:
    """Yields the windows of all passages, as many at a time as one window is long."""
    group: list[_Window] = []
    room = _WINDOW
    for number, passage in enumerate(passages):
        for start, end in windows(passage.text):
            if group and end - start > room:
                yield group
                group, room = [], _WINDOW
            group.append(_Window(number, start, end))
            room -= end - start
    if group:
        yield group


def windows(text: str) -> Iterator[tuple[int, int]]:
    """Yields stretches that cover the text without overlap: whole lines, or words where a line is very long."""
    start = 0
    while start < len(text):
        end = min(len(text), start + _WINDOW)
        if end < len(text):
            cut = text.rfind("\n", start + _WINDOW - _LINE, end)
            cut = cut if cut > 0 else text.rfind(" ", start + _WINDOW - _LINE, end)
            end = cut + 1 if cut > 0 else end
        yield start, end
        start = end


def blank(text: str) -> str:
    """Returns the text with long runs of letters and digits (keys, hashes, base64) blanked out, every place kept."""
    longest = max(map(len, text.split()), default=0)
    return text if longest < _SHORTEST_BLOB else _BLOB.sub(lambda run: " " * len(run[0]), text)


def agree(first: Sequence[Name], second: Sequence[Name]) -> Iterator[Name]:
    """Yields the names of both readers: where they agree the doubt shrinks, where only the second sees one it stays."""
    taken: set[int] = set()
    for name in first:
        partner = next((n for n, other in enumerate(second) if other.type == name.type and _overlap(name, other)), None)
        if partner is None:
            yield name
            continue
        taken.add(partner)
        doubt = (1 - name.probability) * (1 - second[partner].probability)
        yield Name(name.start, name.end, name.type, 1 - doubt)
    for number, other in enumerate(second):
        if number not in taken and not any(_overlap(other, name) for name in first):
            yield other


def _overlap(first: Name, second: Name) -> bool:
    return first.start < second.end and second.start < first.end


def load_detector(second: Opinion | None = None) -> NamesDetector:
    """Returns the detector with both models loaded: about a third of a second, nothing written, no network."""
    latin, chinese = load_model("latin.npz"), load_model("chinese.npz", chinese=True)
    return NamesDetector(latin, chinese, load_countries(), second)


def open_names(setting: Literal["off", "crf", "crf+spacy", "crf+large"]) -> list[NamesDetector]:
    """Returns the detector that the setting asks for, or none. Reads the packaged models; spaCy's only when asked.

    The large model of `crf+large` is a detector of its own: `gateway.classify.names.large.detector`.
    """
    if setting == "off":
        return []
    if setting in {"crf", "crf+large"}:
        return [load_detector()]
    from gateway.classify.names.second import load_second  # noqa: PLC0415  (slow to import, asked for by few)

    return [load_detector(load_second())]
