"""Typed reads of a request body. Messages name the field, never its value."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from selfhost.serve.refusals import bad

JsonObject = Mapping[str, object]


_MAYBE_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def read_body(body: bytes) -> JsonObject:
    """Returns the JSON object in a body, all of whose strings are Unicode text. Raises `Refused`."""
    try:
        written = body.decode()
        parsed = json.loads(written)
        if _MAYBE_HALF.search(written):
            json.dumps(parsed, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise bad("a string of the request holds half a surrogate pair") from None
    except (ValueError, RecursionError):
        raise bad("the request body is not valid JSON") from None
    return mapping(parsed, "the request body")


def mapping(value: object, name: str) -> JsonObject:
    """Returns an object. Raises `Refused`."""
    if not isinstance(value, Mapping):
        raise bad(f"{name} must be an object", name)
    return value


def mappings(value: object, name: str) -> list[JsonObject]:
    """Returns an array of objects. Raises `Refused`."""
    if not isinstance(value, list):
        raise bad(f"{name} must be an array", name)
    return [mapping(item, f"{name}[{place}]") for place, item in enumerate(value)]


def text(value: object, name: str) -> str:
    """Returns a string. Raises `Refused`."""
    if not isinstance(value, str):
        raise bad(f"{name} must be a string", name)
    return value


def whole(body: JsonObject, name: str, least: int, most: int) -> int | None:
    """Returns a whole number within bounds, or `None` when there is none. Raises `Refused`."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise bad(f"{name} must be a whole number from {least} to {most}", name)
    return value


def real(body: JsonObject, name: str, least: float, most: float) -> float | None:
    """Returns a number within bounds, or `None` when there is none. Raises `Refused`."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise bad(f"{name} must be a number from {least:g} to {most:g}", name)
    return float(value)


def flag(body: JsonObject, name: str) -> bool:
    """Returns a boolean, false when there is none. Raises `Refused`."""
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise bad(f"{name} must be true or false", name)
    return bool(value)


def texts(body: JsonObject, name: str, most: int) -> tuple[str, ...]:
    """Returns a string or an array of strings, none of them empty. Raises `Refused`."""
    value = body.get(name)
    listed = [] if value is None else value if isinstance(value, list) else [value]
    if len(listed) > most or not all(isinstance(item, str) and item for item in listed):
        raise bad(f"{name} must be at most {most} strings that are not empty", name)
    return tuple(str(item) for item in listed)
