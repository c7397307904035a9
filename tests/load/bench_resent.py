"""What a turn costs that resends its conversation: CPU time of the whole classifier, one thread, median of `--rounds`.

A conversation of 100 kB in 50 messages was read before; a message of 1 kB is new. Beside it the cost of that message
alone, in a call of its own, to a classifier that has never seen it. Every round has a conversation of its own.

    scripts/bench resent [--rounds 9]
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Callable

import orjson

from gateway.classify.build import build_classifier
from gateway.classify.classifier import CallClassifier
from gateway.settings import ClassifySettings
from gateway.types import Call, RequestId
from routers.types import Dialect
from routers.wire.json_leaves import scan

HISTORY_BYTES, NEW_BYTES, MESSAGES = 100_000, 1_000, 50
WORDS = "the report says that water rises over stones when winds turn and boats wait in harbour until morning".split()


def _prose(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=12)).capitalize() + "."


def _personal(rng: random.Random) -> str:
    who = f"{rng.choice(WORDS)}.{rng.randrange(10**5)}@example.com"
    return f"Write to {who} or call (415) 555-{rng.randrange(100, 200):04} about 4111 1111 1111 1111."


def _row(rng: random.Random) -> str:
    return json.dumps({"id": rng.randrange(10**10), "at": rng.randrange(10**12), "x": rng.random()})


def _code(rng: random.Random) -> str:
    name = rng.choice(WORDS)
    return f"\ndef {name}_{rng.randrange(999)}(self, value):\n    return self.{name}.get(value, {rng.randrange(99)})\n"


KINDS: dict[str, Callable[[random.Random], str]] = {
    "prose": _prose,
    "code": _code,
    "JSON full of numbers": _row,
    "prose full of personal data": _personal,
}


def text_of(piece: Callable[[random.Random], str], size: int, rng: random.Random) -> str:
    """Returns a text of about this many characters."""
    text = ""
    while len(text) < size:
        text += piece(rng) + " "
    return text


def call_of(messages: list[str]) -> Call:
    """Returns a chat of these messages."""
    said = [{"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate(messages)]
    body = orjson.dumps({"model": "m", "messages": said})
    leaves = tuple(scan(body, max_depth=8, max_leaves=10_000))
    return Call(RequestId("r"), 0, Dialect.OPENAI_CHAT, "m", False, body, leaves, (), frozenset())


def cpu_ms(classifier: CallClassifier, call: Call) -> float:
    """Returns the CPU milliseconds of one reading."""
    begun = time.process_time()
    classifier.read(call)
    return (time.process_time() - begun) * 1000


def measure(
    piece: Callable[[random.Random], str], rounds: int, classifier: CallClassifier
) -> tuple[float, float, float]:
    """Returns the median CPU milliseconds of the first reading, of the new message alone, and of the resent turn."""
    rng = random.Random(11)
    costs: list[tuple[float, float, float]] = []
    for _ in range(rounds):
        history = [text_of(piece, HISTORY_BYTES // MESSAGES, rng) for _ in range(MESSAGES)]
        alone, new = text_of(piece, NEW_BYTES, rng), text_of(piece, NEW_BYTES, rng)
        first = cpu_ms(classifier, call_of(history))
        costs.append((first, cpu_ms(classifier, call_of([alone])), cpu_ms(classifier, call_of([*history, new]))))
    first, alone_ms, resent = (statistics.median(column) for column in zip(*costs, strict=True))
    return first, alone_ms, resent


def main() -> int:
    """Measures and prints a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    classifier = build_classifier(ClassifySettings())
    sys.stdout.write(
        "| text | 100 kB, first time | 1 kB alone | 100 kB resent + 1 kB new | ratio |\n|---|---|---|---|---|\n"
    )
    for name, piece in KINDS.items():
        measure(piece, 2, classifier)
        first, alone, resent = measure(piece, rounds, classifier)
        sys.stdout.write(f"| {name} | {first:.1f} ms | {alone:.2f} ms | {resent:.2f} ms | {resent / alone:.2f} |\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
