"""Under what a reading is kept: a keyed digest of everything it depends on.

Keyed, so that whoever reads a store cannot try out texts, and nobody can build two texts with one key.
"""

from __future__ import annotations

import hashlib
from typing import NewType

TextKey = NewType("TextKey", bytes)
"""16 octets."""
_SIZE = 16


class TextKeys:
    """Makes the keys of one revision of the detectors."""

    __slots__ = ("_begun",)

    def __init__(self, secret: bytes, revision: str) -> None:
        """`secret` is 32 octets; `revision` names everything beside the text that a reading depends on."""
        self._begun = hashlib.blake2b(key=secret, digest_size=_SIZE, person=b"classify-text")
        self._begun.update(_framed(revision))

    def key(self, role: str, text: str) -> TextKey:
        """Returns the key of a text. `role` is how it is read: under which field name, or as what."""
        digest = self._begun.copy()
        digest.update(_framed(role))
        digest.update(text.encode("utf-8", "surrogatepass"))
        return TextKey(digest.digest())


def _framed(part: str) -> bytes:
    octets = part.encode("utf-8", "surrogatepass")
    return len(octets).to_bytes(4, "big") + octets
