"""The keys that data keys are wrapped with: a port that a key management service can stand behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

from gateway.errors import StateUnreadable
from gateway.vault.envelope import Place, RandomBytes, seal, unseal


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A data key as it is stored, and the id of the key it was wrapped with."""

    key_id: str
    sealed: bytes = field(repr=False)


class WrappingKeys(Protocol):
    """Wraps and unwraps data keys. May block: it is only called off the event loop."""

    @property
    def current(self) -> str:
        """The id of the key that new data keys are wrapped with."""
        ...

    def wrap(self, data_key: bytes, place: Place) -> Wrapped:
        """Returns the data key wrapped with the current key, bound to its place."""
        ...

    def unwrap(self, wrapped: Wrapped, place: Place) -> bytes:
        """Returns the data key.

        Raises:
            StateUnreadable: the wrapping key is not known, or this is not what was wrapped for the place.
        """
        ...


class LocalKeys:
    """Satisfies `WrappingKeys` with secrets of the process. An id is a digest that tells nothing of its key."""

    def __init__(self, current: bytes, retired: Sequence[bytes], random_bytes: RandomBytes) -> None:
        """`current` and `retired` are 32 secret bytes each; retired ones only unwrap."""
        self._keys = {_id(key): key for key in (current, *retired)}
        self._current = _id(current)
        self._random_bytes = random_bytes

    @property
    def current(self) -> str:
        """The id of the key in use."""
        return self._current

    def wrap(self, data_key: bytes, place: Place) -> Wrapped:
        """Returns the data key wrapped with the current key."""
        return Wrapped(self._current, seal(self._keys[self._current], data_key, place, self._random_bytes))

    def unwrap(self, wrapped: Wrapped, place: Place) -> bytes:
        """Returns the data key. Raises `StateUnreadable`."""
        key = self._keys.get(wrapped.key_id)
        if key is None:
            raise StateUnreadable("stored state was wrapped with a key that is not configured")
        return unseal(key, wrapped.sealed, place)


def _id(key: bytes) -> str:
    return "local-" + sha256(b"vault key id" + key).hexdigest()[:16]
