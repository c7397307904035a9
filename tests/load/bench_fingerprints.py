"""What looking for registered content costs, and how well it is recognised.

Cost: CPU time of one `detect` over a text that is not registered, one thread, median of `--rounds`, against indexes of
random fingerprints; every text differs, so no cache can help. Recognition: see `tests/load/recognition.py`.

    scripts/bench fingerprints [--rounds 200] [--sizes 1000000,10000000] [--snippets 1000] [--json]
"""

from __future__ import annotations

import argparse
import inspect
import json
import random
import statistics
import sys
import textwrap
import time

import numpy as np

from gateway.classify.detector import Budget, Passage
from gateway.classify.fingerprints.detector import FingerprintDetector
from gateway.classify.fingerprints.documents import Kind, Registered
from gateway.classify.fingerprints.index import Index
from gateway.classify.fingerprints.streams import Fingerprinter
from gateway.classify.shadow import Shadow
from tests.load.bench_gateway import WORDS
from tests.load.recognition import false_shares, found_share, measuring_fingerprinter, snippets, split_library

_AMPLE = Budget(1.0, lambda: 0.0)
_SIZES_KB = (4, 32, 200)


def random_index(size: int, *kinds: Kind) -> Index:
    """Returns an index of so many fingerprints that stand for nothing."""
    rng = np.random.default_rng(1)
    values = np.sort(rng.integers(0, 2**64, size, dtype=np.uint64))
    documents = [Registered("nobody", kind.value, kind, 0, "", "", size) for kind in kinds]
    numbers = rng.integers(0, len(documents), size, dtype=np.uint32)
    return Index.of("default", documents, values, numbers, np.zeros(0, np.uint64))


def texts_of(kind: str, size_bytes: int, count: int) -> list[str]:
    """Returns texts of about this size, each different."""
    rng = random.Random(size_bytes)
    if kind == "prose":
        words = size_bytes // 6
        return [" ".join(rng.choices(WORDS, k=words))[:size_bytes] for _ in range(count)]
    whole = (inspect.getsource(argparse) + inspect.getsource(textwrap)) * (1 + size_bytes // 100_000)
    return [whole[begin : begin + size_bytes] for begin in (rng.randrange(50_000) for _ in range(count))]


def cost_ms(detector: FingerprintDetector, texts: list[str]) -> float:
    """Returns the median CPU milliseconds of reading one text."""
    shadow, costs = Shadow(), []
    for text in texts:
        passage = Passage.of(text, shadow)
        begun = time.process_time_ns()
        list(detector.detect(passage, _AMPLE))
        costs.append((time.process_time_ns() - begun) / 1e6)
    return statistics.median(costs)


def measure_cost(sizes: list[int], rounds: int, fingerprinter: Fingerprinter) -> dict[str, float]:
    """Returns milliseconds by index and text."""
    results = {}
    for size in sizes:
        for title, kinds in (("code and documents", [Kind.CODE]), ("and tables", [Kind.CODE, Kind.TABLE])):
            detector = FingerprintDetector(random_index(size, *kinds), fingerprinter)
            for kilobytes in _SIZES_KB:
                for kind in ("prose", "code"):
                    texts = texts_of(kind, kilobytes * 1024, max(5, rounds * 4 // kilobytes))
                    results[f"{size:,} {title}; {kilobytes} kB of {kind}"] = cost_ms(detector, texts)
    return results


def measure_recognition(count: int, fingerprinter: Fingerprinter) -> dict[str, float]:
    """Returns shares found, by set of texts."""
    corpus = split_library(fingerprinter, packages=None, installed=1500)
    shares = {
        f"found: {name}": found_share(texts, corpus, fingerprinter) for name, texts in snippets(corpus, count).items()
    }
    for title, texts in (("other library packages", corpus.others), ("installed packages", corpus.installed)):
        every, chance = false_shares(texts, corpus, fingerprinter)
        shares[f"false: {title}, 4 kB blocks"] = every
        shares[f"false: {title}, without copied passages"] = chance
    return shares


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--sizes", default="1000000,10000000")
    parser.add_argument("--snippets", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    fingerprinter = measuring_fingerprinter()
    cost = measure_cost([int(size) for size in options.sizes.split(",")], options.rounds, fingerprinter)
    shares = measure_recognition(options.snippets, fingerprinter)
    if options.json:
        sys.stdout.write(json.dumps({"cost_ms": cost, "share": shares}, indent=2) + "\n")
        return
    for name, value in cost.items():
        sys.stdout.write(f"{value:9.3f} ms  {name}\n")
    for name, value in shares.items():
        sys.stdout.write(f"{value:9.4f}     {name}\n")


if __name__ == "__main__":
    main()
