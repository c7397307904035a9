"""Pytest fixtures over the fakes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.fakes.upstream import ScriptedUpstream


@pytest.fixture
async def upstream() -> AsyncIterator[ScriptedUpstream]:
    """One scripted upstream on a free loopback port."""
    async with ScriptedUpstream() as server:
        yield server


@pytest.fixture
async def other_upstream() -> AsyncIterator[ScriptedUpstream]:
    """A second one, for failover."""
    async with ScriptedUpstream() as server:
        yield server
