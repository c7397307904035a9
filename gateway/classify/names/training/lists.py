"""The lexicon: which words a model is told about, drawn from the sources and from the training text itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from gateway.classify.names.lexicon import Known
from gateway.classify.names.tokens import tokenise
from gateway.classify.names.training import words
from gateway.classify.names.training.sources import Sources
from gateway.classify.names.training.templates import Sample

_MOST_READ = 9000
_LETTERS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def latin_words(sources: Sources, samples: Sequence[Sample], background: Iterable[str]) -> dict[str, int]:
    """Returns what each word is known as."""
    known: Counter[str] = Counter()
    flags: dict[str, int] = {}

    def add(listed: Iterable[str], flag: Known) -> None:
        for entry in listed:
            for word in _LETTERS.findall(entry.lower()):
                if len(word) > 1:
                    flags[word] = flags.get(word, 0) | int(flag)

    for group in (sources.latin, sources.cyrillic):
        for people in group.values():
            add(people.first, Known.FIRST)
            add(people.last, Known.LAST)
    add(sources.places.cities[:25000], Known.PLACE)
    add((*sources.places.countries, *(name for name, _ in sources.places.states)), Known.REGION)
    add(
        (
            *words.ORG_SECOND,
            *words.ORG_SUFFIX,
            "University Hospital Ministry Department Bank Council Klinikum Universität",
        ),
        Known.ORGANISATION,
    )
    add((*words.STREET_TYPES, *words.NL_STREETS, *words.FR_STREETS, *words.ES_STREETS, *words.IT_STREETS), Known.STREET)
    known.update(word for text in background for word in re.findall(r"(?<![\w.])[^\W\d_A-Z]{2,}(?![\w(=])", text))
    add((word for word, count in known.items() if count >= 4), Known.COMMON)
    add(_read(samples), Known.READ)
    for word in "the of and to in is for on with at by from my your our am are was de la le el von van".split():
        flags[word] = flags.get(word, 0) & ~int(Known.FIRST | Known.LAST | Known.PLACE | Known.REGION)
    return flags


def chinese_words(sources: Sources, samples: Sequence[Sample]) -> dict[str, int]:
    """Returns what each character is known as: part of a surname, a given name, a place."""
    flags: dict[str, int] = {}
    for text, flag in (
        ("".join(each for each in sources.chinese.last if len(each) == 1), Known.LAST),
        ("".join(sources.chinese.first), Known.FIRST),
        ("".join(sources.places.chinese[:900]), Known.PLACE),
    ):
        for character in text:
            flags[character] = flags.get(character, 0) | int(flag)
    for word in _read(samples):
        flags[word] = flags.get(word, 0) | int(Known.READ)
    return flags


def _read(samples: Sequence[Sample]) -> list[str]:
    """The words that stand outside names most often: those the model may know by themselves."""
    outside: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    for sample in samples:
        end = 0
        for start, stop, kind in (*sample.spans, (len(sample.text), len(sample.text), "")):
            outside.update(token.lower() for token in tokenise(sample.text[end:start])[0])
            if kind == "ORGANIZATION":
                inside.update(token.lower() for token in tokenise(sample.text[start:stop])[0])
            end = stop
    listed = [word for word, count in outside.most_common(_MOST_READ * 2) if count >= 5 and _LETTERS.fullmatch(word)]
    organisations = [word for word, count in inside.items() if count >= 40 and _LETTERS.fullmatch(word)]
    return [*listed[:_MOST_READ], *organisations]
