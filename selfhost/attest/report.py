"""The signed report of what was checked: what the gateway reads before it sends anything to the in-house model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from selfhost.attest.checks import Check, Finding
from selfhost.attest.envelope import Envelope, Statement, write_envelope

PREDICATE = "urn:selfhost:report:v1"
"""Predicate: `destination`, `at_ms`, `ok`, `strict`, `root`, `signer` and `checks`. The gateway reads this form."""


@dataclass(frozen=True, slots=True)
class Report:
    """One run of the checks. `root` is the checkpoint's Merkle root, empty when it was not verified."""

    destination: str
    at_ms: int
    strict: bool
    root: str
    signer: str
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is broken and, when strict, nothing was left unchecked."""
        return verdict(self.checks, strict=self.strict)

    def statement(self) -> Statement:
        """Returns what is signed. The subject is the destination, under the root or the digest of nothing."""
        predicate = {
            "destination": self.destination,
            "at_ms": self.at_ms,
            "ok": self.ok,
            "strict": self.strict,
            "root": self.root,
            "signer": self.signer,
            "checks": [asdict(check) for check in self.checks],
        }
        return Statement({self.destination: self.root or sha256(b"").hexdigest()}, PREDICATE, predicate)


def verdict(checks: Sequence[Check], *, strict: bool) -> bool:
    """Whether the checks prove what they should: with `strict`, what was not checked is not proved."""
    bad = (Finding.BROKEN, Finding.NOT_CHECKED) if strict else (Finding.BROKEN,)
    return not any(check.finding in bad for check in checks)


def write_report(path: Path, report: Report, key: Ed25519PrivateKey) -> None:
    """Replaces the file with the signed report. Raises `AttestError`."""
    write_envelope(path, Envelope(report.statement().payload(), {}).signed(key))
