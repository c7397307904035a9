"""Signed statements: in-toto Statement v1 in a DSSE envelope, Ed25519. Works without any network.

DSSE (secure-systems-lab/dsse, protocol v1) signs PAE(type, body) = "DSSEv1" SP len SP type SP len SP body, so that the
type cannot be exchanged. A key is known by the SHA-256 of its SubjectPublicKeyInfo.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
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
from selfhost.attest.manifest import canonical

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
_ENVELOPE_BYTES_MAX = 16_777_216


@dataclass(frozen=True, slots=True)
class Statement:
    """What is stated: `subject` maps names to SHA-256 in hexadecimal; `predicate` is the document of this type."""

    subject: Mapping[str, str]
    predicate_type: str
    predicate: Mapping[str, object]

    def payload(self) -> bytes:
        """The bytes that are signed."""
        subject = [{"name": name, "digest": {"sha256": digest}} for name, digest in self.subject.items()]
        return canonical(
            {
                "_type": STATEMENT_TYPE,
                "subject": subject,
                "predicateType": self.predicate_type,
                "predicate": self.predicate,
            }
        )


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload and the signatures over it, by key id."""

    payload: bytes = field(repr=False)
    signatures: Mapping[str, bytes] = field(repr=False)

    def signed_by(self, trusted: Sequence[Ed25519PublicKey]) -> tuple[str, ...]:
        """Returns the ids of the trusted keys whose signature holds, sorted."""
        found = set()
        for key in trusted:
            name = key_id(key)
            try:
                key.verify(self.signatures.get(name, b""), _encoded(self.payload))
            except InvalidSignature:
                continue
            found.add(name)
        return tuple(sorted(found))

    def statement(self, predicate_type: str) -> Statement:
        """Returns the statement inside. To be asked only once a signature holds.

        Raises:
            AttestError: it is not a statement of this type.
        """
        try:
            document = json.loads(self.payload)
            if (document["_type"], document["predicateType"]) != (STATEMENT_TYPE, predicate_type):
                raise AttestError("the envelope holds a statement of another type")
            subject = {str(each["name"]): str(each["digest"]["sha256"]) for each in document["subject"]}
            predicate = dict(document["predicate"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise AttestError("the envelope holds no statement") from None
        if len(subject) != len(document["subject"]):
            raise AttestError("the statement names a subject twice")
        return Statement(subject, predicate_type, predicate)

    def signed(self, key: Ed25519PrivateKey) -> Envelope:
        """Returns the envelope with one more signature."""
        more = {key_id(key.public_key()): key.sign(_encoded(self.payload))}
        return Envelope(self.payload, {**self.signatures, **more})


def _encoded(payload: bytes) -> bytes:
    return b"DSSEv1 %d %s %d %s" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload)


def write_envelope(path: Path, envelope: Envelope) -> None:
    """Replaces the file: a reader sees the old one or the new one. Raises `AttestError`."""
    signatures = [
        {"keyid": name, "sig": base64.b64encode(signature).decode()} for name, signature in envelope.signatures.items()
    ]
    document = {
        "payloadType": PAYLOAD_TYPE,
        "payload": base64.b64encode(envelope.payload).decode(),
        "signatures": signatures,
    }
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise AttestError(f"{path.name} cannot be written: {error.strerror}") from None


def read_envelope(path: Path) -> Envelope:
    """Returns the envelope in a file; nothing of it is trusted yet. Raises `AttestError`."""
    try:
        with path.open("rb") as file:
            content = file.read(_ENVELOPE_BYTES_MAX + 1)
        if len(content) > _ENVELOPE_BYTES_MAX:
            raise AttestError(f"{path.name} is too large")
        document = json.loads(content)
        if document["payloadType"] != PAYLOAD_TYPE:
            raise AttestError(f"{path.name} holds another type of payload")
        payload = base64.b64decode(document["payload"], validate=True)
        pairs = [(str(each["keyid"]), base64.b64decode(each["sig"], validate=True)) for each in document["signatures"]]
    except OSError:
        raise AttestError(f"{path.name} cannot be read") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise AttestError(f"{path.name} is not a DSSE envelope") from None
    return Envelope(payload, dict(pairs))


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
