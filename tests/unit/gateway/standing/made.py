"""A standing stage on real files, and calls, people and destinations for it. All personal data here is invented."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.classify.combine import label_types, top_scores
from gateway.classify.taxonomy.table import rule_of
from gateway.standing.build import Labelling, StandingParts, build_standing
from gateway.standing.downgrades import Downgrade
from gateway.standing.store import StandingStore
from gateway.types import (
    AppId,
    Call,
    Classification,
    Declared,
    Finding,
    Identity,
    KeyId,
    Level,
    PrincipalClass,
    RequestId,
    TenantId,
)
from routers.catalog import load_catalog
from routers.types import DestinationId, Dialect
from routers.wire.json_leaves import scan

POLICIES = Path(__file__).resolve().parents[4] / "policies"
KEY = bytes(range(32))
SIGNING_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
LIMITS = json.loads((POLICIES / "limits" / "data.json").read_text())
DESTINATIONS = load_catalog(POLICIES / "catalog" / "destinations.json").destinations
US, OF_CONCERN, INHOUSE = (DESTINATIONS[DestinationId(name)] for name in ("anthropic-us", "minimax-intl", "inhouse-m3"))
TODAY = date(2026, 11, 21)
NOW_MS = 1_795_219_200_000
DAY_MS = 86_400_000
LABELLING = Labelling(label_types, lambda kind: rule_of(kind).category)


@dataclass
class Hand:
    """A clock that a test sets."""

    ms: int = NOW_MS

    def now_ms(self) -> int:
        return self.ms

    def monotonic_s(self) -> float:
        return self.ms / 1000


@dataclass
class Bench:
    """A state directory, a clock and policy terms; `open` starts the stage as the gateway does. `close` closes all."""

    directory: Path
    clock: Hand = field(default_factory=Hand)
    limits: Mapping[str, object] = field(default_factory=lambda: LIMITS)
    opened: ExitStack = field(default_factory=ExitStack)

    def open(self) -> StandingParts:
        parts = build_standing(
            limits=self.limits,
            lowest_milli=350,
            mark_days=30,
            directory=self.directory,
            labelling=LABELLING,
            key=KEY,
            clock=self.clock,
        )
        self.opened.callback(parts.store.close)
        return parts

    def store(self) -> StandingStore:
        """The file alone."""
        store = StandingStore(self.directory)
        self.opened.callback(store.close)
        return store

    def close(self) -> None:
        self.opened.close()


def limits(**changes: object) -> dict[str, object]:
    """The shipped limits with some sections replaced."""
    return {**LIMITS, **changes}


def signers() -> dict[str, object]:
    """A `downgrades` section that names one signer."""
    public = SIGNING_KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    return {"days_max": 90, "signers": {"dpo": {"public_key": public, "name": "Ann Example", "role": "privacy"}}}


def downgrade(**changes: object) -> Downgrade:
    """A statement that source code of one app does not count."""
    made = Downgrade(
        id="code-of-demo",
        tenant="acme",
        app="app",
        types=("SOURCE_CODE",),
        level="internal",
        reason="published examples only",
        not_before="2026-11-01",
        not_after="2026-12-01",
        signer="dpo",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # whatever a test changes


def identity(tenant: str = "acme", app: str = "app") -> Identity:
    return Identity(
        KeyId("k1"), TenantId(tenant), AppId(app), PrincipalClass.SERVICE, Level.REGULATED, frozenset(), frozenset()
    )


def call(*texts: str, conversation: str | None = None, declared: Level | None = None, number: int = 1) -> Call:
    body = json.dumps({"model": "m", "input": list(texts)}).encode()
    leaves = tuple(scan(body, max_depth=8, max_leaves=200_000))
    request = RequestId(f"r{number}")
    return Call(
        request,
        0,
        Dialect.OPENAI_CHAT,
        "m",
        False,
        body,
        leaves,
        (),
        frozenset(),
        declared=Declared(declared),
        conversation=conversation,
    )


def found(of: Call, values: Mapping[str, str], score: int = 900) -> Classification:
    """What a classifier would say if these values, by text, were of these types."""
    listed = list(_findings(of, values, score))
    labels = label_types({finding.type for finding in listed}, (), of.declared)
    return Classification(tuple(listed), labels, scores=top_scores(listed))


def _findings(of: Call, values: Mapping[str, str], score: int) -> Iterable[Finding]:
    for number, leaf in enumerate(of.leaves):
        for value, kind in values.items():
            start = leaf.text.find(value)
            if start >= 0:
                yield Finding(number, start, start + len(value), kind, rule_of(kind).category, score, "test")


def nothing(of: Call) -> Classification:
    """What a classifier says of harmless text."""
    return found(of, {})


def mails(count: int, first: int = 0) -> dict[str, str]:
    """Distinct invented e-mail addresses as findings."""
    return {f"p{number}@example.com": "EMAIL_ADDRESS" for number in range(first, first + count)}


def text_of(values: Mapping[str, str]) -> list[str]:
    """A text for each value."""
    return list(values)
