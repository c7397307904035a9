"""Puts the caller's own values back into an answer: whole here, streamed in `gateway.redact.stream`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from gateway.errors import RestoreFailed
from gateway.redact.answer_scan import AnswerScan, Scanning, is_protocol_word
from gateway.redact.logprobs import without_logprobs
from gateway.redact.stream import AnswerStream, LiveRestorer, Relay
from gateway.redact.substitution import Shown, Substitution
from gateway.redact.tools import Withheld, tool_of
from gateway.types import Restoration
from routers.types import Dialect, JsonPath, Leaf, LeafKind
from routers.wire import WIRES
from routers.wire.anthropic_messages import is_signed
from routers.wire.dialect import SlotKind, Wire
from routers.wire.json_leaves import JsonShapeError, read_object

_UNBOUNDED = 1 << 40


class AnswerRestorer:
    """See `gateway.ports.Restorer`. Good for the answers to one request, whichever destination they come from."""

    __slots__ = ("_scan", "_substitution", "_wire", "_withheld")

    def __init__(
        self,
        wire: Wire,
        substitution: Substitution,
        scan: AnswerScan | None = None,
        withheld: Withheld | None = None,
    ) -> None:
        """`scan` says what must not be shown, `None` for nothing; `withheld` where nothing is put back."""
        self._wire = wire
        self._substitution = substitution
        self._scan = scan
        self._withheld = withheld or Withheld()

    def whole(self, body: bytes) -> tuple[bytes, Restoration]:
        """Returns the body with every string but signed thinking restored, and what was done to it.

        A body that is not a JSON object is returned as it is: its placeholders stay placeholders.

        Raises:
            RestoreFailed: the answer had to be read before it may be shown, and could not be.
        """
        if self._scan is None and self._substitution.empty:
            return body, Restoration()
        if self._scan is not None:
            body = without_logprobs(body)
        try:
            parsed, leaves = read_object(body, max_depth=_UNBOUNDED, max_leaves=_UNBOUNDED)
        except JsonShapeError:
            if self._scan is not None:
                raise RestoreFailed("the answer could not be checked, so it is not shown") from None
            return body, Restoration()
        return _Whole(self._wire, self._substitution, self._scanning(), self._withheld, parsed).restored(body, leaves)

    def stream(self, dialect: Dialect) -> AnswerStream:
        """Returns a restorer for one streamed answer in this dialect; a mere relay when there is nothing to do."""
        if self._substitution.empty and self._scan is None:
            return Relay()
        return LiveRestorer(WIRES[dialect], self._substitution, self._scanning(), self._withheld)

    def _scanning(self) -> Scanning | None:
        return None if self._scan is None else self._substitution_scanning(self._scan)

    def _substitution_scanning(self, scan: AnswerScan) -> Scanning:
        find = self._substitution.find
        return Scanning(
            scan,
            lambda text: [(hit.start, hit.end) for hit in find(SlotKind.TEXT, text)],
            lambda text: [(hit.start, hit.end) for hit in find(SlotKind.JSON, text)],
        )


@dataclass(slots=True)
class _Whole:
    """The restoring of one whole answer."""

    wire: Wire
    substitution: Substitution
    scanning: Scanning | None
    withheld: Withheld
    parsed: Mapping[str, object] = field(repr=False)
    shown: int = 0
    unknown: int = 0
    kept: int = 0

    def restored(self, body: bytes, leaves: tuple[Leaf, ...]) -> tuple[bytes, Restoration]:
        slots = self.wire.whole_slots(self.parsed)
        sources = frozenset(slot.path for slot in slots if slot.kind is SlotKind.JSON)
        pieces: list[bytes] = []
        done = 0
        for leaf in leaves:
            replacement = self._leaf(leaf, sources)
            if replacement is not None:
                pieces += (body[done : leaf.start], replacement)
                done = leaf.end
        pieces.append(body[done:])
        dropped = self.scanning.removals.records() if self.scanning else ()
        return b"".join(pieces), Restoration(self.shown, self.unknown, self.kept, dropped)

    def _leaf(self, leaf: Leaf, sources: frozenset[JsonPath]) -> bytes | None:
        """The leaf as it is shown; `None` where it is shown as it came."""
        if leaf.kind is LeafKind.NUMBER:
            return None
        is_source = leaf.kind is LeafKind.STRING and leaf.path in sources
        cleared = self._cleared(leaf, is_source=is_source)
        if is_signed(leaf.path):
            return None if cleared == leaf.text else orjson.dumps(cleared)
        kind = SlotKind.JSON if is_source else SlotKind.TEXT
        if self.withheld and self._is_withheld(leaf):
            self.kept += len(self.substitution.find(kind, cleared))
            return None if cleared == leaf.text else orjson.dumps(cleared)
        if leaf.kind is LeafKind.STRING and (number := self.substitution.number(cleared)) is not None:
            self.shown += 1
            return number.encode()
        shown = self._restore(kind, cleared)
        return None if shown.text == leaf.text else orjson.dumps(shown.text)

    def _cleared(self, leaf: Leaf, *, is_source: bool) -> str:
        """Without what must be removed. Of names of fields those are read that a model gave to a tool's input."""
        if self.scanning is None or is_protocol_word(leaf.path):
            return leaf.text
        if leaf.kind is LeafKind.KEY and tool_of(self.parsed, leaf.path) is None:
            return leaf.text
        return self.scanning.source(leaf.text) if is_source else self.scanning.text(leaf.text)

    def _is_withheld(self, leaf: Leaf) -> bool:
        tool = tool_of(self.parsed, leaf.path)
        return tool is not None and self.withheld.covers(self.substitution.restore(SlotKind.TEXT, tool).text)

    def _restore(self, kind: SlotKind, text: str) -> Shown:
        shown = self.substitution.restore(kind, text)
        self.shown += shown.restored
        self.unknown += shown.unknown
        return shown
