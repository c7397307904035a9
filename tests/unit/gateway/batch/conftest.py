from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.settings import BatchSettings
from tests.unit.gateway.batch.bench import Bench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = await asyncio.to_thread(Bench, tmp_path, BatchSettings(files=10, pause_s=0.001))
    yield made
    await made.vault.close()
