"""Shapes of hostile text: each is cheap to write and was, somewhere, expensive to read."""

from __future__ import annotations

import random
from collections.abc import Iterable

REPEATED = (
    *"!#$% ( : a. x@a.a. a@ (1 +1 - 0 A x é é@é. DE89 1- :: 1: a: http://a. // \"' ａ ٣ http://a.b/?c= ab- 1/".split(),
    *(
        "1.1.1.1 ",
        "1234 ",
        "1 ",
        "\n",
        " ",
        "\u3000",
        "word ",
        "phone ",
        "call 1 ",
        "１２３ ",
        "card 4111",
        "555-0132 ",
    ),
    *(
        "(415) 555-0132 ",
        "12345678 account ",
        "ssn 123-45-6789 ",
        "of the ",
        "é 12345678 call ",
        "1x",
        "1~1 ",
        "1ext1 ",
    ),
)
ALPHABETS = (
    "0123456789",
    "0123456789abcdef",
    "0123456789 ",
    "0123456789 .-()",
    "ab.@",
    "ab:",
    "!\"#$%&'()*+,-./ ",
    "é1 ",
)


def shapes(size: int) -> dict[str, str]:
    """Returns texts of `size` characters by a name for each; those drawn at random come from a fixed seed."""
    rng = random.Random(20_261_121)
    found = {repr(each): (each * (size // len(each) + 1))[:size] for each in REPEATED}
    for alphabet in ALPHABETS:
        found[f"drawn from {alphabet!r}"] = "".join(rng.choices(alphabet, k=size))
    labelled = (f"phone a.{rng.randrange(10**6)}.{'a.' * 120} 12345678 " for _ in range(size))
    found["long words before numbers"] = _cut(labelled, size)
    signs = (f"call {rng.choice('([{')}{''.join(rng.choices('()[]{}:!', k=120))} 555-0132 " for _ in range(size))
    found["runs of signs before numbers"] = _cut(signs, size)
    return found


def _cut(pieces: Iterable[str], size: int) -> str:
    parts: list[str] = []
    length = 0
    for piece in pieces:
        parts.append(piece)
        length += len(piece)
        if length >= size:
            break
    return "".join(parts)[:size]
