"""Pytest fixtures over the whole gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.app import Prepared
from tests.fakes.upstream import ScriptedUpstream
from tests.integration.composition import (
    ANTHROPIC,
    INHOUSE,
    MINIMAX,
    OPENAI,
    Gateway,
    gateway_at,
    prepare_base,
    upstreams_of,
)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The parts that take a second to load."""
    return prepare_base(tmp_path_factory.mktemp("base") / "state")


@pytest.fixture
async def upstreams() -> AsyncIterator[dict[str, ScriptedUpstream]]:
    """A scripted upstream for every destination of the catalogue."""
    async with upstreams_of(ANTHROPIC, OPENAI, MINIMAX, INHOUSE) as found:
        yield found


@pytest.fixture
async def gateway(tmp_path: Path, base: Prepared, upstreams: dict[str, ScriptedUpstream]) -> AsyncIterator[Gateway]:
    """A running gateway with a fresh state directory."""
    async with gateway_at(tmp_path / "state", base, upstreams) as found:
        yield found
