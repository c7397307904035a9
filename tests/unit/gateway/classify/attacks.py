"""Shapes of text that are cheap to write and were, somewhere, expensive or confusing to read."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable

_rng = random.Random(7)
DIGITS = "".join(_rng.choices("0123456789", k=200_000))
HEX = "".join(_rng.choices("0123456789abcdef", k=200_000))
BASE64 = base64.b64encode(_rng.randbytes(150_000)).decode()
_PROSE64 = base64.b64encode(b"the quick brown fox jumps over the lazy dog. " * 4_000).decode()

SHAPES: dict[str, str] = {
    each: each
    for each in (
        "!#$%", "(", ":", "a.", "x@a.a.", "a@", "1.1.1.1 ", "1234 ", "-", "0", "A", "\n", " ", "姓名：", "password=",
        "{", "```\n", "mrn ", "+1", "é@é.", "\u3000", "DE89", "<script>", "def f(:\n", "1-", "eyJ", "1 ", "1,", "a b ",
        "x1", "-----BEGIN PRIVATE KEY-----", "%41", "%25", "%2525", "\\u0041", "\\\\", "&#65;", "&amp;", "&#x41;",
        "\u200b", "a\u200b", "\u202e", "а1", "ａ", "\ufdfa", "e\u0301", "[at]", " @ ", "1_", '"+"', "l1", "O0 ",
        "'a' + ", "12.34.", "QUJD", "QUJD ", "ann@example.com ", "4111111111111111 ", "415-555-0132 ",
        "https://a.example/?q=%40 ", "John Smith ", "\U0001f600", "|", "\t", "\x00", "\x1e", "\ud7ff",
    )
} | {
    "random digits": DIGITS,
    "random hexadecimal": HEX,
    "random base64": BASE64,
    "prose as base64": _PROSE64,
    "prose as base64, in words": " ".join(_PROSE64[at : at + 64] for at in range(0, 200_000, 64)),
    "dotted digits": ".".join(DIGITS[:100_000]),
    "spaced digits": " ".join(DIGITS[:100_000]),
}  # fmt: skip
"""Each is repeated to the size asked for."""

TAIL = " jane.roe@example.com 4111 1111 1111 1111 "
"""What must still be found at the end."""


def of_size(shape: str, size: int) -> str:
    """Returns the shape at a size, with the values to be found behind it."""
    unit = SHAPES[shape]
    return (unit * (size // len(unit) + 1))[:size] + TAIL


Body = Callable[[], bytes]
LIMIT_DEPTH = 64


def many_keys() -> bytes:
    return b'{"messages":[{"role":"user","content":{' + b",".join(b'"k%d":1' % n for n in range(8_000)) + b"}}]}"


def many_parts() -> bytes:
    return b'{"messages":[{"role":"user","content":[' + b",".join([b'{"type":"text","text":"4"}'] * 5_000) + b"]}]}"


def deep() -> bytes:
    return b'{"messages":' + b'{"a":' * (LIMIT_DEPTH - 2) + b'"jane.roe@example.com"' + b"}" * (LIMIT_DEPTH - 1)


BODIES: dict[str, Body] = {"8,000 keys": many_keys, "5,000 parts of one character": many_parts, "nested deeply": deep}
