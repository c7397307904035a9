"""What classification costs: CPU time of one thread, beside stock Presidio measured in the same run.

Five tables, each a `--part`:

* `density`: what stock Presidio finds in 1, 4 and 32 kB of each kind of text, and what 4 kB cost it.
* `ratio`: our engine and Presidio as it comes, both with Presidio's default recognizers for English (17), on five kinds
  of text at 4, 32 and 200 kB, median of `--rounds` texts for ours, and on records of personal data, which are not part
  of the mean. The findings are compared in every cell.
* `absolute`: one call of the whole classifier without the detector of names, beside stock Presidio. See below.
* `names`: one call of the whole classifier on new texts of 4 kB, with the detector of names and without, one after the
  other: both and the median of the differences.
* `worst`: the engine alone on hostile shapes of `--worst-kb`.

Milliseconds belong to a machine, and one that others use as well may take half as long again for minutes at a time.
The promises were written on another, of which is known what stock Presidio took there for 4 kB (`STOCK_THERE_MS`). So
`absolute` goes round by round: in each, stock Presidio reads three new texts of 4 kB of every kind and the classifier
nine, one kind after the other. How long stock took for clean text, code and PII-dense prose, by what it took there,
gives one factor for the round (geometric mean of the three): how much slower this machine is now. Ours, divided by that
factor, is *scaled*. All kinds share the factor, because JSON and documentation are denser here than they were there,
and what they cost stock would flatter. Where more than one run there is known, the longer one counts, which makes
scaled times longer. Printed are medians over the rounds, measured and scaled; a promise is judged by both.

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
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

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

TextMaker = Callable[[int, random.Random], str]
SIZES_KB = (4, 32, 200)
PROMISED_RATIO = {4: 10, 32: 20, 200: 40}
PROMISED_NAMES_MS = 4.0
PROMISED_MS = {"clean, ASCII": 1.0, "code": 1.5, "PII-dense prose": 4.0, "JSON": 6.0}
STOCK_THERE_MS = {"clean, ASCII": 9.5, "code": 13.5, "PII-dense prose": 26.4}
"""CPU milliseconds that stock Presidio took for 4 kB of prose without digits, of Python and of prose with 19 findings,
on the machine on which the promises were written: the longer of two runs (the others: 7.9, 11.0 and 23.4)."""
OURS_IN_A_TURN, STOCK_IN_A_TURN = 9, 3
"""New texts that are read of one kind in a round, by the classifier and by stock Presidio; their median counts."""
DENSER = "records of personal data"
SCORE_MILLI = 350
WARM_UP = 40
"""Texts read before anything is measured: automata and plans are built as texts ask for them."""
PARTS = ("density", "ratio", "absolute", "names", "worst")
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


def names(rounds: int) -> None:
    """Prints what the detector of names adds to 4 kB of each kind."""
    without, whole = without_names(), build_classifier(ClassifySettings(cache_bytes=0))
    write("4 kB of", "without names, ms", "with, ms", "names, ms", "promised, ms")
    write(*("---",) * 5)
    for kind, make in (FURTHER | KINDS).items():
        rng = random.Random(kind)
        for text in _texts(make, rng, WARM_UP):
            for each in (without, whole):
                each.read(call_of(text))
        calls = [call_of(text) for text in _texts(make, rng, rounds * OURS_IN_A_TURN)]
        pairs = [(cost_ms(partial(without.read, call)), cost_ms(partial(whole.read, call))) for call in calls]
        less, more = (statistics.median(column) for column in zip(*pairs, strict=True))
        added = statistics.median(after - before for before, after in pairs)
        is_kept = "kept" if added <= PROMISED_NAMES_MS else "NOT kept"
        write(kind, shown(less), shown(more), shown(added), f"{PROMISED_NAMES_MS:g}: {is_kept}")


@dataclass(frozen=True, slots=True)
class Round:
    """CPU milliseconds for 4 kB of each kind, by the classifier and by stock Presidio, within a second or so."""

    ours_ms: Mapping[str, float]
    stock_ms: Mapping[str, float]

    @property
    def factor(self) -> float:
        """How much longer this machine took in the round than the one on which the promises were written."""
        return statistics.geometric_mean(self.stock_ms[kind] / there for kind, there in STOCK_THERE_MS.items())


def absolutes(rounds: int) -> None:
    """Prints the tables of the whole classifier without names."""
    classifier = without_names()
    kinds = {kind: (make, random.Random(kind)) for kind, make in (FURTHER | KINDS).items()}
    for make, rng in kinds.values():
        for _ in range(WARM_UP):
            classifier.read(call_of(make(4096, rng)))
    stock = StockPresidio(Engine().recognizers, SCORE_MILLI / 1000)
    _beside_stock([_round(classifier, stock, kinds) for _ in range(rounds + 1)][1:])  # the first one warms stock up
    write("text", *(f"{size} kB, ms" for size in SIZES_KB[1:]))
    write(*("---",) * len(SIZES_KB))
    for kind, (make, rng) in kinds.items():
        cells = []
        for size in SIZES_KB[1:]:
            calls = [call_of(make(size * 1024, rng)) for _ in range(rounds)]
            cells.append(shown(statistics.median(cost_ms(lambda call=call: classifier.read(call)) for call in calls)))  # type: ignore[misc]
        write(kind, *cells)


def _round(
    classifier: CallClassifier, stock: StockPresidio, kinds: Mapping[str, tuple[TextMaker, random.Random]]
) -> Round:
    ours_ms, stock_ms = {}, {}
    for kind, (make, rng) in kinds.items():
        stock_ms[kind] = medians(lambda text: stock.find(text, []), _texts(make, rng, STOCK_IN_A_TURN))
        calls = [call_of(text) for text in _texts(make, rng, OURS_IN_A_TURN)]
        ours_ms[kind] = statistics.median(cost_ms(partial(classifier.read, call)) for call in calls)
    return Round(ours_ms, stock_ms)


def _texts(make: TextMaker, rng: random.Random, count: int) -> list[str]:
    return [make(_TIMED_KB * 1024, rng) for _ in range(count)]


def _beside_stock(rounds: Sequence[Round]) -> None:
    """Prints what 4 kB cost, measured and scaled, beside stock Presidio and the promises."""
    factors = sorted(each.factor for each in rounds)
    sys.stdout.write(
        f"This machine took {statistics.median(factors):.2f} times as long as that of the promises "
        f"({factors[0]:.2f} to {factors[-1]:.2f} in {len(rounds)} rounds).\n\n"
    )
    write("4 kB of", "ours, ms", "stock, ms", "ratio", "ours scaled, ms", "promised, ms")
    write(*("---",) * 6)
    for kind in rounds[0].ours_ms:
        ours = statistics.median(each.ours_ms[kind] for each in rounds)
        theirs = statistics.median(each.stock_ms[kind] for each in rounds)
        ratio = statistics.median(each.stock_ms[kind] / each.ours_ms[kind] for each in rounds)
        scaled = statistics.median(each.ours_ms[kind] / each.factor for each in rounds)
        write(kind, shown(ours), shown(theirs), f"{ratio:.0f}x", shown(scaled), _judged(kind, ours, scaled))
    sys.stdout.write("\n")


def _judged(kind: str, ours_ms: float, scaled_ms: float) -> str:
    promised = PROMISED_MS.get(kind)
    if promised is None:
        return ""
    here, there = ("kept" if each <= promised else "NOT kept" for each in (ours_ms, scaled_ms))
    return f"{promised:g}: {here} here, {there} scaled"


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
        "names": lambda: names(chosen.rounds),
        "worst": lambda: worst(chosen.worst_kb),
    }
    for name in chosen.part or PARTS:
        sys.stdout.write(f"\n{name}\n\n")
        parts[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
