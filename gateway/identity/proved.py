"""Keys that were shown before: whoever sends later on somebody's behalf has the key's id, never its secret."""

from __future__ import annotations

from typing import Protocol

from gateway.errors import KeysUnavailable, Unauthenticated
from gateway.types import Identity, KeyId


class Known(Protocol):
    """The keyring, as far as it is needed here."""

    def known(self, key_id: KeyId) -> Identity | None:
        """Returns the identity behind a key id, unless revoked or expired."""
        ...

    def fresh(self) -> bool:
        """Whether revocations are known up to now."""
        ...


class ProvedKeys:
    """Satisfies `gateway.ports.Keys` where the credential is the id of a key whose secret was checked earlier.

    Never for a credential that came over the network: an id is no secret.
    """

    def __init__(self, keys: Known) -> None:
        self._keys = keys

    def identify(self, credential: str | None) -> Identity:
        """Returns the identity as it is now.

        Raises:
            Unauthenticated: the key is unknown, or was revoked or has expired since.
            KeysUnavailable: revocations could not be checked for too long.
        """
        if not self._keys.fresh():
            raise KeysUnavailable("the keys could not be checked for changes")
        identity = self._keys.known(KeyId(credential or ""))
        if identity is None:
            raise Unauthenticated("the API key that this was ordered with is not valid any more")
        return identity
