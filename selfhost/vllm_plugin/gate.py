"""Which vLLM the override is made for: a minor version with a recorded surface, and an installation that has it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files

from selfhost.vllm_plugin.surface import Surface, differences, of_installation


def supported() -> Mapping[str, Surface]:
    """Returns the recorded surfaces by minor version, e.g. `0.33`."""
    folder = files("selfhost.vllm_plugin") / "surfaces"
    return {
        entry.name.removesuffix(".json"): json.loads(entry.read_text(encoding="utf-8"))
        for entry in folder.iterdir()
        if entry.name.endswith(".json")
    }


def reason_for_stock() -> str:
    """Returns why the installed vLLM keeps its own kernels, empty when it is one that is known."""
    try:
        installed = version("vllm")
    except PackageNotFoundError:
        return "no vLLM is installed"
    return reason_against(installed, of_installation())


def reason_against(installed: str, surface: Surface) -> str:
    """Returns why a vLLM of this version and surface keeps its own kernels, empty when it is known."""
    found = re.match(r"(\d+\.\d+)(?:\.\d+)?(?:\+[\w.]+)?$", installed)
    recorded = supported().get(found.group(1)) if found else None
    if recorded is None:
        return f"vLLM {installed} is not one of {', '.join(sorted(supported()))}"
    changed = differences(recorded, surface)
    if changed:
        return f"vLLM {installed} differs in {len(changed)} places from the one this was made for, first {changed[0]}"
    return ""
