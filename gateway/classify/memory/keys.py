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

    __slots__ = ("_begun", "_by_role")

    def __init__(self, secret: bytes, revision: str) -> None:
        """`secret` is 32 octets; `revision` names everything beside the text that a reading depends on."""
        self._begun = hashlib.blake2b(key=secret, digest_size=_SIZE, person=b"classify-text")
        self._begun.update(_framed(revision))
        self._by_role: dict[str, hashlib.blake2b] = {}

    def key(self, role: str, text: str) -> TextKey:
        """Returns the key of a text. `role` is how it is read: under which field name, or as what."""
        begun = self._by_role.get(role)
        if begun is None:
            begun = self._by_role[role] = self._begun.copy()
            begun.update(_framed(role))
        digest = begun.copy()
        digest.update(text.encode("utf-8", "surrogatepass"))
        return TextKey(digest.digest())


def _framed(part: str) -> bytes:
    octets = part.encode("utf-8", "surrogatepass")
    return len(octets).to_bytes(4, "big") + octets
