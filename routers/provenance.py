"""Where an in-house answer says it came from: which weights, signed by whom, run by what.

The proxy cannot check the header, so it takes it from in-house destinations only, and only when it is short, of known
names and of plain values: no text of an answer can reach a record through it.
"""

from __future__ import annotations

import json
import re

from routers.types import Headers

HEADER = "x-model-provenance"
"""Compact JSON whose names are those below and whose values are short texts."""
_NAMES = frozenset(
    {"root", "signer", "engine", "kernels", "attention", "weights", "kv", "index", "approximations", "canaries"}
)
_VALUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:,+/@-]{0,99}|")
_CHARACTERS = 1024
MALFORMED = "malformed"
"""What stands in the record for a header that was there and is not of this form."""


def provenance_of(headers: Headers) -> str:
    """Returns the header as it stands, empty when there is none, `MALFORMED` when it is not of the form above."""
    value = next((value for name, value in headers if name == HEADER), "")
    if not value or _is_well_formed(value):
        return value
    return MALFORMED


def says_drifted(provenance: str) -> bool:
    """Whether a server says in its header that it answers otherwise than it did when it was known to be right."""
    if not provenance or provenance == MALFORMED:
        return False
    found: bool = json.loads(provenance).get("canaries") == "drifted"
    return found


def unclaimed(headers: Headers) -> Headers:
    """Returns the headers without it: a destination outside the house has no weights of ours to speak of."""
    return tuple((name, value) for name, value in headers if name != HEADER)


def _is_well_formed(value: str) -> bool:
    if len(value) > _CHARACTERS or not value.isascii() or not value.isprintable():
        return False
    try:
        document = json.loads(value)
    except (ValueError, RecursionError):
        return False
    if not isinstance(document, dict) or not _NAMES.issuperset(document):
        return False
    return all(isinstance(each, str) and _VALUE.fullmatch(each) for each in document.values())
