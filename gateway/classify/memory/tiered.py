"""First this process, then the fleet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.classify.memory.keys import TextKey
from gateway.classify.memory.port import Memory
from gateway.classify.memory.reading import Reading


class TieredMemory:
    """Satisfies `gateway.classify.memory.port.Memory`."""

    def __init__(self, near: Memory, far: Memory) -> None:
        """Asks `far` only for what `near` does not know."""
        self._near = near
        self._far = far

    @property
    def is_remote(self) -> bool:
        """As `far` is."""
        return self._far.is_remote

    def recall(self, wanted: Sequence[tuple[int, TextKey]]) -> dict[TextKey, Reading]:
        """Returns what either knows."""
        known = self._near.recall(wanted)
        missing = [each for each in wanted if each[1] not in known]
        if missing and (found := self._far.recall(missing)):
            self._near.keep(found)
            known |= found
        return known

    def keep(self, readings: Mapping[TextKey, Reading]) -> None:
        """Keeps in both."""
        self._near.keep(readings)
        self._far.keep(readings)
