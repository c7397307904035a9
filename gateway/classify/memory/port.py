"""The seam between the classifier and where readings are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from gateway.classify.memory.keys import TextKey
from gateway.classify.memory.reading import Reading


class Memory(Protocol):
    """Keeps readings. Forgets when it likes; never answers with another text's reading. Safe to share by threads."""

    @property
    def is_remote(self) -> bool:
        """Whether it waits for another machine, so that it must not be asked on the event loop."""
        ...

    def recall(self, wanted: Sequence[tuple[int, TextKey]]) -> dict[TextKey, Reading]:
        """Returns what is known, as any leaf (`Reading.at`); the number may save work. Never raises."""
        ...

    def keep(self, readings: Mapping[TextKey, Reading]) -> None:
        """Keeps what it can. Never raises."""
        ...


class NoMemory:
    """Keeps nothing."""

    is_remote = False

    def recall(self, wanted: Sequence[tuple[int, TextKey]]) -> dict[TextKey, Reading]:
        """Knows nothing."""
        del wanted
        return {}

    def keep(self, readings: Mapping[TextKey, Reading]) -> None:
        """Forgets at once."""
