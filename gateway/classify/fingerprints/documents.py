"""What the index says about each thing registered. Names only: no text of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What was registered."""

    CODE = "code"
    DOCUMENT = "document"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Registered:
    """One registered file.

    `content` is a keyed digest of its bytes, `prints` the digest of its fingerprints and `count` their number.
    `shared` of them stand in no relation to this owner alone (other owners or public text have them too) and are not
    looked for.
    """

    owner: str
    name: str
    kind: Kind
    added_ms: int
    content: str
    prints: str
    count: int
    shared: int = 0

    def leaf(self) -> bytes:
        """Returns what the Merkle tree commits to; the same for the same registration, whatever else is there."""
        fields = asdict(self)
        del fields["shared"]
        return json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
