"""What is registered in one text, with the names of the documents: for the command, not for calls."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.classify.fingerprints.detector import RECORD_SCORE_MILLI, TYPES
from gateway.classify.fingerprints.documents import Kind
from gateway.classify.fingerprints.index import Index
from gateway.classify.fingerprints.keying import FingerprintKey
from gateway.classify.fingerprints.matching import registered, score_milli
from gateway.classify.fingerprints.records import find_rows
from gateway.classify.fingerprints.streams import Fingerprinter


@dataclass(frozen=True, slots=True)
class Found:
    """A registered stretch in code points, and what most of it is from; a row does not say which table it is of."""

    type: str
    start: int
    end: int
    score: float
    document: str


def check_text(text: str, index: Index, key: FingerprintKey) -> list[Found]:
    """Returns the registered stretches, ascending."""
    fingerprinter = Fingerprinter(key)
    reading = fingerprinter.normal(text)
    found = []
    for match in registered(text, reading, fingerprinter, index):
        document = index.documents[match.document]
        name = f"{document.owner}/{document.name}"
        found.append(Found(TYPES[document.kind], match.begin, match.end, score_milli(match.worth) / 1000, name))
    for begin, end in find_rows(*reading, fingerprinter, index):
        found.append(Found(TYPES[Kind.TABLE], begin, end, RECORD_SCORE_MILLI / 1000, ""))
    return sorted(found, key=lambda each: (each.start, each.end))
