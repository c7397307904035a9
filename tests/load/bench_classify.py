"""What classification costs: CPU time of one thread, beside stock Presidio measured in the same run.

Four tables, each a `--part`:

* `density`: what stock Presidio finds in 1, 4 and 32 kB of each kind of text, and what 4 kB cost it.
* `ratio`: our engine and Presidio as it comes, both with Presidio's default recognizers for English (17), on five kinds
  of text at 4, 32 and 200 kB, median of `--rounds` texts for ours, and on records of personal data, which are not part
  of the mean. The findings are compared in every cell.
* `absolute`: one call of the whole classifier without the detector of names.
* `worst`: the engine alone on hostile shapes of `--worst-kb`.

Texts are generated from a fixed seed, except Python source, which is of the standard library. No text is read twice, so
that no cache can help.

    scripts/bench classify [--rounds 7] [--part ratio]
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence

from gateway.classify.build import build_classifier
from gateway.classify.classifier import CallClassifier
from gateway.classify.detector import Budget, Passage
from gateway.classify.presidio import PresidioDetector
from gateway.classify.presidio.library import RecognizerRegistryProvider
from gateway.classify.shadow import Shadow
from gateway.classify.text_call import call_of
from gateway.settings import ClassifySettings
from tests.load.shapes import shapes
from tests.load.texts import FURTHER, KINDS
from tests.unit.gateway.classify.presidio.stock import StockPresidio

SIZES_KB = (4, 32, 200)
PROMISED_RATIO = {4: 10, 32: 20, 200: 40}
PROMISED_MS = {"clean, ASCII": 1.0, "code": 1.5, "PII-dense prose": 4.0, "JSON": 6.0}
DENSER = "records of personal data"
SCORE_MILLI = 350
WARM_UP = 40
"""Texts read before anything is measured: automata and plans are built as texts ask for them."""
PARTS = ("density", "ratio", "absolute", "worst")
COUNTED_KB = (1, 4, 32)
_TIMED_KB = 4


class Engine:
    """Our engine with Presidio's default recognizers."""

    def __init__(self) -> None:
        registry = RecognizerRegistryProvider().create_recognizer_registry()
        self.recognizers = list(registry.get_recognizers("en", all_fields=True))
        self._detector = PresidioDetector(self.recognizers, score_milli=SCORE_MILLI)
        self._shadow = Shadow()

    def find(self, text: str) -> set[tuple[str, int, int, int]]:
        """Returns type, start, end and score of everything found."""
        hits = self._detector.analyze(text, self._shadow.of(text))
        return {(each.type, each.start, each.end, round(each.score * 1000)) for each in hits}

    def detect(self, text: str) -> int:
        """Returns the number of spans that the classifier would see."""
        passage = Passage.of(text, self._shadow)
        return len(list(self._detector.detect(passage, Budget(math.inf, time.monotonic))))


def cost_ms(work: Callable[[], object]) -> float:
    """Returns the CPU milliseconds of some work."""
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1000


def medians(work: Callable[[str], object], texts: Iterable[str]) -> float:
    """Returns the median CPU milliseconds over texts."""
    return statistics.median(cost_ms(lambda text=text: work(text)) for text in texts)  # type: ignore[misc]


def write(*cells: str) -> None:
    """Writes one row of a Markdown table."""
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    sys.stdout.flush()


def shown(cost: float) -> str:
    """Returns milliseconds as they are printed."""
    return f"{cost:,.0f}" if cost >= 100 else f"{cost:.1f}" if cost >= 1 else f"{cost:.2f}"


def densities(rounds: int) -> None:
    """Prints how much stock Presidio finds in each kind of text, and what that costs it: means over texts."""
    stock = StockPresidio(Engine().recognizers, SCORE_MILLI / 1000)
    write("text", *(f"stock finds in {size} kB" for size in COUNTED_KB), f"stock, {_TIMED_KB} kB, ms")
    write(*("---",) * (len(COUNTED_KB) + 2))
    for kind, make in (KINDS | FURTHER).items():
        rng = random.Random(kind)
        counts: list[float] = []
        costs_ms: list[float] = []
        for size in COUNTED_KB:
            found: list[int] = []
            texts = [make(size * 1024, rng) for _ in range(rounds if size <= _TIMED_KB else 1)]
            costs = [cost_ms(lambda text=text, into=found: into.append(len(stock.find(text, [])))) for text in texts]  # type: ignore[misc]
            counts.append(statistics.mean(found))
            costs_ms += costs if size == _TIMED_KB else []
        write(kind, *(f"{count:.0f}" for count in counts), shown(statistics.median(costs_ms)))


