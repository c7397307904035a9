"""What the demo does when it cannot run, and what it says when it can."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from gateway.audit.state_files import DATABASE
from gateway.demo.cases import ANTHROPIC, MINIMAX, OPENAI
from gateway.demo.children import Children
from gateway.demo.report import welcome
from gateway.demo.run import run_demo
from gateway.demo.scenario import EVERYBODY
from gateway.demo.stage import Stage
from gateway.demo.table import WIDTH
from gateway.demo.verification import verify
from gateway.demo.workspace import prepare
from gateway.errors import StartupError

URL = "http://127.0.0.1:65535"


async def test_scenario_does_not_begin_over_an_existing_log(tmp_path: Path) -> None:
    (tmp_path / DATABASE).touch()
    with pytest.raises(StartupError, match="new state directory"):
        await run_demo(once=True, state=tmp_path, out=io.StringIO())
    assert not (tmp_path / "logs").exists()


async def test_unusable_directory_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartupError, match="state directory cannot be used"):
        await run_demo(once=False, state=tmp_path / "file" / "below", out=io.StringIO())


async def test_verifier_that_finds_no_log_is_a_problem(tmp_path: Path) -> None:
    verification = await verify(tmp_path)
    assert verification.exit_code == 2
    assert any("could not check" in problem for problem in verification.problems())


def test_welcome_fits_the_terminal_and_gives_working_keys(tmp_path: Path) -> None:
    workspace = prepare(tmp_path, {}, "key", EVERYBODY)
    stage = Stage(workspace, dict.fromkeys((ANTHROPIC, OPENAI, MINIMAX), URL), URL, URL, Children(tmp_path))
    lines = list(welcome(stage))
    assert max(len(line) for line in lines if str(tmp_path) not in line) <= WIDTH
    assert f"KEY={workspace.keys['assistant']}" in lines
    assert f"AUDITOR={workspace.keys['auditor']}" in lines
    assert all("simulated" in line for line in lines if line.startswith(("simulated", "curl")) and "_sim" in line)
