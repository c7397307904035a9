"""Shared fixtures. Nothing here stands in for a part of the product."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from blockbuster import blockbuster_ctx


@pytest.fixture(autouse=True)
def _nothing_blocks_the_event_loop() -> Iterator[None]:
    """Fails a test in which code of ours blocks a running event loop."""
    with blockbuster_ctx(["gateway", "routers", "admin_ui"]):
        yield
