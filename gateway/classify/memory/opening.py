"""From settings to a memory."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.classify.memory.local import LocalMemory
from gateway.classify.memory.port import Memory
from gateway.settings import ClassifySettings


@dataclass(frozen=True, slots=True)
class Kept:
    """Where readings are kept, and the 32 secret octets under whose digests they are."""

    memory: Memory
    secret: bytes = field(repr=False)


def open_memory(settings: ClassifySettings, secret: bytes | None, monotonic_s: Callable[[], float]) -> Kept:
    """Returns the memory that the settings ask for. Opens no connection.

    `secret` is shared by the workers of a fleet; without it nothing is shared, whatever the settings say, and the keys
    die with the process.
    """
    local = LocalMemory(settings.cache_bytes)
    url = settings.cache_url.get_secret_value()
    if secret is None or not url:
        return Kept(local, secrets.token_bytes(32))
    # redis takes a tenth of a second to import, which a process that shares nothing need not spend.
    from gateway.classify.memory.shared import SharedMemory  # noqa: PLC0415
    from gateway.classify.memory.tiered import TieredMemory  # noqa: PLC0415

    return Kept(TieredMemory(local, SharedMemory(url, secret, monotonic_s)), secret)
