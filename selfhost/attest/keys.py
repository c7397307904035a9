"""Ed25519 keys in PEM files: made, read, and named by the SHA-256 of their SubjectPublicKeyInfo."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from selfhost.attest.errors import AttestError


def key_id(key: Ed25519PublicKey) -> str:
    """Returns the SHA-256 of the key's SubjectPublicKeyInfo in hexadecimal."""
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def make_key(private: Path, public: Path) -> str:
    """Writes a new key pair as PEM, the private one with mode 0600, and returns its id. Never overwrites.

    Raises:
        AttestError: a file exists or cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    open_part = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for path, content, mode in ((private, secret, 0o600), (public, open_part, 0o644)):
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(content)
        except OSError as error:
            raise AttestError(f"{path.name} cannot be written: {error.strerror}") from None
    return key_id(key.public_key())


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Returns the Ed25519 key in a PEM file. Raises `AttestError`."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        raise AttestError(f"{path.name} holds no private key that can be read") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise AttestError(f"{path.name} is not an Ed25519 key")
    return key


def read_public_key(path: Path) -> Ed25519PublicKey:
    """Returns the Ed25519 key in a PEM file. Raises `AttestError`."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, TypeError):
        raise AttestError(f"{path.name} holds no public key that can be read") from None
    if not isinstance(key, Ed25519PublicKey):
        raise AttestError(f"{path.name} is not an Ed25519 key")
    return key
