"""Counts credentials reported in texts that hold none, and prints Markdown.

    python -m tests.load.secrets [--mb 2] [--seed 1] [--show]   made texts, each kind alike
    python -m tests.load.secrets FILE...                        files, each read as text

The classifier is the whole one, in this process, with its views. Only credentials are counted, those of 600 and more
apart. `--show` prints what was reported: for made texts and public files only.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.classify.build import build_classifier
from gateway.classify.classifier import CallClassifier
from gateway.settings import ClassifySettings
from gateway.types import Finding
from tests.load.secrets.made import PIECE, made_texts

SURE_MILLI = 600


@dataclass(slots=True)
class Row:
    """What was read of one kind, and what was reported there."""

    kind: str
    characters: int = 0
    reported: int = 0
    sure: int = 0


def main() -> int:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--mb", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true")
    arguments = parser.parse_args()
    classifier = build_classifier(ClassifySettings())
    texts = _files(arguments.files) if arguments.files else made_texts(arguments.mb, arguments.seed)
    rows: dict[str, Row] = {}
    for kind, text in texts:
        row = rows.setdefault(kind, Row(kind))
        row.characters += len(text)
        for finding in reported(classifier, text):
            row.reported += 1
            row.sure += finding.score_milli >= SURE_MILLI
            if arguments.show:
                sys.stdout.write(f"{kind}: {finding.type} {finding.score_milli} {_around(text, finding)}\n")
    sys.stdout.writelines(f"{line}\n" for line in table(list(rows.values())))
    return 0


def _files(paths: list[Path]) -> Iterator[tuple[str, str]]:
    for path in paths:
        text = path.read_text(encoding="utf-8", errors="replace")
        for begin in range(0, len(text), PIECE * 4):
            yield path.suffix or "none", text[begin : begin + PIECE * 4]


def reported(classifier: CallClassifier, text: str) -> list[Finding]:
    """Returns the credentials that the classifier reports."""
    return [each for each in classifier.read_text(text).findings if each.type.startswith("SECRET_")]


def table(rows: list[Row]) -> Iterator[str]:
    """Yields the lines of a table, the whole last."""
    whole = Row("all", sum(r.characters for r in rows), sum(r.reported for r in rows), sum(r.sure for r in rows))
    yield "| kind | MB | false secrets | of 600 and more | per MB |"
    yield "|---|---:|---:|---:|---:|"
    for row in (*rows, whole):
        size = row.characters / 1_000_000
        yield f"| {row.kind} | {size:.2f} | {row.reported} | {row.sure} | {row.reported / size:.1f} |"


def _around(text: str, finding: Finding) -> str:
    return repr(f"{text[max(0, finding.start - 50) : finding.start]}>>{text[finding.start : finding.end]}<<")


if __name__ == "__main__":
    sys.exit(main())
