"""Pages of a list, as the two vendors cut them: behind an id, or before one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from urllib.parse import parse_qsl

from gateway.errors import MalformedBody


class Listed(Protocol):
    """What can be in a list."""

    @property
    def id(self) -> str:
        """Its id."""
        ...


T = TypeVar("T", bound=Listed)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page, and whether there is more behind it (or before it, where that was asked for)."""

    items: tuple[T, ...]
    has_more: bool


def parameters_of(query: str) -> dict[str, str]:
    """Returns the parameters of a query. Raises `MalformedBody` when one is there twice."""
    pairs = parse_qsl(query, keep_blank_values=True)
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedBody("a parameter is given more than once")
    return found


def limit_of(parameters: Mapping[str, str], *, usual: int, most: int) -> int:
    """Returns how many are wanted. Raises `MalformedBody`."""
    text = parameters.get("limit", str(usual))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise MalformedBody(f"`limit` must be a number from 1 to {most}")
    return int(text)


def page_of(items: Sequence[T], limit: int, *, after: str | None = None, before: str | None = None) -> Page[T]:
    """Returns the items that follow `after`, or those just before `before`. An unknown id raises `MalformedBody`."""
    if before is not None:
        end = _place(items, before)
        return Page(tuple(items[max(0, end - limit) : end]), end > limit)
    begin = 0 if after is None else _place(items, after) + 1
    return Page(tuple(items[begin : begin + limit]), len(items) > begin + limit)


def _place(items: Sequence[T], wanted: str) -> int:
    for place, item in enumerate(items):
        if item.id == wanted:
            return place
    raise MalformedBody("the list does not have the id to go on from")
