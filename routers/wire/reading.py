"""Reading parsed JSON of unknown shape: the part asked for when it has the right type, otherwise nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import orjson

from routers.types import JsonPath

_NOTHING: Mapping[str, object] = {}


def read_object(data: bytes) -> dict[str, object] | None:
    """Returns the JSON object, or `None` when the bytes are anything else."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def mapping(value: object) -> Mapping[str, object]:
    """Returns the object, or an empty one."""
    return value if isinstance(value, dict) else _NOTHING


def mappings(value: object) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Yields the objects of an array with their positions."""
    if isinstance(value, list):
        for position, item in enumerate(value):
            if isinstance(item, dict):
                yield position, item


def integer(value: object) -> int | None:
    """Returns the integer, or `None`. A boolean is not one."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def string_leaves(value: object, path: JsonPath) -> Iterator[tuple[JsonPath, str]]:
    """Yields every string value below, with its path."""
    stack: list[tuple[object, JsonPath]] = [(value, path)]
    while stack:
        item, place = stack.pop()
        if isinstance(item, str):
            yield place, item
        elif isinstance(item, dict):
            stack += [(child, (*place, key)) for key, child in reversed(item.items())]
        elif isinstance(item, list):
            stack += [(child, (*place, position)) for position, child in reversed(list(enumerate(item)))]


def holders(value: object) -> Iterator[Mapping[str, object]]:
    """Yields every object below, in no particular order."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            yield item
            pending += item.values()
        elif isinstance(item, list):
            pending += item
