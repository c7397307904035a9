"""How much of registered code is recognised, and how much other code is taken for it. The method of the figures.

Python's standard library is split by package, never by file: a third is registered (each package its own owner), a
third is public, a third is neither and must not be found. Installed packages are a second set that must not be found.
A file of these two is left out when it holds five lines in a row of a registered file: that is no false match. Of each
other file its 4 kB blocks are read, at most ten. What is found in one was *copied* when it shares sixty letters and
digits in a row with a registered file (a comment, half a docstring); the others are reported a second time without it.

A snippet is ten lines that are not blank out of a registered file, between two sentences of prose: as it is; with a
tenth of its names, or all, replaced throughout (reserved words stay); with each line left out with a chance of 15 %.
"""

from __future__ import annotations

import keyword
import random
import re
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

import numpy as np

from gateway.classify.detector import Budget, Passage
from gateway.classify.fingerprints.detector import FingerprintDetector
from gateway.classify.fingerprints.documents import Kind, Registered
from gateway.classify.fingerprints.index import Index, digest_of
from gateway.classify.fingerprints.keying import FingerprintKey
from gateway.classify.fingerprints.registry import Addition, empty_index, with_documents
from gateway.classify.fingerprints.sources import public_paths, text_of
from gateway.classify.fingerprints.streams import Fingerprinter
from gateway.classify.shadow import Shadow

_BEFORE = "Could you please have a look at this piece of our code? It fails since Tuesday and nobody knows why.\n\n"
_AFTER = "\n\nThank you very much, please answer in short sentences.\n"
_LINES = 10
_BLOCK = 4096
_BLOCKS_PER_FILE = 10
_COPIED_LINES = 5
_COPIED_CHARACTERS = 60
_AROUND = 60
"""Code points before and behind what was found that are looked at: fingerprints do not reach to its edges."""
_NAME = re.compile(r"[A-Za-z_]\w*")
_AMPLE = Budget(1.0, lambda: 0.0)


@dataclass(frozen=True, slots=True)
class Corpus:
    """The split library."""

    index: Index = field(repr=False)
    registered: tuple[str, ...] = field(repr=False)
    others: tuple[str, ...] = field(repr=False)
    installed: tuple[str, ...] = field(repr=False)


def split_library(fingerprinter: Fingerprinter, *, packages: int | None, installed: int) -> Corpus:
    """Returns the corpus: of the library so many packages, or all, and so many installed files."""
    library = _library()
    names = sorted(library)
    random.Random(7).shuffle(names)
    names = names[:packages]
    third = len(names) // 3
    mine, public, neither = names[:third], names[third : 2 * third], names[2 * third :]
    values = [fingerprinter.values_of(text, is_code=True) for name in public for text in library[name]]
    licences = [text_of(path.read_bytes()) for path in public_paths() if path.suffix != ".py"]
    values += [fingerprinter.values_of(text, is_code=True) for text in licences if text]
    begun = empty_index("default", np.concatenate(values))
    rows = [(name, str(n), text) for name in mine for n, text in enumerate(library[name])]
    index = with_documents(begun, [_addition(*row, fingerprinter) for row in rows])
    registered = tuple(text for _, _, text in rows)
    copied = {lines for text in registered for lines in _line_runs(text)}
    others = _blocks((text for name in neither for text in library[name]), copied)
    return Corpus(index, registered, others, _blocks(_installed(installed), copied))


def snippets(corpus: Corpus, count: int) -> dict[str, list[str]]:
    """Returns prompts by what was done to the snippet in them."""
    rng = random.Random(3)
    picked = [_snippet(rng.choice(corpus.registered), rng) for _ in range(count)]
    changes: dict[str, Callable[[str], str]] = {
        "exact": str,
        "10 % of names renamed": lambda text: _renamed(text, 0.1, rng),
        "15 % of lines dropped": lambda text: _dropped(text, 0.15, rng),
        "all names renamed": lambda text: _renamed(text, 1.0, rng),
    }
    return {name: [f"{_BEFORE}{change(text)}{_AFTER}" for text in picked] for name, change in changes.items()}


