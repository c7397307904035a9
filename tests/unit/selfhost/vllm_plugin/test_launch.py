"""The command that runs vLLM: the whole profile, several nodes, and nothing served that was not verified."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from selfhost.attest.errors import AttestError
from selfhost.attest.keys import make_key, read_private_key
from selfhost.attest.profile import ENVIRONMENT, FLAGS
from selfhost.vllm_plugin.launch import Launch, command, environment
from tests.unit.selfhost.attest.made import signed

ONE = Launch(Path("/srv/m3"), "m3", "127.0.0.1", 8000, tensor_parallel=8)


def node(rank: int, **changes: str) -> Launch:
    fields = {"master": "10.0.0.1", "launcher": "native"} | changes
    return Launch(ONE.model, ONE.name, ONE.host, ONE.port, 8, nodes=2, node_rank=rank, **fields)


def test_every_flag_of_the_profile_is_given_and_the_template_is_that_of_the_checkpoint() -> None:
    line = command(ONE)
    assert line[-len(FLAGS) :] == FLAGS
    assert line[line.index("--chat-template") + 1] == "/srv/m3/chat_template.jinja"
    assert "--trust-remote-code" not in line
    assert "--nnodes" not in line


def test_nodes_find_each_other_and_only_the_first_has_a_port_for_requests() -> None:
    first, second = command(node(0)), command(node(1))
    assert first[first.index("--master-addr") + 1] == "10.0.0.1"
    assert "--headless" not in first
    assert "--headless" in second
    assert "--distributed-executor-backend" in command(node(0, launcher="ray"))
    for wrong in (node(2), node(-1), node(0, master="")):
        with pytest.raises(AttestError):
            command(wrong)


def test_the_environment_is_the_profile_over_what_is_inherited_without_what_is_forbidden() -> None:
    found = environment(
        ONE, {"PATH": "/bin", "HF_HUB_OFFLINE": "0", "OTEL_X": "1", "https_proxy": "x", "HF_TOKEN": "x"}
    )
    assert found == {"PATH": "/bin", **ENVIRONMENT}


def selfhost(*arguments: str, path: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "selfhost", "serve", "--engine", "vllm", *arguments]
    inherited = {**os.environ, "PATH": path, "OTEL_EXPORTER": "x"}
    return subprocess.run(line, env=inherited, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def stand_in(tmp_path: Path) -> str:
    """A directory with a program named vllm that prints what it was started with."""
    program = tmp_path / "bin" / "vllm"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\n/usr/bin/env\necho "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return str(program.parent)


def test_it_becomes_vllm_only_for_the_signed_checkpoint(tmp_path: Path, stand_in: str) -> None:
    make_key(tmp_path / "key.pem", tmp_path / "key.pub.pem")
    model = signed(tmp_path / "model", read_private_key(tmp_path / "key.pem"))
    trust = ("--model", str(model), "--trust", str(tmp_path / "key.pub.pem"))
    ran = selfhost(*trust, path=stand_in)
    assert ran.returncode == 0
    assert f"serve {model}" in ran.stdout
    assert all(f"{name}={value}" in ran.stdout for name, value in ENVIRONMENT.items())
    assert "OTEL_EXPORTER" not in ran.stdout
    (model / "modeling.py").write_text("")
    refused = selfhost(*trust, path=stand_in)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "forbidden_file" in refused.stderr


def test_without_a_key_or_without_vllm_nothing_starts(tmp_path: Path, stand_in: str) -> None:
    model = signed(tmp_path / "model", Ed25519PrivateKey.generate())
    assert selfhost("--model", str(model), path=stand_in).returncode == 2
    assert "not installed" in selfhost("--model", str(model), "--unverified", path=str(tmp_path)).stderr


def test_print_runs_nothing_and_says_the_same(tmp_path: Path) -> None:
    shown = selfhost("--model", "/srv/m3", "--print", path=str(tmp_path))
    assert shown.returncode == 0
    assert " ".join(FLAGS) in shown.stdout
    assert "-u OTEL_EXPORTER" in shown.stdout
