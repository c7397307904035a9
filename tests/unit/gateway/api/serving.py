"""The same app behind a real server on loopback, for tests that speak to it with real clients."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from tests.unit.gateway.api.edge import Answer, KeyBench, OwnPipeline, build, hello


@dataclass
class Served:
    """A running server, a key that it accepts, and the pipeline behind it."""

    url: str
    key: str
    bench: KeyBench
    pipeline: OwnPipeline

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.url.removeprefix("http://").split(":")
        return host, int(port)


@contextmanager
def serving(directory: Path, answer: Answer = hello, **changes: object) -> Iterator[Served]:
    """Runs the app on a thread of its own with the server's settings of production, for as long as the block."""
    bench = KeyBench(directory)
    key = bench.issue()
    app, pipeline = build(bench, answer, **changes)
    config = uvicorn.Config(
        app, port=0, http="httptools", loop="uvloop", ws="none", lifespan="off", access_log=False, log_level="error"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        yield Served(f"http://{host}:{port}", key, bench, pipeline)
    finally:
        server.should_exit = True
        thread.join()
        bench.close()
