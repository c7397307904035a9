"""The shape of a virtual key, `gk_<id>.<secret>`, and the keyed hash by which it is known.

The part before the dot is public: it appears in logs, records and pages. The part after it is 256 random bits, is
shown once, and is never stored.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.types import KeyId

RandomBytes = Callable[[int], bytes]
"""Returns that many bytes from a cryptographic source."""

PREFIX = "gk_"
ID_BYTES = 8
SECRET_BYTES = 32
_LONGEST_CREDENTIAL = 256


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key. `credential` is the only copy of the secret."""

    key_id: KeyId
    credential: str = field(repr=False)


def new_key(random_bytes: RandomBytes) -> IssuedKey:
    """Returns a key with a fresh id and secret."""
    key_id = KeyId(PREFIX + random_bytes(ID_BYTES).hex())
    return IssuedKey(key_id, f"{key_id}.{random_bytes(SECRET_BYTES).hex()}")


def public_part(credential: str) -> KeyId:
    """Returns the id a credential claims. Caller-supplied; worth nothing until its digest matches."""
    return KeyId(credential.partition(".")[0][:_LONGEST_CREDENTIAL])


def digest(pepper: bytes, credential: str) -> bytes:
    """Returns HMAC-SHA256(pepper, credential), 32 bytes. It covers the id, so a digest fits only its own row.

    A credential longer than any we issue is cut: a caller must not choose how much is hashed.
    """
    return hmac.digest(pepper, credential[: _LONGEST_CREDENTIAL + 1].encode("utf-8", "surrogatepass"), "sha256")
