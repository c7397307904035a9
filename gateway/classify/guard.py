"""The boundary to detectors: whatever goes wrong in one names it, and the call counts as regulated."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.classify.detector import BudgetSpent

_LOG = logging.getLogger(__name__)


@contextmanager
def guard(name: str, failed: set[str]) -> Iterator[None]:
    """Adds `name` to `failed` when the work inside raises. What it found before still counts. Never raises."""
    try:
        yield
    except BudgetSpent:
        failed.add(name)
    except Exception as error:  # noqa: BLE001  (the boundary to detectors: ANY failure must read as "regulated", so none may pass)
        _LOG.warning("detector %s failed: %s", name, type(error).__name__)
        failed.add(name)
