"""A bench per test, closed afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.standing.build import StandingParts
from tests.unit.gateway.standing.made import Bench


@pytest.fixture(name="bench")
def _bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "state")


@pytest.fixture(name="parts")
def _parts(bench: Bench) -> Iterator[StandingParts]:
    parts = bench.open()
    yield parts
    parts.store.close()
