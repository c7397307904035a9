"""A request about a response that a destination keeps: which one, what shall become of it, and how to show it.

It has no body on the wire, so it is written as one here: what is recorded and permitted is this text, and what leaves
is made from it alone. Nothing in it is free text: every part has a closed form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import orjson

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_PARAMETERS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "stream": re.compile(r"true|false"),
        "starting_after": re.compile(r"[0-9]{1,9}"),
        "include": re.compile(r"[a-z_.]{1,80}"),
        "include[]": re.compile(r"[a-z_.]{1,80}"),
        "include_obfuscation": re.compile(r"true|false"),
        "limit": re.compile(r"[0-9]{1,4}"),
        "order": re.compile(r"asc|desc"),
        "after": _ID,
    }
)


class StateAction(StrEnum):
    """What shall become of it."""

    RETRIEVE = "retrieve"
    DELETE = "delete"
    CANCEL = "cancel"
    INPUT_ITEMS = "input_items"


_LINES = {
    StateAction.RETRIEVE: ("GET", ""),
    StateAction.DELETE: ("DELETE", ""),
    StateAction.CANCEL: ("POST", "/cancel"),
    StateAction.INPUT_ITEMS: ("GET", "/input_items"),
}


class StateRequestError(ValueError):
    """The id or a parameter has a form that no destination gives or takes. Holds nothing of it."""


@dataclass(frozen=True, slots=True)
class StateRequest:
    """One request about one kept response. Made by `state_request` or `read_state_request` only."""

    action: StateAction
    response_id: str
    query: tuple[tuple[str, str], ...]

    @property
    def method(self) -> str:
        """The HTTP method."""
        return _LINES[self.action][0]

    @property
    def suffix(self) -> str:
        """What stands behind `/v1/responses` in the address."""
        query = "&".join(f"{name}={value}" for name, value in self.query)
        return f"/{self.response_id}{_LINES[self.action][1]}{'?' if query else ''}{query}"

    @property
    def stream(self) -> bool:
        """Whether the response shall be streamed once more."""
        return ("stream", "true") in self.query

    def body(self) -> bytes:
        """Returns the request as it is recorded."""
        return orjson.dumps([self.action, self.response_id, self.query])


def state_request(action: StateAction, response_id: str, query: Iterable[tuple[str, str]]) -> StateRequest:
    """Returns the request. Raises `StateRequestError`."""
    pairs = tuple(query)
    known = all(name in _PARAMETERS and _PARAMETERS[name].fullmatch(value) for name, value in pairs)
    if _ID.fullmatch(response_id) is None or not known:
        raise StateRequestError("the id or a parameter of the request is not known")
    return StateRequest(action, response_id, pairs)


def read_state_request(body: bytes) -> StateRequest:
    """Returns the request that `StateRequest.body` wrote. Raises `StateRequestError` for anything else."""
    try:
        action, response_id, query = orjson.loads(body)
        return state_request(StateAction(action), response_id, [(name, value) for name, value in query])
    except (ValueError, TypeError):
        raise StateRequestError("this is no request about kept state") from None
