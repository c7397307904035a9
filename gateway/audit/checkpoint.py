"""Checkpoints: the size and root of the log, signed, in the formats of C2SP `tlog-checkpoint` and `signed-note`.

    gateway.internal/log          origin: the name of the log, and of its key
    20852163                      number of entries
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=      RFC 9162 root, base64
    (empty line)
    — gateway.internal/log Az3grl...                  base64(key id, 4 bytes || Ed25519 signature, 64 bytes)

Any tool that reads transparency logs can read these. Source: https://c2sp.org/tlog-checkpoint, https://c2sp.org/signed-note.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_HASH_BYTES = 32
_KEY_ID_BYTES = 4
_SIGNATURE_BYTES = 64
_PRIVATE_PREFIX = "PRIVATE+KEY+"


class NoteError(ValueError):
    """A key or a note that cannot be read, or whose signature does not hold. Never repeats key material."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says: the log of this origin had `size` entries under this root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Returns the signed text: three lines, each with its newline."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half, by which anyone checks a checkpoint."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name || newline || 0x01 || public key)."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:_KEY_ID_BYTES]

    def __str__(self) -> str:
        """The C2SP vkey: `name+key id+base64(0x01 || public key)`."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Reads a C2SP vkey. Raises `NoteError`."""
        name, key_id, material = _split_key(text.strip())
        key = cls(name, material)
        if key.key_id.hex() != key_id:
            raise NoteError("the verifier key does not match its own key id")
        return key


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The private half. Its text form goes to one file, mode 0600, and nowhere else."""

    name: str
    seed: bytes = field(repr=False)

    @property
    def verifier(self) -> VerifierKey:
        """The public half of this key."""
        return VerifierKey(self.name, self._private().public_key().public_bytes_raw())

    def sign(self, size: int, root: bytes) -> str:
        """Returns the signed checkpoint of a log of this size and root. The key's name is the origin."""
        text = Checkpoint(self.name, size, root).text()
        signature = self.verifier.key_id + self._private().sign(text.encode())
        return f"{text}\n— {self.name} {base64.b64encode(signature).decode()}\n"

    def secret_text(self) -> str:
        """Returns the form that is kept in the key file."""
        material = base64.b64encode(_ED25519 + self.seed).decode()
        return f"{_PRIVATE_PREFIX}{self.name}+{self.verifier.key_id.hex()}+{material}"

    @classmethod
    def generate(cls, name: str) -> SigningKey:
        """Returns a new key from the system's randomness. Raises `NoteError` on a name that C2SP forbids."""
        if not name or "+" in name or any(c.isspace() for c in name):
            raise NoteError("the name of a log is not empty and holds neither white space nor a plus sign")
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> SigningKey:
        """Reads `secret_text`. Raises `NoteError`."""
        if not text.startswith(_PRIVATE_PREFIX):
            raise NoteError("not a signing key")
        name, key_id, material = _split_key(text.removeprefix(_PRIVATE_PREFIX).strip())
        key = cls(name, material)
        if key.verifier.key_id.hex() != key_id:
            raise NoteError("the signing key does not match its own key id")
        return key

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def signed_text(note: str, key: VerifierKey) -> str:
    """Returns the text of a signed note, once it is shown to carry a signature of this key.

    Raises:
        NoteError: malformed, or no signature of this key, or a wrong one.
    """
    text, separator, signatures = note.rpartition("\n\n")
    if not separator:
        raise NoteError("not a signed note")
    text += "\n"
    _check_signature(text, signatures.splitlines(), key)
    return text


def read_checkpoint(note: str, key: VerifierKey) -> Checkpoint:
    """Returns what a checkpoint says, once it is shown to carry a signature of this key.

    Raises:
        NoteError: as `signed_text`, or not a checkpoint, or of another log.
    """
    checkpoint = _parse_text(signed_text(note, key))
    if checkpoint.origin != key.name:
        raise NoteError("the checkpoint is of another log")
    return checkpoint


def _check_signature(text: str, lines: list[str], key: VerifierKey) -> None:
    prefix = f"— {key.name} "
    for line in lines:
        if not line.startswith(prefix):
            continue  # of a witness, or of another key
        raw = _from_base64(line.removeprefix(prefix))
        if raw[:_KEY_ID_BYTES] != key.key_id or len(raw) != _KEY_ID_BYTES + _SIGNATURE_BYTES:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(raw[_KEY_ID_BYTES:], text.encode())
        except InvalidSignature:
            raise NoteError("the signature does not hold") from None
        return
    raise NoteError("no signature of this key")


def _parse_text(text: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0]:
        raise NoteError("not a checkpoint")
    origin, size, root = lines[:3]
    if not (size.isascii() and size.isdigit()) or (size != "0" and size.startswith("0")):
        raise NoteError("the size of the checkpoint is not a plain number")
    hashed = _from_base64(root)
    if len(hashed) != _HASH_BYTES:
        raise NoteError("the root of the checkpoint is not 32 bytes")
    return Checkpoint(origin, int(size), hashed)


def _split_key(text: str) -> tuple[str, str, bytes]:
    parts = text.split("+", 2)
    if len(parts) != 3 or not parts[0]:
        raise NoteError("not a key of the form name+id+material")
    material = _from_base64(parts[2])
    if material[:1] != _ED25519 or len(material) != 1 + _HASH_BYTES:
        raise NoteError("not an Ed25519 key")
    return parts[0], parts[1], material[1:]


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("not base64") from None
