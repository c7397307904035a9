"""Makes the table of trigrams: `python -m gateway.classify.source_code.training DIRECTORY...` (about a minute).

The directories hold source files and documents; docs/explanation/code-secrets-markings.md names those of the shipped
table. One file in five is held out; recall by language and false alarms by kind are printed.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gateway.classify.source_code.training.corpus import Window, read_windows
from gateway.classify.source_code.training.made import made_windows
from gateway.classify.source_code.trigrams import PLACES, TABLE, TrigramTable, trigrams

_EPOCHS = 40
_BATCH = 512
_STEP = 0.6
_SCALE = 16.0
_DECAY = 1e-6
_LINE_COUNTS = (2, 3, 3, 5, 5, 8)


def learn(windows: Sequence[Window], rng: np.random.Generator) -> np.ndarray:
    """Returns weights by logistic regression on the mean of the runs of a window; kinds weigh the same."""
    counts: dict[str, int] = defaultdict(int)
    for window in windows:
        counts[window.kind] += 1
    rows = [trigrams(window.text.encode("ascii", "replace")) for window in windows]
    is_code = np.array([window.is_code for window in windows], dtype=np.float64)
    weight = np.array([1 / counts[window.kind] for window in windows]) * len(windows) / len(counts)
    table, gathered = np.zeros(PLACES), np.full(PLACES, 1e-6)
    for _ in range(_EPOCHS):
        order = rng.permutation(len(rows))
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            pairs = np.concatenate([rows[i] for i in batch])
            owner = np.repeat(np.arange(len(batch)), [len(rows[i]) for i in batch])
            size = np.bincount(owner, minlength=len(batch))
            score = np.bincount(owner, table[pairs], minlength=len(batch)) / size * _SCALE
            error = (1 / (1 + np.exp(-score)) - is_code[batch]) * weight[batch]
            slope = (
                np.bincount(pairs, (error / size)[owner], minlength=len(table)) * _SCALE / len(batch) + _DECAY * table
            )
            gathered += slope**2
            table -= _STEP * slope / np.sqrt(gathered)
    return table


def report(table: TrigramTable, windows: Sequence[Window], threshold: float) -> None:
    """Prints for each kind how many windows pass the threshold."""
    hits: dict[tuple[bool, str], list[bool]] = defaultdict(list)
    for window in windows:
        hits[window.is_code, window.kind].append(table.mean(window.text.encode("ascii", "replace")) >= threshold)
    for (is_code, kind), found in sorted(hits.items()):
        sys.stdout.write(
            f"{'recall' if is_code else 'false'}  {kind:<12} {sum(found) / len(found):.3f}  of {len(found)}\n"
        )


def main() -> int:
    """Reads, learns, writes, reports."""
    parser = argparse.ArgumentParser(description="makes the table of trigrams of the source code detector")
    parser.add_argument("directories", nargs="+", type=Path)
    parser.add_argument("--per-kind", type=int, default=4000)
    parser.add_argument("--out", type=Path, default=TABLE)
    arguments = parser.parse_args()
    rng = random.Random(20261121)  # noqa: S311  (repeatable training, nothing secret)
    windows = read_windows(arguments.directories, rng, arguments.per_kind, _LINE_COUNTS)
    windows += made_windows(rng, arguments.per_kind // 4)
    rng.shuffle(windows)
    held = [window for window in windows if window.is_held_out]
    table = learn([window for window in windows if not window.is_held_out], np.random.default_rng(20261121))
    np.save(arguments.out, np.clip(np.round(table * 32), -127, 127).astype(np.int8))
    report(TrigramTable.load(arguments.out), held, 0.0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
