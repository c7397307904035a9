"""The training text: filled templates, background text without names, and background text with names put in."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from gateway.classify.names.training.chinese import ChineseValues
from gateway.classify.names.training.sources import Sources
from gateway.classify.names.training.templates import Drawing, Sample, fill, join, read_templates, split_templates
from gateway.classify.names.training.values import Values

FILES: Final[Mapping[str, tuple[int, tuple[str, ...]]]] = {
    "en_mail_chat.txt": (7, ()),
    "en_work.txt": (7, ()),
    "en_data.txt": (5, ()),
    "en_nothing.txt": (3, ()),
    "en_life.txt": (12, ()),
    "en_calm.txt": (3, ()),
    "de.txt": (3, ("DE", "AT", "CH")),
    "de_life.txt": (4, ("DE", "AT", "CH")),
    "fr_life.txt": (3, ("FR", "BE", "CH")),
    "es_life.txt": (3, ("ES", "MX", "AR", "CO")),
    "it_nl_life.txt": (3, ("IT", "NL", "BE")),
    "other.txt": (2, ("FR", "ES", "IT", "NL", "BR", "PL", "SE", "MX")),
}
CHECK_ONLY: Final = "zh_check.txt"
"""Chinese templates that nothing is ever trained on: those held out of `zh.txt` have no organisation."""
_ENGLISH_SPEAKING = ("US", "US", "GB", "CA", "AU", "IE", "IN")
_NAMED = re.compile(
    r"(?i)author|copyright|©|\(c\)|maintain|contribut|thank|@|written by|licensed to|\bby [A-Z]|foundation|inventor"
    r"|credit"
)
_CUES = (
    "{} said|by {}|for {}|with {}|{} wrote|see {}|ask {}|from {}|({})|{}:|thanks {}|{}|and {}|in {}|at {}|to {}|of {}|"
    "according to {},|via {}|near {}|\n{}\n|- {}|'{}'|\"{}\"|{},"
).split("|")
_PROBABILITIES = {"person": 0.5, "city": 0.25, "org": 0.25}


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts with the names in them: to learn from, and from templates that were held out."""

    train: tuple[Sample, ...]
    held_out: tuple[Sample, ...]
    background: tuple[str, ...]


_PREFIXES: Final = {
    "de": ("de",),
    "fr": ("fr",),
    "es": ("es",),
    "it_nl": ("it", "nl"),
    "other": ("fr", "es", "it", "nl", "pt", "pl", "sv", "no", "cs", "tr", "ro", "hu"),
}
"""Locales of Faker whose people are at home in the language of a file of templates."""


