"""What redaction costs: CPU time of masking a prompt and of restoring one piece of a streamed answer, one thread.

Every text is generated from a fixed seed. The figures are the fastest of `--rounds`: what else the machine does only
adds. A piece is four characters of prose in its own event, as a busy destination sends them.

    scripts/bench redact [--rounds 51]
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable

from gateway.redact.redactor import SealedBody, build_redactor
from gateway.types import Call, Category, Classification, Finding, Labels, Level, Obligations, Strategy
from routers.types import Dialect
from tests.load.bench_gateway import WORDS
from tests.unit.gateway.redact.made import KEY, call, identity
from tests.unit.gateway.redact.streams import STREAMED, streamed

SIZE_BYTES, FINDINGS, PIECES = 4096, 20, 2000
TURN_BYTES, TURNS = 4096, 25
TYPES = ("PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "IP_ADDRESS")
SURROGATES = dict.fromkeys(TYPES, Strategy.SURROGATE)


def value(kind: str, number: int) -> str:
    """Returns an invented value."""
    return {
        "PERSON": f"Ann Example{number}",
        "EMAIL_ADDRESS": f"ann.{number}@example.com",
        "PHONE_NUMBER": f"415 555 {number:04}",
        "IP_ADDRESS": f"10.1.{number}.9",
    }[kind]


def prompt(rng: random.Random, size_bytes: int, findings: int) -> tuple[str, list[tuple[int, int, str]]]:
    """Returns prose of about this size with so many values spread over it, and where they stand."""
    words = [rng.choice(WORDS) for _ in range(size_bytes // 6)]
    kinds = [TYPES[number % len(TYPES)] for number in range(findings)]
    for number, kind in enumerate(kinds):
        words.insert(rng.randrange(len(words)), value(kind, number))
    text = " ".join(words)
    places = [(text.index(value(kind, number)), value(kind, number), kind) for number, kind in enumerate(kinds)]
    return text, [(start, start + len(found), kind) for start, found, kind in places]


def request(rng: random.Random, turns: int) -> tuple[Call, Classification]:
    """Returns a conversation of so many turns, the values in the last."""
    texts = [prompt(rng, TURN_BYTES, 0)[0] for _ in range(turns - 1)]
    last, places = prompt(rng, SIZE_BYTES, FINDINGS)
    messages = [{"role": "user", "content": text} for text in [*texts, last]]
    made = call({"model": "m", "messages": messages})
    index = next(i for i, leaf in enumerate(made.leaves) if leaf.text == last)
    found = tuple(Finding(index, start, end, kind, Category.PII_DIRECT, 900, "bench") for start, end, kind in places)
    return made, Classification(found, Labels(Level.CONFIDENTIAL, frozenset()))


def cost_us(work: Callable[[], object], rounds: int) -> float:
    """Returns the fewest CPU microseconds that the work took."""
    costs = []
    for _ in range(rounds):
        begun = time.process_time_ns()
        work()
        costs.append((time.process_time_ns() - begun) / 1000)
    return min(costs)


def piece_us(sealed: SealedBody, dialect: Dialect, rng: random.Random, rounds: int) -> float:
    """Returns what one piece of prose costs."""
    text = prompt(rng, PIECES * 4, 0)[0]
    events = streamed(dialect, [text[at : at + 4] for at in range(0, PIECES * 4, 4)], source=False)

    def restore() -> None:
        restorer = sealed.restorer.stream(dialect)
        for each in events:
            restorer.feed(each)

    return cost_us(restore, max(3, rounds // 10)) / len(events)


def main(arguments: list[str]) -> int:
    """Prints the table. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/bench redact", description=__doc__.splitlines()[0])  # type: ignore[union-attr]  # it has one
    parser.add_argument("--rounds", type=int, default=51, help="measurements of which the fastest counts")
    rounds = parser.parse_args(arguments).rounds
    rng = random.Random(1)
    sys.stdout.write("| work | placeholders | surrogates |\n|---|---|---|\n")
    for title, turns in (("mask 4 kB, 20 findings", 1), ("mask 100 kB, 20 findings in the last 4 kB", TURNS)):
        made, content = request(rng, turns)
        cells = []
        for strategies in ({}, SURROGATES):
            duty = Obligations(mask=frozenset({Category.PII_DIRECT}), strategies=strategies)
            redactor = build_redactor(KEY)
            cells.append(cost_us(lambda: redactor.redact(made, identity(), content, duty), rounds))  # noqa: B023  (called at once)
        sys.stdout.write(f"| {title} | {cells[0] / 1000:.2f} ms | {cells[1] / 1000:.2f} ms |\n")
    made, content = request(rng, 1)
    for dialect in STREAMED:
        cells = []
        for strategies in ({}, SURROGATES):
            duty = Obligations(mask=frozenset({Category.PII_DIRECT}), strategies=strategies)
            sealed = build_redactor(KEY).redact(made, identity(), content, duty)
            cells.append(piece_us(sealed, dialect, rng, rounds))
        sys.stdout.write(f"| restore a piece of prose, {dialect.value} | {cells[0]:.2f} us | {cells[1]:.2f} us |\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
