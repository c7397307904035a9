"""The Merkle tree hash of RFC 9162 section 2.1.1, over the digests of registered documents."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256


def tree_root(entries: Sequence[bytes]) -> bytes:
    """Returns the root over the entries in this order; of none, SHA-256 of nothing."""
    level = [sha256(b"\x00" + entry).digest() for entry in entries]
    if not level:
        return sha256(b"").digest()
    # Pairing from the left and carrying an odd one up gives the same tree as the RFC's split at a power of two.
    while len(level) > 1:
        paired = [sha256(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)]
        level = paired + level[len(paired) * 2 :]
    return level[0]
