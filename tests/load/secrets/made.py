"""The made texts: of each kind alike, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from tests.load.secrets.locks import LOCKS
from tests.load.secrets.programs import PROGRAMS
from tests.load.secrets.settings_texts import SETTINGS

PIECE = 8_000
"""Code points of one text."""


def made_texts(megabytes: float, seed: int) -> Iterator[tuple[str, str]]:
    """Yields `(kind, text)`: of each kind alike, so much in all. Same seed, same texts."""
    makers = {**LOCKS, **PROGRAMS, **SETTINGS}
    for kind, maker in makers.items():
        rng = random.Random(f"{seed} {kind}")
        for _ in range(max(1, round(megabytes * 1_000_000 / len(makers) / PIECE))):
            yield kind, _piece(maker, rng)


def _piece(maker: Callable[[random.Random], str], rng: random.Random) -> str:
    text = ""
    while len(text) < PIECE:
        text += f"{maker(rng)}\n"
    return text
