"""One file on disk: everything registered, mapped into memory, replaced as a whole.

    magic and version | tenant | nonce | size of the metadata | metadata, AES-256-GCM | padding | sections

The metadata (names, counts, the SHA-256 of the sections) is encrypted under the tenant's key with everything before it
as associated data, so a file that was cut off, altered, or made with another secret does not open, and without the key
it tells sizes alone. The sections are the rows, the sieve and the public set as little-endian arrays.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import struct
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.classify.fingerprints.documents import Kind, Registered
from gateway.classify.fingerprints.index import Index, owner_numbers, root_of
from gateway.classify.fingerprints.keying import FingerprintKey
from gateway.classify.fingerprints.streams import METHOD

MAGIC = b"GWFPRT\x00\x01"
_NONCE_BYTES = 12
_SIZES = struct.Struct("<HI")
_ALIGNMENT = 64
_LARGEST_METADATA = 1 << 30

KeyOf = Callable[[str], FingerprintKey]
"""The key of a tenant."""


class IndexDamaged(Exception):
    """The file is no index, was cut off or altered, or was made with another secret or method. Names no content."""


def tenant_key(derive: Callable[[str], bytes]) -> KeyOf:
    """Returns the keys of tenants, each derived from the master secret for nothing else."""
    return lambda tenant: FingerprintKey.of(derive(f"fingerprints/{tenant}"))


def write_index(path: Path, index: Index, key: FingerprintKey, random_bytes: Callable[[int], bytes]) -> None:
    """Puts the index in place of the file at once, durably. Readers of the old file are not disturbed.

    Raises:
        OSError: it could not be written; the old file stands.
    """
    sections = _sections(index)
    metadata = json.dumps(_metadata(index, sections), ensure_ascii=False, separators=(",", ":")).encode()
    tenant = index.tenant.encode()
    head = MAGIC + _SIZES.pack(len(tenant), len(metadata) + 16) + tenant
    nonce = random_bytes(_NONCE_BYTES)
    sealed = head + nonce + AESGCM(key.metadata_key).encrypt(nonce, metadata, head)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with fresh.open("wb") as file:
            file.write(sealed + bytes(-len(sealed) % _ALIGNMENT))
            for section in sections:
                file.write(section)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    _sync_directory(path.parent)


def read_tenant(path: Path) -> str:
    """Returns the tenant whose key opens the file. Raises `OSError`, `IndexDamaged`."""
    with path.open("rb") as file:
        head = file.read(len(MAGIC) + _SIZES.size)
        if len(head) < len(MAGIC) + _SIZES.size or not head.startswith(MAGIC):
            raise IndexDamaged("this is no fingerprint index of this version")
        return _decoded(file.read(_SIZES.unpack_from(head, len(MAGIC))[0]))


def open_index(path: Path, key_of: KeyOf) -> Index:
    """Returns the index, mapped: replacing or removing the file does not disturb it. Reads all of it once.

    Raises:
        OSError: there is no such file, or it cannot be read.
        IndexDamaged: it is not to be trusted.
    """
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size < len(MAGIC) + _SIZES.size:
            raise IndexDamaged("the file ends too early")
        content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    tenant, metadata, begin = _opened(content, key_of)
    sections = content[begin:]
    if metadata.get("method") != METHOD:
        raise IndexDamaged("it was made by another method: register anew")
    if hashlib.sha256(sections).hexdigest() != metadata.get("sections"):
        raise IndexDamaged("its checksum is wrong")
    return _index_of(tenant, metadata, sections)


def _opened(content: memoryview, key_of: KeyOf) -> tuple[str, dict[str, object], int]:
    """The tenant, the metadata, and where the sections begin."""
    if bytes(content[: len(MAGIC)]) != MAGIC:
        raise IndexDamaged("this is no fingerprint index of this version")
    tenant_bytes, sealed_bytes = _SIZES.unpack_from(content, len(MAGIC))
    head_end = len(MAGIC) + _SIZES.size + tenant_bytes
    end = head_end + _NONCE_BYTES + sealed_bytes
    if end > len(content) or sealed_bytes > _LARGEST_METADATA:
        raise IndexDamaged("the file ends too early")
    head, nonce = bytes(content[:head_end]), bytes(content[head_end : head_end + _NONCE_BYTES])
    tenant = _decoded(head[len(MAGIC) + _SIZES.size :])
    try:
        plain = AESGCM(key_of(tenant).metadata_key).decrypt(nonce, bytes(content[head_end + _NONCE_BYTES : end]), head)
    except InvalidTag:
        raise IndexDamaged("it was altered, or made with another master secret") from None
    metadata: dict[str, object] = json.loads(plain)
    return tenant, metadata, end + -end % _ALIGNMENT


def _index_of(tenant: str, metadata: dict[str, object], sections: memoryview) -> Index:
    rows, sieve, public = (_count(metadata, name) for name in ("rows", "sieve", "public"))
    ends = np.cumsum([rows * 8, public * 8, rows * 4, sieve]).tolist()
    if ends[-1] != len(sections):
        raise IndexDamaged("the file ends too early")
    public_values = np.frombuffer(sections[ends[0] : ends[1]], "<u8")
    listed = metadata["documents"]
    documents = tuple(_registered(each) for each in listed) if isinstance(listed, list) else ()
    root = root_of(documents, hashlib.sha256(public_values.tobytes()).hexdigest())
    if root != metadata["root"]:
        raise IndexDamaged("its Merkle root is wrong")
    return Index(
        tenant=tenant,
        documents=documents,
        values=np.frombuffer(sections[: ends[0]], "<u8"),
        numbers=np.frombuffer(sections[ends[1] : ends[2]], "<u4"),
        sieve=np.frombuffer(sections[ends[2] :], np.uint8),
        public=public_values,
        root=root,
        owners=owner_numbers(documents),
        kinds=frozenset(document.kind for document in documents),
    )


def _sections(index: Index) -> list[bytes]:
    return [
        index.values.astype("<u8").tobytes(),
        index.public.astype("<u8").tobytes(),
        index.numbers.astype("<u4").tobytes(),
        index.sieve.tobytes(),
    ]


def _metadata(index: Index, sections: list[bytes]) -> dict[str, object]:
    digest = hashlib.sha256()
    for section in sections:
        digest.update(section)
    return {
        "method": METHOD,
        "sections": digest.hexdigest(),
        "root": index.root,
        "rows": int(index.values.size),
        "sieve": int(index.sieve.size),
        "public": int(index.public.size),
        "documents": [asdict(document) for document in index.documents],
    }


def _registered(fields: dict[str, object]) -> Registered:
    return Registered(
        owner=str(fields["owner"]),
        name=str(fields["name"]),
        kind=Kind(str(fields["kind"])),
        added_ms=_count(fields, "added_ms"),
        content=str(fields["content"]),
        prints=str(fields["prints"]),
        count=_count(fields, "count"),
        shared=_count(fields, "shared"),
    )


def _count(fields: dict[str, object], name: str) -> int:
    value = fields[name]
    if not isinstance(value, int):
        raise IndexDamaged("its metadata cannot be read")
    return value


def _decoded(name: bytes) -> str:
    try:
        return name.decode()
    except UnicodeDecodeError:
        raise IndexDamaged("this is no fingerprint index") from None


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
