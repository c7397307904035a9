"""A key, and what registering a few texts gives."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

from gateway.classify.fingerprints.documents import Kind, Registered
from gateway.classify.fingerprints.index import Index, digest_of
from gateway.classify.fingerprints.keying import FingerprintKey
from gateway.classify.fingerprints.registry import Addition, empty_index, with_documents
from gateway.classify.fingerprints.streams import Fingerprinter

WORDS = "alpha river stone copper window garden thirty market simple orange winter harbour letter".split()
NAMES = "total count reader widget handle buffer offset record parser branch weight margin packet".split()


def secret(number: int) -> bytes:
    return bytes([number]) * 32


def prose(seed: int, words: int = 200) -> str:
    rng = random.Random(seed)
    return " ".join(f"{rng.choice(WORDS)}{rng.choice(('', 's', 'ly', 'ing', 'er'))}" for _ in range(words)) + "."


def code(seed: int, functions: int = 12) -> str:
    """Python of no particular meaning whose structure differs from seed to seed."""
    rng = random.Random(seed)
    return "\n\n".join(_function(rng) for _ in range(functions))


def _function(rng: random.Random) -> str:
    names = rng.sample(NAMES, 5)
    lines = [f"def {rng.choice(NAMES)}_{rng.randrange(100)}({', '.join(names[: rng.randrange(1, 4)])}):"]
    for _ in range(rng.randrange(4, 9)):
        a, b, c = (rng.choice(names) for _ in range(3))
        lines.append(
            rng.choice(
                (
                    f"    {a} = {b}.{c}({rng.randrange(99)}) + {c}",
                    f"    for {a} in range({b}, {c}): {b}[{a}] -= {rng.randrange(9)}",
                    f"    if {a} is not None and {b} > {c}: raise ValueError({a})",
                    f"    while {a} < {b}: {a} += {c} * {rng.randrange(9)}",
                    f"    {a}, {b} = {b} or {{}}, lambda {c}: {c}[{rng.randrange(9)}:]",
                    f"    with {a}({b}) as {c}: {c}.{b} = not {a}",
                )
            )
        )
    return "\n".join([*lines, f"    return {names[0]}"])


def addition(owner: str, name: str, text: str, kind: Kind, fingerprinter: Fingerprinter) -> Addition:
    values = fingerprinter.values_of(text, is_code=kind is Kind.CODE)
    return Addition(Registered(owner, name, kind, 1, "0" * 64, digest_of(values), int(values.size)), values)


@pytest.fixture(scope="session")
def key() -> FingerprintKey:
    return FingerprintKey.of(secret(7))


@pytest.fixture(scope="session")
def fingerprinter(key: FingerprintKey) -> Fingerprinter:
    return Fingerprinter(key)


Build = Callable[..., Index]


@pytest.fixture(scope="session")
def build(fingerprinter: Fingerprinter) -> Build:
    """Makes an index of `(owner, name, text, kind)` rows over a public text."""

    def built(*rows: tuple[str, str, str, Kind], public: str = "") -> Index:
        begun = empty_index("default", fingerprinter.values_of(public, is_code=True) if public else np.zeros(0, "u8"))
        return with_documents(begun, [addition(*row, fingerprinter) for row in rows])

    return built
