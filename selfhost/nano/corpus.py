"""The training text: generated conversations, and documentation that ships with Python. Deterministic by seed."""

from __future__ import annotations

import ast
import random
import sysconfig
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from selfhost.nano.prompts import DEFAULT_SYSTEM, Example
from selfhost.nano.tasks import TASKS
from selfhost.nano.tool_tasks import TOOL_TASKS

_LEAST_CHARACTERS = 200
_OTHER_SYSTEM = 0.3
SYSTEMS = (
    "You are a helpful assistant.", "Answer briefly.", "You answer for the support team.", "Be polite and short.",
    "You help the people of one company.", "You are an assistant in an office.",
)  # fmt: skip


def examples(seed: int) -> Iterator[Example]:
    """Yields conversations without end."""
    rng = random.Random(seed)
    tasks, weights = zip(*TASKS, *TOOL_TASKS, strict=True)
    while True:
        drawn = rng.choices(tasks, weights)[0](rng)
        other = drawn.system == DEFAULT_SYSTEM and rng.random() < _OTHER_SYSTEM
        yield replace(drawn, system=rng.choice(SYSTEMS)) if other else drawn


def documentation() -> list[str]:
    """Returns the module and function documentation of the standard library, file by file in order of their names."""
    library = Path(sysconfig.get_paths()["stdlib"])
    found = [_docstrings(path) for path in sorted(library.glob("*.py"))]
    return [text for text in found if len(text) >= _LEAST_CHARACTERS]


def _docstrings(path: Path) -> str:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError):
        return ""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)]
    return "\n\n".join(text for node in nodes if (text := ast.get_docstring(node)))