def latin_corpus(random: Random, sources: Sources, background: Sequence[str], size: int) -> Corpus:
    """Returns `size` filled templates, and the pieces of background text, two in five of them with names put in."""
    train: list[Sample] = []
    held_out: list[Sample] = []
    weights = sum(weight for weight, _ in FILES.values())
    for file, (weight, countries) in FILES.items():
        values = Values(random, sources, _locales(file, sources), countries or _ENGLISH_SPEAKING)
        learn, held = split_templates(read_templates(file))
        train += _filled(learn, size * weight // weights, random, values)
        held_out += _filled(held, size * weight // weights // 12, random, values)
    values = Values(random, sources, sources.english(), ("US", "GB"))
    for text in background:
        plain = Sample(_headed(text, random), ())
        train.append(_recased(plain if random.random() < 0.6 else _spliced(text, random, values), random))
    random.shuffle(train)
    return Corpus(tuple(train), tuple(held_out), tuple(background))


def chinese_corpus(random: Random, sources: Sources, background: Sequence[str], size: int) -> Corpus:
    """Returns the same for Chinese."""
    values = ChineseValues(random, sources, Values(random, sources, sources.english(), ("US",)))
    learn, held = split_templates(read_templates("zh.txt"))
    train = list(_filled(learn, size, random, values))
    train += [Sample(text, ()) for text in background]
    random.shuffle(train)
    return Corpus(tuple(train), tuple(_filled(held, size // 12, random, values)), tuple(background))


def held_out_samples(file: str, random: Random, sources: Sources, size: int) -> Iterator[Sample]:
    """Yields texts made from the templates of one file that nothing was trained on."""
    countries = FILES[file][1] if file in FILES else ()
    values: Drawing = Values(random, sources, _locales(file, sources), countries or _ENGLISH_SPEAKING)
    if file not in FILES:
        values = ChineseValues(random, sources, Values(random, sources, sources.english(), ("US",)))
    _, held = split_templates(read_templates(file))
    held = held if file != CHECK_ONLY else list(read_templates(file))
    for number in range(size):
        yield fill(held[number % len(held)], random, values)


def _locales(file: str, sources: Sources) -> tuple[str, ...]:
    if file.startswith("en"):
        return (
            *sources.english(),
            "en_US",
            "en_US",
            "en_US",
            "en_GB",
            "own_in",
            "es_MX",
            "own_zh",
            "own_ar",
            "own_vi",
            "own_ko",
        )
    prefixes = next((each for start, each in _PREFIXES.items() if file.startswith(start)), _PREFIXES["other"])
    return tuple(each for each in sources.latin if each.startswith(prefixes))


def _filled(templates: Sequence[str], count: int, random: Random, values: Drawing) -> Iterator[Sample]:
    for number in range(count):
        sample = fill(templates[number % len(templates)], random, values)
        if random.random() < 0.25:
            other = fill(random.choice(templates), random, values)
            gap = random.choice(("\n", " ", "\n\n"))
            shift = len(sample.text) + len(gap)
            spans = (*sample.spans, *((start + shift, end + shift, kind) for start, end, kind in other.spans))
            sample = Sample(sample.text + gap + other.text, spans)
        yield _recased(sample, random)


def _recased(sample: Sample, random: Random) -> Sample:
    """A few texts are written in small or in capital letters. Only where that leaves every place as it is."""
    draw = random.random()
    if draw > 0.08:
        return sample
    text = sample.text.lower() if draw < 0.05 else sample.text.upper()
    return Sample(text, sample.spans) if len(text) == len(sample.text) else sample


def _headed(text: str, random: Random) -> str:
    """Background text, at times written like a heading, so that capital letters alone do not make a name."""
    draw = random.random()
    if draw < 0.12:
        return random.choice(("", "# ", "- ", "## ")) + text.split("\n", 1)[0][:90].title()
    return text.split("\n", 1)[0][:90].upper() if draw < 0.14 else text


def _spliced(text: str, random: Random, values: Values) -> Sample:
    """Background text with one to three names put between its words."""
    words = text.split(" ")
    places = sorted(random.sample(range(len(words) + 1), min(len(words), random.randint(1, 3))))
    pieces: list[tuple[str, str]] = []
    done = 0
    for place in places:
        pieces.append((" ".join(words[done:place]) + " ", ""))
        before, after = random.choice(_CUES).split("{}")
        slot = random.choices(list(_PROBABILITIES), list(_PROBABILITIES.values()))[0]
        pieces += [(before, ""), *values.draw(slot), (after + " ", "")]
        done = place
    return join([*pieces, (" ".join(words[done:]), "")])


def english_background(folders: Iterable[Path]) -> list[str]:
    """Returns paragraphs of package descriptions, docstrings and code, without those that name people."""
    found: dict[str, None] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.name in {"METADATA", "LICENSE", "README.md", "LICENSE.txt"} or path.suffix in {".rst", ".md"}:
                found.update(dict.fromkeys(_paragraphs(_text(path))))
            elif path.suffix == ".py" and "test" not in path.parts and 2_000 < path.stat().st_size < 60_000:
                found.update(dict.fromkeys(_code(_text(path))))
    return list(found)


def catalogue_background(folder: Path, languages: Sequence[str]) -> list[str]:
    """Returns the translated sentences of gettext catalogues in some languages."""
    found: dict[str, None] = {}
    for language in languages:
        for path in sorted(folder.rglob(f"locale/{language}/LC_MESSAGES/*.po")):
            for match in re.finditer(r'^msgstr(?:\[\d\])? ((?:"(?:[^"\\]|\\.)*"\n?)+)', _text(path), re.MULTILINE):
                text = "".join(ast.literal_eval(line) for line in match[1].splitlines())
                if len(text) > 12 and not _NAMED.search(text):
                    found[text] = None
    return list(found)


def standard_library() -> Path:
    """Returns the folder of the standard library."""
    return Path(ast.__file__).parent if sys.version_info >= (3, 11) else Path()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        if 30 < len(paragraph) < 900 and not _NAMED.search(paragraph):
            yield paragraph


def _code(text: str) -> Iterator[str]:
    lines = text.splitlines()
    for start in range(0, min(len(lines), 400), 40):
        block = "\n".join(lines[start : start + 12])
        if len(block) > 100 and not _NAMED.search(block):
            yield block[:900]
