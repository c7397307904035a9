"""Readings in this process: least recently used first out, bounded in bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from gateway.classify.memory.keys import TextKey
from gateway.classify.memory.reading import Reading

_ENTRY_BYTES = 160
"""The key and its place in the table."""


class LocalMemory:
    """Satisfies `gateway.classify.memory.port.Memory`."""

    is_remote = False

    def __init__(self, limit_bytes: int) -> None:
        """Holds up to `limit_bytes`; with 0 it holds nothing."""
        self._limit_bytes = limit_bytes
        self._size_bytes = 0
        self._readings: OrderedDict[TextKey, Reading] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def size_bytes(self) -> int:
        """About how much is held."""
        return self._size_bytes

    def __len__(self) -> int:
        return len(self._readings)

    def recall(self, wanted: Sequence[tuple[int, TextKey]]) -> dict[TextKey, Reading]:
        """Returns what is known and counts it as used."""
        known: dict[TextKey, Reading] = {}
        with self._lock:
            for _, key in wanted:
                reading = self._readings.get(key)
                if reading is not None:
                    self._readings.move_to_end(key)
                    known[key] = reading
        return known

    def keep(self, readings: Mapping[TextKey, Reading]) -> None:
        """Keeps the readings, at the cost of those longest unused."""
        with self._lock:
            for key, reading in readings.items():
                self._drop(key)
                self._readings[key] = reading
                self._size_bytes += _ENTRY_BYTES + reading.size_bytes
            while self._size_bytes > self._limit_bytes:
                self._drop(next(iter(self._readings)))

    def _drop(self, key: TextKey) -> None:
        reading = self._readings.pop(key, None)
        if reading is not None:
            self._size_bytes -= _ENTRY_BYTES + reading.size_bytes
