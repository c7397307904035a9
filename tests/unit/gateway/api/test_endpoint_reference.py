"""The page of endpoints names every path of the table, and no dialect that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from routers.catalog import CAPABILITIES
from routers.types import Dialect
from tests.unit.gateway.api.edge import KeyBench
from tests.unit.gateway.api.test_routes import rows

PAGE = (Path(__file__).parents[4] / "docs/reference/endpoints.md").read_text()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[KeyBench]:
    made = KeyBench(tmp_path)
    yield made
    made.close()


EXAMPLES = re.compile(r"gpt-5.5|sim-us|d-1|file-1|batch-1|\{response_id\}")


def test_every_path_is_documented(bench: KeyBench) -> None:
    documented = set(re.findall(r"`(?:(?:GET|POST|DELETE|HEAD) )?(/[^`\s]*)`", PAGE))
    assert {EXAMPLES.sub("{id}", path) for path, _, _ in rows(bench)} <= documented


def test_every_dialect_and_feature_is_documented() -> None:
    named = set(re.findall(r"`([a-z_]+)`", PAGE))
    assert {dialect.value for dialect in Dialect} <= named
    assert named >= CAPABILITIES
