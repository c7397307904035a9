"""A real Redis server that keeps what it has taken, on a socket of its own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

DURABLE = ("--appendonly", "yes", "--appendfsync", "always")


@dataclass(frozen=True, slots=True)
class Server:
    """Where it is reached, and where it writes."""

    url: str
    directory: Path

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)

    def on_disk(self) -> bytes:
        """Everything that it has written."""
        return b"".join(path.read_bytes() for path in self.directory.rglob("*") if path.is_file())


@contextmanager
def server(*options: str) -> Iterator[Server]:
    """A running server with these options."""
    program = shutil.which("redis-server")
    assert program, "these tests need redis-server: run scripts/system-packages as root"
    with tempfile.TemporaryDirectory(prefix="redis-") as directory:  # pytest's own paths are too long for a socket
        place = Path(directory) / "s"
        command = [program, "--port", "0", "--unixsocket", str(place), "--save", "", "--dir", directory, *options]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                found = Server(f"unix://{place}", Path(directory))
                _wait_for(found)
                yield found
            finally:
                process.kill()


def _wait_for(found: Server) -> None:
    deadline = time.monotonic() + 10
    with found.client() as client:
        while True:
            try:
                client.ping()
            except redis.RedisError:
                assert time.monotonic() < deadline, "redis-server did not start"
                time.sleep(0.02)
            else:
                return


@pytest.fixture(name="durable", scope="session")
def _durable() -> Iterator[Server]:
    with server(*DURABLE) as found:
        yield found


@pytest.fixture(name="shared")
def _shared(durable: Server) -> Server:
    """A server with nothing in it."""
    with durable.client() as client:
        client.flushall()
    return durable
