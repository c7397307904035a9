"""Arguments that several commands share."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from gateway.settings import Settings


def add_config(parser: argparse.ArgumentParser) -> None:
    """Adds `--config FILE`."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file; GATEWAY_* variables win over it")


def add_json(parser: argparse.ArgumentParser) -> None:
    """Adds `--json`."""
    parser.add_argument("--json", action="store_true", help="print JSON for a machine to read")


def settings_of(options: argparse.Namespace) -> Settings:
    """Returns the settings the command was pointed at. Raises `StartupError`."""
    return Settings.load(options.config)


def print_json(value: object) -> None:
    """Prints one JSON document."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def print_json_line(value: object) -> None:
    """Prints one JSON document on one line and flushes, for a program that waits for it."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def print_line(text: str = "") -> None:
    """Prints one line."""
    sys.stdout.write(text + "\n")


def print_table(rows: Sequence[tuple[str, ...]]) -> None:
    """Prints rows as columns; the first row is the heading."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print_line("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