def found_share(texts: Sequence[str], corpus: Corpus, fingerprinter: Fingerprinter) -> float:
    """Returns the share of the texts in which anything is found."""
    detector, shadow = FingerprintDetector(corpus.index, fingerprinter), Shadow()
    hits = sum(1 for text in texts if list(detector.detect(Passage.of(text, shadow), _AMPLE)))
    return hits / max(1, len(texts))


def false_shares(texts: Sequence[str], corpus: Corpus, fingerprinter: Fingerprinter) -> tuple[float, float]:
    """Returns the share of the texts in which anything is found, and in which anything is that was not copied."""
    detector, shadow = FingerprintDetector(corpus.index, fingerprinter), Shadow()
    everything = "\0".join(_plain(text) for text in corpus.registered)
    hits = chance = 0
    for text in texts:
        spans = list(detector.detect(Passage.of(text, shadow), _AMPLE))
        hits += bool(spans)
        chance += any(not _is_copied(text[max(0, s.start - _AROUND) : s.end + _AROUND], everything) for s in spans)
    return hits / max(1, len(texts)), chance / max(1, len(texts))


def measuring_fingerprinter() -> Fingerprinter:
    """Returns one with a fixed key."""
    return Fingerprinter(FingerprintKey.of(bytes(range(32))))


def _addition(owner: str, name: str, text: str, fingerprinter: Fingerprinter) -> Addition:
    values = fingerprinter.values_of(text, is_code=True)
    return Addition(Registered(owner, name, Kind.CODE, 0, "", digest_of(values), int(values.size)), values)


def _library() -> dict[str, list[str]]:
    root = Path(sysconfig.get_path("stdlib"))
    packages: dict[str, list[str]] = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).parts
        if {"site-packages", "dist-packages", "test", "tests"} & set(parts) or path.stat().st_size < 2000:
            continue
        text = text_of(path.read_bytes())
        if text is not None:
            packages.setdefault(parts[0], []).append(text)
    return packages


def _installed(count: int) -> Iterator[str]:
    files = [
        Path(str(distribution.locate_file(file)))
        for distribution in metadata.distributions()
        for file in distribution.files or ()
        if file.suffix == ".py" and "test" not in str(file) and (file.size or 0) > _BLOCK
    ]
    chosen = sorted(set(files))
    random.Random(5).shuffle(chosen)
    for path in chosen[:count]:
        text = text_of(path.read_bytes()) if path.is_file() else None
        if text is not None:
            yield text


def _blocks(texts: Iterator[str], copied: set[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(
        text[begin : begin + _BLOCK]
        for text in texts
        if copied.isdisjoint(_line_runs(text))
        for begin in range(0, min(len(text), _BLOCK * _BLOCKS_PER_FILE), _BLOCK)
    )


def _line_runs(text: str) -> Iterator[tuple[str, ...]]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (tuple(lines[at : at + _COPIED_LINES]) for at in range(len(lines) - _COPIED_LINES + 1))


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text.replace("\\n", "").lower()))


def _is_copied(passage: str, everything: str) -> bool:
    plain = _plain(passage)
    return any(plain[at : at + _COPIED_CHARACTERS] in everything for at in range(len(plain) - _COPIED_CHARACTERS + 1))


def _snippet(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    begin = end = rng.randrange(max(1, len(lines) - _LINES))
    kept = 0
    while end < len(lines) and kept < _LINES:
        kept += bool(lines[end].strip())
        end += 1
    return "\n".join(lines[begin:end])


def _renamed(text: str, share: float, rng: random.Random) -> str:
    names = sorted(set(_NAME.findall(text)) - set(keyword.kwlist))
    fresh = {name: f"{name[::-1]}_{rng.randrange(100)}" for name in rng.sample(names, round(len(names) * share))}
    return _NAME.sub(lambda match: fresh.get(match.group(), match.group()), text)


def _dropped(text: str, share: float, rng: random.Random) -> str:
    return "\n".join(line for line in text.split("\n") if rng.random() >= share)
