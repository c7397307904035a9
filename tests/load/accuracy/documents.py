"""Texts with known truth, from a file or from a generator."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import orjson

_LARGE = 40
_GROUP_FIELDS = ("attack", "attack_type", "adversarial_type", "attack_name")


class Half(StrEnum):
    """Which part of a file is read: one half to develop with, the other to report on."""

    FIRST = "first"
    SECOND = "second"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Truth:
    """A stretch of a text (code points) and the label that whoever wrote the set gave it."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Document:
    """A text and everything in it that is to be found. `group` is an attack, a language or another part of a set."""

    text: str
    truths: tuple[Truth, ...]
    group: str = ""


def labelled(path: Path, half: Half) -> list[Document]:
    """Returns the documents of a file: one JSON object a line, `text` and `annotations`, compressed or not."""
    content = path.read_bytes()
    lines = (gzip.decompress(content) if path.suffix == ".gz" else content).splitlines()
    documents = [_document(orjson.loads(line)) for line in lines if line.strip()]
    middle = len(documents) // 2
    return {Half.FIRST: documents[:middle], Half.SECOND: documents[middle:], Half.ALL: documents}[half]


def _document(record: dict[str, object]) -> Document:
    annotations = record["annotations"]
    assert isinstance(annotations, list)
    truths = tuple(Truth(each["start"], each["end"], each["entity_type"]) for each in annotations)
    return Document(str(record["text"]), truths, _group(record))


def _group(record: dict[str, object]) -> str:
    """The attack a record was made with, where it names one, else its language."""
    places = [record, *(each for each in (record.get("provenance"), record.get("metadata")) if isinstance(each, dict))]
    named = (place[name] for place in places for name in _GROUP_FIELDS if place.get(name))
    return str(next(named, record.get("language", "")))


def by_group(documents: list[Document]) -> Iterator[tuple[str, list[Document]]]:
    """Yields each group with its documents, the largest first; the small ones together at the end."""
    groups: dict[str, list[Document]] = {}
    for document in documents:
        groups.setdefault(document.group, []).append(document)
    large = {name: each for name, each in groups.items() if len(each) >= _LARGE}
    yield from sorted(large.items(), key=lambda item: (-len(item[1]), item[0]))
    small = [document for name, each in groups.items() if name not in large for document in each]
    if small:
        yield "all others", small
