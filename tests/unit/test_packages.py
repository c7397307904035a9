"""What is installed beside us, and what must never be loaded with us."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OUR_NAMES = ("gateway", "routers", "selfhost", "kernels", "policies", "admin_ui")
FOREIGN = ("torch", "triton", "transformers", "cupy")
LOAD_ALL = """
import json, sys
import gateway.app
from gateway.classify.build import build_classifier
from gateway.settings import ClassifySettings
build_classifier(ClassifySettings())
print(json.dumps(sorted(name.partition(".")[0] for name in sys.modules)))
"""


def project() -> dict[str, object]:
    table: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return table


@pytest.mark.parametrize("name", OUR_NAMES)
def test_no_other_distribution_owns_our_top_level_name(name: str) -> None:
    owners = set(packages_distributions().get(name, ()))
    assert owners <= {project()["name"]}, f"uninstall what else brings a top-level {name}/"


def test_the_version_is_not_mistaken_for_that_of_another_project() -> None:
    """transformers takes any `kernels` of a version from 0.18.2 up to 0.19 for the one on PyPI."""
    parts = tuple(int(part) for part in str(project()["version"]).split("."))
    assert not (0, 18, 2) <= parts < (0, 19)


@pytest.fixture
def tempting(tmp_path: Path) -> Path:
    """A directory that comes first on the path and holds every library the proxy must not load."""
    for name in FOREIGN:
        package = tmp_path / name
        package.mkdir()
        (package / "__init__.py").write_text("__version__ = '99.0'\n")
    return tmp_path


def test_the_proxy_loads_no_tensor_library_even_where_one_is_installed(tempting: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(tempting)}
    done = subprocess.run(
        [sys.executable, "-c", LOAD_ALL],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment,
        cwd=tempting,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert "spacy" in loaded
    assert sorted(set(loaded) & set(FOREIGN)) == []
