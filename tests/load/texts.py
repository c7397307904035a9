"""The kinds of text that the classifier's speed is measured on, made from a seed. No two texts of a run are alike.

Everything personal in them is made up: reserved domains, fictional telephone numbers, published test card numbers.
"""

from __future__ import annotations

import argparse
import inspect
import json
import random
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path

WORDS = (
    "the harbour was quiet while gulls circled above grey water and the ferry waited for its last passengers beyond "
    "mountains where engineers measure rainfall every season because storage follows demand in most river valleys of "
    "northern regions so planners compare forecasts with records before they open gates and answer questions from "
    "farmers about water rights under old agreements please call your bank or send a number to the support phone today"
).split()
CHINESE = "今天天气很好我们一起去公园散步然后回家吃饭看书学习工作生活城市历史文化"
IDENTIFIED = 0.3
"""Share of the sentences of prose that hold an identifier: stock Presidio finds 6 places in a kB then."""
NAMES = "anna ben carla david elif farah george hana ivan julia".split()

Maker = Callable[[random.Random], str]


def sentence(rng: random.Random) -> str:
    """Returns a sentence; one in three has a sign or an accent beyond ASCII."""
    words = rng.choices(WORDS, k=rng.randint(8, 18))
    end = rng.choice((".", ".", ".", " — naïvely.", "…", "?"))
    return " ".join(words).capitalize() + end


def personal(rng: random.Random) -> str:
    """Returns a sentence of a customer record: about one identifier in 60 characters, one in four behind its label."""
    name = f"{rng.choice(NAMES)}.{rng.choice(WORDS)}{rng.randrange(100)}"
    values = (
        f"write to {name}@example.com",
        f"call ({rng.choice((212, 415, 617))}) 555-{rng.randrange(100, 200):04}",
        f"phone +44 20 7946 {rng.randrange(1000):04}",
        f"card {rng.choice(('4111 1111 1111 1111', '5555-5555-5555-4444', '378282246310005'))}",
        f"ssn {rng.randrange(200, 700)}-{rng.randrange(10, 99)}-{rng.randrange(1000, 9999)}",
        f"from 203.0.113.{rng.randrange(256)}",
        f"account {rng.randrange(10**9, 10**10)}",
        f"to DE{rng.randrange(10, 99)}370400440532013{rng.randrange(1000):03}",
        f"born {rng.randrange(1950, 2005)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}",
    )
    return f"{' '.join(rng.choices(WORDS, k=rng.randint(3, 7)))} {rng.choice(values)}{rng.choice((',', '.', ' and'))}"


def told(rng: random.Random) -> str:
    """Returns a sentence of a letter: three in ten hold an identifier."""
    plain = f"{' '.join(rng.choices(WORDS, k=rng.randint(8, 18))).capitalize()}."
    return personal(rng) if rng.random() < IDENTIFIED else plain


def dense(rng: random.Random) -> str:
    """Returns an address, a telephone number and a card number in 80 characters: denser than any real text."""
    who = f"{rng.choice(WORDS)}.{rng.randrange(10**5)}@example.com"
    return f"write to {who} or call (415) 555-{rng.randrange(100, 200):04} about 4111 1111 1111 1111"


def row(rng: random.Random) -> str:
    """Returns a JSON object of numbers, as tools return them."""
    return json.dumps({"id": rng.randrange(10**10), "at": rng.randrange(10**12), "x": rng.random()})


def markdown(rng: random.Random) -> str:
    """Returns a piece of documentation: heading, list with links and versions, table or fenced command."""
    host = f"https://{rng.choice(WORDS)}.example.org/{rng.choice(WORDS)}/v{rng.randrange(9)}.{rng.randrange(20)}"
    return rng.choice(
        (
            f"\n## {rng.choice(WORDS).title()} {rng.randrange(10)}.{rng.randrange(30)}\n\n{sentence(rng)}",
            f"* [{rng.choice(WORDS)}]({host}#l{rng.randrange(900)}) “{rng.choice(WORDS)}”, {rng.randrange(2015, 2027)}",
            f"| {rng.choice(WORDS)} | {rng.random():.3f} | {rng.randrange(10**6)} |\n|---|---|---|",
            f"```sh\ncurl -s {host} --retry {rng.randrange(9)} | jq '.items[{rng.randrange(99)}]'\n```",
            sentence(rng),
        )
    )


def joined(piece: Maker, size_bytes: int, rng: random.Random, separator: str = " ") -> str:
    """Returns a text of about this many UTF-8 bytes."""
    pieces: list[str] = []
    size = 0
    while size < size_bytes:
        pieces.append(piece(rng))
        size += len(pieces[-1].encode()) + 1
    return separator.join(pieces)


def source(size_bytes: int, rng: random.Random) -> str:
    """Returns Python source, the standard library's, from a place chosen at random; long texts repeat modules."""
    modules = inspect.getsource(argparse) + inspect.getsource(textwrap) + inspect.getsource(inspect)
    begin = rng.randrange(len(modules))
    return (modules[begin:] + modules * (1 + size_bytes // len(modules)))[:size_bytes]


@cache
def _library() -> str:
    return "\n".join(path.read_text("utf-8", "replace") for path in sorted(Path(argparse.__file__).parent.glob("*.py")))


def any_source(size_bytes: int, rng: random.Random) -> str:
    """Returns Python source from a place chosen at random in 4 MB of it: hardly anything is met twice."""
    begin = rng.randrange(len(_library()) - size_bytes)
    return _library()[begin : begin + size_bytes]


KINDS: dict[str, Callable[[int, random.Random], str]] = {
    "prose": lambda size, rng: joined(sentence, size, rng),
    "code": source,
    "JSON": lambda size, rng: "[" + joined(row, size, rng, ",\n ") + "]",
    "docs": lambda size, rng: joined(markdown, size, rng, "\n"),
    "PII-dense prose": lambda size, rng: joined(told, size, rng),
}
"""The five kinds over which the speed-up is averaged."""
FURTHER: dict[str, Callable[[int, random.Random], str]] = {
    "clean, ASCII": lambda size, rng: joined(lambda rng: rng.choice(WORDS), size, rng),
    "Chinese prose": lambda size, rng: joined(lambda rng: "".join(rng.choices(CHINESE, k=12)) + "。", size, rng, ""),
    "code of all modules": any_source,
    "records of personal data": lambda size, rng: joined(personal, size, rng),
    "three identifiers in 80 bytes": lambda size, rng: joined(dense, size, rng),
}
