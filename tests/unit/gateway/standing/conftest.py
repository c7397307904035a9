"""A bench per test, closed afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.standing.build import StandingParts
from tests.unit.gateway.standing.made import Bench


@pytest.fixture(name="bench")
def _bench(tmp_path: Path) -> Iterator[Bench]:
    with closing(Bench(tmp_path / "state")) as bench:
        yield bench


@pytest.fixture(name="parts")
def _parts(bench: Bench) -> StandingParts:
    return bench.open()
