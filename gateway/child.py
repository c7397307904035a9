"""A child process and the socket to it: started isolated, spoken to in frames, ended for certain.

What is dangerous or heavy (an engine of rules, parsers of documents, a large model) runs in a process of its own: only
from outside can it be bounded in time and memory, and stopped. The child gets one end of a socket pair as its standard
input and nothing else: no environment and so no secret, no working directory, nowhere to print to. A frame is its
length, four octets with the highest first, and so many octets.
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import time
import weakref
from collections.abc import Sequence

_LENGTH = struct.Struct(">I")
_INHERITED = ("LD_LIBRARY_PATH",)
_PIECE_BYTES = 1 << 20
_SHORTEST_WAIT_S = 0.001


class ChildSilent(Exception):
    """The child hung up, did not answer in time, or said more than it may. It cannot be trusted any more: end it."""


def framed(body: bytes) -> bytes:
    """Returns the body as a frame."""
    return _LENGTH.pack(len(body)) + body


class Frames:
    """Takes frames from bytes that arrive in any pieces; what is read of one is kept when the reader gives up."""

    def __init__(self, limit_bytes: int) -> None:
        """A longer frame is an error before it is read."""
        self._limit_bytes = limit_bytes
        self._received = bytearray()

    def feed(self, piece: bytes) -> None:
        """Adds what has arrived."""
        self._received += piece

    def next(self) -> bytes | None:
        """Returns the next body, `None` while it is not all there. Raises `ChildSilent` for one that is too long."""
        end = self._end()
        if len(self._received) < end or end == 0:
            return None
        body = bytes(self._received[_LENGTH.size : end])
        del self._received[:end]
        return body

    def missing_bytes(self) -> int:
        """Returns how much is surely still to come of the next frame. Raises as `next`."""
        return (self._end() or _LENGTH.size) - len(self._received)

    def _end(self) -> int:
        """Where the next frame ends; 0 while that is not known."""
        if len(self._received) < _LENGTH.size:
            return 0
        size = int(_LENGTH.unpack_from(self._received)[0])
        if size > self._limit_bytes:
            raise ChildSilent
        return _LENGTH.size + size


class Child:
    """A started process. `socket` is our end: blocking, unless somebody says otherwise."""

    def __init__(self, command: Sequence[str]) -> None:
        """Starts it. Raises `OSError`."""
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        self.socket, theirs = socket.socketpair()
        nowhere = subprocess.DEVNULL
        with theirs:
            try:
                self._process = subprocess.Popen(  # noqa: S603  (a fixed command without a shell)
                    command, stdin=theirs.fileno(), stdout=nowhere, stderr=nowhere, env=environment, cwd="/"
                )
            except OSError:
                self.socket.close()
                raise

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def ask(self, body: bytes, *, limit_bytes: int, seconds: float) -> bytes:
        """Returns the answer to one frame. Blocks for so many seconds at most, all in all. Raises `ChildSilent`."""
        deadline_s = time.monotonic() + seconds
        try:
            self.socket.settimeout(max(_SHORTEST_WAIT_S, seconds))
            self.socket.sendall(framed(body))
        except OSError:
            raise ChildSilent from None
        return self.receive(limit_bytes=limit_bytes, seconds=deadline_s - time.monotonic())

    def receive(self, *, limit_bytes: int, seconds: float) -> bytes:
        """Returns the next frame and reads nothing beyond. Blocks for so many seconds at most. Raises `ChildSilent`."""
        deadline_s = time.monotonic() + seconds
        frames = Frames(limit_bytes)
        while (body := frames.next()) is None:
            try:
                self.socket.settimeout(max(_SHORTEST_WAIT_S, deadline_s - time.monotonic()))
                piece = self.socket.recv(min(_PIECE_BYTES, frames.missing_bytes()))
            except OSError:
                raise ChildSilent from None
            if not piece:
                raise ChildSilent
            frames.feed(piece)
        return body

    def kill(self) -> None:
        """Ends the process without waiting for its end."""
        self._process.kill()

    def close(self) -> int:
        """Ends the process and closes the socket. May be called twice. Blocks for about a millisecond.

        Returns the process's status; the number of a signal is negative.
        """
        self.kill()
        status = self._process.wait()
        self.socket.close()
        return status


class KeptChild:
    """At most one child, replaced when it died, ended with whoever keeps it. Not to be shared between threads."""

    def __init__(self, command: Sequence[str]) -> None:
        """Starts nothing yet."""
        self._command = tuple(command)
        self._child: Child | None = None
        self._ending: weakref.finalize[[], KeptChild] | None = None

    @property
    def pid(self) -> int | None:
        """Of the child, while one runs."""
        return self._child.pid if self.runs and self._child is not None else None

    @property
    def runs(self) -> bool:
        """Whether there is a child that runs."""
        return self._child is not None and self._child.alive

    @property
    def held(self) -> Child | None:
        """The child, whether or not it still runs."""
        return self._child

    def running(self) -> Child:
        """Returns the child, a new one where there is none that runs. Raises `OSError`."""
        if self._child is None or not self._child.alive:
            self.end()
            self._child = Child(self._command)
            self._ending = weakref.finalize(self, self._child.close)
        return self._child

    def end(self) -> None:
        """Ends the child, if there is one."""
        if self._ending is not None:
            self._ending()
        self._child = self._ending = None