def ratios(rounds: int, kinds: Sequence[str], sizes_kb: Sequence[int]) -> None:
    """Prints the table of our engine beside stock Presidio."""
    engine = Engine()
    stock = StockPresidio(Engine().recognizers, SCORE_MILLI / 1000)
    write("text", *(f"{size} kB: stock, ours, ratio" for size in sizes_kb))
    write(*("---",) * (len(sizes_kb) + 1))
    reached: dict[int, list[float]] = {size: [] for size in sizes_kb}
    for kind, make in ((kind, (KINDS | FURTHER)[kind]) for kind in kinds):
        rng = random.Random(kind)
        for _ in range(WARM_UP):
            engine.find(make(4096, rng))
        cells = []
        for size in sizes_kb:
            texts = [make(size * 1024, rng) for _ in range(rounds)]
            ours = medians(engine.find, texts)
            reference: list[set[tuple[str, int, int, int]]] = []
            theirs = cost_ms(lambda text=texts[0], found=reference: found.append(stock.find(text, [])))  # type: ignore[misc]
            is_same = reference[0] == engine.find(texts[0])
            if kind in KINDS:
                reached[size].append(theirs / ours)
            cells.append(f"{shown(theirs)}, {shown(ours)}, {theirs / ours:.1f}x{'' if is_same else ' DIFFERENT'}")
        write(kind, *cells)
    means = [statistics.geometric_mean(reached[size]) for size in sizes_kb if reached[size]]
    write("**geometric mean of the five**", *(f"**{mean:.1f}x**" for mean in means))
    write("promised", *(f"{PROMISED_RATIO[size]}x" for size in sizes_kb))


def without_names() -> CallClassifier:
    """Returns the classifier without the detector of names and without a memory of what it read."""
    return build_classifier(ClassifySettings(names="off", cache_bytes=0))


def absolutes(rounds: int) -> None:
    """Prints the table of the whole classifier without names."""
    classifier = without_names()
    write("text", *(f"{size} kB, ms" for size in SIZES_KB), "promised at 4 kB")
    write(*("---",) * (len(SIZES_KB) + 2))
    for kind, make in (FURTHER | KINDS).items():
        rng = random.Random(kind)
        for _ in range(WARM_UP):
            classifier.read(call_of(make(4096, rng)))
        cells = []
        for size in SIZES_KB:
            calls = [call_of(make(size * 1024, rng)) for _ in range(rounds)]
            cells.append(shown(statistics.median(cost_ms(lambda call=call: classifier.read(call)) for call in calls)))  # type: ignore[misc]
        promised = PROMISED_MS.get(kind)
        write(kind, *cells, "" if promised is None else f"{promised:g} ms")


def worst(size_kb: int) -> None:
    """Prints the hostile shapes that cost our engine most."""
    engine = Engine()
    costs = {name: cost_ms(lambda text=text: engine.detect(text)) for name, text in shapes(size_kb * 1000).items()}  # type: ignore[misc]
    write(f"shape, {size_kb} kB", "ms")
    write("---", "---")
    for name in sorted(costs, key=lambda each: -costs[each])[:12]:
        write(f"`{name}`", shown(costs[name]))
    write(f"median of {len(costs)}", shown(statistics.median(costs.values())))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--part", choices=PARTS, action="append")
    parser.add_argument(
        "--kind", choices=[*KINDS, *FURTHER], action="append", help="of the ratios only; stock takes long"
    )
    parser.add_argument("--size-kb", type=int, choices=SIZES_KB, action="append", help="of the ratios only")
    parser.add_argument("--worst-kb", type=int, default=200)
    chosen = parser.parse_args(arguments)
    parts = {
        "density": lambda: densities(chosen.rounds),
        "ratio": lambda: ratios(chosen.rounds, chosen.kind or [*KINDS, DENSER], chosen.size_kb or SIZES_KB),
        "absolute": lambda: absolutes(chosen.rounds),
        "worst": lambda: worst(chosen.worst_kb),
    }
    for name in chosen.part or PARTS:
        sys.stdout.write(f"\n{name}\n\n")
        parts[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
