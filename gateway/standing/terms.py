"""The part of the policy data that the gateway itself applies, read strictly. Versioned with the bundle's revision.

Thresholds say how sure a detector must be before a finding counts at a destination, floors raise every call of a
tenant, signers are who may lower labels, and the bulk thresholds are those of 28 CFR 202.205.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from gateway.errors import StartupError
from gateway.types import Level
from routers.types import Confidence, Destination, Fact, Kind

_PUBLIC_KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Signer:
    """Who may sign a downgrade: an Ed25519 public key (32 bytes), the person's name and the role they hold."""

    public_key: bytes = field(repr=False)
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Terms:
    """See the module. Scores are in thousandths; `floors` are by tenant."""

    version: str
    default_milli: int
    kind_milli: Mapping[str, int]
    destination_milli: Mapping[str, int]
    floors: Mapping[str, Level]
    concern: frozenset[str]
    window_days: int
    bulk: Mapping[str, int]
    signers: Mapping[str, Signer]
    downgrade_days: int

    def threshold_milli(self, destination: Destination) -> int:
        """Returns the lowest score that counts at this destination: its own, else its kind's, else the default."""
        by_kind = self.kind_milli.get(destination.kind.value, self.default_milli)
        return self.destination_milli.get(destination.id, by_kind)

    def is_of_concern(self, destination: Destination, today: date) -> bool:
        """Whether what goes there is counted: hosted in or controlled from a country of concern, or nobody knows."""
        if destination.kind is Kind.INHOUSE:
            return False
        facts = destination.facts
        return self._of_concern(facts.host_country, today) or self._of_concern(facts.control, today)

    def _of_concern(self, fact: Fact[str], today: date) -> bool:
        unknown = fact.confidence is Confidence.UNKNOWN or fact.value == "unknown" or today > fact.review_by
        return unknown or fact.value in self.concern


def read_terms(limits: Mapping[str, object], lowest_milli: int) -> Terms:
    """Returns the terms in `limits/data.json`. Nothing below `lowest_milli` is found, so no threshold may be lower.

    Raises:
        StartupError: a field is missing, unknown or out of bounds.
    """
    thresholds = _section(limits, "thresholds", {"version", "default_milli", "kinds", "destinations"})
    bulk = _section(limits, "bulk", {"countries", "window_days", "thresholds"})
    downgrades = _section(limits, "downgrades", {"days_max", "signers"})
    tenants = _mapping(limits.get("tenants"), "tenants")
    return Terms(
        version=_text(thresholds["version"], "thresholds.version"),
        default_milli=_number(thresholds["default_milli"], "thresholds.default_milli", lowest_milli, 1000),
        kind_milli=_numbers(thresholds["kinds"], "thresholds.kinds", lowest_milli, 1000),
        destination_milli=_numbers(thresholds["destinations"], "thresholds.destinations", lowest_milli, 1000),
        floors={name: _floor(row, f"tenants.{name}") for name, row in tenants.items()},
        concern=frozenset(_texts(bulk["countries"], "bulk.countries")),
        window_days=_number(bulk["window_days"], "bulk.window_days", 365, 3650),
        bulk=_numbers(bulk["thresholds"], "bulk.thresholds", 1, 10**9),
        signers={name: _signer(row, name) for name, row in _mapping(downgrades["signers"], "signers").items()},
        downgrade_days=_number(downgrades["days_max"], "downgrades.days_max", 1, 366),
    )


def _refused(name: str) -> StartupError:
    return StartupError(f"policy: limits/data.json: {name} is missing, unknown or out of bounds")


def _mapping(value: object, name: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _refused(name)
    return value


def _section(limits: Mapping[str, object], name: str, keys: set[str]) -> Mapping[str, object]:
    section = _mapping(limits.get(name), name)
    if set(section) != keys:
        raise _refused(name)
    return section


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise _refused(name)
    return value


def _texts(value: object, name: str) -> list[str]:
    if not isinstance(value, list):
        raise _refused(name)
    return [_text(item, name) for item in value]


def _number(value: object, name: str, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise _refused(name)
    return value


def _numbers(value: object, name: str, least: int, most: int) -> dict[str, int]:
    return {key: _number(item, f"{name}.{key}", least, most) for key, item in _mapping(value, name).items()}


def _floor(value: object, name: str) -> Level:
    row = _mapping(value, name)
    labels = {level.label: level for level in Level}
    if set(row) != {"floor"} or row["floor"] not in labels:
        raise _refused(name)
    return labels[str(row["floor"])]


def _signer(value: object, name: str) -> Signer:
    row = _mapping(value, name)
    if set(row) != {"public_key", "name", "role"} or not _PUBLIC_KEY.fullmatch(str(row["public_key"])):
        raise _refused(f"downgrades.signers.{name}")
    return Signer(bytes.fromhex(str(row["public_key"])), _text(row["name"], name), _text(row["role"], name))
