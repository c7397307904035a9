"""The index file as the commands use it: opened or begun, changed by one writer at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway.classify.fingerprints.index import Index, digest_of
from gateway.classify.fingerprints.index_file import IndexDamaged, KeyOf, open_index, read_tenant, write_index
from gateway.classify.fingerprints.keying import FingerprintKey
from gateway.classify.fingerprints.registry import values_of


@dataclass(frozen=True, slots=True)
class IndexStore:
    """One file and the keys that may open it. `random_bytes` makes nonces."""

    path: Path
    key_of: KeyOf = field(repr=False)
    random_bytes: Callable[[int], bytes] = field(repr=False)

    def read(self) -> Index:
        """Returns the index. Raises `OSError`, `IndexDamaged`."""
        return open_index(self.path, self.key_of)

    def write(self, index: Index) -> None:
        """Puts the index in place of the file. Raises `OSError`; the old file stands then."""
        write_index(self.path, index, self.key_of(index.tenant), self.random_bytes)

    def tenant(self, wished: str | None) -> str:
        """Returns the tenant of the file, or the wished one where there is no file yet.

        Raises:
            IndexDamaged: the file belongs to another tenant than the wished one.
        """
        if not self.path.exists():
            return wished or "default"
        tenant = read_tenant(self.path)
        if wished not in (None, tenant):
            raise IndexDamaged("it belongs to another tenant")
        return tenant

    def key(self, tenant: str) -> FingerprintKey:
        """Returns the key of a tenant."""
        return self.key_of(tenant)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Within, no other command changes the file. Waits for its turn. Raises `OSError`."""
        lock = os.open(self.path.with_name(f"{self.path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def wrong_documents(index: Index) -> list[str]:
    """Returns the documents whose fingerprints are not those that were registered; none in a sound index."""
    return [
        f"{document.owner}/{document.name}"
        for number, document in enumerate(index.documents)
        if digest_of(values_of(index, number)) != document.prints
    ]
