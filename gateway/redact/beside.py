"""The strings of a streamed event beside its running texts: citations, search results, transcripts, words of an error.

A wire names the texts that go on from event to event; whatever else an event says, it says whole, and so it is read and
restored whole, as in an answer that is not streamed. A stand-in that such a field spreads over events stays one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.errors import RestoreFailed
from gateway.redact.answer_scan import Scanning, is_protocol_word
from gateway.redact.substitution import Shown, Substitution
from routers.types import JsonPath, LeafKind
from routers.wire.dialect import Slot, SlotKind
from routers.wire.json_leaves import JsonShapeError, scan

_UNBOUNDED = 1 << 40
_SIGNED = frozenset({"thinking", "signature"})
_REMEMBERED = 256


class Beside:
    """One stream's strings that are no running texts."""

    def __init__(self, substitution: Substitution, scanning: Scanning | None) -> None:
        self._substitution = substitution
        self._scanning = scanning
        self._harmless: set[str] = set()

    def changes(self, data: bytes, slots: Sequence[Slot]) -> Iterator[tuple[Slot, str, int]]:
        """Yields the strings of an event that change, what is shown of them, and how many values were put back.

        `slots` are its running texts.

        Raises:
            RestoreFailed: something had to be read before it may be shown, and could not be.
        """
        if self._scanning is None and b"[[" not in data:
            return
        running = {slot.path for slot in slots}
        try:
            leaves = scan(data, max_depth=_UNBOUNDED, max_leaves=_UNBOUNDED)
        except JsonShapeError:
            if self._scanning is not None:
                raise RestoreFailed("an event of the answer names a field twice") from None
            return
        for leaf in leaves:
            if leaf.kind is LeafKind.STRING and leaf.path not in running and not _is_left_alone(leaf.path):
                shown = self._shown(leaf.text)
                if shown is not None:
                    yield Slot("", leaf.path, SlotKind.TEXT, leaf.text), shown.text, shown.restored

    def _shown(self, text: str) -> Shown | None:
        """What is shown of the text, `None` where that is the text itself."""
        if text in self._harmless:
            return None
        cleared = text if self._scanning is None else self._scanning.text(text)
        shown = self._substitution.restore(SlotKind.TEXT, cleared)
        if shown.text != text:
            return shown
        if len(self._harmless) < _REMEMBERED:
            self._harmless.add(text)
        return None


def _is_left_alone(path: JsonPath) -> bool:
    return path[-1] in _SIGNED or is_protocol_word(path)
