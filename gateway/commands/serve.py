"""`gateway serve`: the proxy."""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn
import uvloop

from gateway.commands.options import add_config, print_json_line, settings_of
from gateway.errors import StartupError

if TYPE_CHECKING:
    from gateway.settings import Settings


_YOUNG_OBJECTS = 5_000
"""New containers after which the garbage collector looks for cycles among them: a megabyte or so."""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describes the command."""
    parser = subparsers.add_parser("serve", help="run the proxy")
    add_config(parser)
    parser.add_argument("--workers", type=int, default=1, help="processes; more than one needs a shared audit store")
    parser.add_argument(
        "--announce", action="store_true", help='print {"url": ...} on standard output once it is ready'
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serves until interrupted."""
    if options.workers != 1:
        raise StartupError("the embedded audit store has one writer: run one worker")
    settings = settings_of(options)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, announce=options.announce))
    return 0


async def _serve(settings: Settings, *, announce: bool) -> None:
    from gateway.app import prepare, running  # noqa: PLC0415  (loads every stage)

    async with running(prepare(settings)) as app:
        spare_what_stays()
        config = uvicorn.Config(
            app,
            host=settings.server.host,
            port=settings.server.port,
            http="httptools",
            ws="none",
            lifespan="off",
            access_log=False,
            log_level="warning",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=10,
        )
        server = _Server(config, announce=announce)
        await server.serve()
    if not server.started:
        raise StartupError("the proxy could not start; see the log above")


def spare_what_stays() -> None:
    """Takes what the start made out of the sight of the garbage collector, and has it look at the rest less often.

    Models, automata and rules are some 170,000 objects that live as long as the process. A full collection walks all of
    them: 0.1 s of CPU, in which no request is served. A request under way holds some hundred objects, so that Python's
    own 700 young ones are walked several times a request, mostly to find that they are in use.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS)


class _Server(uvicorn.Server):
    """Says where it listens, once it does, so that whoever started it on port 0 can find it."""

    def __init__(self, config: uvicorn.Config, *, announce: bool) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._announce:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            print_json_line({"url": f"http://{host}:{port}"})

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's own, but the signal is not raised again: the audit log is still to be closed."""
        loop = asyncio.get_running_loop()
        for caught in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(caught, self.handle_exit, caught, None)
        yield
