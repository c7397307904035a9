from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.types import Role
from tests.unit.gateway.api.edge import KeyBench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[KeyBench]:
    bench = KeyBench(tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def key(bench: KeyBench) -> str:
    return bench.issue()


@pytest.fixture
def auditor_key(bench: KeyBench) -> str:
    return bench.issue(roles=frozenset({Role.AUDITOR}))


@pytest.fixture
def expired_key(bench: KeyBench) -> str:
    return bench.issue(expires_ms=bench.clock.ms)
