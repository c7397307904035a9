"""`selfhost serve --engine vllm`: the exact command and environment, printed or run. Nothing is left to defaults."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

from selfhost.attest.checkpoint import verify_checkpoint
from selfhost.attest.errors import AttestError
from selfhost.attest.keys import read_public_key
from selfhost.attest.profile import ENVIRONMENT, FLAGS, forbidden
from selfhost.vllm_plugin.state import DIRECTORY

_TEMPLATE = "chat_template.jinja"


@dataclass(frozen=True, slots=True)
class Launch:
    """One node of a deployment. `master` is the first node's address; `launcher` how several nodes find each other."""

    model: Path
    name: str
    host: str
    port: int
    tensor_parallel: int = 1
    nodes: int = 1
    node_rank: int = 0
    master: str = ""
    launcher: str = "native"
    state: str = ""


def command(launch: Launch) -> tuple[str, ...]:
    """Returns the command line. Only the first node has a port that requests come to.

    Raises:
        AttestError: several nodes without the first one's address, or a rank that does not exist.
    """
    return (
        "vllm", "serve", str(launch.model), "--served-model-name", launch.name,
        "--host", launch.host, "--port", str(launch.port),
        "--tensor-parallel-size", str(launch.tensor_parallel),
        "--block-size", "128",
        "--chat-template", str(launch.model / _TEMPLATE),
        *_nodes(launch), *FLAGS,
    )  # fmt: skip


def _nodes(launch: Launch) -> tuple[str, ...]:
    if launch.nodes == 1:
        return ()
    if launch.launcher == "ray":
        return ("--distributed-executor-backend", "ray")
    if not launch.master or not 0 <= launch.node_rank < launch.nodes:
        raise AttestError("several nodes need --master and a --node-rank below --nodes")
    found = ("--nnodes", str(launch.nodes), "--node-rank", str(launch.node_rank), "--master-addr", launch.master)
    return found if launch.node_rank == 0 else (*found, "--headless")


def environment(launch: Launch, inherited: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment: what is inherited, without what the profile forbids, and what it asks for."""
    kept = {name: value for name, value in inherited.items() if not forbidden(name)}
    return kept | dict(ENVIRONMENT) | ({DIRECTORY: launch.state} if launch.state else {})


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describes what only `--engine vllm` knows."""
    group = parser.add_argument_group("--engine vllm")
    group.add_argument("--print", action="store_true", dest="show", help="print command and environment, run nothing")
    group.add_argument("--tensor-parallel", type=int, default=1, help="GPUs that share each layer (default: 1)")
    group.add_argument("--nodes", type=int, default=1, help="machines (default: 1)")
    group.add_argument("--node-rank", type=int, default=0, help="which of them this is, from 0")
    group.add_argument("--master", default="", help="address of machine 0, on a network of their own")
    group.add_argument("--launcher", choices=["native", "ray"], default="native", help="how machines find each other")
    group.add_argument("--kernel-state", default="", help="directory where each process says whose kernels it runs")


def run(options: argparse.Namespace) -> Literal[0]:
    """Verifies the checkpoint and becomes vLLM, or prints what it would become.

    Raises:
        CheckpointRefused: the checkpoint is not the one that was signed.
        AttestError: no key to verify with, or vLLM is not installed.
    """
    launch = Launch(
        model=options.model,
        name=options.name or options.model.resolve().name,
        host=options.host,
        port=options.port,
        tensor_parallel=options.tensor_parallel,
        nodes=options.nodes,
        node_rank=options.node_rank,
        master=options.master,
        launcher=options.launcher,
        state=options.kernel_state,
    )
    line = command(launch)
    if not options.show:
        _become(launch, line, options)
    sys.stdout.write(as_shell(launch, line))
    return 0


def _become(launch: Launch, line: Sequence[str], options: argparse.Namespace) -> NoReturn:
    if not options.unverified:
        _verify(launch.model, options.trust)
    program = shutil.which(line[0])
    if program is None:
        raise AttestError("vllm is not installed here")
    os.execve(program, list(line), environment(launch, os.environ))  # noqa: S606  (a list of arguments, no shell)


def _verify(model: Path, keys: Sequence[Path] | None) -> None:
    if not keys:
        raise AttestError("name the key that signed the checkpoint with --trust, or say --unverified")
    verify_checkpoint(model, [read_public_key(path) for path in keys])


def as_shell(launch: Launch, line: Sequence[str]) -> str:
    """Returns a shell command that does the same: `env` with the profile's variables, then the command."""
    pairs = environment(launch, {}).items()
    unset = sorted(name for name in os.environ if forbidden(name))
    parts = ["env", *(f"-u {name}" for name in unset), *(f"{name}={shlex.quote(value)}" for name, value in pairs)]
    return " \\\n  ".join([*parts, shlex.join(line)]) + "\n"
