"""What an in-house destination has proved of itself: a signed, dated report of live checks, read from a file.

The report is an in-toto Statement v1 in a DSSE envelope (protocol v1), signed with Ed25519. It is written where the
model runs, by `selfhost attest doctor --strict --report`, and brought here by whatever copies files. A report that is
missing, too old, of another destination, not strict or says no proves nothing, and nothing is sent on it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from routers.errors import CatalogError
from routers.types import DestinationId

PREDICATE = "urn:selfhost:report:v1"
CANARIES = "canaries"
"""The cause of holding a destination that answers otherwise than it did: only an operator opens it again."""
CHECKPOINT = "urn:selfhost:checkpoint:v1"
"""The statement about weights: every file by its hash, and one root over all."""
_PAYLOAD_TYPE = "application/vnd.in-toto+json"
_REPORT_BYTES_MAX = 1_048_576
_TOLD_CHARACTERS = 200
_ODD = re.compile(r"[^A-Za-z0-9 ._:,;+/@()-]")
AHEAD_MS = 300_000
"""How far the clock of the reporting machine may be ahead, in milliseconds."""


class Doubt(StrEnum):
    """Why a destination has not proved itself."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    SIGNATURE = "signature"
    OTHER_DESTINATION = "other_destination"
    STALE = "stale"
    NOT_STRICT = "not_strict"
    NOT_PROVED = "not_proved"
    UNREACHABLE = "unreachable"
    OTHER_WEIGHTS = "other_weights"
    NO_CANARIES = "no_canaries"
    DRIFTED = "drifted"


@dataclass(frozen=True, slots=True)
class Proof:
    """Where the report of a destination lies, whose signature it needs, and how old it may be in milliseconds."""

    path: Path
    key: Ed25519PublicKey = field(repr=False)
    age_ms: int


def load_proof(path: Path, key: Path, age_ms: int) -> Proof:
    """Returns the proof to ask for. Raises `CatalogError` when the key cannot be read."""
    return Proof(path, load_key(key), age_ms)


def load_key(key: Path) -> Ed25519PublicKey:
    """Returns the public key in a PEM file. Raises `CatalogError`."""
    try:
        found = load_pem_public_key(key.read_bytes())
    except (OSError, ValueError):
        raise CatalogError(f"{key.name}: holds no public key that can be read") from None
    if not isinstance(found, Ed25519PublicKey):
        raise CatalogError(f"{key.name}: is not an Ed25519 key")
    return found


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a proof came to: why it proves nothing (`None` when it does), and what it tells beside that."""

    doubt: Doubt | None
    told: str = ""


def doubt_of(proof: Proof, destination: DestinationId, now_ms: int) -> Doubt | None:
    """Returns why the destination has not proved itself, `None` when it has. Blocks. Never raises."""
    return look_at(proof, destination, now_ms).doubt


def look_at(proof: Proof, destination: DestinationId, now_ms: int) -> Look:
    """Returns what the report of a destination comes to. Blocks. Never raises."""
    try:
        with proof.path.open("rb") as file:
            content = file.read(_REPORT_BYTES_MAX)
    except FileNotFoundError:
        return Look(Doubt.MISSING)
    except OSError:
        return Look(Doubt.UNREADABLE)
    try:
        predicate = signed_predicate(json.loads(content), proof.key, PREDICATE)
    except InvalidSignature:
        return Look(Doubt.SIGNATURE)
    except (ValueError, KeyError, TypeError, RecursionError):
        return Look(Doubt.UNREADABLE)
    doubt = _judged(predicate, destination, now_ms, proof.age_ms)
    return Look(doubt, "" if doubt else _told(predicate))


def _told(predicate: Mapping[str, object]) -> str:
    """The weights by the beginning of their root, and whose kernels run, where that was checked."""
    checks = predicate.get("checks")
    listed = [check for check in checks if isinstance(check, dict)] if isinstance(checks, list) else []
    kernels = next((str(check.get("detail")) for check in listed if check.get("name") == "kernels"), "")
    return plain(f"root {str(predicate.get('root'))[:16]}" + (f", kernels {kernels}" if kernels else ""))


def plain(text: str) -> str:
    """Returns short text of harmless characters: it comes from another machine and goes on record."""
    return _ODD.sub("-", text)[:_TOLD_CHARACTERS]


def signed_predicate(envelope: Mapping[str, object], key: Ed25519PublicKey, kind: str) -> Mapping[str, object]:
    """Returns what a DSSE envelope states, once this key has signed it.

    Raises:
        InvalidSignature: it has not.
        ValueError, KeyError, TypeError: it is no envelope, or its statement is of another kind.
    """
    payload = base64.b64decode(_text(envelope["payload"]), validate=True)
    payload_type = _text(envelope["payloadType"]).encode()
    listed = envelope["signatures"]
    if not isinstance(listed, list):
        raise TypeError
    signatures = [base64.b64decode(each["sig"], validate=True) for each in listed]
    _check(key, b"DSSEv1 %d %s %d %s" % (len(payload_type), payload_type, len(payload), payload), signatures)
    statement = json.loads(payload)
    if payload_type != _PAYLOAD_TYPE.encode() or statement["predicateType"] != kind:
        raise ValueError("another type")
    return dict(statement["predicate"])


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _check(key: Ed25519PublicKey, encoded: bytes, signatures: list[bytes]) -> None:
    for signature in signatures:
        try:
            key.verify(signature, encoded)
        except InvalidSignature:
            continue
        return
    raise InvalidSignature


def _judged(predicate: Mapping[str, object], destination: str, now_ms: int, age_ms: int) -> Doubt | None:
    at_ms = predicate.get("at_ms")
    rules = {
        Doubt.OTHER_DESTINATION: predicate.get("destination") == destination,
        Doubt.STALE: isinstance(at_ms, int) and now_ms - age_ms <= at_ms <= now_ms + AHEAD_MS,
        Doubt.NOT_STRICT: predicate.get("strict") is True,
        Doubt.NOT_PROVED: predicate.get("ok") is True,
    }
    return next((doubt for doubt, holds in rules.items() if not holds), None)
