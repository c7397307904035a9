"""Kernels run in Triton's CPU interpreter, which must be chosen before their modules are imported."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ["TRITON_INTERPRET"] = "1"

from tests.unit.kernels.memory import Watch, watched

NUMPY_SCALARS = "ignore:Conversion of an array with ndim > 0:DeprecationWarning"
"""Triton's interpreter turns one-element arrays into loop bounds, which NumPy 2.3 deprecates."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.filterwarnings(NUMPY_SCALARS))


@pytest.fixture(autouse=True)
def memory() -> Iterator[Watch]:
    """Every kernel that a test here interprets touches nothing but its tensors."""
    with watched() as watch:
        yield watch
