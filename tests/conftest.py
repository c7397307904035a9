"""Shared fixtures. Nothing here stands in for a part of the product."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from blockbuster import blockbuster_ctx


def pytest_collection_finish() -> None:
    """Takes modules and collected tests out of the collector's sight, as a gateway does that serves.

    A collection in a process of thousands of tests takes a second of CPU, which would count as a classifier's.
    """
    gc.freeze()


@pytest.fixture(autouse=True)
def _nothing_blocks_the_event_loop() -> Iterator[None]:
    """Fails a test in which code of ours blocks a running event loop."""
    with blockbuster_ctx(["gateway", "routers", "admin_ui"]):
        yield
