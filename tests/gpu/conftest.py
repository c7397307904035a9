"""These files import compiled kernels, so they are collected only where `-m gpu` asks for them.

In the default run Triton must interpret, and it decides when a kernel's module is first imported.
"""

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    asked = config.getoption("markexpr") == "gpu"
    return None if asked or not collection_path.name.startswith("test_") else True
