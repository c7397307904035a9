"""The parent's side of the child that holds a large model: one text at a time, started again with back-off."""

from __future__ import annotations

import logging
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from gateway.classify.names.model import Name

WORKER: Final = (sys.executable, "-I", "-m", "gateway.classify.names.large.worker")
_TYPES: Final = frozenset(("PERSON", "LOCATION", "ORGANIZATION"))
_LENGTH: Final = struct.Struct(">I")
_ANSWER_BYTES: Final = 4 * 1024 * 1024
_INHERITED: Final = ("LD_LIBRARY_PATH",)
_LONGEST_PAUSE_S: Final = 60.0
_LONE: Final = re.compile("[\ud800-\udfff]")
_LOG = logging.getLogger(__name__)


class ModelUnavailable(Exception):
    """The model did not answer: loading, too slow, gone, or nonsense. The text counts as not read."""


@dataclass(frozen=True, slots=True)
class ModelOrder:
    """Which model, and what it may take: seconds for one text and for loading, memory, first pause before a restart."""

    directory: str
    manifest_sha256: str
    answer_s: float = 5.0
    resident_mb: int = 4096
    start_s: float = 120.0
    pause_s: float = 1.0


class ModelProcess:
    """One child that reads one text at a time. Safe to share between threads."""

    def __init__(self, order: ModelOrder, *, command: Sequence[str] = WORKER) -> None:
        """`command` starts the child: something that speaks as `worker.py` does. Starts nothing yet."""
        self._order = order
        self._command = (*command, order.directory, order.manifest_sha256, str(order.resident_mb))
        self._turn = threading.Lock()
        self._closed = threading.Event()
        self._child: _Child | None = None
        self._ending: weakref.finalize[[], ModelProcess] | None = None
        self._failures = 0

    @property
    def answer_s(self) -> float:
        """The longest time for one text."""
        return self._order.answer_s

    @property
    def pid(self) -> int | None:
        """Of the child, while one is held."""
        return self._child.pid if self._child is not None else None

    def start(self) -> None:
        """Starts the child and blocks until its model is loaded.

        Raises:
            ModelUnavailable: closed, not the pinned files, no model for names, or not loaded in time.
        """
        with self._turn:
            if self._closed.is_set():
                raise ModelUnavailable
            try:
                self._child = _Child(self._command)
                self._ending = weakref.finalize(self, self._child.close)
                loaded = self._child.receive(self._order.start_s)
            except (OSError, ValueError):
                loaded = False
            if loaded is not True:
                self._end()
                raise ModelUnavailable

    def names(self, text: str) -> list[Name]:
        """Returns the names in a text. Blocks for at most twice `answer_s`: for its turn and for the answer.

        Raises:
            ModelUnavailable: there is no answer by then. A child that failed is started again meanwhile.
        """
        if not self._turn.acquire(timeout=self._order.answer_s):
            raise ModelUnavailable
        try:
            if self._child is None:
                raise ModelUnavailable
            answer = self._child.ask(_LONE.sub("\ufffd", text), self._order.answer_s)
            names = [_name(row, len(text)) for row in answer]
            self._failures = 0
        except (OSError, ValueError) as error:
            _LOG.warning("the process of the large model failed: %s", type(error).__name__)
            self._end()
            threading.Thread(target=self._start_again, daemon=True).start()
            raise ModelUnavailable from None
        finally:
            self._turn.release()
        return names

    def close(self) -> None:
        """Ends the child; it is not started again. May be called twice."""
        self._closed.set()
        with self._turn:
            self._end()

    def _start_again(self) -> None:
        """Tries after 1, 2, 4, ... 60 seconds; the count begins anew when a text was answered."""
        while True:
            pause_s = min(_LONGEST_PAUSE_S, self._order.pause_s * 2**self._failures)
            self._failures = min(self._failures + 1, 10)
            if self._closed.wait(pause_s):
                return
            try:
                self.start()
            except ModelUnavailable:
                _LOG.warning("the large model does not start again")
            else:
                return

    def _end(self) -> None:
        if self._ending is not None:
            self._ending()
        self._child = self._ending = None


class _Child:
    """A started process and the socket to it."""

    def __init__(self, command: Sequence[str]) -> None:
        """Starts it, isolated: neither the environment nor the working directory chooses its code. Raises OSError."""
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        self._link, theirs = socket.socketpair()
        nowhere = subprocess.DEVNULL
        with theirs:
            try:
                self._process = subprocess.Popen(  # noqa: S603  (a fixed command without a shell)
                    command, stdin=theirs.fileno(), stdout=nowhere, stderr=nowhere, env=environment, cwd="/"
                )
            except OSError:
                self._link.close()
                raise

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, text: str, seconds: float) -> list[object]:
        """Returns the answer. Raises `OSError` (too late, gone) or `ValueError` (no answer)."""
        body = orjson.dumps(text)
        self._link.settimeout(seconds)
        self._link.sendall(_LENGTH.pack(len(body)) + body)
        match self.receive(seconds):
            case list(answer):
                return answer
        raise ValueError("no list")

    def receive(self, seconds: float) -> object:
        """Returns the next message. Raises `OSError` (too late, gone) or `ValueError` (no message)."""
        self._link.settimeout(seconds)
        size = int(_LENGTH.unpack(self._received(_LENGTH.size))[0])
        if size > _ANSWER_BYTES:
            raise ValueError("too long")
        message: object = orjson.loads(self._received(size))
        return message

    def _received(self, size: int) -> bytes:
        received = bytearray()
        while len(received) < size:
            piece = self._link.recv(size - len(received))
            if not piece:
                raise ConnectionError
            received += piece
        return bytes(received)

    def close(self) -> None:
        """Ends the process. May be called twice."""
        self._process.kill()
        self._process.wait()
        self._link.close()


def _name(row: object, length: int) -> Name:
    """Raises `ValueError` for what is no name in a text of this length."""
    match row:
        case [int(start), int(end), str(kind), int(score)] if 0 <= start < end <= length and kind in _TYPES:
            return Name(start, end, kind, min(1000, max(0, score)) / 1000)
    raise ValueError("no name")
