"""The commands of the in-house model. Exit codes: 0 fine, 1 found something, 2 could not run."""

from __future__ import annotations

import argparse
import json
import socket
import sys
import time

import uvicorn

from selfhost.attest import command as attest
from selfhost.errors import SelfhostError
from selfhost.ngram import MODEL, TITLE, train, training_words
from selfhost.plan import command as plan
from selfhost.server import build


def main() -> int:
    """Runs one command and returns its exit code."""
    options = _parser().parse_args()
    try:
        code: int = options.run(options)
    except SelfhostError as error:
        sys.stderr.write(f"selfhost: {error}\n")
        return 2
    return code


def _serve(options: argparse.Namespace) -> int:
    try:
        listener = socket.create_server((options.host, options.port))
    except OSError as error:
        sys.stderr.write(f"cannot listen on {options.host}:{options.port}: {error.strerror}\n")
        return 2
    app = build(train(training_words()), time.time)
    if options.announce:
        sys.stdout.write(json.dumps({"url": f"http://{options.host}:{listener.getsockname()[1]}"}) + "\n")
        sys.stdout.flush()
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="selfhost", description="The in-house model behind an OpenAI-compatible port."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve a model on a port")
    serve.add_argument("--engine", choices=["ngram"], required=True, help=f"ngram: {MODEL}, a {TITLE}")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback)")
    serve.add_argument("--port", type=int, default=8090, help="TCP port; 0 picks a free one")
    serve.set_defaults(run=_serve)
    serve.add_argument("--announce", action="store_true", help="print the address as one JSON line when listening")
    plan.add(commands)
    attest.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
