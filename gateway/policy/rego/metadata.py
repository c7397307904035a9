"""The METADATA block of a rule file: what a rule says and on which law or company rule it rests."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BLOCK = re.compile(r"^# METADATA\n((?:#.*\n)+)", re.MULTILINE)
_LINE = re.compile(r"# +(title|description|scope|entrypoint|custom|id|legal_basis|owner): ?(.*)")


@dataclass(frozen=True, slots=True)
class Metadata:
    """One rule as people read it. Every field is non-empty in a bundle that passed the preflight."""

    id: str
    title: str
    description: str
    legal_basis: str
    owner: str

    def missing(self) -> tuple[str, ...]:
        """Returns the names of the fields that are empty."""
        fields = ("id", "title", "description", "legal_basis", "owner")
        return tuple(name for name in fields if not getattr(self, name))


def read_metadata(text: str) -> Metadata | None:
    """Returns the first METADATA block of a module, or `None` if it has none.

    Read is the plain part of YAML that annotations need: `key: value`, and `key: >-` with indented lines below.
    """
    block = _BLOCK.search(text)
    if block is None:
        return None
    found: dict[str, str] = {}
    folded = ""
    for line in block.group(1).splitlines():
        match = _LINE.fullmatch(line)
        if match:
            folded = match.group(1) if match.group(2) == ">-" else ""
            found[match.group(1)] = "" if folded else match.group(2)
        elif folded:
            found[folded] = f"{found[folded]} {line.lstrip('# ')}".strip()
    return Metadata(*(found.get(name, "") for name in ("id", "title", "description", "legal_basis", "owner")))
