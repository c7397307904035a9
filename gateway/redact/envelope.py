"""What the events of one running text have in common: all bytes but those of the text itself.

An event that begins and ends as the last one did, with no quote, escape or line break in between, differs from it in
that one string only; so it needs no parse.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

import orjson

from routers.wire.dialect import Slot


@dataclass(frozen=True, slots=True)
class Envelope:
    """The bytes before and after the text of an event with exactly one text."""

    channel: str
    head: bytes = field(repr=False)
    tail: bytes = field(repr=False)

    @classmethod
    def of(cls, raw: bytes, slots: Sequence[Slot], closed: Iterable[str]) -> Self | None:
        """Returns the envelope of an event, `None` unless its one text stands in it exactly once under its name.

        An event that ends its own channel (`closed`) is like no other.
        """
        if len(slots) != 1 or slots[0].channel.startswith(tuple(closed)):
            return None
        name, written = str(slots[0].path[-1]).encode(), orjson.dumps(slots[0].text)
        for joint in (b'":', b'": '):
            key = b'"' + name + joint
            head, found, tail = raw.partition(key + written)
            if found and key not in head and key not in tail:
                return cls(slots[0].channel, head + key + b'"', b'"' + tail)
        return None

    def text_of(self, raw: bytes) -> bytes | None:
        """Returns the bytes in the text's place, `None` for an event that differs elsewhere.

        They are the text itself only when they hold no quote, backslash or control character.
        """
        if len(raw) >= len(self.head) + len(self.tail) and raw.startswith(self.head) and raw.endswith(self.tail):
            return raw[len(self.head) : len(raw) - len(self.tail)]
        return None
