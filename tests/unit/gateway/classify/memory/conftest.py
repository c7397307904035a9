"""A real Redis server on a socket of its own, no port, nothing on disk."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    program = shutil.which("redis-server")
    assert program, "these tests need redis-server: run scripts/system-packages as root"
    with tempfile.TemporaryDirectory(prefix="redis-") as directory:  # pytest's own paths are too long for a socket
        place = Path(directory) / "s"
        command = [program, "--port", "0", "--unixsocket", str(place), "--save", "", "--dir", directory]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            try:
                _wait_for(f"unix://{place}")
                yield f"unix://{place}"
            finally:
                server.terminate()


def _wait_for(url: str) -> None:
    client = redis.Redis.from_url(url)
    deadline = time.monotonic() + 10
    while True:
        try:
            client.ping()
        except redis.RedisError:
            assert time.monotonic() < deadline, "redis-server did not start"
            time.sleep(0.02)
        else:
            client.close()
            return


@pytest.fixture
def silent_server() -> Iterator[str]:
    """A server that accepts a connection and never says anything."""
    with tempfile.TemporaryDirectory(prefix="silent-") as directory:
        path = str(Path(directory) / "s")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path)
            listening.listen()
            yield f"unix://{path}"
