"""Every dependency has a line in docs/decisions."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DECISIONS = "\n".join(page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs" / "decisions").glob("*.md")))
REQUIREMENTS = [*PROJECT["dependencies"], *(r for extra in PROJECT["optional-dependencies"].values() for r in extra)]
NAMES = sorted({re.split(r"[<>=;\[ ]", requirement, maxsplit=1)[0] for requirement in REQUIREMENTS})


@pytest.mark.parametrize("name", NAMES)
def test_a_dependency_has_a_line_in_the_decisions(name: str) -> None:
    assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", DECISIONS, re.IGNORECASE)


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_a_dependency_has_an_upper_bound(requirement: str) -> None:
    assert re.search(r"<|==", requirement)
