"""`gateway classify`: what a text carries. Prints positions and types, never values. Reads nothing over the network."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import orjson

from gateway.commands.options import add_json, print_json, print_json_line, print_line, print_table
from gateway.settings import ClassifySettings
from gateway.types import Category, Classification, Level

LINE_BYTES = 32 << 20
"""Longest line that `--lines` reads, bytes. What is longer is answered with an error and skipped unread."""
_NOTHING, _FOUND, _UNREAD = 0, 1, 2
Read = Callable[[str], Classification]


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describes the command."""
    parser = subparsers.add_parser("classify", help="show what a text carries")
    parser.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="a UTF-8 text file, or - for standard input"
    )
    parser.add_argument(
        "--lines", action="store_true", help="read one JSON string per line, write one JSON object per line"
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Returns 0 when nothing was found, 1 when something was, 2 when the text, or a line of it, could not be read."""
    from gateway.classify.build import build_classifier  # noqa: PLC0415  (loads the detectors)

    with ExitStack() as opened:
        try:
            source = sys.stdin.buffer if options.file == "-" else opened.enter_context(Path(options.file).open("rb"))
            if options.lines:
                return _answer_lines(source, build_classifier(ClassifySettings()).read_text)
            text = source.read().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            sys.stderr.write(f"gateway classify: cannot read the text: {type(error).__name__}\n")
            return _UNREAD
    content = build_classifier(ClassifySettings()).read_text(text)
    if options.json:
        print_json(_document(content))
    else:
        _print(content)
    return _code(content)


def _answer_lines(source: BinaryIO, read: Read) -> int:
    """Answers each line at once, so that a program can wait for it. Never stops at a line it cannot read."""
    code = _NOTHING
    for line in _lines(source):
        text = _text_of(line)
        if text is None:
            print_json_line(_refused())
            code = _UNREAD
        else:
            content = read(text)
            print_json_line(_document(content))
            code = max(code, _code(content))
    return code


def _lines(source: BinaryIO) -> Iterator[bytes | None]:
    """Yields the lines; `None` for one that is too long."""
    while line := source.readline(LINE_BYTES):
        is_whole = len(line) < LINE_BYTES or line.endswith(b"\n")
        yield line if is_whole else None
        while not is_whole and (rest := source.readline(LINE_BYTES)):
            is_whole = rest.endswith(b"\n")


def _text_of(line: bytes | None) -> str | None:
    try:
        text: object = None if line is None else orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return text if isinstance(text, str) else None


def _code(content: Classification) -> int:
    return _FOUND if content.findings or content.failed else _NOTHING


def _refused() -> dict[str, object]:
    """The answer to a line that is no JSON string: whoever reads only `level` still reads the strictest."""
    worst: dict[str, object] = {"level": Level.REGULATED.label, "categories": [Category.UNKNOWN.value]}
    return {"error": "not one JSON string in UTF-8", **worst, "failed": ["reader"], "findings": []}


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
