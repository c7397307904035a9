"""Held-out evaluation: `python -m gateway.classify.source_code.training.evaluation DIRECTORY...`.

Prints the recall of snippets of five, ten and three lines between sentences, by language, and the share of texts of 20
lines that are no code in which some is reported, by kind, with the places in a thousand characters of all of them.
Files whose name was held out from training only; of sources what `corpus` calls code.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.shadow import Shadow
from gateway.classify.source_code.detector import SourceCodeDetector
from gateway.classify.source_code.training.corpus import Window, read_windows
from gateway.classify.source_code.training.made import made_windows, sentence

_SENTENCES = 4
_COVERED = 0.4
"""Share of a snippet that a place must cover to count."""


class Evaluation:
    """Counts what the shipped detector finds."""

    def __init__(self, roots: Sequence[Path], rng: random.Random) -> None:
        """Takes the directories with sources and documents."""
        self._roots, self._rng = roots, rng
        self._detector, self._shadow = SourceCodeDetector(), Shadow()

    def print_recall(self, lines: int, per_kind: int) -> None:
        """Prints the share of snippets found, of all and by language."""
        found, all_of = Counter[str](), Counter[str]()
        for window in read_windows(self._roots, self._rng, per_kind, (lines,)):
            if window.is_code and window.is_held_out:
                all_of[window.kind] += 1
                found[window.kind] += self._is_found(window)
        _print(f"recall of {lines} lines", found, all_of)

    def print_false_alarms(self, per_kind: int) -> None:
        """Prints the share of texts that are no code in which some is reported."""
        alarms, all_of = Counter[str](), Counter[str]()
        places = characters = 0
        made = [window for window in made_windows(self._rng, per_kind) if not window.is_code]
        for window in [*read_windows(self._roots, self._rng, per_kind, (20,)), *made]:
            if not window.is_code and window.is_held_out:
                found = len(self._spans(window.text))
                all_of[window.kind] += 1
                alarms[window.kind] += bool(found)
                places, characters = places + found, characters + len(window.text)
        _print("false alarms", alarms, all_of)
        sys.stdout.write(f"  {1000 * places / characters:.3f} places in a thousand characters\n")

    def _is_found(self, window: Window) -> bool:
        before, after = (" ".join(sentence(self._rng) for _ in range(_SENTENCES)) for _ in range(2))
        start, size = len(before) + 2, len(window.text)
        spans = self._spans(f"{before}\n\n{window.text}\n\n{after}")
        return any(min(start + size, span.end) - max(start, span.start) > _COVERED * size for span in spans)

    def _spans(self, text: str) -> list[Span]:
        return list(self._detector.detect(Passage.of(text, self._shadow), Budget(1.0, lambda: 0.0)))


def _print(title: str, hits: Counter[str], all_of: Counter[str]) -> None:
    total = sum(all_of.values())
    sys.stdout.write(f"{title}: {sum(hits.values()) / max(1, total):.3f} of {total}\n")
    for kind in sorted(all_of):
        sys.stdout.write(f"  {kind:<12} {hits[kind] / all_of[kind]:.2f} of {all_of[kind]}\n")


def main() -> int:
    """Reads, finds, prints."""
    parser = argparse.ArgumentParser(description="evaluates the source code detector on held-out files")
    parser.add_argument("directories", nargs="+", type=Path)
    parser.add_argument("--per-kind", type=int, default=500)
    arguments = parser.parse_args()
    evaluation = Evaluation(arguments.directories, random.Random(9))  # noqa: S311  (repeatable, nothing secret)
    for lines in (5, 10, 3):
        evaluation.print_recall(lines, arguments.per_kind)
    evaluation.print_false_alarms(arguments.per_kind)
    return 0


if __name__ == "__main__":
    sys.exit(main())
