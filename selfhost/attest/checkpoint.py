"""Signs a checkpoint directory, and lets it be loaded only while every byte of it is the one that was signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from selfhost.attest.envelope import Envelope, Statement, read_envelope, write_envelope
from selfhost.attest.errors import AttestError, CheckpointRefused, Reason
from selfhost.attest.keys import key_id
from selfhost.attest.manifest import FileDigest, Manifest, Progress, hash_file, read_manifest
from selfhost.attest.scan import ENVELOPE, files_of, scan

PREDICATE = "urn:selfhost:checkpoint:v1"
"""Predicate: `root`, `signer`, `source`, `revision`, and `sizes` in bytes by name; the subjects are the files."""
DEMO_KEY = Path(__file__).with_name("demo_public_key.pem")
"""The key that signed the small model packaged here. It proves nothing about any other checkpoint."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who vouches, and for what: the model's name or place, and its pinned revision. Stated by the signer."""

    signer: str
    source: str
    revision: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A checkpoint whose every file holds. `keys` are the ids of the trusted keys that signed it."""

    root: str
    origin: Origin
    keys: tuple[str, ...]
    files: tuple[FileDigest, ...]


def sign_checkpoint(
    directory: Path, key: Ed25519PrivateKey, origin: Origin, progress: Progress | None = None
) -> Verified:
    """Writes the envelope beside the files and returns what was signed.

    Raises:
        CheckpointRefused: the directory holds what must not be signed.
        AttestError: the envelope cannot be written.
    """
    scan(directory)
    manifest = read_manifest(directory, progress)
    statement = Statement(
        subject={each.name: each.sha256 for each in manifest.files},
        predicate_type=PREDICATE,
        predicate={
            "root": manifest.root,
            "signer": origin.signer,
            "source": origin.source,
            "revision": origin.revision,
            "sizes": {each.name: each.size for each in manifest.files},
        },
    )
    write_envelope(directory / ENVELOPE, Envelope(statement.payload(), {}).signed(key))
    return Verified(manifest.root, origin, (key_id(key.public_key()),), manifest.files)


def countersign_checkpoint(
    directory: Path, key: Ed25519PrivateKey, trusted: Sequence[Ed25519PublicKey], progress: Progress | None = None
) -> Verified:
    """Adds a second person's signature, after checking every file against the first. Raises `CheckpointRefused`."""
    verify_checkpoint(directory, trusted, progress=progress)
    write_envelope(directory / ENVELOPE, read_envelope(directory / ENVELOPE).signed(key))
    return verify_checkpoint(directory, [key.public_key()])


def verify_checkpoint(
    directory: Path,
    trusted: Sequence[Ed25519PublicKey],
    *,
    signatures: int = 1,
    progress: Progress | None = None,
) -> Verified:
    """Returns what the directory is, before any byte of it is parsed by a loader.

    `signatures` is how many different trusted keys must have signed. Memory does not grow with the files.

    Raises:
        CheckpointRefused: not signed by them; a link, a forbidden, extra or missing file; another size or content.
    """
    envelope, keys = _signed(directory, trusted, signatures)
    manifest, origin = _manifest(envelope)
    _check_names(files_of(directory), manifest)
    for expected in manifest.files:
        _check_size(directory / expected.name, expected)
    for expected in manifest.files:
        if hash_file(directory / expected.name, progress) != expected:
            raise CheckpointRefused(Reason.CONTENT, f"{expected.name} is not the file that was signed")
    scan(directory)
    return Verified(manifest.root, origin, keys, manifest.files)


def _signed(directory: Path, trusted: Sequence[Ed25519PublicKey], needed: int) -> tuple[Envelope, tuple[str, ...]]:
    path = directory / ENVELOPE
    if path.is_symlink():
        raise CheckpointRefused(Reason.SYMLINK, ENVELOPE)
    if not path.is_file():
        raise CheckpointRefused(Reason.NOT_SIGNED, f"{ENVELOPE} is missing")
    try:
        envelope = read_envelope(path)
    except AttestError as error:
        raise CheckpointRefused(Reason.SIGNATURE, str(error)) from None
    keys = envelope.signed_by(trusted)
    if len(keys) < max(1, needed):
        raise CheckpointRefused(Reason.SIGNATURE, f"{len(keys)} of {max(1, needed)} signatures by trusted keys hold")
    return envelope, keys


def _manifest(envelope: Envelope) -> tuple[Manifest, Origin]:
    try:
        statement = envelope.statement(PREDICATE)
        sizes, root = statement.predicate["sizes"], statement.predicate["root"]
        origin = Origin(*(str(statement.predicate[name]) for name in ("signer", "source", "revision")))
        files = tuple(
            FileDigest(name, _size(sizes, name), statement.subject[name]) for name in sorted(statement.subject)
        )
    except (AttestError, KeyError):
        raise CheckpointRefused(Reason.SIGNATURE, "the signed statement is not about a checkpoint") from None
    manifest = Manifest(files)
    if manifest.root != root:
        raise CheckpointRefused(Reason.SIGNATURE, "the signed root is not that of the signed files")
    return manifest, origin


def _size(sizes: object, name: str) -> int:
    """What is no number cannot be the root's either, so it is refused there."""
    found = sizes.get(name) if isinstance(sizes, dict) else None
    return found if isinstance(found, int) else -1


def _check_names(found: Sequence[Path], manifest: Manifest) -> None:
    present, signed = {path.name for path in found}, {each.name for each in manifest.files}
    if present - signed:
        raise CheckpointRefused(Reason.EXTRA_FILE, ", ".join(sorted(present - signed)))
    if signed - present:
        raise CheckpointRefused(Reason.MISSING_FILE, ", ".join(sorted(signed - present)))


def _check_size(path: Path, expected: FileDigest) -> None:
    size = path.stat().st_size
    if size != expected.size:
        raise CheckpointRefused(Reason.SIZE, f"{path.name} has {size} bytes, {expected.size} were signed")
