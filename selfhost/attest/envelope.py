"""Signed statements: in-toto Statement v1 in a DSSE envelope, Ed25519. Works without any network.

DSSE (secure-systems-lab/dsse, protocol v1) signs PAE(type, body) = "DSSEv1" SP len SP type SP len SP body, so that the
type cannot be exchanged. A key is known by the SHA-256 of its SubjectPublicKeyInfo.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from selfhost.attest.errors import AttestError
from selfhost.attest.keys import key_id
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
