"""`python -m admin_ui`: serves the admin page over a gateway's state directory.

The key with which auditors' keys are checked comes from `ADMIN_UI_KEY_PEPPER` (print it with `gateway keys pepper`), so
this process never holds the master secret.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import socket
import sys
from pathlib import Path

import uvicorn

from admin_ui.app import Parts, create_app
from admin_ui.guard import Guard
from admin_ui.session import Sessions
from admin_ui.verification import Verification
from gateway.audit.reader import Reader
from gateway.audit.state_files import VERIFIER_KEY
from gateway.clock import SystemClock
from gateway.errors import StartupError
from gateway.identity.keys import Keyring, open_keys

PEPPER_VARIABLE = "ADMIN_UI_KEY_PEPPER"


def main() -> int:
    """Serves until interrupted. Exit code 2: it could not run."""
    parser = argparse.ArgumentParser(prog="admin_ui", description=__doc__)
    parser.add_argument("--state", type=Path, required=True, metavar="DIR", help="the gateway's state directory")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--announce", action="store_true", help='print {"url": ...} once it is ready')
    options = parser.parse_args()
    try:
        _serve(options)
    except StartupError as error:
        sys.stderr.write(f"admin_ui: {error}\n")
        return 2
    return 0


def _serve(options: argparse.Namespace) -> None:
    clock = SystemClock()
    keys = open_keys(options.state, _pepper(), clock, read_only=True)
    vkey = _vkey(options.state)
    parts = Parts(
        directory=options.state,
        reader=Reader(options.state),
        guard=Guard(keys, Sessions(secrets.token_bytes(32)), clock),
        verification=Verification(options.state, vkey),
        vkey=vkey,
    )
    config = uvicorn.Config(
        create_app(parts), host=options.host, port=options.port, access_log=False, log_level="warning", ws="none",
        server_header=False,
    )  # fmt: skip
    server = _Server(config, announce=options.announce)
    try:
        asyncio.run(_run(server, keys))
    finally:
        keys.close()
        parts.reader.close()


async def _run(server: uvicorn.Server, keys: Keyring) -> None:
    watching = asyncio.create_task(keys.watch())
    await server.serve()
    watching.cancel()


def _pepper() -> bytes:
    try:
        pepper = bytes.fromhex(os.environ[PEPPER_VARIABLE])
    except (KeyError, ValueError):
        pepper = b""
    if len(pepper) != 32:
        raise StartupError(f"set {PEPPER_VARIABLE} to what `gateway keys pepper` prints")
    return pepper


def _vkey(state: Path) -> str:
    try:
        return (state / VERIFIER_KEY).read_text(encoding="ascii").strip()
    except OSError:
        raise StartupError("the state directory has no audit log yet: start the gateway first") from None


class _Server(uvicorn.Server):
    """Says where it listens, once it does."""

    def __init__(self, config: uvicorn.Config, *, announce: bool) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._announce:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            sys.stdout.write(json.dumps({"url": f"http://{host}:{port}"}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
