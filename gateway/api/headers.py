"""What a request's headers say: the credential, the labels, and what is passed on.

A label that cannot be read is refused, never ignored: a misspelt `x-gateway-level` must not send regulated text out as
public text. The `Host` header is never read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeVar

from gateway.errors import InvalidHeader
from gateway.types import Category, Declared, Level
from routers.types import Headers

PURPOSE, LEVEL, CATEGORIES, CONVERSATION = (
    "x-gateway-purpose",
    "x-gateway-level",
    "x-gateway-categories",
    "x-gateway-conversation",
)
_LABELS = frozenset({PURPOSE, LEVEL, CATEGORIES, CONVERSATION})
_LABEL_PREFIX = "x-gateway-"
_PURPOSE_FORM = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_CONVERSATION_FORM = re.compile(r"[!-~]{1,200}")
_VERSION_FORM = re.compile(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*|")
_LONGEST_VERSION, _MOST_DIGITS = 64, 10
"""A date and two more: no number of a card, an account or a telephone abroad fits."""
_LEVELS = {level.label: level for level in Level}
_CATEGORIES = {category.value: category for category in Category}
_T = TypeVar("_T")


class RequestHeaders:
    """The headers of one request, names in lower case."""

    __slots__ = ("_values", "pairs")

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        self.pairs: Headers = tuple([(n.decode("latin-1").lower(), v.decode("latin-1")) for n, v in raw])
        self._values: dict[str, list[str]] = {}
        for name, value in self.pairs:
            self._values.setdefault(name, []).append(value.strip())

    def __iter__(self) -> Iterator[str]:
        """The distinct names."""
        return iter(self._values)

    def values(self, name: str) -> list[str]:
        """Returns the values of one header, in order."""
        return self._values.get(name, [])

    def one(self, name: str) -> str | None:
        """Returns the value of a header that may be given once. Raises `InvalidHeader` when it is repeated."""
        values = self.values(name)
        if len(values) > 1:
            raise InvalidHeader(f"{name} is given more than once")
        return values[0] if values else None

    def passed_on(self, names: frozenset[str]) -> Headers:
        """Returns the headers of these names, unchanged and in order.

        Raises:
            InvalidHeader: one holds more than names of versions. Nothing of a header is classified or masked.
        """
        passed = tuple([pair for pair in self.pairs if pair[0] in names])
        for name, value in passed:
            if not all(_is_version(part.strip()) for part in value.split(",")):
                raise InvalidHeader(f"{name} cannot be read: it holds more than names of versions")
        return passed


def _is_version(name: str) -> bool:
    short = len(name) <= _LONGEST_VERSION and sum(map(str.isdigit, name)) <= _MOST_DIGITS
    return short and _VERSION_FORM.fullmatch(name) is not None


def credential_of(headers: RequestHeaders) -> str | None:
    """Returns the API key as presented, from `Authorization: Bearer` or `x-api-key`.

    Two different credentials are as good as none: which one is meant is not ours to guess.
    """
    found = set(headers.values("x-api-key")) | {_bearer(value) for value in headers.values("authorization")}
    return found.pop() if len(found) == 1 else None


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def refuse_unknown_labels(headers: RequestHeaders) -> None:
    """Raises `InvalidHeader` when there is an `x-gateway-` header that is none of ours."""
    for name in headers:
        if name.startswith(_LABEL_PREFIX) and name not in _LABELS:
            raise InvalidHeader(f"an x-gateway header is unknown; known are {', '.join(sorted(_LABELS))}")


def purpose_in(headers: RequestHeaders) -> str | None:
    """Returns the purpose the caller states, if any."""
    return _matching(headers, PURPOSE, _PURPOSE_FORM)


def conversation_in(headers: RequestHeaders) -> str | None:
    """Returns the caller's own identifier of the conversation, if any."""
    return _matching(headers, CONVERSATION, _CONVERSATION_FORM)


def declared_in(headers: RequestHeaders) -> Declared:
    """Returns the labels the caller claims. Caller-supplied: they can raise, never lower."""
    level, categories = headers.one(LEVEL), headers.one(CATEGORIES)
    return Declared(
        level=None if level is None else _known(LEVEL, _LEVELS, level),
        categories=frozenset()
        if categories is None
        else frozenset(_known(CATEGORIES, _CATEGORIES, part.strip()) for part in categories.split(",")),
    )


def _matching(headers: RequestHeaders, name: str, form: re.Pattern[str]) -> str | None:
    value = headers.one(name)
    if value is not None and not form.fullmatch(value):
        raise InvalidHeader(f"{name} cannot be read: it must match {form.pattern}")
    return value


def _known(header: str, values: dict[str, _T], value: str) -> _T:
    if value not in values:
        raise InvalidHeader(f"{header} cannot be read: use {', '.join(values)}")
    return values[value]
