"""Which kernels run, where others can read it: one small JSON file per process in `SELFHOST_VLLM_STATE`."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

DIRECTORY = "SELFHOST_VLLM_STATE"
"""The environment variable that names the directory; without it nothing is written."""
_log = logging.getLogger(__name__)


class Kernels(StrEnum):
    """Whose kernels a process runs in M3's sparse layers."""

    OURS = "ours"
    STOCK = "stock"


@dataclass(frozen=True, slots=True)
class State:
    """`reason` says why stock kernels run; `layers` how many sparse layers were given ours."""

    kernels: Kernels
    reason: str = ""
    layers: int = 0


def note(state: State) -> None:
    """Writes this process's state. What cannot be written is logged: serving goes on."""
    name = os.environ.get(DIRECTORY)
    if not name:
        return
    path = Path(name) / f"{os.getpid()}.json"
    fresh = path.with_suffix(".new")
    try:
        fresh.write_text(json.dumps(asdict(state)) + "\n", encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        _log.warning("the state of the kernels cannot be written: %s", error.strerror)


def noted(directory: Path) -> tuple[State, ...]:
    """Returns the states in a directory; a file that cannot be read counts as stock."""
    return tuple(_state(path) for path in sorted(directory.glob("*.json")))


def _state(path: Path) -> State:
    try:
        document = json.loads(path.read_bytes())
        return State(Kernels(document["kernels"]), str(document["reason"]), int(document["layers"]))
    except (OSError, ValueError, KeyError, TypeError):
        return State(Kernels.STOCK, f"{path.name} cannot be read")
