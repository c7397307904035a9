"""The boundary to detectors: whatever goes wrong in one names it, and the call counts as regulated."""

from __future__ import annotations

import logging
from types import TracebackType

from gateway.classify.detector import BudgetSpent

_LOG = logging.getLogger(__name__)


class guard:  # noqa: N801  (used like a function; a class, for a generator costs several times as much, twenty times a text)
    """Adds `name` to `failed` when the work inside raises. What it found before still counts. Never raises."""

    __slots__ = ("_failed", "_name")

    def __init__(self, name: str, failed: set[str]) -> None:
        """Takes what to add, and to what."""
        self._name = name
        self._failed = failed

    def __enter__(self) -> None:
        """Nothing."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        """Ends any exception but those that end the process or the task."""
        if kind is None:
            return False
        # The boundary to detectors: ANY failure must read as "regulated", so none may pass.
        if not issubclass(kind, Exception):
            return False
        if not issubclass(kind, BudgetSpent):
            _LOG.warning("detector %s failed: %s", self._name, kind.__name__)
        self._failed.add(self._name)
        return True
