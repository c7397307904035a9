"""Authenticated encryption of one item: AES-256-GCM, bound to the place it belongs to.

The place is part of what is authenticated, so an item that was copied to another tenant, conversation, name or version
does not open. Source: NIST SP 800-38D; 96-bit random nonces, far below 2^32 items per data key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.errors import StateUnreadable

KEY_BYTES = 32
_NONCE_BYTES = 12
_FORM = b"\x01"
RandomBytes = Callable[[int], bytes]
"""Returns so many random bytes, fit for keys."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item belongs. `item` is its name within the conversation; `version` grows with every change of it."""

    tenant: str
    conversation: bytes
    item: bytes
    version: int

    def bound(self) -> bytes:
        """Returns the place as bytes, injectively: no two places are bound alike."""
        parts = (self.tenant.encode(), self.conversation, self.item, self.version.to_bytes(8, "big"))
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def seal(key: bytes, plain: bytes, place: Place, random_bytes: RandomBytes) -> bytes:
    """Returns the item encrypted for its place."""
    nonce = random_bytes(_NONCE_BYTES)
    return _FORM + nonce + AESGCM(key).encrypt(nonce, plain, place.bound())


def unseal(key: bytes, sealed: bytes, place: Place) -> bytes:
    """Returns the item.

    Raises:
        StateUnreadable: the key is wrong, the item was changed, or it belongs to another place.
    """
    nonce, text = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    if sealed[:1] != _FORM:
        raise StateUnreadable("stored state has a form that is not known")
    try:
        return AESGCM(key).decrypt(nonce, text, place.bound())
    except (InvalidTag, ValueError):
        raise StateUnreadable("stored state cannot be opened, or is not what was stored") from None
