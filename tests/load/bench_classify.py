"""What classification costs: CPU time of one call of the whole classifier, one thread, median of `--rounds`.

Every text is generated from a fixed seed, except Python source, which is a file of the standard library. No text is
read twice, so that no cache can help.

    scripts/bench classify [--rounds 7]
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
from collections.abc import Callable

from gateway.classify.build import build_classifier
from gateway.classify.classifier import CallClassifier
from gateway.classify.text_call import call_of
from gateway.settings import ClassifySettings
from tests.load.bench_gateway import WORDS

SIZES_KB = (1, 4, 32)
CHINESE = "今天天气很好我们一起去公园散步然后回家吃饭看书学习工作生活城市历史文化"


def _personal(rng: random.Random) -> str:
    who = f"{rng.choice(WORDS)}.{rng.randrange(10**5)}@example.com"
    return f"write to {who} or call (415) 555-{rng.randrange(100, 200):04} about 4111 1111 1111 1111"


def _row(rng: random.Random) -> str:
    return json.dumps({"id": rng.randrange(10**10), "at": rng.randrange(10**12), "x": rng.random()})


PIECES: dict[str, Callable[[random.Random], str]] = {
    "prose, ASCII": lambda rng: rng.choice(WORDS),
    "prose with accents": lambda rng: rng.choice(WORDS) + rng.choice(("", "", "", "é", "ü")),
    "Chinese prose": lambda rng: "".join(rng.choices(CHINESE, k=12)) + "。",
    "prose, 0.4 % e-mail addresses": lambda rng: (
        f"{rng.choice(WORDS)}.{rng.randrange(10**6)}@example.com" if rng.random() < 0.004 else rng.choice(WORDS)
    ),
    "prose full of personal data": _personal,
    "JSON full of numbers": _row,
}


def text_of(piece: Callable[[random.Random], str], size_bytes: int, rng: random.Random) -> str:
    """Returns a text of about this many UTF-8 bytes."""
    pieces: list[str] = []
    size = 0
    while size < size_bytes:
        pieces.append(piece(rng))
        size += len(pieces[-1].encode()) + 1
    return " ".join(pieces)


def source(size_bytes: int, rng: random.Random) -> str:
    """Returns a stretch of Python source."""
    whole = inspect.getsource(argparse) + inspect.getsource(textwrap)
    begin = rng.randrange(max(1, len(whole) - size_bytes))
    return whole[begin : begin + size_bytes]


def cost_ms(classifier: CallClassifier, texts: list[str]) -> float:
    """Returns the median CPU milliseconds of one call."""
    costs = []
    for text in texts:
        call = call_of(text)
        begun = time.process_time()
        classifier.read(call)
        costs.append((time.process_time() - begun) * 1000)
    return statistics.median(costs)


def _shown(cost: float) -> str:
    return f"{cost:.0f} ms" if cost >= 10 else f"{cost:.2f} ms"


def main() -> int:
    """Measures and prints a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    classifier = build_classifier(ClassifySettings())
    rng = random.Random(7)
    makers: dict[str, Callable[[int], str]] = {
        name: lambda size, piece=piece: text_of(piece, size, rng)  # type: ignore[misc]  # a default binds the loop's piece
        for name, piece in PIECES.items()
    }
    makers["Python source"] = lambda size: source(size, rng)
    sys.stdout.write(f"| text | {' | '.join(f'{size} kB' for size in SIZES_KB)} |\n|---|---|---|---|\n")
    for name, make in makers.items():
        cost_ms(classifier, [make(4096) for _ in range(3)])
        cells = [cost_ms(classifier, [make(size * 1024) for _ in range(rounds)]) for size in SIZES_KB]
        sys.stdout.write(f"| {name} | {' | '.join(_shown(cell) for cell in cells)} |\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
