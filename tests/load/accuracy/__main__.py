"""Measures the classifier's accuracy and prints Markdown.

    scripts/bench accuracy               generated values, right and broken, in six languages and disguised; clean texts
    scripts/bench accuracy DATA.jsonl.gz [--half first|second|all] [--show CLASS]
    scripts/bench accuracy --written [--half first|second|all] [--show CLASS]   texts written by hand
    scripts/bench accuracy --addressed   first names alone, many of them words, in plain sentences
    scripts/bench accuracy --catalogues FOLDER...   messages of programs installed there, which nothing was learnt from

A record of DATA has `text` and `annotations` (`entity_type`, `start`, `end` in code points) and may name an attack. The
classifier is the whole one, in this process. `--show` prints the stretches of one class that were missed or false, for
development with synthetic data only.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from gateway.classify.build import build_classifier
from gateway.classify.classifier import CallClassifier
from gateway.settings import ClassifySettings
from gateway.types import Classification
from tests.load.accuracy.addressed import addressed_documents
from tests.load.accuracy.attacks import coverage_table
from tests.load.accuracy.catalogues import catalogue_documents
from tests.load.accuracy.classes import Mapping, exact_mapping, shared_mapping
from tests.load.accuracy.clean import clean_documents
from tests.load.accuracy.documents import Document, Half, by_group, labelled
from tests.load.accuracy.generated import generated_documents
from tests.load.accuracy.languages import language_documents
from tests.load.accuracy.report import class_table, document_lines, group_table
from tests.load.accuracy.scoring import best_match, score
from tests.load.accuracy.written import written_documents

Read = list[tuple[Document, Classification]]


def main() -> int:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", help="a labelled file; without it only generated sets are read")
    parser.add_argument("--half", type=Half, choices=list(Half), default=Half.SECOND)
    parser.add_argument("--written", action="store_true", help="read the texts written by hand")
    parser.add_argument("--addressed", action="store_true", help="read first names in plain sentences")
    parser.add_argument("--catalogues", type=Path, nargs="+", help="folders with catalogues of messages (*.mo)")
    parser.add_argument("--count", type=int, default=40, help="generated documents for each type and kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", metavar="CLASS")
    arguments = parser.parse_args()
    classifier = build_classifier(ClassifySettings())
    if arguments.data is not None:
        documents = labelled(arguments.data, arguments.half)
        _report("Labelled set", classifier, documents, shared_mapping(), arguments.show)
        return 0
    if arguments.written:
        documents = written_documents(arguments.half)
        _report("Written by hand", classifier, documents, shared_mapping(), arguments.show)
        return 0
    if arguments.addressed:
        _report("Addressed", classifier, addressed_documents(), shared_mapping(), arguments.show)
        return 0
    if arguments.catalogues:
        documents = catalogue_documents(arguments.catalogues, arguments.count, arguments.seed)
        _report("Messages of programs", classifier, documents, exact_mapping(), arguments.show)
        return 0
    right = generated_documents(arguments.count, arguments.seed)
    broken = generated_documents(arguments.count, arguments.seed, broken=True)
    clean = clean_documents(arguments.count, arguments.seed)
    _report("Generated values", classifier, right, exact_mapping(), arguments.show)
    _report("The same with a wrong check digit", classifier, broken, exact_mapping(), arguments.show)
    languages = language_documents(arguments.count, arguments.seed)
    _report("In six languages", classifier, languages, shared_mapping(), arguments.show)
    _report("Clean texts", classifier, clean, exact_mapping(), arguments.show)
    _print(["## Disguised values, share covered", "", *coverage_table(classifier, arguments.count, arguments.seed)])
    return 0


def _report(title: str, classifier: CallClassifier, documents: list[Document], mapping: Mapping, show: str) -> None:
    read = read_all(classifier, documents)
    total = score(read, mapping)
    _print([f"## {title}"])
    _print(class_table(total))
    _print(document_lines(total))
    if not total.classes or mapping.has_groups:
        _print(group_table((name, score(_of(read, group), mapping)) for name, group in by_group(documents)))
    if show:
        _print(failures(read, mapping, show))


def read_all(classifier: CallClassifier, documents: Iterable[Document]) -> Read:
    """Returns each document with what the classifier says of it."""
    return [(document, classifier.read_text(document.text)) for document in documents]


def _of(read: Read, documents: list[Document]) -> Read:
    wanted = {id(document) for document in documents}
    return [pair for pair in read if id(pair[0]) in wanted]


def failures(read: Read, mapping: Mapping, name: str) -> Iterator[str]:
    """Yields what was missed or false in one class, with its surroundings."""
    for document, content in read:
        used: set[int] = set()
        for truth in document.truths:
            if mapping.of_label(truth.label) == name:
                number = best_match(truth, name, content.findings, mapping, used)
                used |= set() if number is None else {number}
                if number is None:
                    yield f"missed {_around(document.text, truth.start, truth.end)}"
        for number, finding in enumerate(content.findings):
            if number not in used and mapping.of_type(finding.type) == name:
                yield f"false {finding.type} {finding.score_milli} {_around(document.text, finding.start, finding.end)}"


def _around(text: str, start: int, end: int) -> str:
    return repr(f"{text[max(0, start - 40) : start]}>>{text[start:end]}<<{text[end : end + 20]}")


def _print(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.write("\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
