"""Random letters, digests and names of nobody, for texts that only look as if."""

from __future__ import annotations

import base64
import random
import string
import uuid

WORDS = (
    "alpha bravo cache delta engine filter graph handler index journal kernel loader module network object parser "
    "query router schema thread update vector window yield zone account billing client device event folder group"
).split()


def hexadecimal(rng: random.Random, size: int) -> str:
    """Returns the digits of so many bytes."""
    return rng.randbytes(size).hex()


def b64(rng: random.Random, size: int) -> str:
    """Returns so many bytes in base64, padded."""
    return base64.b64encode(rng.randbytes(size)).decode()


def b64url(rng: random.Random, size: int) -> str:
    """Returns so many bytes in base64url, not padded."""
    return base64.urlsafe_b64encode(rng.randbytes(size)).decode().rstrip("=")


def letters(rng: random.Random, count: int) -> str:
    """Returns letters and digits."""
    return "".join(rng.choices(string.ascii_letters + string.digits, k=count))


def unique(rng: random.Random) -> str:
    """Returns a UUID."""
    return str(uuid.UUID(bytes=rng.randbytes(16), version=4))


def word(rng: random.Random) -> str:
    """Returns a word."""
    return rng.choice(WORDS)


def name(rng: random.Random) -> str:
    """Returns a name as packages and services have it."""
    return f"{word(rng)}-{word(rng)}"


def version(rng: random.Random) -> str:
    """Returns a version."""
    return f"{rng.randrange(9)}.{rng.randrange(30)}.{rng.randrange(30)}"
