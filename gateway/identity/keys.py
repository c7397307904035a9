"""Who asks: virtual keys, looked up by id in memory and compared in constant time.

The request path reads a snapshot. A background task takes a new one within a second of any change to the key file, by
whichever process; when it cannot, the snapshot grows stale and nobody is let in, because a revocation might be missed.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import sqlite3
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from gateway.clock import Clock
from gateway.errors import KeyExpired, KeysUnavailable, StartupError, Unauthenticated
from gateway.identity.credentials import IssuedKey, RandomBytes, digest, new_key, public_part
from gateway.identity.store import KeyFile, StoredKey
from gateway.types import AppId, Identity, KeyId, Level, PrincipalClass, Role, TenantId

KEY_PEPPER = "key-pepper"
"""The purpose under which the pepper is derived from the master secret: one word for every process that needs it."""
REFRESH_S = 0.25
STALE_S = 10.0
_REFUSAL = "the API key is missing or not valid"
_NO_DIGEST = bytes(32)
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a new key may do. `expires_ms` is UTC milliseconds; `None` means never."""

    tenant: TenantId
    app: AppId
    principal_class: PrincipalClass
    clearance: Level
    purposes: frozenset[str]
    roles: frozenset[Role]
    expires_ms: int | None = None


class Keyring:
    """The keys of one file, in memory."""

    def __init__(self, file: KeyFile, pepper: bytes, clock: Clock) -> None:
        """Takes the first snapshot. Blocks; raises `StartupError` when the file cannot be read."""
        self._file, self._pepper, self._clock = file, pepper, clock
        self._keys: dict[KeyId, StoredKey] = {}
        self._version = -1
        self._changed = asyncio.Event()
        self._checked_s = clock.monotonic_s()
        try:
            self.refresh()
        except (sqlite3.Error, ValueError) as error:
            raise StartupError(f"cannot read the key file: {type(error).__name__}") from None

    def identify(self, credential: str | None) -> Identity:
        """Returns the verified identity. In memory; never blocks.

        An unknown id costs the same work as a wrong secret, and the message never tells them apart.

        Raises:
            Unauthenticated: no key, an unknown one, a wrong secret, or a revoked key.
            KeyExpired: the key is right and past its expiry.
            KeysUnavailable: the key file could not be checked for too long.
        """
        if not self.fresh():
            raise KeysUnavailable("the keys could not be checked for changes")
        presented = credential or ""
        key = self._keys.get(public_part(presented))
        right = hmac.compare_digest(digest(self._pepper, presented), key.digest if key else _NO_DIGEST)
        if key is None or not right or key.revoked_ms is not None:
            raise Unauthenticated(_REFUSAL)
        if key.expires_ms is not None and self._clock.now_ms() >= key.expires_ms:
            raise KeyExpired("the API key has expired")
        return key.identity

    def known(self, key_id: KeyId) -> Identity | None:
        """Returns the identity behind a key id that a session has proved before, unless revoked or expired since."""
        key = self._keys.get(key_id) if self.fresh() else None
        if key is None or key.revoked_ms is not None:
            return None
        return None if key.expires_ms is not None and self._clock.now_ms() >= key.expires_ms else key.identity

    def knows(self, key_id: KeyId) -> bool:
        """Whether there is such a key, valid or not, and revocations are known up to now."""
        return self.fresh() and key_id in self._keys

    def fresh(self) -> bool:
        """Whether the snapshot was compared with the file recently enough to be trusted. A readiness check."""
        return self._clock.monotonic_s() - self._checked_s <= STALE_S

    def refresh(self) -> bool:
        """Takes a new snapshot when the file has changed and returns whether it had. Blocks.

        Raises:
            sqlite3.Error, ValueError: the file cannot be read; the old snapshot stays.
        """
        started_s = self._clock.monotonic_s()
        version = self._file.version()
        changed = version != self._version
        if changed:
            self._keys = {key.identity.key_id: key for key in self._file.load()}
            self._version = version
        self._checked_s = started_s
        return changed

    def stored(self) -> tuple[StoredKey, ...]:
        """Returns every key of the snapshot, the revoked and expired ones too."""
        return tuple(self._keys.values())

    async def next_change(self) -> None:
        """Returns when the snapshot has changed since the last call."""
        await self._changed.wait()
        self._changed.clear()

    async def watch(self) -> None:
        """Keeps the snapshot fresh until cancelled. Run one per keyring, for the life of the process."""
        while True:
            await asyncio.sleep(REFRESH_S)
            try:
                if await asyncio.to_thread(self.refresh):
                    self._changed.set()
            except (sqlite3.Error, ValueError) as error:
                _logger.warning("the key file could not be read: %s", type(error).__name__)

    def close(self) -> None:
        """Closes the key file. Not before `watch` has ended."""
        self._file.close()


def open_keys(directory: Path, pepper: bytes, clock: Clock, *, read_only: bool = False) -> Keyring:
    """Returns the keyring of a state directory. Blocks; raises `StartupError` when the key file is unusable."""
    with ExitStack() as unless_read:
        file = KeyFile(directory, read_only=read_only)
        unless_read.callback(file.close)
        keyring = Keyring(file, pepper, clock)
        unless_read.pop_all()
    return keyring


def create_key(file: KeyFile, pepper: bytes, grant: Grant, *, now_ms: int, random_bytes: RandomBytes) -> IssuedKey:
    """Stores a new key, durably, and returns it with the only copy of its secret. Blocks."""
    issued = new_key(random_bytes)
    identity = Identity(
        key_id=issued.key_id,
        tenant=grant.tenant,
        app=grant.app,
        principal_class=grant.principal_class,
        clearance=grant.clearance,
        purposes=grant.purposes,
        roles=grant.roles,
    )
    file.insert(StoredKey(identity, digest(pepper, issued.credential), now_ms, grant.expires_ms, None))
    return issued
