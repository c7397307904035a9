"""The catalogue: destinations with their dated facts, and which of them can answer for a model. Data, not code.

Reading is strict: an unknown, missing or duplicate key, a value of the wrong type, a duplicate id and a candidate that
names an unknown destination are all errors. A catalogue that loads is complete.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from routers.errors import CatalogError
from routers.types import Confidence, Destination, DestinationId, Dialect, Fact, Facts, Kind, ModelName, Price, Target
from routers.wire.m3_answers import MINIMAX_M3

CAPABILITIES = frozenset(
    {"audio", "background", "documents", "images", "store", "stream", "thinking", "tokens", "tools"}
)
"""What a body may use and a destination may offer. The same words as `Wire.features`."""
CONTINUATION = "continuation"
"""What only a destination has: it goes on where a last message of the assistant ends, token for token."""

_OFFERED = CAPABILITIES | {CONTINUATION}
_VERSION = 1
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}")
_COUNTRY = re.compile(r"[a-z]{2}|unknown")

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that can be routed to. `models` keeps the candidates in the order the file prefers them.

    `digest` is the SHA-256 of the file in hexadecimal: two gateways with one digest know the same facts.
    """

    destinations: Mapping[DestinationId, Destination]
    models: Mapping[ModelName, tuple[Target, ...]]
    digest: str


