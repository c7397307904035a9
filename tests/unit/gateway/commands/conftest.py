"""Runs the `gateway` command in this process, as the console script does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.__main__ import main

MASTER = "Zk4-v9Qw_e7Rt2Yu8Ip5As1Df6Gh3Jk0Lz-Xc7Vb2Nm"


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    def json(self) -> object:
        return json.loads(self.out)


Run = Callable[..., Done]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str | Path) -> Done:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as exit_:
            code = int(str(exit_.code or 0))
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return command


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration whose state directory is new."""
    file = tmp_path / "gateway.toml"
    file.write_text(f'[state]\ndirectory = "{tmp_path / "state"}"\n[secrets]\nmaster = "{MASTER}"\n')
    return file
