"""`selfhost serve --engine m3`: one model on a port. torch is loaded only when it is asked to serve."""

from __future__ import annotations

import argparse
import json
import socket
import sys
from argparse import _SubParsersAction as Commands
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from selfhost.attest.checkpoint import DEMO_KEY
from selfhost.attest.keys import read_public_key
from selfhost.errors import SelfhostError
from selfhost.nano import NAME, TEMPLATE_SHA256, WEIGHTS
from selfhost.vllm_plugin import launch

if TYPE_CHECKING:
    from selfhost.serve.loading import Choices


_TRIES = {"float32": 1, "bfloat16": 3}
"""How often a canary may be answered otherwise before it drifted: in 16 bits the batch decides near ties."""
_LEAVE_S = 5
"""How long answers may go on after a request to end."""


class CannotServe(SelfhostError):
    """Something this command needs is not there."""


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = commands.add_parser("serve", help="serve a model on a port")
    parser.add_argument("--engine", choices=["m3", "vllm"], required=True, help="m3: this package's; vllm: vLLM")
    parser.add_argument("--model", type=Path, default=WEIGHTS, help="checkpoint directory (default: the packaged nano)")
    parser.add_argument("--name", help="what requests call the model (default: the directory's name)")
    parser.add_argument("--trust", type=Path, action="append", help="public key (PEM); default: the demo's key")
    parser.add_argument("--unverified", action="store_true", help="serve a checkpoint that nobody signed")
    parser.add_argument("--template-sha256", help="refuse another chat template than this one")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback)")
    parser.add_argument("--port", type=int, default=8090, help="TCP port; 0 picks a free one")
    parser.add_argument("--announce", action="store_true", help="print the address as one JSON line when listening")
    parser.add_argument("--pages", type=int, default=129, help="pages of the cache, 128 tokens each with M3's blocks")
    parser.add_argument("--waiting", type=int, default=64, help="requests that may wait before others are refused")
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32", help="of weights and cache")
    parser.add_argument("--device", default="cpu", help="cpu, or cuda for an NVIDIA GPU")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads of one pass (default: 1)")
    canaries = parser.add_argument_group("canaries (engine m3)")
    canaries.add_argument(
        "--canary-every", type=float, default=300.0, help="seconds between replays; 0: none, no proof"
    )
    canaries.add_argument("--canary-file", type=Path, help="keep the hashes here: later starts compare with them")
    launch.add_options(parser)
    parser.set_defaults(run=_serve)


def _serve(options: argparse.Namespace) -> int:
    if options.engine == "vllm":
        return launch.run(options)
    try:
        listener = socket.create_server((options.host, options.port))
    except OSError as error:
        sys.stderr.write(f"cannot listen on {options.host}:{options.port}: {error.strerror}\n")
        return 2
    with listener:
        return _listen(options, listener)


def _listen(options: argparse.Namespace, listener: socket.socket) -> int:
    try:
        import torch  # noqa: PLC0415  (optional, and slow to load)

        from selfhost.serve.app import Endpoints, build  # noqa: PLC0415
        from selfhost.serve.loading import load  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise CannotServe(f"{error.name} is not installed: install this package with its extra `engine`") from None
    torch.set_num_threads(options.threads)
    loaded = load(_choices(options))
    with loaded.answerer.running:
        if options.announce:
            sys.stdout.write(json.dumps({"url": f"http://{options.host}:{listener.getsockname()[1]}"}) + "\n")
            sys.stdout.flush()
        app = build(Endpoints(loaded.answerer, loaded.served))
        uvicorn.Server(
            uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=_LEAVE_S)
        ).run(sockets=[listener])
    return 0


def _choices(options: argparse.Namespace) -> Choices:
    from selfhost.serve.canaries import Schedule  # noqa: PLC0415  (loads torch)
    from selfhost.serve.loading import Choices  # noqa: PLC0415

    packaged = options.model == WEIGHTS
    trusted = [] if options.unverified else [read_public_key(path) for path in options.trust or [DEMO_KEY]]
    return Choices(
        directory=options.model,
        name=options.name or (NAME if packaged else options.model.resolve().name),
        trusted=trusted,
        template_sha256=options.template_sha256 or (TEMPLATE_SHA256 if packaged else None),
        pages=options.pages,
        waiting=options.waiting,
        dtype=options.dtype,
        device=options.device,
        schedule=Schedule(
            every_s=max(0.0, options.canary_every), file=options.canary_file, tries=_TRIES[options.dtype]
        ),
    )