def load_catalog(path: Path) -> Catalog:
    """Returns the catalogue in this file.

    Raises:
        CatalogError: the file cannot be read, or anything in it is missing, unknown, duplicate or malformed. The
            message names the place.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CatalogError(f"{path.name}: cannot be read ({type(error).__name__})") from None
    return parse_catalog(content)


def parse_catalog(content: bytes) -> Catalog:
    """Returns the catalogue in these bytes. Raises `CatalogError` as `load_catalog` does."""
    try:
        root = json.loads(content, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError):
        raise CatalogError("the catalogue is not valid UTF-8 JSON") from None
    fields = _fields(root, "catalogue", ("version", "destinations", "models"))
    if _integer(fields["version"], "version") != _VERSION:
        raise CatalogError(f"version: must be {_VERSION}")
    destinations = _destinations(fields["destinations"])
    models = _models(fields["models"], destinations)
    return Catalog(MappingProxyType(destinations), MappingProxyType(models), hashlib.sha256(content).hexdigest())


def _destinations(value: object) -> dict[DestinationId, Destination]:
    found: dict[DestinationId, Destination] = {}
    for index, item in enumerate(_list(value, "destinations")):
        destination = _destination(item, f"destinations[{index}]")
        if destination.id in found:
            raise CatalogError(f"destinations[{index}]: duplicate id {destination.id}")
        found[destination.id] = destination
    if not found:
        raise CatalogError("destinations: at least one is needed")
    return found


def _destination(value: object, at: str) -> Destination:
    names = ("id", "title", "kind", "simulated", "dialects", "capabilities", "facts", "price")
    fields = _fields(value, at, names, optional=("weights", "answer_format"))
    return Destination(
        id=DestinationId(_matching(fields["id"], f"{at}.id", _ID)),
        title=_text(fields["title"], f"{at}.title"),
        kind=_member(fields["kind"], f"{at}.kind", Kind),
        simulated=_boolean(fields["simulated"], f"{at}.simulated"),
        dialects=_dialects(fields["dialects"], f"{at}.dialects"),
        capabilities=_capabilities(fields["capabilities"], f"{at}.capabilities"),
        facts=_facts(fields["facts"], f"{at}.facts"),
        price=_price(fields["price"], f"{at}.price"),
        weights=_matching(fields["weights"], f"{at}.weights", _ID) if "weights" in fields else "",
        answer_format=_answer_format(fields["answer_format"], f"{at}.answer_format")
        if "answer_format" in fields
        else "",
    )


def _answer_format(value: object, at: str) -> str:
    if value != MINIMAX_M3:
        raise CatalogError(f"{at}: must be {MINIMAX_M3}")
    return MINIMAX_M3


def _dialects(value: object, at: str) -> frozenset[Dialect]:
    found = [_member(item, at, Dialect) for item in _list(value, at)]
    if not found or len(set(found)) != len(found):
        raise CatalogError(f"{at}: at least one dialect, each named once")
    return frozenset(found)


def _capabilities(value: object, at: str) -> frozenset[str]:
    found = [_text(item, at) for item in _list(value, at)]
    if len(set(found)) != len(found) or not _OFFERED.issuperset(found):
        raise CatalogError(f"{at}: each of {', '.join(sorted(_OFFERED))}, at most once")
    return frozenset(found)


def _facts(value: object, at: str) -> Facts:
    fields = _fields(value, at, ("operator", "host_country", "control", "retention_days", "trains_on_inputs"))
    return Facts(
        operator=_fact(fields["operator"], f"{at}.operator", _text),
        host_country=_fact(fields["host_country"], f"{at}.host_country", _country),
        control=_fact(fields["control"], f"{at}.control", _country),
        retention_days=_fact(fields["retention_days"], f"{at}.retention_days", _integer),
        trains_on_inputs=_fact(fields["trains_on_inputs"], f"{at}.trains_on_inputs", _boolean),
    )


def _fact(value: object, at: str, read: Callable[[object, str], T]) -> Fact[T]:
    fields = _fields(value, at, ("value", "source", "retrieved", "confidence", "review_by"))
    fact = Fact(
        value=read(fields["value"], f"{at}.value"),
        source=_text(fields["source"], f"{at}.source"),
        retrieved=_date(fields["retrieved"], f"{at}.retrieved"),
        confidence=_member(fields["confidence"], f"{at}.confidence", Confidence),
        review_by=_date(fields["review_by"], f"{at}.review_by"),
    )
    if fact.review_by < fact.retrieved:
        raise CatalogError(f"{at}: review_by lies before retrieved")
    return fact


def _price(value: object, at: str) -> Price:
    fields = _fields(value, at, ("input_micro_usd", "output_micro_usd"))
    return Price(
        _integer(fields["input_micro_usd"], f"{at}.input_micro_usd"),
        _integer(fields["output_micro_usd"], f"{at}.output_micro_usd"),
    )


def _models(value: object, known: Mapping[DestinationId, Destination]) -> dict[ModelName, tuple[Target, ...]]:
    if not isinstance(value, dict) or not value:
        raise CatalogError("models: must be an object with at least one model")
    found: dict[ModelName, tuple[Target, ...]] = {}
    for name, candidates in value.items():
        at = f"models.{name}"
        targets = tuple(_target(item, at, known) for item in _list(candidates, at))
        if not targets or len(set(_pairs(targets))) != len(targets):
            raise CatalogError(f"{at}: at least one candidate, each named once")
        found[ModelName(_matching(name, at, _MODEL))] = targets
    return found


def _target(value: object, at: str, known: Mapping[DestinationId, Destination]) -> Target:
    fields = _fields(value, at, ("destination", "model"))
    destination = known.get(DestinationId(_text(fields["destination"], at)))
    if destination is None:
        raise CatalogError(f"{at}: a candidate names a destination that is not in the catalogue")
    return Target(destination, ModelName(_matching(fields["model"], at, _MODEL)))


def _pairs(targets: Sequence[Target]) -> list[tuple[DestinationId, ModelName]]:
    return [(target.destination.id, target.model) for target in targets]


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise CatalogError("the catalogue has a duplicate key")
    return found


def _fields(value: object, at: str, names: Sequence[str], optional: Sequence[str] = ()) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise CatalogError(f"{at}: must be an object")
    if missing := [name for name in names if name not in value]:
        raise CatalogError(f"{at}: missing {', '.join(missing)}")
    if unknown := sorted(set(value).difference(names, optional)):
        raise CatalogError(f"{at}: unknown {', '.join(unknown)}")
    return value


def _list(value: object, at: str) -> list[object]:
    if not isinstance(value, list):
        raise CatalogError(f"{at}: must be an array")
    return value


def _text(value: object, at: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise CatalogError(f"{at}: must be a text that is not empty")
    return value


def _matching(value: object, at: str, pattern: re.Pattern[str]) -> str:
    text = _text(value, at)
    if pattern.fullmatch(text) is None:
        raise CatalogError(f"{at}: must match {pattern.pattern}")
    return text


def _country(value: object, at: str) -> str:
    return _matching(value, at, _COUNTRY)


def _integer(value: object, at: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise CatalogError(f"{at}: must be a whole number, zero or more")
    return value


def _boolean(value: object, at: str) -> bool:
    if not isinstance(value, bool):
        raise CatalogError(f"{at}: must be true or false")
    return value


def _date(value: object, at: str) -> date:
    text = _text(value, at)
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise CatalogError(f"{at}: must be a date YYYY-MM-DD") from None
    if found.isoformat() != text:
        raise CatalogError(f"{at}: must be a date YYYY-MM-DD")
    return found


def _member(value: object, at: str, members: type[E]) -> E:
    text = _text(value, at)
    try:
        return members(text)
    except ValueError:
        raise CatalogError(f"{at}: must be one of {', '.join(members)}") from None
