"""Whose state a visitor may see: that of the app the key belongs to."""

from __future__ import annotations

from gateway.api.boundary import Visit
from gateway.api.headers import credential_of
from gateway.ports import Keys
from gateway.vault.vault import owner_of


def owner_in(visit: Visit, keys: Keys) -> str:
    """Returns the owner. Raises `Unauthenticated`, `KeyExpired` or `KeysUnavailable`."""
    return owner_of(keys.identify(credential_of(visit.headers)))
