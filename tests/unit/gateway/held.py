"""What this process holds open: asked of one directory, since other tests have files of their own."""

from __future__ import annotations

from pathlib import Path

import psutil


def held_open(directory: Path) -> list[str]:
    """The files below this directory that this process holds open."""
    return [file.path for file in psutil.Process().open_files() if file.path.startswith(f"{directory}/")]
