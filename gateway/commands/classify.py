"""`gateway classify`: what a text carries. Prints positions and types, never values. Reads nothing over the network."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gateway.commands.options import add_json, print_json, print_line, print_table
from gateway.settings import ClassifySettings
from gateway.types import Classification


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describes the command."""
    parser = subparsers.add_parser("classify", help="show what a text carries")
    parser.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="a UTF-8 text file, or - for standard input"
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Returns 0 when nothing was found, 1 when something was, 2 when the text could not be read."""
    from gateway.classify.build import build_classifier  # noqa: PLC0415  (loads the detectors)

    try:
        data = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
        text = data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"gateway classify: cannot read the text: {type(error).__name__}\n")
        return 2
    content = build_classifier(ClassifySettings()).read_text(text)
    if options.json:
        print_json(_document(content))
    else:
        _print(content)
    return 1 if content.findings or content.failed else 0


def _document(content: Classification) -> dict[str, object]:
    return {
        "level": content.labels.level.label,
        "categories": sorted(content.labels.categories),
        "failed": list(content.failed),
        "findings": [
            {
                "type": found.type,
                "category": found.category.value,
                "start": found.start,
                "end": found.end,
                "score": found.score_milli / 1000,
                "detector": found.detector,
            }
            for found in content.findings
        ],
    }


def _print(content: Classification) -> None:
    print_line(f"level: {content.labels.level.label}")
    if content.labels.categories:
        print_line(f"categories: {', '.join(sorted(content.labels.categories))}")
    for name in content.failed:
        print_line(f"detector {name} could not finish: counted as the highest level")
    if content.findings:
        rows = [("TYPE", "CATEGORY", "CHARACTERS", "SCORE", "DETECTOR")]
        rows += [
            (f.type, f.category.value, f"{f.start}-{f.end}", f"{f.score_milli / 1000:.2f}", f.detector)
            for f in content.findings
        ]
        print_table(rows)
