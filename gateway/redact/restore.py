"""Puts the caller's own values back into an answer: whole here, streamed in `gateway.redact.stream`."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from gateway.redact.placeholders import Spelling
from gateway.redact.stream import AnswerStream, LiveRestorer, Relay
from gateway.redact.substitution import Substitution
from routers.types import Dialect, JsonPath, Leaf, LeafKind
from routers.wire import WIRES
from routers.wire.anthropic_messages import is_signed
from routers.wire.dialect import SlotKind, Wire
from routers.wire.json_leaves import JsonShapeError, read_object

_UNBOUNDED = 1 << 40


class AnswerRestorer:
    """See `gateway.ports.Restorer`. Good for the answers to one request, whichever destination they come from."""

    __slots__ = ("_substitution", "_wire")

    def __init__(self, wire: Wire, issued: Mapping[str, Spelling]) -> None:
        self._wire = wire
        self._substitution = Substitution(issued)

    def whole(self, body: bytes) -> tuple[bytes, int]:
        """Returns the body with every string but signed thinking restored, and how many placeholders were put back.

        A body that is not a JSON object is returned as it is: its placeholders stay placeholders.
        """
        if self._substitution.empty or not (b"[[" in body or b"\\u005" in body):
            return body, 0
        try:
            parsed, leaves = read_object(body, max_depth=_UNBOUNDED, max_leaves=_UNBOUNDED)
        except JsonShapeError:
            return body, 0
        sources = frozenset(slot.path for slot in self._wire.whole_slots(parsed) if slot.kind is SlotKind.JSON)
        pieces: list[bytes] = []
        done = total = 0
        for leaf in leaves:
            replacement, count = self._restored_leaf(leaf, sources)
            if count:
                pieces += (body[done : leaf.start], replacement)
                done = leaf.end
                total += count
        pieces.append(body[done:])
        return b"".join(pieces), total

    def stream(self, dialect: Dialect) -> AnswerStream:
        """Returns a restorer for one streamed answer in this dialect; a mere relay when nothing was masked."""
        return Relay() if self._substitution.empty else LiveRestorer(WIRES[dialect], self._substitution)

    def _restored_leaf(self, leaf: Leaf, sources: frozenset[JsonPath]) -> tuple[bytes, int]:
        if "[[" not in leaf.text or is_signed(leaf.path):
            return b"", 0
        if leaf.kind is LeafKind.STRING and (number := self._substitution.number(leaf.text)) is not None:
            return number.encode(), 1
        is_source = leaf.kind is LeafKind.STRING and leaf.path in sources
        text, count = self._substitution.restore(SlotKind.JSON if is_source else SlotKind.TEXT, leaf.text)
        return orjson.dumps(text), count
