"""The policy input: one destination, enumerations only. Canonical, so that equal questions have equal bytes.

The closed schema is `policies/schemas/question.json`; `violations` holds the same checks in code, and a property test
keeps the two in step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Final

import orjson

from gateway.types import Call, Category, HexDigest, Identity, Labels, Level, Persons, PrincipalClass, Question, Sight
from routers.catalog import CAPABILITIES
from routers.types import Access, DestinationId

_PURPOSE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_DESTINATION = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
BULK_KINDS: Final = ("biometric", "financial", "geo", "health", "identifier", "omic")
"""Kinds of data with a threshold of their own: 28 CFR 202.205."""
NOTHING_SENT: Final = tuple(f"{kind}.0" for kind in BULK_KINDS)
"""The bands of a destination that has received nothing."""
_BULK = re.compile(rf"({'|'.join(BULK_KINDS)})\.(0|50|80|100|unknown)")
_DAY_MS: Final = 86_400_000
_DAY_ZERO: Final = date(1970, 1, 1).toordinal()
_CATEGORIES: Final = frozenset(category.value for category in Category)


def question_for(
    *,
    identity: Identity,
    call: Call,
    sight: Sight,
    purpose: str,
    destination: DestinationId,
    access: Access,
    now_ms: int,
) -> Question:
    """Returns the canonical question whether this destination may receive this call.

    `purpose` must be one the identity has. `now_ms` is UTC wall time; only its day is used.
    """
    labels = sight.content.labels
    return Question(
        principal_class=identity.principal_class.value,
        clearance=int(identity.clearance),
        level=int(labels.level),
        categories=_values(labels.categories),
        features=tuple(sorted(call.features)),
        purpose=purpose,
        destination=destination,
        access=access.value,
        day=_day(now_ms // _DAY_MS),
        persons=sight.content.persons.value,
        bulk=sight.bulk,
    )


def with_labels(question: Question, labels: Labels) -> Question:
    """Returns the question as it is for a call with these labels: itself, where these are its own."""
    level, categories = int(labels.level), _values(labels.categories)
    if level == question.level and categories == question.categories:
        return question
    return replace(question, level=level, categories=categories)


@lru_cache(maxsize=2)
def _day(number: int) -> str:
    """The day of this number since 1970: many questions a second are asked on one."""
    return date.fromordinal(_DAY_ZERO + number).isoformat()


def _values(categories: frozenset[Category]) -> tuple[str, ...]:
    return tuple(sorted([category.value for category in categories])) if categories else ()


def document(question: Question) -> dict[str, object]:
    """Returns what the engine gets as `input`: the question under its one key, sets sorted."""
    fields = asdict(question)
    fields["categories"] = sorted(question.categories)
    fields["features"] = sorted(question.features)
    fields["bulk"] = sorted(question.bulk)
    return {"question": fields}


def digest(question: Question) -> HexDigest:
    """Returns the SHA-256 of the canonical question: equal questions, equal digests."""
    return HexDigest(sha256(orjson.dumps(document(question), option=orjson.OPT_SORT_KEYS)).hexdigest())


def violations(question: Question) -> tuple[str, ...]:
    """Returns the fields that break the closed schema. A question with any is denied as INPUT-1, never evaluated."""
    return tuple(_broken(question))


def _broken(question: Question) -> Iterator[str]:
    sound = {
        "principal_class": question.principal_class in tuple(PrincipalClass),
        "clearance": _is_level(question.clearance),
        "level": _is_level(question.level),
        "categories": _are_members(question.categories, _CATEGORIES),
        "features": _are_members(question.features, CAPABILITIES),
        "purpose": _matches(question.purpose, _PURPOSE),
        "destination": _matches(question.destination, _DESTINATION),
        "access": question.access in tuple(Access),
        "day": _is_day(question.day),
        "persons": question.persons in tuple(Persons),
        "bulk": _are_bands(question.bulk),
    }
    return (name for name, holds in sound.items() if not holds)


def _are_bands(values: object) -> bool:
    return isinstance(values, tuple) and len(set(values)) == len(values) and all(_matches(v, _BULK) for v in values)


def _is_level(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and Level.PUBLIC <= value <= Level.REGULATED


def _are_members(values: object, members: frozenset[str]) -> bool:
    return isinstance(values, tuple) and len(set(values)) == len(values) and members.issuperset(values)


def _matches(value: object, pattern: re.Pattern[str]) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_day(value: object) -> bool:
    if not isinstance(value, str) or _DAY.fullmatch(value) is None:
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
