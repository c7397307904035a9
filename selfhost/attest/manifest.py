"""The manifest of a checkpoint: name, size and SHA-256 of every file, and one root over all of them.

Root: the Merkle tree of RFC 9162 section 2.1.1 over the files sorted by name; a leaf is
SHA-256(0x00 || canonical JSON of {"name", "sha256", "size"}). Files are read as a stream: memory does not grow with
them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from selfhost.attest.errors import CheckpointRefused, Reason
from selfhost.attest.scan import files_of

_PIECE_BYTES = 4 * 1024 * 1024
Progress = Callable[[str, int], None]
"""Hears the name of a file and how many more bytes of it were read."""


@dataclass(frozen=True, slots=True)
class FileDigest:
    """One file. `sha256` in hexadecimal, `size` in bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of a checkpoint, sorted by name."""

    files: tuple[FileDigest, ...]

    @property
    def root(self) -> str:
        """The Merkle root in hexadecimal: equal exactly when every file is."""
        return merkle_root([canonical(asdict(each)) for each in self.files]).hex()


def read_manifest(directory: Path, progress: Progress | None = None) -> Manifest:
    """Returns the manifest of the files as they are now. Raises `CheckpointRefused` as `files_of` does."""
    return Manifest(tuple(hash_file(path, progress) for path in files_of(directory)))


def hash_file(path: Path, progress: Progress | None = None) -> FileDigest:
    """Returns the digest of one file, read 4 MiB at a time. Raises `CheckpointRefused` when it cannot be read."""
    digest, size = sha256(), 0
    try:
        with path.open("rb", buffering=0) as file:
            while piece := file.read(_PIECE_BYTES):
                digest.update(piece)
                size += len(piece)
                if progress is not None:
                    progress(path.name, len(piece))
    except OSError:
        raise CheckpointRefused(Reason.UNREADABLE, f"{path.name} cannot be read") from None
    return FileDigest(path.name, size, digest.hexdigest())


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Returns the root of RFC 9162 section 2.1.1 over the leaves' bytes."""
    return _root([sha256(b"\x00" + leaf).digest() for leaf in leaves]) if leaves else sha256(b"").digest()


def _root(hashes: Sequence[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    return sha256(b"\x01" + _root(hashes[:split]) + _root(hashes[split:])).digest()


def canonical(document: object) -> bytes:
    """Returns UTF-8 JSON with sorted keys and no white space."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
